"""Shots are omitted, and shots are deleted, which takes their versions and a task along."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shotgrid_dagster.sandbox.workdays.progress import set_status
from shotgrid_dagster.sandbox.workdays.workday import (
    Job,
    RunningShow,
    Workday,
    random_count,
    sample,
)
from shotgrid_dagster.sandbox.writes.edit import Edit
from shotgrid_dagster.sandbox.writes.retirement import retire


def omit_shots(day: Workday, show: RunningShow) -> Iterator[Job]:
    """A shot is left out of the film, with the tasks that are not finished."""
    rng = day.stream(show, "omitted shots")
    for shot_id, status in sample(
        rng, _unfinished(day, show), random_count(rng, 0.1 + show.shots / 1_000)
    ):
        leave_out = partial(_omit, shot_id=shot_id, status=status)
        yield Job(day.random_instant(rng), rng.choice(day.producers), leave_out)


def delete_shots(day: Workday, show: RunningShow) -> Iterator[Job]:
    """A shot is deleted, and the first of its tasks. The other tasks are left behind."""
    rng = day.stream(show, "deleted shots")
    for shot_id, _ in sample(
        rng, _unfinished(day, show), random_count(rng, 0.1 + show.shots / 1_500)
    ):
        yield Job(
            day.random_instant(rng), rng.choice(day.producers), partial(_delete, shot_id=shot_id)
        )


def _unfinished(day: Workday, show: RunningShow) -> list[tuple[int, str]]:
    return day.live(show, "shots", "id, sg_status_list", "sg_status_list in ('wtg', 'ip')")


def _omit(edit: Edit, shot_id: int, status: str) -> None:
    for task_id in _tasks(edit, shot_id, "sg_status_list in ('wtg', 'ip')"):
        task = edit.rows.live("Task", task_id)
        set_status(edit, ("Task", task_id), str(task["sg_status_list"]), "omt")
    set_status(edit, ("Shot", shot_id), status, "omt")


def _delete(edit: Edit, shot_id: int) -> None:
    shot = edit.rows.find("Shot", shot_id)
    if shot is not None and shot["_retired_at"] is None:
        first_tasks = _tasks(edit, shot_id)[:1]
        retire(edit, "Shot", shot_id)
        for task_id in first_tasks:
            retire(edit, "Task", task_id)


def _tasks(edit: Edit, shot_id: int, condition: str = "1") -> list[int]:
    """The live tasks of a shot, as long as it is live itself."""
    return edit.rows.ids(
        "Task",
        f"entity__id = ? and entity__type = 'Shot' and entity is not null"
        f" and _retired_at is null and {condition}",
        shot_id,
    )
