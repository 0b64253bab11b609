"""Values that do not fit their columns: a table beside the others says which, where and why.

A row with such a value is loaded with that column empty. When it is read again and the value fits,
its entry goes away. Entries are written before the rows that they are about: a run that dies in
between reads those rows again, and finds their entries there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import astuple

import dlt
import pyarrow as pa
import pyarrow.compute as pc
from dlt.common.schema.typing import TColumnSchema, TTableSchema
from dlt.common.schema.utils import new_table
from dlt.pipeline.pipeline import Pipeline

from shotgrid_dagster.destination.rows import delete_rows_with_ids, read_columns
from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.source.loading.entity_resource import (
    DLT_TYPES,
    in_its_format,
    source_of,
    write_disposition,
)
from shotgrid_dagster.source.loading.load_state import pipeline_name, source_name
from shotgrid_dagster.source.reading.reading import Reading
from shotgrid_dagster.source.tables.columns import TIMESTAMP
from shotgrid_dagster.source.tables.values import BadValue

TABLE = "_sg_quarantine"

_KEY = ["table_name", "row_id", "field"]

_SCHEMA = pa.schema(
    [
        pa.field("table_name", pa.string(), nullable=False),
        pa.field("row_id", pa.int64(), nullable=False),
        pa.field("field", pa.string(), nullable=False),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("read_at", TIMESTAMP),
    ]
)

_Entries = Mapping[tuple[int, str], BadValue]


class Quarantine:
    """The entries of one entity type during one load.

    Args:
        known: how many the table has; it is looked at only if there are any.
        is_whole: whether the reading, once it has ended, has seen every row.
    """

    def __init__(
        self, warehouse: Warehouse, reading: Reading, known: int, *, is_whole: bool
    ) -> None:
        self._warehouse = warehouse
        self._reading = reading
        self._table = reading.entity_type.table
        self._is_whole = is_whole
        self._held: _Entries = self._read() if known else {}

    @property
    def count(self) -> int:
        """How many entries there are, once they are settled."""
        return len(self._wanted())

    def settle(self) -> None:
        """Write the entries that are new, and delete those whose values fit by now.

        Raises:
            dlt.pipeline.exceptions.PipelineStepFailed: nothing was deleted.
        """
        wanted = self._wanted()
        if wanted == self._held:
            return
        new = [one for key, one in wanted.items() if self._held.get(key) != one]
        fixed = [key for key in self._held if key not in wanted]
        name = pipeline_name(TABLE)
        with self._warehouse.opened(), self._warehouse.pipeline(name) as pipeline:
            pipeline.sync_destination()
            if new:
                self._write(pipeline, new)
            for field in {field for _, field in fixed}:
                ids = [id_ for id_, of in fixed if of == field]
                where = {"table_name": self._table, "field": field}
                delete_rows_with_ids(pipeline, TABLE, where, "row_id", ids)
        self._held = wanted

    def _wanted(self) -> _Entries:
        bad = list(self._reading.bad.values())
        wanted = {(one.id, one.field): one for some in bad for one in some}
        if self._is_whole or not self._held:
            return wanted
        ids = pa.chunked_array(list(self._reading.ids_read), pa.int64())
        held = pa.array([id_ for id_, _ in self._held], pa.int64())
        read = set(held.filter(pc.is_in(held, value_set=ids.combine_chunks())).to_pylist())
        unread = {key: one for key, one in self._held.items() if key[0] not in read}
        return unread | wanted

    def _read(self) -> _Entries:
        name = pipeline_name(TABLE)
        with self._warehouse.opened(), self._warehouse.pipeline(name) as pipeline:
            pipeline.sync_destination()
            rows = read_columns(pipeline, TABLE, [*_KEY, "value", "reason"])
        of_this = rows.filter(pc.equal(rows["table_name"], self._table)).drop_columns("table_name")
        columns = ["row_id", "field", "value", "reason"]
        values = zip(*(of_this[column].to_pylist() for column in columns), strict=True)
        return {(value[0], value[1]): BadValue(*value) for value in values}

    def _write(self, pipeline: Pipeline, new: Collection[BadValue]) -> None:
        def rows() -> Iterator[pa.Table]:
            at = self._reading.started_at
            entries = [(self._table, *astuple(item), at) for item in new]
            columns = [list(column) for column in zip(*entries, strict=True)]
            arrays = [
                pa.array(values, column.type)
                for column, values in zip(_SCHEMA, columns, strict=True)
            ]
            yield pa.Table.from_arrays(arrays, schema=_SCHEMA)

        destination = self._warehouse.destination
        resource = dlt.resource(
            rows,
            name=TABLE,
            primary_key=_KEY,
            write_disposition=write_disposition(destination),
        )
        source = source_of(in_its_format(resource, destination), source_name(TABLE))
        pipeline.run(source).raise_on_failed_jobs()


def dlt_table() -> TTableSchema:
    """The table as dlt describes it."""
    columns: list[TColumnSchema] = [
        {"name": item.name, "data_type": DLT_TYPES[item.type], "nullable": item.nullable}
        for item in _SCHEMA
    ]
    for column in columns:
        if column["name"] in _KEY:
            column["primary_key"] = True
    return new_table(TABLE, write_disposition="merge", columns=columns)
