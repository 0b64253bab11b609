"""The server's SQLite connections, with the site's own SQL functions."""

from __future__ import annotations

import json
import queue
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from shotgrid_dagster.sandbox.store import database as store
from shotgrid_dagster.sandbox.store.schema import slug


class Connections:
    """A pool that grows with the requests in flight: a connection serves one at a time."""

    def __init__(self, database: Path, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()

    @contextmanager
    def borrowed(self) -> Iterator[sqlite3.Connection]:
        """A connection for one request. Text comes as `str`."""
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = _connect(self._database, self._clock)
        try:
            yield connection
        finally:
            self._idle.put(connection)

    def close(self) -> None:
        """Close every connection that is idle."""
        while not self._idle.empty():
            self._idle.get_nowait().close()


def _connect(database: Path, clock: Callable[[], datetime]) -> sqlite3.Connection:
    connection = store.connect(database)
    connection.create_function("site_now", 0, lambda: clock().timestamp())
    connection.create_function("fold", 1, _fold, deterministic=True)
    connection.create_function("slug", 1, slug, deterministic=True)
    connection.create_function("floor_to", 2, _floor_to, deterministic=True)
    connection.create_function("json_contains", 2, _contains, deterministic=True)
    connection.create_function("json_same", 2, _same, deterministic=True)
    return connection


def _fold(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _floor_to(value: float | None, step: int) -> float | None:
    return None if value is None else value // step * step


def _same(document: str | None, other: str) -> bool:
    return document is not None and bool(json.loads(document) == json.loads(other))


def _contains(document: str | None, part: str) -> bool:
    """Whether an object has all keys and values of `part`; arrays are not looked into."""
    return document is not None and _within(json.loads(part), json.loads(document))


def _within(part: object, whole: object) -> bool:
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and _within(value, whole[key]) for key, value in part.items())
    return part == whole
