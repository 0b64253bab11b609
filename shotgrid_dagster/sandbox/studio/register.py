"""Where new rows are entered: ids are handed out in order, rows are written in batches."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from shotgrid_dagster.sandbox.links import STAMPS, encode, is_far_side
from shotgrid_dagster.sandbox.schema import EntityType, Field
from shotgrid_dagster.sandbox.studio.refs import Ref

BATCH = 1_000
"""Rows of one table that are held before they are written."""

ENCODED = frozenset({"serializable", "jsonb", "url", "tag_list"})


class Encoded(str):
    """JSON text, to be stored as it is."""


class Register:
    """Writes rows of any entity type, given the values of the fields that are not empty."""

    def __init__(self, connection: sqlite3.Connection, schema: Mapping[str, EntityType]) -> None:
        self.connection = connection
        self.schema = schema
        self._ids: Counter[str] = Counter()
        self._fields = {name: _written(entity_type) for name, entity_type in schema.items()}
        self._names = {name: {f.name for f in fields} for name, fields in self._fields.items()}
        self._rows: defaultdict[str, list[tuple[object, ...]]] = defaultdict(list)

    def next_id(self, entity_type: str) -> int:
        self._ids[entity_type] += 1
        return self._ids[entity_type]

    def enter(
        self,
        entity_type: str,
        row_id: int,
        values: Mapping[str, object],
        retired_at: str | None = None,
    ) -> None:
        """Write a row. A single link takes a `Ref`, a multi link a list of them, other fields a \
value as the store keeps it; what is encoded as JSON is given decoded."""
        if unknown := values.keys() - self._names[entity_type]:
            raise KeyError(f"{entity_type} has no stored field {sorted(unknown)}")
        self._ids[entity_type] = max(self._ids[entity_type], row_id)
        row: list[object] = [row_id, retired_at]
        for field in self._fields[entity_type]:
            value = values.get(field.name)
            if field.data_type == "entity":
                row += _single(field, value)
            elif field.data_type == "multi_entity":
                refs = sorted(_refs(value), key=lambda ref: (ref.name or "", ref.id))
                row.append(f"[{','.join(ref.text for ref in refs if ref.is_live)}]")
                self._link(entity_type, field.name, row_id, refs)
            elif field.data_type == "checkbox":
                row.append(int(bool(value)))
            elif (
                field.data_type in ENCODED and value is not None and not isinstance(value, Encoded)
            ):
                row.append(encode(value))
            else:
                row.append(value)
        self._add(entity_type, tuple(row))

    def flush(self) -> None:
        """Write what is held."""
        for table in list(self._rows):
            self._write(table)

    def _link(self, owner: str, field: str, owner_id: int, refs: Iterable[Ref]) -> None:
        for position, ref in enumerate(refs):
            self._add("_links", (owner, field, owner_id, position, ref.type, ref.id))

    def _add(self, table: str, row: tuple[object, ...]) -> None:
        held = self._rows[table]
        held.append(row)
        if len(held) == BATCH:
            self._write(table)

    def _write(self, table: str) -> None:
        rows = self._rows.pop(table)
        if table == "_links":
            sql = "insert into _links values (?, ?, ?, ?, ?, ?)"
        else:
            names = ", ".join(_column_names(self._fields[table]))
            holes = ", ".join("?" * len(rows[0]))
            sql = f'insert into "{self.schema[table].slug}" ({names}) values ({holes})'
        self.connection.executemany(sql, rows)


def _written(entity_type: EntityType) -> list[Field]:
    """The fields a new row is written with. Far sides are worked out later, from the near ones."""
    return [
        field
        for field in entity_type.fields.values()
        if field.is_stored and field.name != "id" and not is_far_side(field)
    ]


def _column_names(fields: Sequence[Field]) -> list[str]:
    names = ["id", "_retired_at"]
    for field in fields:
        suffixes = ("", "__type", "__id") if field.data_type == "entity" else ("",)
        names += [f'"{field.name}{suffix}"' for suffix in suffixes]
    return names


def _single(field: Field, value: object) -> list[object]:
    if value is None:
        return [None, None, None]
    assert isinstance(value, Ref), f"{field.name} is a link"
    is_shown = value.is_live or field.name in STAMPS
    return [value.text if is_shown else None, value.type, value.id]


def _refs(value: object) -> list[Ref]:
    if value is None:
        return []
    assert isinstance(value, list)
    return value
