"""The event log: notes taken while the rows are made, written out in the order of time."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import lru_cache
from hashlib import md5
from uuid import UUID

from shotgrid_dagster.sandbox.store.links import encode, quoted
from shotgrid_dagster.sandbox.studio.clock import DAY, event_instant
from shotgrid_dagster.sandbox.studio.refs import Ref

COLUMNS = (
    "event_type", "attribute_name", "description", "meta", "session_uuid",
    "entity", "entity__type", "entity__id", "project", "project__type", "project__id",
    "user", "user__type", "user__id",
)  # fmt: skip
BATCH = 1_000
"""Events that are held before they are put down."""
SORTING = -192_000
"""The cache that events are sorted in, in kilobytes: three gigabytes of them take one pass."""


class Diary:
    """Takes events in any order; `write` sorts them, so that ids and instants rise together.

    What was noted waits in a temporary table: a big log does not have to fit in memory.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._noted: list[tuple[object, ...]] = []
        columns = ", ".join(f'"{name}"' for name in COLUMNS)
        connection.execute(f"create temp table diary (at, {columns})")

    def created(self, at: int, row: Ref, project: Ref | None, by: Ref) -> None:
        meta = {"type": "new_entity", "entity_type": row.type, "entity_id": row.id}
        self.happened(
            at,
            f"Shotgun_{row.type}_New",
            meta,
            by,
            row,
            project,
            description=f"{by.name} created new {row.type} {row.name}",
        )

    def changed(
        self,
        at: int,
        row: Ref,
        project: Ref | None,
        by: Ref,
        attribute: tuple[str, str],
        old: object,
        new: object,
        *,
        in_create: bool = False,
    ) -> None:
        """`attribute` is a field's name and data type."""
        name, data_type = attribute
        meta: dict[str, object] = {
            "type": "attribute_change",
            "attribute_name": name,
            "entity_type": row.type,
            "entity_id": row.id,
            "field_data_type": data_type,
            "old_value": old,
            "new_value": new,
            "platform_id": None,
        }
        if in_create:
            meta["in_create"] = True
        before, after = _said(old), _said(new)
        self.happened(
            at,
            f"Shotgun_{row.type}_Change",
            meta,
            by,
            row,
            project,
            attribute=name,
            description=f'{by.name} changed "{name}" from {before} to {after} on {row.type}'
            f" {row.name}",
        )

    def retired(self, at: int, row: Ref, project: Ref | None, by: Ref) -> None:
        meta = {
            "type": "entity_retirement",
            "class_name": row.type,
            "display_name": row.name,
            "entity_type": row.type,
            "entity_id": row.id,
            "id": row.id,
            "retirement_date": event_instant(at),
        }
        self.happened(
            at,
            f"Shotgun_{row.type}_Retirement",
            meta,
            by,
            row,
            project,
            description=f"{by.name} deleted {row.type} {row.name}",
        )
        self.changed(
            at, row, project, by, ("retirement_date", "date_time"), None, event_instant(at)
        )

    def happened(
        self,
        at: int,
        event_type: str,
        meta: Mapping[str, object],
        by: Ref,
        row: Ref | None,
        project: Ref | None,
        *,
        attribute: str | None = None,
        description: str,
    ) -> None:
        """Any event. `by` is the writer, `row` what it is about."""
        session = None if by.type == "ApiUser" else _session(by.type, by.id, at // DAY)
        links = (*_columns(row), *_columns(project), *_columns(by))
        self._noted.append((at, event_type, attribute, description, encode(meta), session, *links))
        if len(self._noted) == BATCH:
            self._put_down()

    def write(self) -> None:
        """Enter every event into the log, which is empty."""
        self._put_down()
        names = ", ".join(f'"{name}"' for name in COLUMNS)
        (usual,) = self._connection.execute("pragma cache_size").fetchone()
        self._connection.execute(f"pragma cache_size = {SORTING}")
        # ids are handed out in the order in which rows arrive
        self._connection.execute(
            f"insert into event_log_entries ({names}, created_at)"
            f" select {names}, strftime('%Y-%m-%dT%H:%M:%SZ', at, 'unixepoch')"
            " from diary order by at, rowid"
        )
        self._connection.execute("drop table diary")
        self._connection.execute(f"pragma cache_size = {usual}")

    def _put_down(self) -> None:
        holes = ", ".join("?" * (1 + len(COLUMNS)))
        self._connection.executemany(f"insert into diary values ({holes})", self._noted)
        self._noted.clear()


def linked(ref: Ref) -> dict[str, object]:
    """A link as the value of an attribute change."""
    return {
        "name": ref.name,
        "type": ref.type,
        "id": ref.id,
        "valid": "valid",
        "status": None,
        "uuid": unique_id(f"{ref.type} {ref.id}"),
    }


def unique_id(of: str) -> str:
    """A UUID that is the same for the same text."""
    return str(UUID(bytes=md5(of.encode(), usedforsecurity=False).digest(), version=4))


@lru_cache(maxsize=65_536)
def _session(user_type: str, user_id: int, day: int) -> str:
    """One session per person and day."""
    return unique_id(f"{user_type} {user_id} {day}")


def _columns(ref: Ref | None) -> tuple[object, object, object]:
    """The columns of a single link; what is retired is not shown."""
    return (None, None, None) if ref is None else (ref.shown, ref.type, ref.id)


def _said(value: object) -> str:
    """A value as descriptions quote it: of a link, its name."""
    shown = value.get("name") if isinstance(value, dict) else value
    return quoted(shown) if shown is None or isinstance(shown, str) else encode(shown)
