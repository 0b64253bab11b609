"""What dlt has to know of a table beyond what Arrow's types say."""

from __future__ import annotations

from typing import Literal

import pyarrow as pa
from dlt.common.data_types import TDataType
from dlt.common.schema.typing import TColumnSchema, TWriteDispositionConfig

from shotgrid_dagster.destination.dialects import Dialect
from shotgrid_dagster.source.tables.columns import LOAD_ID, TIMESTAMP, Layout

Disposition = Literal["replace", "append", "merge"]
"""replace: the first rows of a first load. append: its further rows, which nobody has yet.
merge: on the primary key, everything after."""


DLT_TYPES: dict[pa.DataType, TDataType] = {
    pa.string(): "text",
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.bool_(): "bool",
    pa.date32(): "date",
    TIMESTAMP: "timestamp",
}
"""What dlt calls the types of our columns."""


def write_disposition(disposition: Disposition, dialect: Dialect) -> TWriteDispositionConfig:
    """As dlt takes it: a merge on the primary key, the way the destination can."""
    if disposition != "merge":
        return disposition
    if dialect.is_files:
        return {"disposition": "merge", "strategy": "upsert"}
    return {"disposition": "merge", "strategy": "delete-insert"}


def layout_hints(layout: Layout) -> dict[str, TColumnSchema]:
    """The hints to dlt about the columns of an entity type's table.

    Which texts are JSON, what people call a column, and that `id` is there once, which a
    destination with unique indexes holds.
    """
    hints: dict[str, TColumnSchema] = {}
    for column in (*layout.columns, *layout.kept_columns):
        hint: TColumnSchema = {
            "name": column.name,
            "data_type": "json" if column.is_json else DLT_TYPES[column.type],
            "description": column.description,
            "nullable": column.name != "id",
        }
        if column.name == "id":
            hint["unique"] = True
        hints[column.name] = hint
    hints[LOAD_ID] = load_id_hint()
    return hints


def schema_hints(schema: pa.Schema) -> dict[str, TColumnSchema]:
    """Of a table of our own."""
    hints: dict[str, TColumnSchema] = {
        field.name: {
            "name": field.name,
            "data_type": DLT_TYPES[field.type],
            "nullable": field.nullable,
        }
        for field in schema
    }
    hints[LOAD_ID] = load_id_hint()
    return hints


def load_id_hint() -> TColumnSchema:
    """The column that says which load brought a row.

    That it is never empty is left unsaid: a table that version 0.1.0 made without it gets it by
    `alter table`, which knows no such column.
    """
    return {"name": LOAD_ID, "data_type": "text"}
