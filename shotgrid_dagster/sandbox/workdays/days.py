"""Working through days: each is one transaction, so that no half a day is left behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from shotgrid_dagster.sandbox.store import database as store
from shotgrid_dagster.sandbox.store.instants import DAY, instant
from shotgrid_dagster.sandbox.store.site_clock import SiteClock, real_time
from shotgrid_dagster.sandbox.workdays import deletions, progress, review, schedule
from shotgrid_dagster.sandbox.workdays.workday import Job, Workday

PARTS = (
    progress.advance_statuses,
    review.submit_versions,
    review.hold_dailies,
    review.write_notes,
    review.reply_to_notes,
    schedule.log_time,
    schedule.move_due_dates,
    deletions.omit_shots,
    deletions.delete_shots,
)


@dataclass(frozen=True)
class Progress:
    """How far the studio has come."""

    now: str
    """`2026-06-06T09:00:00Z`: the site's time, to which it has worked."""
    events: int
    """Entries that the event log gained."""


def advance(
    path: Path,
    days: int,
    seed: int | None = None,
    real_time: Callable[[], datetime] = real_time,
) -> Progress:
    """Let the studio work on for so many days, from the time that it is at the site.

    The site's clock is put forward with each day, and runs on from there. Saturdays and Sundays
    pass without work. What happens follows from the site, its time and the seed (by default the
    one that the site was made with): two days and at once three are the same as five. Readers of
    the site are never kept waiting; other writers are, for a day's work. `real_time`: this
    machine's, in UTC.

    Raises FileNotFoundError if there is no site at `path`.
    """
    if not path.exists():
        raise FileNotFoundError(f"There is no site at {path}.")
    with closing(store.connect(path)) as connection:
        before = _events(connection)
        clock = SiteClock(real_time=real_time)
        for _ in range(days):
            _work_a_day(connection, clock, seed)
        now = instant(int(clock().timestamp()))
        return Progress(now, _events(connection) - before)


def _work_a_day(connection: sqlite3.Connection, clock: SiteClock, seed: int | None) -> None:
    connection.execute("begin immediate")
    try:
        # A row of this day is stamped behind every `Date` that the site has answered so far.
        start = int(clock.look(connection).timestamp())
        if seed is None:
            seed = int(str(store.site_value(connection, "seed")))
        day = Workday(connection, seed, start)
        # in the order of time, as the ids of events are
        for job in sorted(_jobs(day), key=lambda job: job.at):
            day.do(job)
        clock.put_forward(connection, DAY)
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _jobs(day: Workday) -> list[Job]:
    if not day.is_worked:
        return []
    return [job for show in day.shows() for part in PARTS for job in part(day, show)]


def _events(connection: sqlite3.Connection) -> int:
    (count,) = connection.execute("select count(*) from event_log_entries").fetchone()
    return int(count)
