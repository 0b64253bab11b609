"""Loading a whole site with plain dlt: what `shotgun_software_pipeline.py` does."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from dlt.common.pipeline import LoadInfo
from dlt.pipeline.exceptions import PipelineStepFailed

from shotgrid_dagster.site import SiteError
from shotgrid_dagster.source.catalog import update_catalog
from shotgrid_dagster.source.connect import connected
from shotgrid_dagster.source.load import Loaded, load_snapshot
from shotgrid_dagster.source.lost import TooManyLost
from shotgrid_dagster.source.memory import Memory, remember
from shotgrid_dagster.source.reader import Reader
from shotgrid_dagster.source.settings import Settings
from shotgrid_dagster.source.warehouse import Warehouse

log = logging.getLogger(__name__)


@dataclass
class SiteLoad:
    """What became of each entity type."""

    loaded: dict[str, Loaded] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    """Entity type -> why its table stayed as it was."""
    info: LoadInfo | None = None
    """dlt's own report of the catalog load."""


def load_site(
    settings: Settings,
    destination: str = "duckdb",
    told: Callable[[str, Loaded], object] = lambda _type, _loaded: None,
) -> SiteLoad:
    """Load every entity type; one that fails is reported, and the others land.

    Raises:
        SiteError: the site cannot be read at all.
        WarehouseError: the database cannot be used.
    """
    result = SiteLoad()
    warehouse = Warehouse(settings.data_dir, destination)
    warehouse.check()
    with connected(settings) as site:
        entity_types = [one for one in site.entity_types() if settings.loads(one.name)]
        reader = Reader(site, settings.concurrency)
        reader.expect(entity_types)
        memories = remember(warehouse, [one.table for one in entity_types])
        try:
            for entity_type in entity_types:
                try:
                    snapshot, batches = reader.read(entity_type)
                    loaded = load_snapshot(
                        warehouse,
                        snapshot,
                        batches,
                        memories.get(entity_type.table, Memory()),
                        most_lost=settings.most_lost,
                    )
                except (SiteError, TooManyLost, PipelineStepFailed) as error:
                    result.failed[entity_type.name] = reason(error)
                else:
                    result.loaded[entity_type.name] = loaded
                    told(entity_type.name, loaded)
        finally:
            reader.close()
    result.info = update_catalog(warehouse, result.loaded)
    return result


def reason(error: BaseException) -> str:
    """The sentence of our own error inside dlt's wrappers, or the last line of a foreign one."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, (SiteError, TooManyLost)):
            return str(inner)
        inner = inner.__cause__ or inner.__context__
    text = str(error).strip()
    if "No space left" in text:
        return "The disk is full: make room, and run again. The table is as it was."
    return text.splitlines()[-1] if text else type(error).__name__
