"""Rows as the store keeps them: read, entered, changed, erased one at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from shotgrid_dagster.sandbox.errors import REFUSED, ApiError
from shotgrid_dagster.sandbox.store import database as store
from shotgrid_dagster.sandbox.store.links import name_sql
from shotgrid_dagster.sandbox.store.refs import Ref
from shotgrid_dagster.sandbox.store.schema import EntityType

Columns = dict[str, object]
"""The columns of a row, `id` and `_retired_at` among them."""


class StoredRows:
    """The tables of a site, within one transaction."""

    def __init__(self, connection: sqlite3.Connection, schema: Mapping[str, EntityType]) -> None:
        self.connection = connection
        self.schema = schema

    def find(self, entity_type: str, row_id: int) -> Columns | None:
        """A row, live or retired."""
        cursor = self.connection.execute(
            f'select * from "{self.schema[entity_type].slug}" where id = ?', (row_id,)
        )
        row = cursor.fetchone()
        if row is None:
            return None
        return dict(zip((column[0] for column in cursor.description), row, strict=True))

    def live(self, entity_type: str, row_id: int) -> Columns:
        """A live row. Raises the 404 of one that never was or is retired."""
        row = self.find(entity_type, row_id)
        if row is None or row["_retired_at"] is not None:
            raise no_such_entity(entity_type, row_id)
        return row

    def ref(self, entity_type: str, row_id: int) -> Ref | None:
        """A row as others link to it."""
        if entity_type not in self.schema or entity_type == "EventLogEntry":
            return None
        definition = self.schema[entity_type]
        row = self.connection.execute(
            f"select {name_sql(definition, 't')}, t._retired_at is null"
            f' from "{definition.slug}" t where t.id = ?',
            (row_id,),
        ).fetchone()
        return None if row is None else Ref(entity_type, row_id, row[0], bool(row[1]))

    def next_id(self, entity_type: str) -> int:
        """An id that no row of the type ever had."""
        (last,) = self.connection.execute(
            f'select coalesce(max(id), 0) from "{self.schema[entity_type].slug}"'
        ).fetchone()
        erased = store.site_value(self.connection, _last_id(entity_type))
        return max(int(last), int(erased or 0)) + 1

    def use_up(self, entity_type: str, row_id: int) -> None:
        """Let no later row have this id."""
        used = store.site_value(self.connection, _last_id(entity_type))
        if row_id > int(used or 0):
            store.set_site_value(self.connection, _last_id(entity_type), str(row_id))

    def insert(self, entity_type: str, values: Mapping[str, object]) -> None:
        """Enter a row; columns that are not given have their defaults."""
        names = ", ".join(f'"{name}"' for name in values)
        holes = ", ".join("?" * len(values))
        self.connection.execute(
            f'insert into "{self.schema[entity_type].slug}" ({names}) values ({holes})',
            list(values.values()),
        )

    def set(self, entity_type: str, row_id: int, values: Mapping[str, object]) -> None:
        """Change columns of a row."""
        columns = ", ".join(f'"{name}" = ?' for name in values)
        self.connection.execute(
            f'update "{self.schema[entity_type].slug}" set {columns} where id = ?',
            [*values.values(), row_id],
        )

    def erase(self, entity_type: str, row_id: int) -> None:
        """Remove a row for good: no listing shows it any more."""
        self.use_up(entity_type, row_id)
        self.connection.execute(
            f'delete from "{self.schema[entity_type].slug}" where id = ?', (row_id,)
        )
        self.connection.execute(
            "delete from _links where owner_type = ? and owner_id = ?", (entity_type, row_id)
        )

    def ids(self, entity_type: str, condition: str, *values: object) -> list[int]:
        """The ids of the rows for which a SQL condition holds."""
        found = self.connection.execute(
            f'select id from "{self.schema[entity_type].slug}" where {condition} order by id',
            values,
        )
        return [row[0] for row in found]


def no_such_entity(entity_type: str, row_id: int) -> ApiError:
    """404/104 of a write: never existed or retired, in one and the same text."""
    detail = f"Entity of type [{entity_type}] with id={row_id} does not exist."
    return ApiError(404, REFUSED, "Not Found", detail=detail)


def _last_id(entity_type: str) -> str:
    return f"_last_id.{entity_type}"
