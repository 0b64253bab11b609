"""The questions of the weekly report: the seven days up to `as_of_on`, and the seven from it on.

What was due before that day is late, what is due on it is due next: no task is in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa

from shotgrid_dagster.dashboard.questions import Models

DAYS = 7

_WHO = (
    "(select string_agg(p.person_label, ', ' order by p.person_label) from task_assignees as a "
    "inner join dim_people as p on a.person_id = p.person_id where a.task_id = t.task_id) as who"
)
_TASK = (
    "coalesce(t.entity_name, '') as entity, coalesce(t.task_name, '') as task, "
    "coalesce(s.step_label, '') as step"
)
_STATUS = (
    "coalesce(m.status_label, nullif(t.status, ''), 'no status') as status, m.bg_color as color"
)
_FROM = (
    "from task_facts as t cross join as_of left join dim_steps as s on t.step_id = s.step_id "
    "left join status_meanings as m on t.status = m.code"
)
_DONE_ON = (
    "left join calendar as c on c.project_id = 0 and t.done_at >= c.begins_at "
    "and t.done_at < c.ends_at"
)
_LATELY = "between as_of.as_of_on - 6 and as_of.as_of_on"
_SOON = "between as_of.as_of_on and as_of.as_of_on + 6"


@dataclass(frozen=True)
class Week:
    """The seven days that a report is about, in the studio's time zone."""

    last: date

    @property
    def first(self) -> date:
        """The first of the seven days."""
        return self.last - timedelta(days=DAYS - 1)


@dataclass(frozen=True)
class Numbers:
    """A project's week in numbers."""

    finished: int
    """Tasks that came into the done status that they are in."""
    slipped: int
    """Tasks whose due date was moved to a later one."""
    late: int
    due_next: int
    """Open tasks that are due within seven days, today included."""
    reviews: int
    """Visits of tasks to review that ended."""
    kick_backs: int
    """Those of them after which the task went back."""
    waiting: int
    """Tasks that are in review now."""
    minutes_logged: int
    """For those days, whoever wrote it down when."""


def week_of(models: Models) -> Week:
    """The week that ends with the day when the site was last heard of."""
    return Week(models.as_of_on())


def numbers(models: Models, project: int) -> Numbers:
    """The week's numbers of a project."""
    (row,) = models.ask(
        f"select (select count(*) {_FROM} {_DONE_ON} where t.project_id = $1 and t.is_done "
        f"and c.day {_LATELY}) as finished, "
        "(select count(*) from due_date_slips where project_id = $1 and slipped_lately) "
        "as slipped, "
        f"(select count(*) {_FROM} where t.project_id = $1 and t.is_late) as late, "
        f"(select count(*) {_FROM} where t.project_id = $1 and t.counts and not t.is_done "
        f"and t.due_on {_SOON}) as due_next, "
        "(select count(*) from task_reviews cross join as_of where project_id = $1 "
        f"and answered_on {_LATELY}) as reviews, "
        "(select count(*) from task_reviews cross join as_of where project_id = $1 "
        f"and is_kick_back and answered_on {_LATELY}) as kick_backs, "
        "(select count(*) from task_reviews where project_id = $1 and answered_at is null) "
        "as waiting, "
        "(select coalesce(sum(logged_minutes), 0) from time_logged cross join as_of "
        f"where project_id = $1 and day {_LATELY}) as minutes_logged",
        project,
    ).to_pylist()
    return Numbers(**{name: int(value) for name, value in row.items()})


def phases(models: Models, project: int) -> dict[str, int]:
    """Phase -> tasks that count, from done to other; phases without tasks are left out."""
    counts = models.ask(
        "select phase, count(*) as tasks from task_facts where project_id = $1 and counts "
        "group by phase order by case phase when 'done' then 0 when 'review' then 1 "
        "when 'active' then 2 when 'on_hold' then 3 when 'waiting' then 4 else 5 end",
        project,
    )
    return {row["phase"]: row["tasks"] for row in counts.to_pylist()}


def finished(models: Models, project: int, most: int) -> pa.Table:
    """entity, task, step, who, on: the newest first."""
    return models.ask(
        f"select {_TASK}, {_WHO}, c.day as on {_FROM} {_DONE_ON} where t.project_id = $1 "
        f"and t.is_done and c.day {_LATELY} order by t.done_at desc, t.task_id limit $2",
        project,
        most,
    )


def late(models: Models, project: int, most: int) -> pa.Table:
    """entity, task, step, who, status, color, due, days: the latest first."""
    return models.ask(
        f"select {_TASK}, {_WHO}, {_STATUS}, t.due_on as due, "
        "date_diff('day', t.due_on, as_of.as_of_on) as days "
        f"{_FROM} where t.project_id = $1 and t.is_late order by t.due_on, t.task_id limit $2",
        project,
        most,
    )


def due_next(models: Models, project: int, most: int) -> pa.Table:
    """entity, task, step, who, status, color, due: the next first."""
    return models.ask(
        f"select {_TASK}, {_WHO}, {_STATUS}, t.due_on as due {_FROM} where t.project_id = $1 "
        f"and t.counts and not t.is_done and t.due_on {_SOON} "
        "order by t.due_on, t.task_id limit $2",
        project,
        most,
    )


def slipped(models: Models, project: int, most: int) -> pa.Table:
    """entity, task, step, was, due, days, by: what slipped furthest first."""
    return models.ask(
        f"select {_TASK}, d.first_due_on as was, d.due_on as due, d.days_slipped as days, "
        f"coalesce(p.person_label, d.last_moved_by, '') as by {_FROM} "
        "inner join due_date_slips as d on t.task_id = d.task_id "
        "left join dim_people as p on d.last_moved_by_id = p.person_id "
        "where t.project_id = $1 and d.slipped_lately "
        "order by d.days_slipped desc, t.task_id limit $2",
        project,
        most,
    )


def kicked_back(models: Models, project: int, most: int) -> pa.Table:
    """entity, task, step, who, round, on: the newest first."""
    return models.ask(
        f"select {_TASK}, {_WHO}, r.review_number as round, r.answered_on as on {_FROM} "
        "inner join task_reviews as r on t.task_id = r.task_id "
        f"where t.project_id = $1 and r.is_kick_back and r.answered_on {_LATELY} "
        "order by r.answered_at desc, t.task_id limit $2",
        project,
        most,
    )
