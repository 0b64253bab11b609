"""What people enter, and what sites hold, that no studio means: a row of the table each.

Every promise of every model must hold for all of it, and the numbers be those of `truth.py`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from shotgrid_dagster.sandbox.writes.editing import Editor

HUGE = 2**31 - 1
"""The greatest whole number that a site takes."""

AT = datetime(2026, 10, 29, 9, tzinfo=timezone.utc)
"""Before the last thing that happens in the lived-in studio."""


@dataclass
class Oddly:
    """The site that the oddities are put on."""

    database: Path
    ids: dict[str, int]
    editor: Editor

    @property
    def show(self) -> tuple[str, int]:
        return ("Project", self.ids["show"])

    def task(self, name: str, **values: object) -> int:
        values.setdefault("entity", ("Shot", self.ids["odd shot"]))
        values.setdefault("project", self.show)
        self.ids[name] = self.editor.create("Task", content=name, **values)
        return self.ids[name]

    def sql(self, statement: str, *values: object) -> None:
        """Behind the site's back: what its own rules of writing refuse, and old rows have."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(statement, values)

    def event(self, at: str, meta: dict[str, object]) -> None:
        """An entry of the event log about a task, as a script may write one."""
        self.sql(
            "insert into event_log_entries (event_type, attribute_name, meta, project, "
            "project__type, project__id, created_at) select 'Shotgun_Task_Change', ?, ?, project, "
            "project__type, project__id, ? from tasks where id = ?",
            meta.get("attribute_name"), json.dumps(meta), at, meta["entity_id"],
        )  # fmt: skip

    def status_event(self, at: str, task: int, old: str, new: str) -> None:
        self.event(at, {
            "type": "attribute_change", "attribute_name": "sg_status_list", "entity_type": "Task",
            "entity_id": task, "field_data_type": "status_list", "old_value": old, "new_value": new,
        })  # fmt: skip


def _log(site: Oddly, task: str, minutes: object, **values: object) -> None:
    values.setdefault("project", site.show)
    values.setdefault("date", "2026-10-21")
    values.setdefault("user", ("HumanUser", site.ids["person"]))
    site.editor.create(
        "TimeLog", entity=("Task", site.ids[task]), duration=minutes, **values
    )  # fmt: skip


def more_is_taken_back_than_was_logged(site: Oddly) -> None:
    site.task("correction alone", est_in_mins=60)
    _log(site, "correction alone", -60, date="2026-01-03")
    site.task("correction without a bid")
    _log(site, "correction without a bid", -600)


def nothing_is_logged(site: Oddly) -> None:
    site.task("logged nothing", est_in_mins=60)
    for minutes in (0, None):
        _log(site, "logged nothing", minutes)


def logs_of_no_day_of_nobody_and_of_nothing(site: Oddly) -> None:
    site.task("logged by nobody", est_in_mins=60)
    _log(site, "logged by nobody", 60, user=None)
    _log(site, "logged by nobody", 60, date=None)
    _log(site, "logged by nobody", 60, date="1970-01-01")
    _log(site, "logged by nobody", 60, date="2099-12-31")


def all_the_minutes_there_are(site: Oddly) -> None:
    site.task("huge", est_in_mins=HUGE, start_date="2026-10-05", due_date="2026-10-09")
    for _ in range(3):
        _log(site, "huge", HUGE)
    _log(site, "huge", -HUGE)
    site.task("tiny bid, huge log", est_in_mins=1)
    _log(site, "tiny bid, huge log", HUGE)


def bids_of_nothing_and_less(site: Oddly) -> None:
    site.task("bid of zero", est_in_mins=0)
    site.task("bid below zero", est_in_mins=-480, start_date="2026-10-05", due_date="2026-10-09")
    site.editor.update("Task", site.ids["bid below zero"], sg_status_list="fin")
    site.task("bid below zero, open", est_in_mins=-100_000)
    _log(site, "bid below zero, open", 30)


def tasks_end_before_they_start(site: Oddly) -> None:
    id_ = site.task("ends before it starts", est_in_mins=60)
    site.sql(
        "update tasks set start_date = '2026-10-30', due_date = '2026-10-20' where id = ?", id_
    )


def dates_are_beyond_the_calendar(site: Oddly) -> None:
    person = [("HumanUser", site.ids["person"])]
    for name, start, due in (
        ("due in 2099", "2026-10-01", "2099-01-01"),
        ("began in 1970", "1970-01-01", "2026-10-02"),
        ("in another age", "0001-01-01", "9999-12-31"),
        ("start alone", "2026-10-01", None),
        ("due alone", None, "2026-10-01"),
    ):
        id_ = site.task(name, est_in_mins=60, task_assignees=person)
        site.sql("update tasks set start_date = ?, due_date = ? where id = ?", start, due, id_)
    site.sql(
        "insert into bookings (project, project__type, project__id, user, user__type, user__id, "
        "start_date, end_date, vacation) select project, project__type, project__id, user, "
        "user__type, user__id, '2031-01-01', '2031-02-01', 1 from bookings limit 1"
    )
    site.sql(
        "insert into bookings (project, project__type, project__id, user, user__type, user__id, "
        "start_date, end_date, vacation) select project, project__type, project__id, user, "
        "user__type, user__id, '2026-10-20', '2026-10-10', 1 from bookings limit 1"
    )


def clocks_are_wrong(site: Oddly) -> None:
    """Entries of 2031 and of 1970: neither is now."""
    for name, at in (
        ("event of 2031", "2031-05-05T05:05:05Z"),
        ("of 1970", "1970-01-01T00:00:00Z"),
    ):
        id_ = site.task(name)
        site.status_event(at, id_, "wtg", "ip")
        site.sql("update tasks set sg_status_list = 'ip' where id = ?", id_)
    site.task("event without a time")
    site.sql("update event_log_entries set created_at = null where id = (select max(id) "
             "from event_log_entries)")  # fmt: skip


def rows_are_dated_1970_and_2031(site: Oddly) -> None:
    for name, at in (
        ("made in 1970", "1970-01-01T00:00:00Z"),
        ("made in 2031", "2031-01-01T00:00:00Z"),
    ):
        id_ = site.task(name)
        site.sql("update tasks set created_at = ?, updated_at = ? where id = ?", at, at, id_)
    version = site.editor.create("Version", project=site.show, code="made in 2031")
    site.sql("update versions set created_at = '2031-01-01T00:00:00Z' where id = ?", version)
    file = site.editor.create("PublishedFile", project=site.show, code="published in 1970")
    site.sql("update published_files set created_at = '1970-01-01T00:00:00Z' where id = ?", file)
    file = site.editor.create("PublishedFile", project=site.show, code="published some time")
    site.sql("update published_files set created_at = null where id = ?", file)


def people_share_a_name(site: Oddly) -> None:
    def person(key: str, name: str | None) -> None:
        site.ids[key] = site.editor.create(
            "HumanUser", login=key, email=f"{key[0]}@sandbox.invalid", sg_status_list="act"
        )
        site.sql("update human_users set name = ? where id = ?", name, site.ids[key])

    person("first namesake", "Kim Lee")
    person("second namesake", "Kim Lee")
    person("named like a label", f"Kim Lee ({site.ids['first namesake']})")
    person("nameless person", None)
    for name in ("first namesake", "second namesake"):
        site.task(
            f"task of the {name}", est_in_mins=4_800, start_date="2026-10-26",
            due_date="2026-10-30", task_assignees=[("HumanUser", site.ids[name])],
        )  # fmt: skip
    site.task("task of both namesakes", due_date="2026-10-20", task_assignees=[
        ("HumanUser", site.ids["first namesake"]), ("HumanUser", site.ids["second namesake"]),
    ])  # fmt: skip


def a_status_that_nobody_defined(site: Oddly) -> None:
    id_ = site.task("in a status of its own", est_in_mins=60, due_date="2026-10-01")
    site.sql("update tasks set sg_status_list = 'zzz' where id = ?", id_)
    site.status_event("2026-10-28T10:00:00Z", id_, "wtg", "zzz")
    none = site.task("in no status", est_in_mins=60)
    site.sql("update tasks set sg_status_list = null where id = ?", none)
    empty = site.task("in an empty status", est_in_mins=60)
    site.sql("update tasks set sg_status_list = '' where id = ?", empty)


def projects_without_dates_and_names(site: Oddly) -> None:
    for name in ("project without a name", "project with an empty name"):
        id_ = site.ids[name] = site.editor.create("Project", name=name)
        site.task(f"task of the {name}", project=("Project", id_), entity=None)
        value = None if name.endswith("out a name") else ""
        site.sql("update projects set name = ?, created_at = null where id = ?", value, id_)
    site.sql("update projects set created_at = '1970-01-01T00:00:00Z' where id = ?",
             site.ids["project without a name"])  # fmt: skip


def shots_are_of_no_sequence_and_no_project(site: Oddly) -> None:
    site.editor.create("Shot", project=site.show, code="without a sequence")
    shot = site.editor.create("Shot", project=site.show, code="of no project")
    site.sql("update shots set project = null, project__type = null, project__id = null "
             "where id = ?", shot)  # fmt: skip


def links_lead_to_what_nobody_can_read(site: Oddly) -> None:
    """As where the script may not see the project, the step or the person."""

    def link(kind: str) -> tuple[str, str, int]:
        return json.dumps({"id": 987_654, "name": "unseen", "type": kind}), kind, 987_654

    id_ = site.task("of an unseen step", est_in_mins=60)
    site.sql("update tasks set step = ?, step__type = ?, step__id = ? where id = ?",
             *link("Step"), id_)  # fmt: skip
    id_ = site.ids["of an unseen project"] = site.task("of an unseen project", est_in_mins=60)
    site.sql("update tasks set project = ?, project__type = ?, project__id = ? where id = ?",
             *link("Project"), id_)  # fmt: skip
    id_ = site.task("of an unseen person", est_in_mins=60)
    unseen = [{"id": 987_654, "name": "unseen", "type": "HumanUser"}]
    site.sql("update tasks set task_assignees = ? where id = ?", json.dumps(unseen), id_)
    asset = site.editor.create("Asset", project=site.show, code="of an unseen project")
    site.sql("update assets set project = ?, project__type = ?, project__id = ? where id = ?",
             *link("Project"), asset)  # fmt: skip
    id_ = site.task("of an unseen shot")
    site.sql("update tasks set entity = ?, entity__type = ?, entity__id = ? where id = ?",
             *link("Shot"), id_)  # fmt: skip


def entries_that_a_script_wrote(site: Oddly) -> None:
    id_ = site.task("of odd entries", due_date="2026-10-20")
    at = "2026-10-28T11:00:00Z"
    move = {"type": "attribute_change", "attribute_name": "due_date", "entity_type": "Task",
            "entity_id": id_, "field_data_type": "date"}  # fmt: skip
    site.event(at, {**move, "old_value": "not a date", "new_value": "2026-10-20"})
    site.event(at, {**move, "old_value": "2026-02-30", "new_value": "2026-10-20"})
    site.event(at, {**move, "old_value": 20261020, "new_value": None})
    person = {"id": site.ids["person"], "name": "once", "type": "HumanUser"}
    again = {**person, "name": "and again"}
    site.event(at, {**move, "attribute_name": "task_assignees", "field_data_type": "multi_entity",
                    "added": [person, again], "removed": []})  # fmt: skip
    for broken in ({}, {"type": "attribute_change"}):
        site.event(at, {"entity_id": id_, **broken})


def phases_and_milestones_without_dates(site: Oddly) -> None:
    site.task("milestone without a date", milestone=True)
    phase = site.editor.create("Phase", project=site.show, code="without dates", milestone=True)
    assert phase


ODDITIES: tuple[Callable[[Oddly], None], ...] = (
    more_is_taken_back_than_was_logged,
    nothing_is_logged,
    logs_of_no_day_of_nobody_and_of_nothing,
    all_the_minutes_there_are,
    bids_of_nothing_and_less,
    tasks_end_before_they_start,
    dates_are_beyond_the_calendar,
    clocks_are_wrong,
    rows_are_dated_1970_and_2031,
    people_share_a_name,
    a_status_that_nobody_defined,
    projects_without_dates_and_names,
    shots_are_of_no_sequence_and_no_project,
    links_lead_to_what_nobody_can_read,
    entries_that_a_script_wrote,
    phases_and_milestones_without_dates,
)


def put_all_on(database: Path, ids: dict[str, int]) -> None:
    """All oddities on the site in `database`; what has a name is found in `ids`."""
    site = Oddly(database, ids, Editor(database, now=lambda: AT))
    ids["odd shot"] = site.editor.create("Shot", project=site.show, code="odd")
    for oddity in ODDITIES:
        oddity(site)
