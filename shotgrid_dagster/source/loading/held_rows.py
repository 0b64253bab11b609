"""What the destination has of one entity type, beside what is read of it."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.source.reading.shown_anew import LinkField, linking
from shotgrid_dagster.source.tables.columns import STATE

FEW_IDS = 50
"""Of so many, a list of links is looked for in the destination by the digits of each."""


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

    def linking(self, fields: Sequence[LinkField]) -> set[int]:
        """The ids of the rows that link by one of these fields to the rows that it names."""
        if not self or not fields:
            return set()
        tables, table = self._tables, self._table
        if tables.dialect.is_files:
            names = sorted({name for link_field in fields for name in link_field.columns})
            return linking(tables.read_columns(table, ["id", *names]), fields)
        found: set[int] = set()
        for link_field in fields:
            for type_, ids in link_field.ids.items():
                found |= self._linking(link_field, type_, sorted(ids))
        return found

    def _linking(self, link_field: LinkField, type_: str, ids: Sequence[int]) -> set[int]:
        if not link_field.is_list:
            id_column, type_column = link_field.columns
            listed = ", ".join(str(id_) for id_ in ids)
            where = f"{type_column} = %s and {id_column} in ({listed})"
            rows = self._tables.rows(f"select id from {{{self._table}}} where {where}", type_)
            return {int(id_) for (id_,) in rows or ()}
        (column,) = link_field.columns
        where, like = f"cast({column} as varchar) like %s", [f'%"{type_}"%']
        if len(ids) <= FEW_IDS:
            # A list of links is text: what has the digits is looked at closely.
            where += " and (" + " or ".join([where] * len(ids)) + ")"
            like += [f"%{id_}%" for id_ in ids]
        sql = f"select id, cast({column} as varchar) from {{{self._table}}} where {where}"
        rows = self._tables.rows(sql, *like)
        return {int(id_) for id_, links in rows or () if link_field.links(links)}

    def rows(self, ids: pa.Array) -> pa.Table:
        """All columns of the rows with these ids."""
        return self._tables.read_rows(self._table, ids)
