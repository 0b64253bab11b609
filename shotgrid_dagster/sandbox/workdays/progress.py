"""Statuses move along their chains: of tasks and shots that are worked on, versions and notes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.workdays.workday import (
    Job,
    RunningShow,
    Workday,
    random_count,
    sample,
)
from shotgrid_dagster.sandbox.writes.changes import update
from shotgrid_dagster.sandbox.writes.edit import Edit, Row

NEXT = {
    "Task": {"wtg": ["ip"], "ip": ["fin", "fin", "fin", "rev"], "rev": ["apr"]},
    "Shot": {"wtg": ["ip"], "ip": ["fin", "rev"], "rev": ["apr"]},
    "Version": {"rev": ["vwd", "vwd", "apr"], "apr": ["fin"]},
    "Note": {"opn": ["clsd", "clsd", "ip"], "ip": ["clsd"]},
}
"""Where a status leads; what is listed twice is twice as likely."""

BEGINNINGS = frozenset({"wtg"})
MOVES = {"Task": 0.04, "Shot": 0.01, "Version": 0.012, "Note": 0.015}
"""Moves per day and shot of the show."""


def advance_statuses(day: Workday, show: RunningShow) -> Iterator[Job]:
    """Statuses of tasks, shots, versions and notes move on."""
    for kind, share in MOVES.items():
        rng = day.stream(show, f"{kind} statuses")
        people = day.producers if kind in ("Shot", "Version") else day.artists
        for row_id, status in _movable(
            day, show, rng, kind, random_count(rng, 0.5 + share * show.shots)
        ):
            new = rng.choice(NEXT[kind][status])
            move = partial(set_status, row=(kind, row_id), old=status, new=new)
            yield Job(day.random_instant(rng), rng.choice(people), move)


def set_status(edit: Edit, row: Row, old: str, new: str) -> None:
    """Move a status on, unless it is another one by now or the row is retired."""
    columns = edit.rows.find(*row)
    if columns and columns["_retired_at"] is None and columns["sg_status_list"] == old:
        update(edit, *row, {"sg_status_list": new})


def _movable(
    day: Workday, show: RunningShow, rng: random.Random, kind: str, count: int
) -> list[tuple[int, str]]:
    """Rows whose status can move on: half of them were begun already, if there are so many."""
    statuses = ", ".join(f"'{status}'" for status in NEXT[kind])
    rows = day.live(
        show, SCHEMA[kind].slug, "id, sg_status_list", f"sg_status_list in ({statuses})"
    )
    begun = sample(rng, [row for row in rows if row[1] not in BEGINNINGS], (count + 1) // 2)
    waiting = [row for row in rows if row[1] in BEGINNINGS]
    return [*begun, *sample(rng, waiting, count - len(begun))]
