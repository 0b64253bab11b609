"""The ids of events: in the order of time, or handed out in blocks and committed late."""

from __future__ import annotations

import json
import random
import sqlite3

from shotgrid_dagster.sandbox.store import database as store
from shotgrid_dagster.sandbox.writes.policy import EventPolicy

PROCESSES = 3
"""Processes of the site that reserve blocks of ids."""
STATE = "_event_ids"


class EventIds:
    """Hands out ids within one transaction, all from the block of one process.

    What was reserved is kept in the database: the order of ids goes on where it was left.
    """

    def __init__(self, connection: sqlite3.Connection, policy: EventPolicy) -> None:
        self._connection = connection
        self._policy = policy
        (newest,) = connection.execute(
            "select coalesce(max(id), 0) from event_log_entries"
        ).fetchone()
        state = json.loads(store.site_value(connection, STATE) or "{}")
        self._head: int = max(newest, state.get("head", 0))
        self._blocks: list[list[int]] = state.get("blocks", [[0, 0]] * PROCESSES)
        self._process = random.Random(f"{self._head} {self._blocks}").randrange(PROCESSES)

    def take(self) -> int:
        """The next id that is used."""
        taken = self._next()
        while self._draw(taken, "unused") < self._policy.unused:
            taken = self._next()
        state = json.dumps({"head": self._head, "blocks": self._blocks})
        store.set_site_value(self._connection, STATE, state)
        return taken

    def visible_at(self, event_id: int, now: float) -> float | None:
        """When an event can be seen, in epoch seconds; None: at once."""
        if self._draw(event_id, "head") < self._policy.head_density:
            return None
        return now + self._policy.late_seconds * (1 - self._draw(event_id, "late"))

    def _next(self) -> int:
        if self._policy.block == 1:
            return self._reserve(1)
        following, end = self._blocks[self._process]
        if following >= end:
            following = self._reserve(self._policy.block)
            end = following + self._policy.block
        self._blocks[self._process] = [following + 1, end]
        return following

    def _reserve(self, count: int) -> int:
        """The first of so many ids that nobody else has."""
        first = self._head + 1
        self._head += count
        return first

    def _draw(self, event_id: int, what: str) -> float:
        return random.Random(f"{event_id} {what}").random()
