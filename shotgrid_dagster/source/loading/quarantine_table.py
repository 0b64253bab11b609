"""The table of values that do not fit their columns: which, where and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import astuple
from datetime import datetime

import pyarrow as pa

from shotgrid_dagster.source.tables.columns import TIMESTAMP
from shotgrid_dagster.source.tables.values import BadValue

TABLE = "_sg_quarantine"

KEY = ("table_name", "row_id", "field")

SCHEMA = pa.schema(
    [
        pa.field("table_name", pa.string(), nullable=False),
        pa.field("row_id", pa.int64(), nullable=False),
        pa.field("field", pa.string(), nullable=False),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("read_at", TIMESTAMP),
    ]
)


def quarantine_rows(table: str, bad: Collection[BadValue], at: datetime) -> pa.Table:
    """The rows for some values of one table, read at that time."""
    entries = [(table, *astuple(value), at) for value in bad]
    columns = [list(column) for column in zip(*entries, strict=True)] or [[] for _ in SCHEMA]
    arrays = [pa.array(values, column.type) for column, values in zip(SCHEMA, columns, strict=True)]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)
