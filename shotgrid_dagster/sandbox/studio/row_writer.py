"""Where new rows are entered: ids are handed out in order, rows are written in batches."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping

from shotgrid_dagster.sandbox.store.links import STAMPS, encode, is_far_side
from shotgrid_dagster.sandbox.store.refs import Ref
from shotgrid_dagster.sandbox.store.schema import EntityType

BATCH = 1_000
"""Rows of one table that are held before they are written."""

ENCODED = frozenset({"serializable", "jsonb", "url", "tag_list"})


class RowWriter:
    """Writes rows of any entity type, given the values of the fields that are not empty."""

    def __init__(self, connection: sqlite3.Connection, schema: Mapping[str, EntityType]) -> None:
        self.connection = connection
        self._ids: Counter[str] = Counter()
        self._tables = {name: TableWriter(entity_type) for name, entity_type in schema.items()}
        self._links: list[tuple[object, ...]] = []

    def next_id(self, entity_type: str) -> int:
        """The next id of an entity type, which is used up by that."""
        self._ids[entity_type] += 1
        return self._ids[entity_type]

    def enter(
        self,
        entity_type: str,
        row_id: int,
        values: Mapping[str, object],
        retired_at: str | None = None,
    ) -> None:
        """Write a row.

        A single link takes a `Ref`, a multi link a list of them, other fields a value as the store
        keeps it; what is encoded as JSON is given decoded.
        """
        if row_id > self._ids[entity_type]:
            self._ids[entity_type] = row_id
        table = self._tables[entity_type]
        for name, refs in table.fill(row_id, values, retired_at):
            for position, ref in enumerate(refs):
                self._links.append((entity_type, name, row_id, position, ref.type, ref.id))
        if len(table.rows) >= BATCH:
            table.write(self.connection)
        if len(self._links) >= BATCH:
            self._write_links()

    def flush(self) -> None:
        """Write what is held."""
        for table in self._tables.values():
            table.write(self.connection)
        self._write_links()

    def _write_links(self) -> None:
        self.connection.executemany("insert into _links values (?, ?, ?, ?, ?, ?)", self._links)
        self._links.clear()


class TableWriter:
    """An entity type's columns, and its rows that are not written yet.

    The far sides of links have no place on it: they are worked out later, from the near ones.
    """

    def __init__(self, entity_type: EntityType) -> None:
        self.rows: list[list[object]] = []
        self._name = entity_type.name
        self._places: dict[str, tuple[int, str, bool]] = {}
        """Field name -> its first column, its data type, whether it is a stamp."""
        self._blank: list[object] = [None, None]
        columns = ["id", "_retired_at"]
        for field in entity_type.fields.values():
            if not field.is_stored or field.name == "id" or is_far_side(field):
                continue
            self._places[field.name] = (len(columns), field.data_type, field.name in STAMPS)
            suffixes = ("", "__type", "__id") if field.data_type == "entity" else ("",)
            columns += [f'"{field.name}{suffix}"' for suffix in suffixes]
            blank = {"multi_entity": "[]", "checkbox": 0}.get(field.data_type)
            self._blank += [blank] * len(suffixes)
        holes = ", ".join("?" * len(columns))
        self._sql = f'insert into "{entity_type.slug}" ({", ".join(columns)}) values ({holes})'

    def fill(
        self, row_id: int, values: Mapping[str, object], retired_at: str | None
    ) -> list[tuple[str, list[Ref]]]:
        """Hold a row. Returns what its multi links point to, in the order they are shown."""
        row = self._blank.copy()
        row[0], row[1] = row_id, retired_at
        links = []
        for name, value in values.items():
            if name not in self._places:
                raise KeyError(f"{self._name} has no stored field {name}")
            if value is None:
                continue
            column, data_type, is_stamp = self._places[name]
            if data_type == "entity":
                assert isinstance(value, Ref), f"{name} is a link"
                text = value.text if is_stamp else value.shown
                row[column : column + 3] = (text, value.type, value.id)
            elif data_type == "multi_entity":
                assert isinstance(value, list), f"{name} is a list of links"
                refs = sorted(value, key=_by_name)
                row[column] = f"[{','.join(ref.text for ref in refs if ref.is_live)}]"
                links.append((name, refs))
            elif data_type == "checkbox":
                row[column] = int(bool(value))
            elif data_type in ENCODED:
                row[column] = encode(value)
            else:
                row[column] = value
        self.rows.append(row)
        return links

    def write(self, connection: sqlite3.Connection) -> None:
        """Write the rows that are held."""
        connection.executemany(self._sql, self.rows)
        self.rows.clear()


def _by_name(ref: Ref) -> tuple[str, int]:
    return ref.name or "", ref.id
