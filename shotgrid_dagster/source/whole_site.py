"""Loading a whole site with plain dlt: what `shotgun_software_pipeline.py` does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from dlt.common.pipeline import LoadInfo
from dlt.pipeline.exceptions import PipelineStepFailed

from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.destination.warehouse import DISK_FULL, Warehouse
from shotgrid_dagster.errors import ShotGridDagsterError
from shotgrid_dagster.site import Site, SiteSchema
from shotgrid_dagster.source.connect import connected
from shotgrid_dagster.source.loading.catalog import update_catalog
from shotgrid_dagster.source.loading.held_settings import PIPELINE as SITE_SETTINGS
from shotgrid_dagster.source.loading.held_settings import held_settings, load_site_settings
from shotgrid_dagster.source.loading.load_result import LoadResult
from shotgrid_dagster.source.loading.site_settings import read_site_settings
from shotgrid_dagster.source.reader import Reader
from shotgrid_dagster.source.reading.channel import ORDINARY, LoadMode
from shotgrid_dagster.source.reading.chosen_projects import scope_of
from shotgrid_dagster.source.reading.event_log import EVENT_LOG
from shotgrid_dagster.source.reading.exclusions import refuse_unknown_types
from shotgrid_dagster.source.reading.reading import Reading
from shotgrid_dagster.source.watching.unlogged_changes import UnloggedChanges, unlogged_changes


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
    info: LoadInfo | None = None
    """dlt's own report of the catalog load."""


def load_site(
    settings: Settings,
    destination: str = "duckdb",
    on_progress: Callable[[str, LoadResult], object] = lambda _type, _loaded: None,
    mode: LoadMode = ORDINARY,
) -> SiteLoad:
    """Load every entity type; one that fails is reported, and the others land.

    Raises:
        SiteError: the site cannot be read at all.
        WarehouseError: the database cannot be used.
    """
    warehouse = Warehouse(settings.data_dir, destination)
    warehouse.check()
    with connected(settings) as site, ThreadPoolExecutor(1) as beside:
        held = held_settings(warehouse) if mode == ORDINARY else None
        read = partial(
            read_site_settings,
            site,
            settings.clock,
            settings.concurrency,
            projects_read=held.projects_read if held else None,
        )
        # A site that one call at a time may ask is asked in order.
        ahead = beside.submit(read) if settings.concurrency > 1 else None
        result = load_entity_types(site, settings, warehouse, mode, on_progress)
        try:
            if found := ahead.result() if ahead else read():
                load_site_settings(warehouse, found)
        except (ShotGridDagsterError, PipelineStepFailed) as error:
            result.failed[SITE_SETTINGS] = reason(error)
    has_settings = SITE_SETTINGS not in result.failed
    result.info = update_catalog(warehouse, result.loaded, site_settings=has_settings)
    return result


def load_entity_types(
    site: Site,
    settings: Settings,
    warehouse: Warehouse,
    mode: LoadMode = ORDINARY,
    on_progress: Callable[[str, LoadResult], object] = lambda _type, _loaded: None,
) -> SiteLoad:
    """The same without the catalog, over a site that is connected."""
    result = SiteLoad()
    readings: dict[str, Reading] = {}
    visible = site.entity_types()
    scope = scope_of(site, visible, settings)
    entity_types = [item for item in visible if settings.loads(item.name)]
    result.gone = _types_gone(settings, {item.name for item in visible})
    for name in settings.entity_types:
        try:
            refuse_unknown_types("entity_types", [name], [item.name for item in visible])
        except ShotGridDagsterError as error:
            result.failed[name] = str(error)
    with warehouse.loading():
        reader = Reader(
            site,
            warehouse,
            settings.concurrency,
            settings.overlap,
            scope,
            settings.query_fields,
        )
        try:
            reader.expect(entity_types, mode)
            for entity_type in entity_types:
                try:
                    loaded, reading = reader.load(entity_type, mode, settings.rules)
                except (ShotGridDagsterError, PipelineStepFailed) as error:
                    result.failed[entity_type.name] = reason(error)
                else:
                    result.loaded[entity_type.name] = loaded
                    readings[entity_type.name] = reading
                    on_progress(entity_type.name, loaded)
            if log := readings.get(EVENT_LOG):
                result.silent = unlogged_changes(warehouse, entity_types, log.started_at)
        finally:
            reader.close()
    return result


def _types_gone(settings: Settings, there: Collection[str]) -> tuple[str, ...]:
    """The types of the schema that `discover` saved which are no longer there."""
    try:
        saved = SiteSchema.load(settings.project.schema_path)
    except ValueError:
        return ()
    known = [] if saved is None else [name for name in saved.entity_types if settings.loads(name)]
    return tuple(name for name in known if name not in there)


def reason(error: BaseException) -> str:
    """The sentence of our own error inside dlt's wrappers, or the first words of a foreign one."""
    chain = list(_chain(error))
    for item in chain:
        if isinstance(item, ShotGridDagsterError):
            return str(item)
    for item in chain:
        if any(words in str(item) for words in DISK_FULL):
            return "The disk is full: make room, and run again. The table is as it was."
    said = str(chain[-1]).strip() or type(chain[-1]).__name__
    return said.splitlines()[0]


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what caused it, the first cause last."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
