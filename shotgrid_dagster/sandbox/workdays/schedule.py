"""Time is logged, and dates slip."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

from shotgrid_dagster.sandbox.store.instants import instant
from shotgrid_dagster.sandbox.studio.clock import workday
from shotgrid_dagster.sandbox.studio.words import CHORES, maybe
from shotgrid_dagster.sandbox.workdays.workday import (
    Job,
    RunningShow,
    Workday,
    link,
    random_count,
    sample,
)
from shotgrid_dagster.sandbox.writes.changes import update
from shotgrid_dagster.sandbox.writes.creation import create
from shotgrid_dagster.sandbox.writes.edit import Edit


def log_time(day: Workday, show: RunningShow) -> Iterator[Job]:
    """Time on tasks that are being worked on, entered by a script that leaves no events."""
    rng = day.stream(show, "time logs")
    tasks = day.live(show, "tasks", condition="sg_status_list = 'ip'")
    for (task_id,) in sample(rng, tasks, random_count(rng, 1 + 0.02 * show.shots)):
        values: dict[str, object] = {
            "project": link("Project", show.id),
            "entity": link("Task", task_id),
            "date": instant(day.start)[:10],
            "duration": 30 * rng.randint(1, 20),
            "description": maybe(rng, 0.4, CHORES),
            "user": link(*rng.choice(day.artists)) if rng.random() < 0.55 else None,
        }
        enter = partial(_enter, task_id=task_id, values=values)
        yield Job(day.random_instant(rng), day.time_keeper, enter)


def move_due_dates(day: Workday, show: RunningShow) -> Iterator[Job]:
    """Tasks that are not finished move back some working days, start and end alike."""
    rng = day.stream(show, "dates")
    due = "sg_status_list in ('wtg', 'ip') and due_date is not null"
    tasks = day.live(show, "tasks", condition=due)
    for (task_id,) in sample(rng, tasks, random_count(rng, 0.3 + 0.005 * show.shots)):
        move = partial(_move_back, task_id=task_id, days=rng.randint(1, 5))
        yield Job(day.random_instant(rng), rng.choice(day.producers), move)


def _enter(edit: Edit, task_id: int, values: dict[str, object]) -> None:
    task = edit.rows.find("Task", task_id)
    if task is not None and task["_retired_at"] is None:
        create(edit, "TimeLog", values)


def _move_back(edit: Edit, task_id: int, days: int) -> None:
    task = edit.rows.find("Task", task_id)
    if task is not None and task["_retired_at"] is None:
        later: dict[str, object] = {
            name: workday(date.fromisoformat(str(task[name])), days).isoformat()
            for name in ("start_date", "due_date")
            if task[name] is not None
        }
        update(edit, "Task", task_id, later)
