"""The fields that clients made, changed or deleted: kept in the site's file, beside its rows.

A field that was deleted stays in the file, with its column: it can be revived, and its name is
taken.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace

from shotgrid_dagster.sandbox.store.database import columns
from shotgrid_dagster.sandbox.store.schema import EntityType, Field

TABLE = "_fields"


@dataclass(frozen=True)
class KeptField:
    """A field as clients left it."""

    entity_type: str
    field: Field
    is_retired: bool


def kept_fields(connection: sqlite3.Connection) -> list[KeptField]:
    """Every field that clients made, changed or deleted, in the order in which they began to."""
    there = connection.execute("select 1 from sqlite_master where name = ?", (TABLE,)).fetchone()
    if there is None:
        return []
    found = connection.execute(
        f"select entity_type, definition, is_retired from {TABLE} order by rowid"
    )
    return [KeptField(owner, _read(text), bool(retired)) for owner, text, retired in found]


def keep(
    connection: sqlite3.Connection, entity_type: str, field: Field, is_retired: bool = False
) -> None:
    """Write down how a field is from now on."""
    connection.execute(
        f"create table if not exists {TABLE} (entity_type TEXT, name TEXT, definition TEXT,"
        " is_retired INTEGER, unique (entity_type, name))"
    )
    connection.execute(
        f"insert into {TABLE} values (?, ?, ?, ?) on conflict (entity_type, name)"
        " do update set definition = excluded.definition, is_retired = excluded.is_retired",
        (entity_type, field.name, json.dumps(asdict(field)), int(is_retired)),
    )


def with_far_side(connection: sqlite3.Connection, entity_type: str, name: str) -> list[KeptField]:
    """A field that clients made, and the far side that was made along with it; or nothing."""
    far_side_of = f"{entity_type}.{name}"
    return [
        found
        for found in kept_fields(connection)
        if (found.entity_type, found.field.name) == (entity_type, name)
        or found.field.inverse_of == far_side_of
    ]


def add_column(connection: sqlite3.Connection, entity_type: EntityType, field: Field) -> None:
    """Give the rows of a type room for a new field."""
    for column in columns(field):
        connection.execute(f'alter table "{entity_type.slug}" add column {column}')


def with_kept(schema: Mapping[str, EntityType], kept: Iterable[KeptField]) -> dict[str, EntityType]:
    """The entity types that differ from those of `schema`, with the fields as clients left them."""
    changed: dict[str, EntityType] = {}
    for found in kept:
        owner = changed.get(found.entity_type) or schema.get(found.entity_type)
        if owner is not None:
            fields = {**owner.fields, found.field.name: found.field}
            if found.is_retired:
                del fields[found.field.name]
            changed[owner.name] = replace(owner, fields=fields)
    return changed


def site_schema(
    connection: sqlite3.Connection, schema: Mapping[str, EntityType]
) -> Mapping[str, EntityType]:
    """The schema of this site: `schema` itself, unless clients changed it."""
    changed = with_kept(schema, kept_fields(connection))
    return {**schema, **changed} if changed else schema


def _read(text: str) -> Field:
    values = json.loads(text)
    values["only_statuses"] = tuple(values["only_statuses"])
    if values["through"] is not None:
        values["through"] = tuple(values["through"])
    return Field(**values)
