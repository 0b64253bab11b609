"""A day of the studio: who works, on which shows, and what is about to be done at what instant."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, TypeVar

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.store.instants import DAY, HOUR, day
from shotgrid_dagster.sandbox.store.site_fields import site_schema
from shotgrid_dagster.sandbox.studio.clock import NOW
from shotgrid_dagster.sandbox.studio.site.people import TIME_KEEPER
from shotgrid_dagster.sandbox.writes.edit import Edit, Row
from shotgrid_dagster.sandbox.writes.events.event_log import EventLog
from shotgrid_dagster.sandbox.writes.links.neighbours import Neighbours
from shotgrid_dagster.sandbox.writes.policy import WritePolicy
from shotgrid_dagster.sandbox.writes.stored_rows import StoredRows

T = TypeVar("T")

POLICY = WritePolicy()
NEIGHBOURS = Neighbours(SCHEMA)

OPEN = 10 * HOUR
"""How long after it begins a day is worked."""


@dataclass(frozen=True)
class RunningShow:
    """A live project with shots: no template, no demo, not archived."""

    id: int
    shots: int


@dataclass(frozen=True)
class Job:
    """One edit that somebody is going to make."""

    at: int
    """Epoch seconds."""
    by: Row
    do: Callable[[Edit], object]


class Workday:
    """One day, which begins at `start`. What it draws depends on the seed and its number only."""

    def __init__(self, connection: sqlite3.Connection, seed: int, start: int) -> None:
        self.connection = connection
        self.start = start
        self._seed = seed
        schema = site_schema(connection, SCHEMA)
        self._rows = StoredRows(connection, schema)
        self._neighbours = NEIGHBOURS if schema is SCHEMA else Neighbours(schema)
        people = [("HumanUser", id_) for id_ in self._ids("HumanUser", "sg_status_list = 'act'")]
        self.producers: list[Row] = people[1:5] or people
        self.artists: list[Row] = people[5:] or people
        time_keepers = self._ids("ApiUser", "firstname = ?", TIME_KEEPER)
        self.time_keeper: Row = ("ApiUser", time_keepers[0]) if time_keepers else people[0]

    @property
    def is_worked(self) -> bool:
        """False on Saturdays and Sundays."""
        return day(self.start).weekday() < 5

    @property
    def end(self) -> int:
        """When the next day begins, in epoch seconds."""
        return self.start + DAY

    def shows(self) -> list[RunningShow]:
        """The shows that are worked on."""
        found = self.connection.execute(
            "select p.id, (select count(*) from shots s"
            " where s.project__id = p.id and s._retired_at is null) as shots from projects p"
            " where p._retired_at is null and not p.archived and not p.is_template"
            " and not p.is_demo and shots > 0 order by p.id"
        )
        return [RunningShow(*row) for row in found]

    def live(
        self, show: RunningShow, table: str, columns: str = "id", condition: str = "1"
    ) -> list[tuple[Any, ...]]:
        """Columns of a show's live rows that meet an SQL condition, in the order of their ids."""
        found = self.connection.execute(
            f'select {columns} from "{table}" where project__id = ? and _retired_at is null'
            f" and {condition} order by id",
            (show.id,),
        )
        return found.fetchall()

    def stream(self, show: RunningShow, part: str) -> random.Random:
        """The randomness of one part of a show's day."""
        number = (self.start - NOW) // DAY
        return random.Random(f"{self._seed}:day {number}:{show.id}:{part}")

    def random_instant(self, rng: random.Random) -> int:
        """An instant while people work."""
        return self.start + rng.randint(1, OPEN)

    def do(self, job: Job) -> None:
        """Make one edit, in the name of who makes it."""
        writer = self._rows.ref(*job.by)
        assert writer is not None
        now = datetime.fromtimestamp(job.at, timezone.utc)
        log = EventLog(self._rows, POLICY.events, job.at, writer, None)
        is_logged = self._is_logged(job.by)
        job.do(Edit(self._rows, self._neighbours, POLICY, now, writer, log if is_logged else None))

    def _is_logged(self, writer: Row) -> bool:
        if writer[0] != "ApiUser":
            return True
        return bool(self._rows.live(*writer)["generate_event_log_entries"])

    def _ids(self, entity_type: str, condition: str, *values: object) -> list[int]:
        return self._rows.ids(entity_type, f"{condition} and _retired_at is null", *values)


def random_count(rng: random.Random, expected: float) -> int:
    """A whole number of things; the expected one on average."""
    return int(expected) + (rng.random() < expected % 1)


def sample(rng: random.Random, rows: list[T], count: int) -> list[T]:
    """So many of the rows, or all of them."""
    return rng.sample(rows, k=min(count, len(rows)))


def link(entity_type: str, row_id: int) -> dict[str, object]:
    """A link as it is sent."""
    return {"type": entity_type, "id": row_id}
