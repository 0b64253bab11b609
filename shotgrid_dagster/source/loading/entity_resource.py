"""A dlt resource over Arrow tables, with the hints that Arrow's types cannot carry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import dlt
import pyarrow as pa
from dlt.common.data_types import TDataType
from dlt.common.schema.typing import TColumnSchema, TWriteDispositionConfig
from dlt.extract import DltResource
from dlt.extract.source import DltSource

from shotgrid_dagster.config.project import SOURCE
from shotgrid_dagster.source.tables.columns import TIMESTAMP, Layout

FILES = "filesystem"
"""The destination of plain files. They cannot be merged into (dlt would append, with only a
warning), so there the tables are delta tables."""


Disposition = Literal["replace", "append", "merge"]
"""replace: the first rows of a first load. append: its further rows, which nobody has yet.
merge: on `id`, everything after."""


DLT_TYPES: dict[pa.DataType, TDataType] = {
    pa.string(): "text",
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.bool_(): "bool",
    pa.date32(): "date",
    TIMESTAMP: "timestamp",
}
"""What dlt calls the types of our columns."""


def entity_resource(
    layout: Layout,
    rows: Callable[[], Iterator[pa.Table]],
    disposition: Disposition,
    *,
    destination: str = "duckdb",
) -> DltResource:
    """The resource of one entity type."""
    how = write_disposition(destination) if disposition == "merge" else disposition
    resource: DltResource = dlt.resource(
        rows,
        name=layout.table,
        primary_key="id",
        write_disposition=how,
        columns=column_hints(layout),
        # A value of another type must not round, nor open a second column.
        schema_contract={"data_type": "freeze"},
    )
    return in_its_format(resource, destination)


def write_disposition(destination: str) -> TWriteDispositionConfig:
    """Merge on the primary key, the way the destination can."""
    if destination == FILES:
        return {"disposition": "merge", "strategy": "upsert"}
    return {"disposition": "merge", "strategy": "delete-insert"}


def in_its_format(resource: DltResource, destination: str) -> DltResource:
    """The resource as a delta table, where tables are files."""
    if destination == FILES:
        resource.apply_hints(table_format="delta")
    return resource


def column_hints(layout: Layout) -> dict[str, TColumnSchema]:
    """Which texts are JSON, and what people call a column."""
    hints: dict[str, TColumnSchema] = {}
    for column in (*layout.columns, *layout.gone_columns):
        hint: TColumnSchema = {"name": column.name, "description": column.description}
        if column.is_json:
            hint["data_type"] = "json"
        hint["nullable"] = column.name != "id"
        hints[column.name] = hint
    return hints


def source_of(resource: DltResource, name: str) -> DltSource:
    """A source with one resource; settings are looked up in the same section for all of them."""

    @dlt.source(name=name, section=SOURCE)
    def one() -> DltResource:
        return resource

    return one()
