"""The event log of the past: noted while the rows are made, written in the order of time."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import lru_cache

from shotgrid_dagster.sandbox.store.event_writer import EventWriter
from shotgrid_dagster.sandbox.store.instants import DAY
from shotgrid_dagster.sandbox.store.links import encode
from shotgrid_dagster.sandbox.store.refs import Ref, unique_id

COLUMNS = (
    "event_type", "attribute_name", "description", "meta", "session_uuid",
    "entity", "entity__type", "entity__id", "project", "project__type", "project__id",
    "user", "user__type", "user__id",
)  # fmt: skip
BATCH = 1_000
"""Events that are held in memory before they are written to the temporary table."""
SORTING = -192_000
"""The cache that events are sorted in, in kilobytes: three gigabytes of them take one pass."""


class EventHistory(EventWriter):
    """Takes events in any order; `write` sorts them, so that ids and instants rise together.

    What was noted waits in a temporary table: a big log does not have to fit in memory.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._noted: list[tuple[object, ...]] = []
        columns = ", ".join(f'"{name}"' for name in COLUMNS)
        connection.execute(f"create temp table event_history (at, {columns})")

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
        """Note one entry."""
        session = None if by.type == "ApiUser" else _session(by.type, by.id, at // DAY)
        links = (*_columns(row), *_columns(project), *_columns(by))
        self._noted.append((at, event_type, attribute, description, encode(meta), session, *links))
        if len(self._noted) == BATCH:
            self._write_noted()

    def write(self) -> None:
        """Enter every event into the log, which is empty."""
        self._write_noted()
        names = ", ".join(f'"{name}"' for name in COLUMNS)
        (usual,) = self._connection.execute("pragma cache_size").fetchone()
        self._connection.execute(f"pragma cache_size = {SORTING}")
        # ids are handed out in the order in which rows arrive
        self._connection.execute(
            f"insert into event_log_entries ({names}, created_at)"
            f" select {names}, strftime('%Y-%m-%dT%H:%M:%SZ', at, 'unixepoch')"
            " from event_history order by at, rowid"
        )
        self._connection.execute("drop table event_history")
        self._connection.execute(f"pragma cache_size = {usual}")

    def _write_noted(self) -> None:
        holes = ", ".join("?" * (1 + len(COLUMNS)))
        self._connection.executemany(f"insert into event_history values ({holes})", self._noted)
        self._noted.clear()


@lru_cache(maxsize=65_536)
def _session(user_type: str, user_id: int, day: int) -> str:
    """One session per person and day."""
    return unique_id(f"{user_type} {user_id} {day}")


def _columns(ref: Ref | None) -> tuple[object, object, object]:
    """The columns of a single link; what is retired is not shown."""
    return (None, None, None) if ref is None else (ref.shown, ref.type, ref.id)
