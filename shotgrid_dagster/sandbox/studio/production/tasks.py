"""The work on a show: tasks in the order they depend on each other, and the time they took."""

from __future__ import annotations

import random
from datetime import date

from shotgrid_dagster.sandbox.store.instants import DAY, day, instant
from shotgrid_dagster.sandbox.store.refs import Ref
from shotgrid_dagster.sandbox.studio import proportions
from shotgrid_dagster.sandbox.studio.clock import NOW, workday
from shotgrid_dagster.sandbox.studio.production import setbacks
from shotgrid_dagster.sandbox.studio.production.show import Made, Show
from shotgrid_dagster.sandbox.studio.site.people import TIME_KEEPER
from shotgrid_dagster.sandbox.studio.words import CHORES, maybe

PROGRESS = {"fin": 0, "apr": 1, "rev": 1, "ip": 1}
"""How far what a task is about has come: tasks of finished shots are finished first."""


def plan_tasks(show: Show) -> None:
    """Make the tasks of every shot and asset, and what they wait for."""
    rng = show.stream("tasks")
    statuses = _statuses(show, rng)
    for made in [*show.shots, *show.assets]:
        upstream: Ref | None = None
        for order in range(len(show.setup.templates[made.ref.type].tasks)):
            task = _task(show, rng, made, order, statuses[made.ref, order])
            if upstream is not None:
                show.studio.connect(
                    "TaskDependency",
                    task=task.ref,
                    dependent_task=upstream,
                    dependency_type="finish-to-start-next-day",
                    offset_days=rng.choice([None, None, 0, 1]),
                )
            upstream = task.ref
            show.tasks.append(task)
    _retired(show, rng)


def log_time(show: Show) -> None:
    """Time logs come from a script that leaves no events."""
    rng = show.stream("time logs")
    by = show.staff.scripts[TIME_KEEPER]
    busy = [task for task in show.tasks if task.status in ("fin", "ip", "apr")] or show.tasks
    for number in range(show.plan.time_logs + show.plan.retired):
        task = rng.choice(busy)
        at = rng.randint(task.at, NOW - 2 * DAY)
        values: dict[str, object] = {
            "date": day(at).isoformat(),
            "duration": 30 * rng.randint(1, 20),
            "description": maybe(rng, 0.4, CHORES),
            "entity": task.ref,
            # nearly half of all logs name nobody
            "user": rng.choice(show.staff.artists) if rng.random() < 0.55 else None,
        }
        retired_at = NOW - DAY if number >= show.plan.time_logs else None
        show.make("TimeLog", at, by, values, retired_at=retired_at, is_logged=False)


def book_people(show: Show) -> None:
    """Make the bookings of people, vacations among them, and a deleted one."""
    rng = show.stream("bookings")
    for number in range(show.plan.bookings + 1):
        start = day(NOW + rng.randint(-60, 90) * DAY)
        person = rng.choice(show.staff.artists)
        is_vacation = rng.random() < 0.2
        values: dict[str, object] = {
            "start_date": start.isoformat(),
            "end_date": workday(start, rng.randint(2, 30)).isoformat(),
            "user": person,
            "vacation": is_vacation,
            "note": "Away" if is_vacation else None,
            "percent_allocation": 50 if rng.random() < 0.1 else 100,
        }
        path = ["pndng", "cfrm"] if rng.random() < 0.6 else ["pndng"]
        retired_at = NOW - DAY if number == show.plan.bookings else None
        at = show.random_instant(rng, 0.5, 0.9)
        by = rng.choice(show.staff.producers)
        show.make("Booking", at, by, values, path=path, rng=rng, retired_at=retired_at)


def _statuses(show: Show, rng: random.Random) -> dict[tuple[Ref, int], str | None]:
    """A status for each task, so that work is done in the order of progress and of the pipeline."""
    slots = [
        (made.ref, order, PROGRESS.get(made.status or "", 2))
        for made in [*show.shots, *show.assets]
        for order in range(len(show.setup.templates[made.ref.type].tasks))
    ]
    slots.sort(key=lambda slot: (slot[2], slot[1] if slot[2] else 0))
    statuses = proportions.apportioned(proportions.TASK_STATUSES, len(slots))
    done = [status for status in statuses if status not in ("wtg", None)]
    waiting = proportions.shuffled(rng, [status for status in statuses if status in ("wtg", None)])
    return {
        (ref, order): status
        for (ref, order, _), status in zip(slots, [*done, *waiting], strict=True)
    }


def _task(
    show: Show,
    rng: random.Random,
    made: Made,
    order: int,
    status: str | None,
    retired_at: int | None = None,
) -> Made:
    template = show.setup.templates[made.ref.type]
    name, step, template_task = template.tasks[order]
    duration = 600 * rng.randint(0, 10)
    start = workday(_planned_from(show, made, status), order * 8 + rng.randint(0, 4))
    is_assigned = rng.random() < 0.44
    crew = [rng.choice(show.staff.artists)] if is_assigned else []
    if is_assigned and rng.random() < 0.1:
        crew.append(rng.choice(show.groups))
    is_planned = rng.random() < 0.7
    values: dict[str, object] = {
        "content": name if rng.random() > 0.003 else None,
        "entity": made.ref,
        "step": step,
        "task_template": template.ref,
        "template_task": template_task,
        "task_assignees": crew,
        "task_reviewers": [rng.choice(show.staff.producers)] if rng.random() < 0.2 else [],
        "start_date": start.isoformat() if is_planned else None,
        "due_date": workday(start, max(duration // 600, 1) - 1).isoformat() if is_planned else None,
        "duration": duration if is_planned else None,
        "est_in_mins": 480 * rng.randint(0, 6) if rng.random() < 0.3 else None,
        "sg_sort_order": order,
        "color": "pipeline_step",
        "pinned": rng.random() < 0.05,
        "sg_priority": rng.choice(["1_Tier", "2_Tier", "3_Tier"]) if rng.random() < 0.2 else None,
        "splits": [] if rng.random() < 0.02 else None,
    }
    number = len(show.tasks)
    values["milestone"] = is_planned and number % 60 == 29
    slips_now = is_planned and status == "wtg" and number % 29 == 3 and retired_at is None
    if slips_now:
        values["updated_at"] = instant(setbacks.THIS_WEEK)
    # the template makes all tasks of a row in the second the row is made in
    task = show.make(
        "Task",
        made.at,
        show.staff.producers[0],
        values,
        path=setbacks.status_path(status, number, proportions.PATHS[status]) if status else None,
        rng=rng,
        updated_share=0.46,
        retired_at=retired_at,
        parent=made.ref,
    )
    if slips_now:
        due = date.fromisoformat(str(values["due_date"]))
        setbacks.date_slipped(show, task, due, [setbacks.THIS_WEEK - 3 * DAY, setbacks.THIS_WEEK])
    elif setbacks.has_time(task) and retired_at is None:
        if values["due_date"] and number % 12 == 1:
            due = date.fromisoformat(str(values["due_date"]))
            instants = [setbacks.during(task, 0.3), setbacks.during(task, 0.7)]
            setbacks.date_slipped(show, task, due, instants)
        if crew and number % 10 == 2:
            setbacks.handed_over(show, task, crew[0])
    return task


def _planned_from(show: Show, made: Made, status: str | None) -> date:
    """The day from which the tasks of a shot or asset are planned.

    What goes on and what waits is planned anew, around now and for the months to come.
    """
    number = len(show.tasks)
    if show.production.is_small or status not in ("ip", "wtg"):
        return day(made.at)
    return day(NOW - (50 - number % 40) * DAY if status == "ip" else NOW + (number * 7 % 240) * DAY)


def _retired(show: Show, rng: random.Random) -> None:
    """Deleted tasks, and those a deleted shot leaves behind with nothing to link to."""
    for number, shot in enumerate(show.retired_shots):
        gone_at = show.instant_at(0.97) + number
        upstream = _task(show, rng, shot, 0, "ip", retired_at=gone_at)
        left_behind = _task(show, rng, shot, 1, "wtg")
        edge = {"task": left_behind.ref, "dependent_task": upstream.ref}
        show.studio.make(
            "TaskDependency", gone_at, show.staff.admin, edge, retired_at=gone_at, is_logged=False
        )
    for made in show.assets[: show.plan.retired]:
        _task(show, rng, made, 0, "wtg", retired_at=show.instant_at(0.98))
