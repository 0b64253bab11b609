"""The site's settings in the destination: what is there, and what takes its place.

What was read last is remembered in dlt's state, which dlt stores beside the tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import dlt
import pyarrow as pa
from dlt.common.destination.client import WithStateSync
from dlt.common.schema.typing import TTableSchema
from dlt.common.schema.utils import new_table
from dlt.extract import DltResource
from dlt.pipeline.pipeline import Pipeline

from shotgrid_dagster.config.project import SOURCE
from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.source.loading.entity_resource import DLT_TYPES, in_its_format
from shotgrid_dagster.source.loading.load_state import stored_state
from shotgrid_dagster.source.loading.site_settings import (
    PREFERENCES,
    SCHEMAS,
    TABLES,
    ProjectsRead,
    SiteSettings,
)

PIPELINE = "site_settings"
"""The name of the dlt pipeline that loads them."""


@dataclass(frozen=True)
class HeldSettings:
    """What the destination has."""

    digest: str
    """Of the tables, see `SiteSettings.digest`."""
    rows: Mapping[str, int]
    """Table -> rows."""
    projects_read: ProjectsRead

    def holds(self, found: SiteSettings) -> bool:
        """Whether that is what was found, and need not be remembered anew."""
        return self.digest == found.digest and self.projects_read.holds(found.projects_read)


def held_settings(warehouse: Warehouse) -> HeldSettings | None:
    """What was loaded last; None when a table is not there, or nobody remembers it."""
    warehouse.data_dir.mkdir(parents=True, exist_ok=True)
    with warehouse.pipeline(PIPELINE) as pipeline, warehouse.opened():
        return _remembered(pipeline) if _are_there(warehouse, pipeline) else None


def load_site_settings(warehouse: Warehouse, found: SiteSettings) -> dict[str, int]:
    """Replace the tables, if anything changed; gives table -> rows.

    Raises:
        dlt.pipeline.exceptions.PipelineStepFailed: the tables are as they were.
    """
    warehouse.data_dir.mkdir(parents=True, exist_ok=True)
    rows = {name: len(some) for name, some in found.tables.items()}
    with warehouse.pipeline(PIPELINE) as pipeline, warehouse.opened():
        if _are_there(warehouse, pipeline):
            held = _remembered(pipeline)
            if held and held.holds(found):
                return rows
        else:
            # never loaded, or dropped by somebody
            warehouse.forget(pipeline, PIPELINE)
        pipeline.sync_destination()
        pipeline.run(_source(found, rows, warehouse.destination)).raise_on_failed_jobs()
    return rows


def _are_there(warehouse: Warehouse, pipeline: Pipeline) -> bool:
    return all(warehouse.count_rows(pipeline, name) is not None for name in TABLES)


def _remembered(pipeline: Pipeline) -> HeldSettings | None:
    with pipeline.destination_client() as client:
        stored = stored_state(client, PIPELINE) if isinstance(client, WithStateSync) else None
    sources = (stored or {}).get("sources", {})
    state = sources.get(PIPELINE, {}).get("resources", {}).get(PREFERENCES, {})
    try:
        read = ProjectsRead(state["of_site"], datetime.fromisoformat(state["projects_read_at"]))
        return HeldSettings(state["digest"], state["rows"], read)
    except KeyError:
        return None  # as a version before this one stored it


def dlt_tables() -> list[TTableSchema]:
    """The tables as dlt describes them."""
    return [
        new_table(
            name,
            write_disposition="replace",
            columns=[{"name": field.name, "data_type": DLT_TYPES[field.type]} for field in schema],
        )
        for name, schema in SCHEMAS.items()
    ]


@dlt.source(name=PIPELINE, section=SOURCE)
def _source(found: SiteSettings, rows: Mapping[str, int], destination: str) -> list[DltResource]:
    state = {
        "digest": found.digest,
        "rows": dict(rows),
        "of_site": found.projects_read.of_site,
        "projects_read_at": found.projects_read.at.isoformat(),
    }

    def rows_of(name: str) -> Iterator[pa.Table]:
        if name == PREFERENCES:
            dlt.current.resource_state().update(state)
        yield pa.Table.from_pylist(found.tables[name], SCHEMAS[name])

    return [
        in_its_format(
            dlt.resource(rows_of(name), name=name, write_disposition="replace"), destination
        )
        for name in found.tables
    ]
