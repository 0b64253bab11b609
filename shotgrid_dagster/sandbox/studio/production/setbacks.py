"""What did not go as planned.

Work that came back from review, dates that slipped, people who were taken off a task, a shot that
was deleted by mistake. The rows are what they are without it; their past, which the event log
tells, is longer.
"""

from __future__ import annotations

from datetime import date, timedelta

from shotgrid_dagster.sandbox.store.event_writer import linked
from shotgrid_dagster.sandbox.store.instants import DAY
from shotgrid_dagster.sandbox.store.refs import Ref
from shotgrid_dagster.sandbox.studio.clock import NOW
from shotgrid_dagster.sandbox.studio.production.show import Made, Show

THIS_WEEK = NOW - 2 * DAY
"""In the week that the studio was left in."""

LONG_PATHS = {
    "fin": {
        2: ["wtg", "ip", "rev", "fin"],
        5: ["wtg", "ip", "rev", "ip", "rev", "fin"],
        8: ["wtg", "ip", "rev", "fin"],
        11: ["wtg", "fin"],
        14: ["wtg", "ip", "rev", "fin"],
    },
    "apr": {1: ["wtg", "ip", "rev", "ip", "rev", "ip", "rev", "apr"]},
    "ip": {7: ["wtg", "ip", "rev", "ip"], 13: ["wtg", "ip", "hld", "ip"]},
}
"""Status -> the remainder of a task's number by 17 -> how it came to the status: through review,
kicked back from it, straight to the end, put on hold."""


def status_path(status: str, number: int, usual: list[str]) -> list[str]:
    """The statuses that the task with this number went through."""
    return LONG_PATHS.get(status, {}).get(number % 17, usual)


def date_slipped(show: Show, task: Made, due: date, instants: list[int]) -> None:
    """The due date was moved to what it is in two steps, at two instants."""
    number = task.ref.id
    then = due - timedelta(days=1 + number % 3)
    first = then - timedelta(days=2 + number % 9)
    moves = [(first, then), (then, due)]
    for part, (at, (old, new)) in enumerate(zip(instants, moves, strict=True)):
        by = show.staff.producers[(number + part) % len(show.staff.producers)]
        show.studio.events.changed(
            at,
            task.ref,
            show.project,
            by,
            ("due_date", "date"),
            old.isoformat(),
            new.isoformat(),
        )


def handed_over(show: Show, task: Made, to: Ref) -> None:
    """Somebody else was assigned before."""
    before = next(artist for artist in show.staff.artists if artist != to)
    by = show.staff.producers[0]
    for share, added, removed in ((0.2, [before], []), (0.6, [to], [before])):
        meta: dict[str, object] = {
            "type": "attribute_change",
            "attribute_name": "task_assignees",
            "entity_type": "Task",
            "entity_id": task.ref.id,
            "field_data_type": "multi_entity",
            "added": [linked(person) for person in added],
            "removed": [linked(person) for person in removed],
            "platform_id": None,
        }
        show.studio.events.happened(
            during(task, share),
            "Shotgun_Task_Change",
            meta,
            by,
            task.ref,
            show.project,
            attribute="task_assignees",
            description=f'{by.name} changed "task_assignees" on Task {task.ref.name}',
        )


def deleted_by_mistake(show: Show, made: Made) -> None:
    """A row was deleted, and revived an hour later."""
    at, by = during(made, 0.5), show.staff.producers[1]
    events, kind = show.studio.events, made.ref.type
    events.retired(at, made.ref, show.project, by)
    events.happened(
        at + DAY // 24,
        f"Shotgun_{kind}_Revival",
        {"type": "entity_revival", "entity_type": kind, "entity_id": made.ref.id},
        by,
        made.ref,
        show.project,
        description=f"{by.name} revived {kind} {made.ref.name}",
    )


def has_time(made: Made) -> bool:
    """Whether so much time passed between its making and its last change that much can happen."""
    return made.changed_at - made.at > 4 * DAY


def during(made: Made, share: float) -> int:
    """The instant when so much of the time up to its last change was over."""
    return made.at + int(share * (made.changed_at - made.at))
