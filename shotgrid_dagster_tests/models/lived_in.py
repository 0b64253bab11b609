"""A tiny studio in which everything happened that a model can stumble over.

The default studio has most of it too; here each case has a name, so that a test can ask for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from shotgrid_dagster.sandbox.writes.editing import Editor

TIME_ZONE = "Europe/London"
"""Its clocks go back on Sunday, 25 October 2026, and went forward on Sunday, 29 March 2026."""


@dataclass
class Clock:
    """The time at which edits are made."""

    now: datetime = datetime(2026, 6, 2, 9, tzinfo=timezone.utc)

    def at(self, text: str) -> None:
        self.now = datetime.fromisoformat(text + "+00:00")


@dataclass
class LivedIn:
    """The ids of what has a story."""

    ids: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        return self.ids[name]


def live_in(database: Path) -> LivedIn:
    """Let the stories happen on the site in `database`."""
    clock = Clock()
    person = Editor(database, now=lambda: clock.now)
    silent = Editor(database, now=lambda: clock.now, as_script=True)
    shows = person.dump("Project")
    show = next(id_ for id_, row in shows.items() if row["code"] == "LTD")
    people = [
        id_ for id_, row in person.dump("HumanUser").items() if row["sg_status_list"] == "act"
    ]
    step = next(id_ for id_, row in person.dump("Step").items() if row["code"] == "Comp")
    ids: dict[str, int] = {"show": show, "person": people[6], "other person": people[7]}

    def task(name: str, shot: int | None = None, **values: object) -> int:
        about = {"entity": ("Shot", shot)} if shot else {}
        ids[name] = person.create(
            "Task", project=("Project", show), content=name, step=("Step", step), **about, **values
        )
        return ids[name]

    clock.at("2026-06-02T09:00:00")
    shot = ids["shot that is revived"] = person.create(
        "Shot", project=("Project", show), code="revived", sg_status_list="wtg"
    )
    gone = ids["shot that stays deleted"] = person.create(
        "Shot", project=("Project", show), code="deleted", sg_status_list="ip"
    )
    task("task of the deleted shot", gone)
    task("skipped", shot)
    task("no dates", shot)
    task("four times the bid", shot, est_in_mins=480)
    task("kicked back", shot, est_in_mins=960)
    task("changed by a silent script", shot)
    task("deleted by a silent script", shot)
    task("silent, then logged", shot)
    task("erased", shot)
    task("twice in a second", shot)
    task("over the end of summer time", shot)
    task("reassigned", shot, task_assignees=[("HumanUser", ids["person"])])
    task("no bid", shot, start_date="2026-10-19", due_date="2026-10-23")
    both = [("HumanUser", ids["person"]), ("HumanUser", ids["other person"])]
    task(
        "slipped", shot, start_date="2026-10-05", due_date="2026-10-09", est_in_mins=2400,
        task_assignees=both,
    )  # fmt: skip
    task("milestone", None, milestone=True, start_date="2026-10-23", due_date="2026-10-23")
    task(
        "on a weekend", shot, start_date="2026-10-24", due_date="2026-10-25", est_in_mins=60,
        task_assignees=both[:1],
    )  # fmt: skip

    clock.at("2026-06-03T10:00:00")
    person.update("Shot", shot, sg_status_list="ip")
    person.update("Task", ids["skipped"], sg_status_list="fin")
    clock.at("2026-06-04T10:00:00")
    person.retire("Shot", shot)
    person.retire("Shot", gone)
    clock.at("2026-06-08T10:00:00")
    person.revive("Shot", shot)
    clock.at("2026-06-09T10:00:00")
    person.update("Shot", shot, sg_status_list="rev")

    for when, status in [
        ("2026-06-10T08:00:00", "ip"),
        ("2026-06-12T15:30:00", "rev"),
        ("2026-06-15T11:00:00", "ip"),
        ("2026-06-16T07:00:00", "rev"),
        ("2026-06-16T20:00:00", "apr"),
    ]:
        clock.at(when)
        person.update("Task", ids["kicked back"], sg_status_list=status)

    clock.at("2026-06-17T10:00:00")
    silent.update("Task", ids["changed by a silent script"], sg_status_list="hld")
    silent.update("Task", ids["silent, then logged"], sg_status_list="ip")
    silent.retire("Task", ids["deleted by a silent script"])
    clock.at("2026-06-18T10:00:00")
    person.update("Task", ids["silent, then logged"], sg_status_list="fin")
    person.update("Task", ids["erased"], sg_status_list="ip")
    person.erase("Task", ids["erased"])
    clock.at("2026-06-19T10:00:00")
    person.update("Task", ids["twice in a second"], sg_status_list="ip")
    person.update("Task", ids["twice in a second"], sg_status_list="rev")

    clock.at("2026-10-24T16:30:00")
    person.update("Task", ids["over the end of summer time"], sg_status_list="ip")
    ids["project of a day"] = person.create("Project", name="One Day")
    ids["task of a day"] = person.create(
        "Task", project=("Project", ids["project of a day"]), content="all of it", est_in_mins=60
    )
    clock.at("2026-10-24T20:00:00")
    person.update("Task", ids["task of a day"], sg_status_list="fin")
    clock.at("2026-10-26T12:00:00")
    person.update("Task", ids["over the end of summer time"], sg_status_list="fin")
    person.update("Task", ids["reassigned"], task_assignees=[("HumanUser", ids["other person"])])
    person.update("Task", ids["slipped"], due_date="2026-10-30")
    clock.at("2026-10-28T12:00:00")
    person.update("Task", ids["slipped"], due_date="2026-10-28")

    for minutes, who in ((1_500, "person"), (420, "other person")):
        silent.create(
            "TimeLog", project=("Project", show), entity=("Task", ids["four times the bid"]),
            duration=minutes, date="2026-10-20", user=("HumanUser", ids[who]),
        )  # fmt: skip
    gone_log = silent.create(
        "TimeLog", project=("Project", show), entity=("Task", ids["four times the bid"]),
        duration=60, date="2026-10-20", user=("HumanUser", ids["person"]),
    )  # fmt: skip
    silent.retire("TimeLog", gone_log)
    person.create(
        "Booking", project=("Project", show), user=("HumanUser", ids["person"]), vacation=True,
        start_date="2026-10-22", end_date="2026-10-26",
    )  # fmt: skip
    clock.at("2026-10-28T18:00:00")
    version = ids["version"] = person.create(
        "Version", project=("Project", show), code="revived_v001", entity=("Shot", shot),
        sg_status_list="rev",
    )  # fmt: skip
    clock.at("2026-10-29T10:00:00")
    person.update("Version", version, sg_status_list="vwd")
    no_stamp = ids["no stamps"] = silent.create(
        "Task", project=("Project", show), content="no stamps", created_at=None, updated_at=None
    )
    assert no_stamp
    return LivedIn(ids)
