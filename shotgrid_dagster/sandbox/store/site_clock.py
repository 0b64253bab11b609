"""What time it is at a site: its own time, which is kept in its file and runs on in real seconds.

A made-up studio begins at the instant at which its rows end. From the first time that anybody
looks at its clock, that clock runs as far behind the real one (or ahead of it) as it was then, by
whatever process the site is served or edited. When the studio works on for a day, the clock is
put forward by a day. So no row is ever stamped later than the site's `Date`, and none is stamped
earlier than a `Date` that was answered before it was written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from shotgrid_dagster.sandbox.store import database as store
from shotgrid_dagster.sandbox.store.instants import seconds

STARTS_AT = "clock_starts_at"
"""The site's time when its clock is first looked at; a site without it has the real time."""
AHEAD = "_clock_ahead"
"""How many seconds the site's time is ahead of the real one; below zero: behind it."""


def real_time() -> datetime:
    """The time of this machine, in UTC."""
    return datetime.now(timezone.utc)


class SiteClock:
    """The time of one site, in UTC. `given`: another clock to go by than the site's file."""

    def __init__(
        self,
        given: Callable[[], datetime] | None = None,
        real_time: Callable[[], datetime] = real_time,
    ) -> None:
        self._given = given
        self._real_time = real_time
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        """The time, as far as the file was read when it was last looked into."""
        if self._given is not None:
            return self._given().astimezone(timezone.utc)
        return self._real_time() + self._ahead

    def look(self, connection: sqlite3.Connection) -> datetime:
        """The time, as the file says now; another process may have put the clock forward."""
        if self._given is None:
            self._ahead = timedelta(seconds=self._read(connection))
        return self()

    def put_forward(self, connection: sqlite3.Connection, by: int) -> datetime:
        """Let so many seconds pass at once. It counts when the caller's transaction is kept."""
        if self._given is not None:
            raise ValueError("a clock that was handed in cannot be put forward")
        ahead = self._read(connection) + by
        store.set_site_value(connection, AHEAD, repr(ahead))
        return self.look(connection)

    def _read(self, connection: sqlite3.Connection) -> float:
        ahead = store.site_value(connection, AHEAD)
        if ahead is None:
            starts_at = store.site_value(connection, STARTS_AT)
            if starts_at is None:
                return 0.0
            connection.execute(
                "insert or ignore into _site (name, value) values (?, ?)",
                (AHEAD, repr(seconds(starts_at) - self._real_time().timestamp())),
            )
            ahead = store.site_value(connection, AHEAD)
        return float(str(ahead))
