"""What one load changes in the quarantine: values that do not fit, and those that fit by now.

A row with a value that does not fit is loaded with that column empty. When it is read again and the
value fits, its entry goes away. New entries are loaded with the rows that they are about; entries
that are done with are deleted afterwards, and how many there are is counted, not remembered: a run
that dies in between leaves some too many, which the next one finds.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.source.loading.quarantine_table import KEY, TABLE, quarantine_rows
from shotgrid_dagster.source.reading.reading import Reading
from shotgrid_dagster.source.tables.values import BadValue

_Entries = Mapping[tuple[int, str], BadValue]


class Quarantine:
    """The entries of one entity type during one load.

    Args:
        known: how many the table has; it is looked at only if there are any.
        is_whole: whether the reading, once it has ended, has seen every row.
    """

    def __init__(self, tables: Tables, reading: Reading, known: int, *, is_whole: bool) -> None:
        self._tables = tables
        self._reading = reading
        self._table = reading.entity_type.table
        self._is_whole = is_whole
        self._held: _Entries = self._read() if known else {}

    @property
    def count(self) -> int:
        """How many entries there are, once they are settled."""
        return len(self._wanted())

    @property
    def is_settled(self) -> bool:
        """Whether the table holds what it is to hold."""
        return self._wanted() == self._held

    def new_rows(self) -> pa.Table:
        """The entries that the table does not have, as it has them."""
        new = [value for key, value in self._wanted().items() if self._held.get(key) != value]
        return quarantine_rows(self._table, new, self._reading.started_at)

    def settle(self) -> None:
        """Delete the entries whose values fit by now; the new ones are loaded."""
        wanted = self._wanted()
        fixed = [key for key in self._held if key not in wanted]
        for field in {field for _, field in fixed}:
            ids = [id_ for id_, of in fixed if of == field]
            where = {"table_name": self._table, "field": field}
            self._tables.delete_rows(TABLE, where, "row_id", ids)
        self._held = wanted

    def _wanted(self) -> _Entries:
        bad = list(self._reading.bad.values())
        wanted = {(value.id, value.field): value for values in bad for value in values}
        if self._is_whole or not self._held:
            return wanted
        ids = pa.chunked_array(list(self._reading.ids_read), pa.int64())
        held = pa.array([id_ for id_, _ in self._held], pa.int64())
        read = set(held.filter(pc.is_in(held, value_set=ids.combine_chunks())).to_pylist())
        unread = {key: value for key, value in self._held.items() if key[0] not in read}
        return unread | wanted

    def _read(self) -> _Entries:
        rows = self._tables.read_columns(TABLE, [*KEY, "value", "reason"])
        of_this = rows.filter(pc.equal(rows["table_name"], self._table)).drop_columns("table_name")
        columns = ["row_id", "field", "value", "reason"]
        values = zip(*(of_this[column].to_pylist() for column in columns), strict=True)
        return {(value[0], value[1]): BadValue(*value) for value in values}
