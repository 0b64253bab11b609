"""What must be drawn of a project, worked out from the site's own tables, and what is drawn."""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta, timezone
from statistics import median
from typing import Any

import pytest

from shotgrid_dagster.dashboard.pictures import css_color
from shotgrid_dagster_tests.models.truth import (
    DONE,
    LEFT_OUT,
    Row,
    Truth,
    assigned_minutes,
    crew_of,
    day,
    days_away,
    is_date,
    is_late,
    link_id,
    logged_on,
    reviews_of,
    tasks_that_count,
)

Mark = tuple[str, str, str]
"""The label of a mark, its colour, and its outline."""

HEIGHT = 250
"""Of the burn-down, in units of its outlines."""


class Project:
    """A project as the site's own tables have it."""

    def __init__(self, truth: Truth, project: int, erased: Collection[int] = ()) -> None:
        """`erased`: tasks of it that have no row any more; only their events tell of them."""
        self.truth = truth
        self.id = project
        self.erased = erased
        self.tasks: dict[int, Row] = {
            id_: row
            for id_, row in tasks_that_count(truth).items()
            if link_id(row, "project") == project
        }

    # the numbers at the top

    def headlines(self) -> dict[str, float | None]:
        shots = {
            id_
            for id_, row in self.truth.live("Shot").items()
            if link_id(row, "project") == self.id
        }
        open_, busy = set(), set()
        for task in tasks_that_count(self.truth).values():
            shot = link_id(task, "entity", "Shot")
            busy.add(shot)
            if task["sg_status_list"] not in DONE:
                open_.add(shot)
        answered = [outcome for _, _, outcome in self.reviews() if outcome]
        kicked = [outcome for outcome in answered if outcome in ("waiting", "active")]
        return {
            "shots": len(shots),
            "shots_done": len(shots & busy - open_),
            "tasks": len(self.tasks),
            "tasks_done": sum(row["sg_status_list"] in DONE for row in self.tasks.values()),
            "tasks_late": sum(is_late(self.truth, row) for row in self.tasks.values()),
            "slipped_lately": len(self.slipped()),
            "kick_back_rate": len(kicked) / len(answered) if answered else None,
        }

    def reviews(self) -> list[tuple[datetime, datetime | None, str | None]]:
        """The visits of all tasks to review, deleted ones included."""
        tasks = [id_ for kind, id_ in self.truth.histories if kind == "Task"]
        mine = [id_ for id_ in tasks if self.truth.project_of("Task", id_) == self.id]
        return [visit for id_ in mine for visit in reviews_of(self.truth, id_)]

    def slipped(self) -> set[int]:
        """The tasks whose due date was moved to a later one in the last seven days."""
        found = set()
        for event in self.truth.events:
            meta = event["meta"] or {}
            if (meta.get("attribute_name"), meta.get("entity_type")) != ("due_date", "Task"):
                continue
            old, new = meta["old_value"], meta["new_value"]
            if meta.get("in_create") or not (is_date(old) and is_date(new) and new > old):
                continue
            row = self.truth.live("Task").get(meta["entity_id"])
            if row and link_id(row, "project") == self.id and self.is_lately(event["created_at"]):
                found.add(meta["entity_id"])
        return found

    def is_lately(self, at: str | datetime) -> bool:
        """Whether an instant is in the seven days up to today."""
        instant = datetime.fromisoformat(at.replace("Z", "+00:00")) if isinstance(at, str) else at
        return 0 <= (self.truth.today - self.truth.day_of(instant)).days < 7

    def week(self) -> dict[str, int]:
        """The numbers of the weekly report."""
        visits = self.reviews()
        ended = [outcome for _, until, outcome in visits if until and self.is_lately(until)]
        soon = [self.truth.today + timedelta(days=number) for number in range(7)]
        finished = 0
        for id_, row in self.tasks.items():
            ends = [
                history.start
                for history in self.truth.histories["Task", id_]
                if history.status in DONE and not history.is_deleted
            ]
            finished += bool(row["sg_status_list"] in DONE and ends and self.is_lately(ends[-1]))
        return {
            "finished": finished,
            "slipped": len(self.slipped()),
            "late": sum(is_late(self.truth, row) for row in self.tasks.values()),
            "due_next": sum(
                day(row["due_date"]) in soon and row["sg_status_list"] not in DONE
                for row in self.tasks.values()
            ),
            "reviews": len(ended),
            "kick_backs": sum(outcome in ("waiting", "active") for outcome in ended),
            "waiting": sum(until is None for _, until, _ in visits),
            "minutes_logged": sum(
                log["duration"] or 0
                for log in self.truth.live("TimeLog").values()
                if link_id(log, "project") == self.id
                and 0 <= (self.truth.today - (day(log["date"]) or date.min)).days < 7
            ),
        }

    # the pictures

    def steps(self) -> dict[Any, Any]:
        """(step, status) -> tasks of shots, and the status's own colour."""
        steps = {id_: row["code"] for id_, row in self.truth.live("Step").items()}
        statuses = {row["code"]: row for row in self.truth.live("Status").values()}
        bars = Counter(
            (steps.get(link_id(row, "step") or 0, "no step"), row["sg_status_list"])
            for row in self.tasks.values()
            if link_id(row, "entity", "Shot")
        )
        expected: dict[Any, Any] = {}
        for (step, code), many in bars.items():
            status = statuses.get(code)
            fill = css_color(status["bg_color"] if status else None)
            # '' is no name of a status, and one that nobody defined goes by its code
            key = step, status["name"] if status else code or "no status"
            expected[key] = (many + expected.get(key, (0, ""))[0], fill)
        return expected

    def burned(self, of: date) -> tuple[int, int]:
        """Tasks that counted at the end of a day, and those of them that were done."""
        midnight = datetime.combine(of + timedelta(days=1), time.min, self.truth.zone)
        end = midnight.astimezone(timezone.utc)
        standing = [
            stretch.status
            for (kind, id_), stretches in self.truth.histories.items()
            if kind == "Task"
            and (self.truth.project_of(kind, id_) == self.id or id_ in self.erased)
            for stretch in stretches
            if stretch.start < end
            and (stretch.end is None or stretch.end >= end)
            and not stretch.is_deleted
        ]
        return sum(status not in LEFT_OUT for status in standing), sum(
            status in DONE for status in standing
        )

    def turnaround(self) -> dict[date, tuple[float, int]]:
        """Monday -> working days that half of the versions waited, and versions."""
        waits: dict[date, list[float]] = {}
        for id_, row in self.truth.live("Version").items():
            if link_id(row, "project") != self.id:
                continue
            review = next(
                (
                    history
                    for history in self.truth.histories["Version", id_]
                    if history.status in ("rev", "pndng")
                ),
                None,
            )
            if review and review.end:
                on = self.truth.day_of(review.end)
                minutes = self.truth.working_minutes(review.start, review.end, self.id)
                waits.setdefault(on - timedelta(days=on.weekday()), []).append(minutes / 480)
        return {monday: (median(some), len(some)) for monday, some in waits.items()}

    def bids(self) -> dict[tuple[str, str], float]:
        """(step, Bid or Logged) -> hours."""
        steps = {id_: row["code"] for id_, row in self.truth.live("Step").items()}
        logged = logged_on(self.truth)
        hours: defaultdict[tuple[str, str], float] = defaultdict(float)
        for id_, row in self.tasks.items():
            step = steps.get(link_id(row, "step") or 0, "no step")
            above_zero = max(row["est_in_mins"] or 0, 0)
            hours[step, "Bid"] += above_zero / 60
            hours[step, "Logged"] += logged[id_] / 60 if above_zero else 0
        return dict(hours)

    def label(self, person: int) -> str:
        """The person's name, with the id where it tells two people apart."""
        people = self.truth.live("HumanUser")
        name = people[person]["name"] or "no name"
        times = sum(row["name"] == name for row in people.values())
        is_plain = times == 1 and not name.endswith(")")
        return name if is_plain else f"{name} ({person})"

    def workload(self) -> dict[tuple[str, date], tuple[float, float]]:
        """(person, Monday) -> hours assigned and of capacity, from three weeks ago for eight, as
        long as anybody has something to do.
        """
        crew = set()
        for row in self.truth.live("Task").values():
            if link_id(row, "project") == self.id:
                crew |= crew_of(self.truth, row)
        assigned, _ = assigned_minutes(self.truth)
        away = days_away(self.truth)
        logs = [day(log["date"]) for log in self.truth.live("TimeLog").values()]
        last = max(
            *(monday for _, monday in assigned),
            *(day_ for days in away.values() for day_ in days),
            *(
                logged_on
                for logged_on in logs
                if logged_on and self.truth.is_in_calendar(logged_on)
            ),
        )
        today = self.truth.today
        first = today - timedelta(days=today.weekday() + 21)
        expected: dict[tuple[str, date], tuple[float, float]] = {}
        for person, row in self.truth.live("HumanUser").items():
            if person not in crew or row["sg_status_list"] != "act":
                continue
            for monday in (first + timedelta(days=7 * number) for number in range(8)):
                if monday > last:
                    continue
                days = self.truth.worked_days(monday, monday + timedelta(days=6), None)
                hours = 8 * sum(not away[person].get(item, False) for item in days)
                expected[self.label(person), monday] = (assigned[person, monday] / 60, hours)
        return expected


def marks_in(page: str) -> list[Mark]:
    """The marks of the SVG in a page."""
    found = []
    for tag in re.findall(r"<path [^>]*>", page):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if "aria-label" in attributes:
            label = html.unescape(attributes["aria-label"])
            found.append((label, attributes.get("fill", ""), attributes["d"]))
    return found


def assert_drawn(project: Project, marks: Iterable[Mark]) -> None:
    """Every mark of every chart is one that must be there, and none is missing."""
    by_chart: dict[str, list[tuple[dict[str, str], str, str]]] = {}
    for label, fill, outline in marks:
        parts = dict(part.split(": ", 1) for part in label.split("; ") if ": " in part)
        for name, known_by in KNOWN_BY.items():
            if known_by in parts:
                by_chart.setdefault(name, []).append((parts, fill, outline))
    steps = {
        (parts["step"], parts["status"]): (int(parts["tasks"]), re.sub(r"\s", "", fill))
        for parts, fill, _ in by_chart["steps"]
    }
    assert steps == project.steps()
    _assert_burned(project, by_chart["burn"])
    reviews = {
        _monday(parts["week"], project.truth.today): (
            _number(parts["working days, median"]),
            int(parts["versions"]),
        )
        for parts, _, _ in by_chart["reviews"]
    }
    expected = project.turnaround()
    assert set(reviews) == set(expected), set(reviews) ^ set(expected)
    for monday, (days, versions) in expected.items():
        assert reviews[monday][0] == pytest.approx(days, abs=0.001), monday
        assert reviews[monday][1] == versions, monday
    bids = {
        (parts["step"], parts["kind"]): _number(parts["hours"]) for parts, _, _ in by_chart["bids"]
    }
    assert bids == pytest.approx(project.bids(), abs=0.501)
    load = {
        (parts["person"], _monday(parts["week"], project.truth.today)): (
            _number(parts["assigned_hours"]),
            _number(parts["capacity_hours"]),
        )
        for parts, _, _ in by_chart["load"]
    }
    wanted = project.workload()
    assert set(load) == set(wanted), set(load) ^ set(wanted)
    for key, hours in wanted.items():
        assert load[key] == pytest.approx(hours, abs=0.051), key


KNOWN_BY = {
    "steps": "status",
    "burn": "which",
    "reviews": "versions",
    "bids": "kind",
    "load": "load_ratio",
}
"""What only the labels of one chart's marks have."""


def _assert_burned(project: Project, areas: list[tuple[dict[str, str], str, str]]) -> None:
    """The done tasks stand below, the open ones on top of them: together, all that counted."""
    lines = {}
    for parts, _, outline in areas:
        points = re.findall(r"[ML](-?[\d.]+),(-?[\d.]+)", outline)
        there = points[: len(points) // 2]  # and back along the lower edge
        lines[parts["which"]] = [HEIGHT - float(y) for _, y in there]
    days = len(lines["done"])
    assert len(lines["open"]) == days > 1
    many = {
        number: project.burned(project.truth.today - timedelta(days=days - 1 - number))
        for number in {0, days // 3, days // 2, days - 8, days - 2, days - 1} & set(range(days))
    }
    # in tasks: the last day's total is known, and the rest must be to scale
    unit = lines["open"][-1] / many[days - 1][0]
    for number, (total, done) in many.items():
        assert lines["open"][number] == pytest.approx(total * unit, abs=0.01), number
        assert lines["done"][number] == pytest.approx(done * unit, abs=0.01), number


def _number(text: str) -> float:
    return float(text.replace(",", "").replace("\u2212", "-"))


def _monday(text: str, near: date) -> date:
    """`Jun 02, 2025`, `02 Jun` of the nearest year, or milliseconds of UTC."""
    if text.isdigit():
        return datetime.fromtimestamp(int(text) / 1000, timezone.utc).date()
    if "," in text:
        return datetime.strptime(text, "%b %d, %Y").date()
    years = (near.year - 1, near.year, near.year + 1)
    days = [datetime.strptime(f"{text} {year}", "%d %b %Y").date() for year in years]
    return min(days, key=lambda item: abs(item - near))
