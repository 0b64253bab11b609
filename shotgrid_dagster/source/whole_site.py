"""Loading a whole site with plain dlt: what `shotgun_software_pipeline.py` does."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from dlt.common.pipeline import LoadInfo

from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.errors import SettingsError
from shotgrid_dagster.site import Site, SiteSchema
from shotgrid_dagster.source.loading.load_result import LoadResult
from shotgrid_dagster.source.loading.loader import outcome_of
from shotgrid_dagster.source.reading.channel import ORDINARY, LoadMode
from shotgrid_dagster.source.reading.event_log import EVENT_LOG
from shotgrid_dagster.source.reading.exclusions import refuse_unknown_types
from shotgrid_dagster.source.reading.reading import Reading
from shotgrid_dagster.source.reasons import reason
from shotgrid_dagster.source.session import LoadSession
from shotgrid_dagster.source.watching.unlogged_changes import UnloggedChanges

SITE_SETTINGS = "site_settings"
"""What the tables of the site's settings are called among the failures of a run."""

CATALOG = "catalog"
"""What the list of the loaded tables, and what dlt shows of them, is called there."""

Progress = Callable[[str, LoadResult], object]


@dataclass
class SiteLoad:
    """What became of each entity type."""

    loaded: dict[str, LoadResult] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    """Entity type -> why its table stayed as it was."""
    gone: tuple[str, ...] = ()
    """Entity types of the saved schema that the site has no longer; their tables stay."""
    silent: tuple[UnloggedChanges, ...] = ()
    """Scripts whose changes are in no event, when the event log was read."""
    warnings: tuple[str, ...] = ()
    """What is to be said aloud of readings: of a clock that was wrong, of a site that went back."""
    info: LoadInfo | None = None
    """dlt's own report of the catalog load."""


def load_site(
    settings: Settings,
    destination: str = "duckdb",
    on_progress: Progress = lambda _type, _loaded: None,
    mode: LoadMode = ORDINARY,
) -> SiteLoad:
    """Load every entity type; one that fails is reported, and the others land.

    Raises:
        SiteError: the site cannot be read at all.
        WarehouseError: the database cannot be used.
    """
    warehouse = Warehouse(settings.data_dir, destination)
    with LoadSession(settings, warehouse, mode=mode) as session, ThreadPoolExecutor(1) as beside:
        held = session.held_settings() if mode == ORDINARY else None
        read = partial(session.read_settings, held)
        # A site that one call at a time may ask is asked in order.
        ahead = beside.submit(read) if settings.concurrency > 1 else None
        result, log = _load_entity_types(session, mode, on_progress)
        of_site = outcome_of(ahead.result if ahead else read)
        # What follows needs the destination alone, which is opened once for it.
        with session.tables.opened():
            result.silent = session.unlogged_changes(log) if log else ()
            stored = (
                of_site
                if isinstance(of_site, Exception)
                else outcome_of(partial(session.store_settings, of_site, held))
            )
            if isinstance(stored, Exception):
                result.failed[SITE_SETTINGS] = reason(stored)
            finished = outcome_of(session.finish)
            if isinstance(finished, Exception):
                result.failed[CATALOG] = reason(finished)
    result.info = session.info
    return result


def load_entity_types(
    site: Site,
    settings: Settings,
    warehouse: Warehouse,
    mode: LoadMode = ORDINARY,
    on_progress: Progress = lambda _type, _loaded: None,
) -> SiteLoad:
    """The same without the catalog and the site's settings, over a site that is connected."""
    with LoadSession(settings, warehouse, mode=mode, site=site, has_catalog=False) as session:
        result, log = _load_entity_types(session, mode, on_progress)
        result.silent = session.unlogged_changes(log) if log else ()
    return result


def _load_entity_types(
    session: LoadSession, mode: LoadMode, on_progress: Progress
) -> tuple[SiteLoad, Reading | None]:
    """What became of each, and what was read of the event log."""
    settings, there = session.settings, session.entity_types
    result = SiteLoad(gone=_types_gone(settings, there))
    for name in settings.entity_types:
        try:
            refuse_unknown_types("entity_types", [name], list(there))
        except SettingsError as error:
            result.failed[name] = str(error)
    readings: dict[str, Reading] = {}
    for entity_type, outcome in session.load_all(mode):
        if isinstance(outcome, Exception):
            result.failed[entity_type.name] = reason(outcome)
            continue
        result.loaded[entity_type.name], readings[entity_type.name] = outcome
        on_progress(entity_type.name, outcome[0])
    result.warnings = tuple(
        dict.fromkeys(filter(None, (reading.warning for reading in readings.values())))
    )
    return result, readings.get(EVENT_LOG)


def _types_gone(settings: Settings, there: Collection[str]) -> tuple[str, ...]:
    """The types of the schema that `discover` saved which are no longer there."""
    try:
        saved = SiteSchema.load(settings.project.schema_path)
    except ValueError:
        return ()
    known = [] if saved is None else [name for name in saved.entity_types if settings.loads(name)]
    return tuple(name for name in known if name not in there)
