"""What the numbers must be, in plain Python over the site's own tables: no SQL of ours, no model.

Everything here is the slow and obvious way: events are replayed one by one, working time is
counted day by day.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from shotgrid_dagster.sandbox.writes.editing import Editor

Row = dict[str, Any]
TRACKED = ("Task", "Shot", "Asset", "Sequence", "Version", "Note")
DONE = {"fin", "apr", "cmpt", "clsd", "dlvr", "recd", "res", "pass"}
REVIEW = {"rev", "pndng"}
ACTIVE = {"ip", "opn", "vwd", "rrq"}
"""As in the site's groups, except what is in review or on hold."""
WAITING = {"wtg", "ready", "rdy", "bid"}
LEFT_OUT = {"omt", "na", "dis"}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@dataclass(frozen=True)
class Stretch:
    """A stretch of time in one status."""

    start: datetime
    end: datetime | None
    status: str | None
    is_deleted: bool


class Truth:
    """The site's own database, read without any of the code under test."""

    def __init__(self, database: Path, zone: str, read_at: str) -> None:
        self.database = database
        self.zone = ZoneInfo(zone)
        self.read_at = instant(read_at)
        self._dumps: dict[tuple[str, bool], dict[int, Row]] = {}
        with closing(sqlite3.connect(database)) as connection:
            ((days,),) = connection.execute("select value from _site where name = '_work_days'")
        self.exceptions: dict[str, dict[str, list[object]]] = json.loads(days)

    def live(self, entity_type: str) -> dict[int, Row]:
        return self._dump(entity_type, False)

    def retired(self, entity_type: str) -> dict[int, Row]:
        return self._dump(entity_type, True)

    def _dump(self, entity_type: str, retired: bool) -> dict[int, Row]:
        key = (entity_type, retired)
        if key not in self._dumps:
            self._dumps[key] = Editor(self.database).dump(entity_type, retired)
        return self._dumps[key]

    @cached_property
    def events(self) -> list[Row]:
        dated = (
            event
            for event in Editor(self.database).dump("EventLogEntry").values()
            if event["created_at"]
        )
        return sorted(dated, key=lambda item: (item["created_at"], item["id"]))

    @cached_property
    def as_of(self) -> datetime:
        """The newest event, slips of a clock aside: later than it was read, or too old."""
        stamps = [instant(event["created_at"]) for event in self.events]
        latest = self.read_at + timedelta(days=1)
        return max(at for at in stamps if at <= latest and self.is_in_calendar(self.day_of(at)))

    @cached_property
    def calendar(self) -> tuple[date, date]:
        """From the year of the first project, but not of before 2000, to two years from now."""
        years = [int(row["created_at"][:4]) for row in self.live("Project").values()
                 if row["created_at"]]  # fmt: skip
        return date(max(2000, min(years)), 1, 1), date(self.read_at.year + 2, 12, 31)

    def is_in_calendar(self, on: date) -> bool:
        first, last = self.calendar
        return first <= on <= last

    @property
    def today(self) -> date:
        return self.day_of(self.as_of)

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    # -- working time

    def is_worked(self, day: date, project: int | None) -> bool:
        for key in (str(project), ""):
            if day.isoformat() in self.exceptions.get(key, {}):
                return bool(self.exceptions[key][day.isoformat()][0])
        return day.weekday() < 5

    def working_minutes(self, start: datetime, end: datetime, project: int | None) -> float:
        """Nine to five, local time, on the days that are worked, each looked at by itself."""
        total = timedelta()
        day = self.day_of(start)
        while day <= self.day_of(end):
            if self.is_worked(day, project):
                opens = datetime.combine(day, time(9), self.zone).astimezone(timezone.utc)
                closes = opens + timedelta(hours=8)
                total += max(timedelta(), min(end, closes) - max(start, opens))
            day += timedelta(days=1)
        return total.total_seconds() / 60

    def worked_days(self, first: date, last: date, project: int | None) -> list[date]:
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return [day for day in days if self.is_worked(day, project)]

    # -- history

    @cached_property
    def histories(self) -> dict[tuple[str, int], list[Stretch]]:
        said: dict[tuple[str, int], list[Row]] = {}
        for event in self.events:
            meta = event["meta"] or {}
            if meta.get("entity_type") in TRACKED and (
                meta["type"] in ("new_entity", "entity_retirement", "entity_revival")
                or meta.get("attribute_name") == "sg_status_list"
            ):
                said.setdefault((meta["entity_type"], meta["entity_id"]), []).append(event)
        keys = {*said} | {
            (kind, id_) for kind in TRACKED for id_ in (*self.live(kind), *self.retired(kind))
        }
        return {key: list(self._history(*key, said.get(key, []))) for key in keys}

    def _history(self, kind: str, id_: int, events: list[Row]) -> Iterator[Stretch]:
        row = self.live(kind).get(id_) or self.retired(kind).get(id_)
        points = list(self._points(row, events))
        if row is not None:
            at, status, is_deleted = points[-1]
            is_retired = id_ in self.retired(kind)
            if (status, is_deleted) != (row["sg_status_list"], is_retired):
                stamp = instant(row["updated_at"]) if row["updated_at"] else self.read_at
                points.append(
                    (stamp if stamp > at else self.read_at, row["sg_status_list"], is_retired)
                )
        for point, following in zip(points, [*points[1:], None], strict=True):
            yield Stretch(point[0], following[0] if following else None, *point[1:])

    def _points(
        self, row: Row | None, events: list[Row]
    ) -> Iterator[tuple[datetime, str | None, bool]]:
        changes = [item["meta"] for item in events if item["meta"]["type"] == "attribute_change"]
        status: str | None = row["sg_status_list"] if row else None
        if changes:
            status = changes[0]["old_value"]
        is_deleted = False
        if not any(item["meta"]["type"] == "new_entity" for item in events):
            assert row is not None
            born = row["created_at"] or row["updated_at"]
            born_at = instant(born) if born else self.read_at
            if not events or born_at < instant(events[0]["created_at"]):
                yield born_at, status, False
        for at, together in groupby(events, key=lambda item: str(item["created_at"])):
            for event in together:
                meta = event["meta"]
                if meta["type"] == "attribute_change":
                    status = meta["new_value"]
                elif meta["type"] != "new_entity":
                    is_deleted = meta["type"] == "entity_retirement"
            yield instant(at), status, is_deleted

    def project_of(self, kind: str, id_: int) -> int | None:
        row = self.live(kind).get(id_) or self.retired(kind).get(id_)
        link = row and row["project"]
        return link["id"] if link else None

    def until(self, stretch: Stretch) -> datetime:
        return stretch.end or max(stretch.start, self.as_of)


def phase(status: str | None) -> str:
    for name, codes in (
        ("done", DONE),
        ("review", REVIEW),
        ("active", ACTIVE),
        ("waiting", WAITING),
        ("left_out", LEFT_OUT),
        ("on_hold", {"hld", "blk"}),
    ):
        if status in codes:
            return name
    return "other"


def link_id(row: Row, field: str, kind: str | None = None) -> int | None:
    link = row[field]
    return link["id"] if link and kind in (None, link["type"]) else None


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def is_date(value: object) -> bool:
    try:
        return bool(date.fromisoformat(str(value)))
    except ValueError:
        return False


def total(values: Iterable[float | int | None]) -> float:
    return sum(value or 0 for value in values)


def tasks_that_count(truth: Truth) -> dict[int, Row]:
    return {
        id_: row
        for id_, row in truth.live("Task").items()
        if row["project"] and row["sg_status_list"] not in LEFT_OUT
    }


def logged_on(truth: Truth) -> Counter[int]:
    sums: Counter[int] = Counter()
    for log in truth.live("TimeLog").values():
        if task := link_id(log, "entity", "Task"):
            sums[task] += log["duration"] or 0
    return sums


def is_late(truth: Truth, task: Row) -> bool:
    due = day(task["due_date"])
    return bool(due and due < truth.today and task["sg_status_list"] not in DONE | LEFT_OUT)


def crew_of(truth: Truth, task: Row) -> set[int]:
    """Who is on a task, by name or through a group."""
    crew = set()
    for item in task["task_assignees"]:
        if item["type"] == "HumanUser":
            crew.add(item["id"])
        else:
            crew |= {member["id"] for member in truth.live("Group")[item["id"]]["users"]}
    return crew


def assigned_minutes(truth: Truth) -> tuple[Counter[Any], Counter[Any]]:
    """(person, Monday) -> the bids of that week, all and open ones, day by day."""
    assigned: Counter[Any] = Counter()
    open_: Counter[Any] = Counter()
    for task in tasks_that_count(truth).values():
        start, due = day(task["start_date"]), day(task["due_date"])
        crew = crew_of(truth, task)
        if not (start and due and start <= due and crew and (task["est_in_mins"] or 0) > 0):
            continue
        # nobody knows which days are worked outside the calendar: such dates are a slip
        if not (truth.is_in_calendar(start) and truth.is_in_calendar(due)):
            continue
        days = truth.worked_days(start, due, task["project"]["id"]) or [start]
        for item in days:
            week = item - timedelta(days=item.weekday())
            for person in crew:
                share = task["est_in_mins"] / len(days) / len(crew)
                assigned[person, week] += share
                if task["sg_status_list"] not in DONE:
                    open_[person, week] += share
    return assigned, open_


def days_away(truth: Truth) -> dict[int, dict[date, bool]]:
    """Person -> day that is booked -> whether for a vacation."""
    away: dict[int, dict[date, bool]] = defaultdict(dict)
    for booking in truth.live("Booking").values():
        first, last = day(booking["start_date"]), day(booking["end_date"])
        person = link_id(booking, "user")
        if first and last and person:
            for item in truth.worked_days(
                max(first, truth.calendar[0]), min(last, truth.calendar[1]), None
            ):
                away[person][item] = booking["vacation"] or away[person].get(item, False)
    return away


def reviews_of(truth: Truth, task: int) -> list[tuple[datetime, datetime | None, str | None]]:
    """A task's visits to review: from, until, and the phase it went to."""
    visits: list[tuple[datetime, datetime | None, str | None]] = []
    inside = False
    for history in truth.histories["Task", task]:
        is_review = history.status in REVIEW and not history.is_deleted
        if is_review and not inside:
            visits.append((history.start, None, None))
        elif inside and not is_review:
            outcome = "deleted" if history.is_deleted else phase(history.status)
            visits[-1] = (visits[-1][0], history.start, outcome)
        inside = is_review
    return visits
