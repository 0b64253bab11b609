"""What the destination has of one entity type, beside what is read of it."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.source.tables.columns import STATE


class HeldRows:
    """The rows of one table.

    Args:
        known: how many there are; it is looked into only if there are any.
    """

    def __init__(self, tables: Tables, table: str, known: int) -> None:
        self._tables = tables
        self._table = table
        self._known = known

    def __bool__(self) -> bool:
        return self._known > 0

    def states(self, after: int = 0) -> pa.Table:
        """`id` and `_sg_state` of all rows behind an id."""
        if not self:
            return pa.table({"id": pa.array([], pa.int64()), STATE: pa.array([], pa.string())})
        return self._tables.read_columns(self._table, ["id", STATE], after=after)

    def ids(self, after: int = 0) -> pa.Array:
        """The ids behind an id."""
        if not self:
            return pa.array([], pa.int64())
        held = self._tables.read_columns(self._table, ["id"], after=after)
        return held["id"].combine_chunks()

    def columns(self, names: Sequence[str]) -> pa.Table:
        """Some columns of all rows."""
        return self._tables.read_columns(self._table, names)

    def rows(self, ids: pa.Array) -> pa.Table:
        """All columns of the rows with these ids."""
        return self._tables.read_rows(self._table, ids)
