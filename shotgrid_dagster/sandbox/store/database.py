"""The sandbox site's database: one SQLite file, one table per entity type.

A table is named by the slug of its type and has

* `id` INTEGER PRIMARY KEY, and `_retired_at` TEXT, null while the row is live;
* of events, `_visible_at` REAL: the epoch second before which nobody sees them, null for none;
* per field, by data type:

| data types | column |
|---|---|
| text, list, status_list, entity_type, color, uuid, footage (`12-08`) | TEXT |
| date (`2026-03-04`), date_time (`2026-03-04T05:06:07Z`) | TEXT |
| number, percent, duration (minutes), timecode (ms), checkbox (0/1, never null) | INTEGER |
| float, currency | REAL |
| serializable, jsonb, tag_list (a list of strings) | TEXT: encoded JSON |
| text that reads as decoded JSON (PageSetting.settings_json) | TEXT: encoded JSON |
| image | TEXT: the path below the media address (`/<hash>/<name>`), without a signature; \
`pending` while transcoding |
| url | TEXT: encoded JSON of the value, with `@media@` for the media address and `@signature@` \
for the query: `@media@/<hash>/<name>?@signature@` |
| entity | `<f>__type` TEXT and `<f>__id` INTEGER: the truth; `<f>` TEXT: what a read shows, \
`{"id":..,"name":..,"type":..}`, or null when the target is retired or there is none |
| multi_entity | `<f>` TEXT: what a read shows, a JSON list of such objects, never null |
| pivot_column, password, computed | no column |

Links are kept twice on purpose: reads copy the encoded text (`<f>`), so a page costs no joins. What
is true of a multi link is in `_links` (or in the rows of a connection entity type:
`Field.through`), and whoever writes keeps both in step.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from filelock import FileLock

from shotgrid_dagster.sandbox.store.links import STAMPS
from shotgrid_dagster.sandbox.store.schema import EntityType, Field

INTEGERS = frozenset({"number", "percent", "duration", "timecode", "checkbox"})
REALS = frozenset({"float", "currency"})


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode, with write-ahead logging: readers never wait."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    connection.execute("pragma cache_size = -64000")
    connection.execute("pragma mmap_size = 268435456")
    return connection


def create(path: Path, fill: Callable[[sqlite3.Connection], None]) -> bool:
    """Make the database at `path` in whole, or leave the one that is there.

    `fill` gets a connection to an empty file beside the target, which takes its name when `fill`
    returns: a process that is killed leaves no half-made site. Of two processes that ask at once,
    one makes it and the other waits.

    Returns True if this call made it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(beside(path, ".lock")):
        if path.exists():
            return False
        unfinished = beside(path, ".unfinished")
        unfinished.unlink(missing_ok=True)
        with closing(sqlite3.connect(unfinished, isolation_level=None)) as connection:
            # nobody reads this file before it is complete, so a journal would protect nothing
            connection.execute("pragma journal_mode = off")
            connection.execute("pragma synchronous = off")
            connection.execute("pragma locking_mode = exclusive")
            connection.execute("pragma cache_size = -64000")
            connection.execute("begin")
            fill(connection)
            connection.execute("commit")
        # left by a site that was deleted without them, they would be replayed into the new one
        beside(path, "-wal").unlink(missing_ok=True)
        beside(path, "-shm").unlink(missing_ok=True)
        unfinished.replace(path)
        return True


def beside(path: Path, suffix: str) -> Path:
    """The file beside a database with this suffix behind its name."""
    return path.with_name(path.name + suffix)


def columns(field: Field) -> list[str]:
    """The column definitions of a field, e.g. `['"project__type" TEXT', ...]`."""
    name = field.name
    if not field.is_stored or name == "id":
        return []
    if field.data_type == "entity":
        return [f'"{name}" TEXT', f'"{name}__type" TEXT', f'"{name}__id" INTEGER']
    if field.data_type == "multi_entity":
        return [f"\"{name}\" TEXT NOT NULL DEFAULT '[]'"]
    if field.data_type == "checkbox":
        return [f'"{name}" INTEGER NOT NULL DEFAULT 0']
    if field.data_type in INTEGERS:
        return [f'"{name}" INTEGER']
    return [f'"{name}" {"REAL" if field.data_type in REALS else "TEXT"}']


def create_tables(connection: sqlite3.Connection, schema: Mapping[str, EntityType]) -> None:
    """Make the empty tables of every entity type, and the site's own."""
    for entity_type in schema.values():
        own = [column for field in entity_type.fields.values() for column in columns(field)]
        if entity_type.name == "EventLogEntry":
            own.append("_visible_at REAL")
        body = ", ".join(["id INTEGER PRIMARY KEY", "_retired_at TEXT", *own])
        connection.execute(f'create table "{entity_type.slug}" ({body})')
    connection.execute(
        "create table _links (owner_type TEXT, field TEXT, owner_id INTEGER, position INTEGER,"
        " target_type TEXT, target_id INTEGER,"
        " primary key (owner_type, field, owner_id, position)) without rowid"
    )
    connection.execute("create table _files (path TEXT primary key, body BLOB)")
    connection.execute("create table _uploads (upload_id TEXT primary key, path TEXT)")
    connection.execute(
        "create table _parts (upload_id TEXT, number INTEGER, body BLOB,"
        " primary key (upload_id, number))"
    )
    connection.execute("create table _site (name TEXT primary key, value TEXT) without rowid")


def create_indexes(connection: sqlite3.Connection, schema: Mapping[str, EntityType]) -> None:
    """Index what is looked up; ids are the tables' own order. Cheapest once the rows are in."""
    connection.execute(
        "create index _links_target on _links (target_type, target_id, owner_type, field)"
    )
    for entity_type in schema.values():
        slug = entity_type.slug
        for field in entity_type.fields.values():
            name = field.name
            if _is_followed(entity_type, field):
                keys = f'("{name}__id", "{name}__type") where "{name}__id" is not null'
            elif name == "updated_at" or (entity_type.name, name) in _BY_DATE:
                keys = f'("{name}")'
            else:
                continue
            connection.execute(f'create index "{slug}_{name}" on "{slug}" {keys}')
        connection.execute(
            f'create index "{slug}_retired" on "{slug}" (id) where _retired_at is not null'
        )


def site_value(connection: sqlite3.Connection, name: str) -> str | None:
    """A fact about the site (`now`, `seed`, `signing_key`, ...); None if there is none."""
    row = connection.execute("select value from _site where name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def set_site_value(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Write a fact about the site."""
    connection.execute("insert or replace into _site (name, value) values (?, ?)", (name, value))


_BY_DATE = frozenset({("EventLogEntry", "created_at")})


def _is_followed(entity_type: EntityType, field: Field) -> bool:
    """Whether rows are looked up by what this link points to.

    Not by who wrote them: a few people wrote nearly every row, an index would not narrow it down.
    """
    is_writer = field.name in STAMPS or (entity_type.name, field.name) == ("EventLogEntry", "user")
    return field.data_type == "entity" and not is_writer
