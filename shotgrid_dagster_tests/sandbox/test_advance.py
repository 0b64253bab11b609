"""The studio works on: the same days from the same seed, on a site that agrees with itself."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from shotgrid_dagster.cli import commands as cli
from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.http.server import serve_in_thread
from shotgrid_dagster.sandbox.store.links import STAMPS
from shotgrid_dagster.sandbox.studio import build
from shotgrid_dagster.sandbox.studio.size import TINY
from shotgrid_dagster.sandbox.workdays import days
from shotgrid_dagster.sandbox.workdays.days import advance
from shotgrid_dagster.sandbox.workdays.workday import Job, RunningShow, Workday
from shotgrid_dagster.sandbox.writes.edit import Edit
from shotgrid_dagster_tests.sandbox.agreement import Links, check_statuses, dump, rows_of
from shotgrid_dagster_tests.sandbox.client import Client

LEFT_AT = "2026-06-01T09:00:00Z"
"""A Monday, as `clock.NOW`."""


def at_rest() -> datetime:
    """A real time that stands still, so that days of two sites can be compared."""
    return datetime(2026, 11, 1, tzinfo=timezone.utc)


Rows = dict[str, dict[int, dict[str, Any]]]
"""Rows by type and id."""


@pytest.fixture(scope="module")
def three_shows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("three") / "site.sqlite"
    build(path, replace(TINY, shows=3))
    return path


@pytest.fixture(scope="module")
def before(three_shows: Path) -> Rows:
    return _all_rows(three_shows)


@pytest.fixture(scope="module")
def later(three_shows: Path, before: Rows) -> Path:
    """The same site, three weeks later."""
    path = three_shows.with_name("later.sqlite")
    shutil.copy(three_shows, path)
    advance(path, 21)
    return path


@pytest.fixture(scope="module")
def after(later: Path) -> Rows:
    return _all_rows(later)


@pytest.fixture(scope="module")
def site(later: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(later)
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def news(after: Rows) -> list[dict[str, Any]]:
    """What the log says of the three weeks."""
    return [
        {**event, "meta": json.loads(event["meta"])}
        for event in after["EventLogEntry"].values()
        if event["created_at"] > LEFT_AT
    ]


def _all_rows(path: Path) -> Rows:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return {
            kind: {row["id"]: dict(row) for row in rows_of(connection, kind)} for kind in SCHEMA
        }


def _copy(path: Path, folder: Path, name: str) -> Path:
    copied = folder / name
    shutil.copy(path, copied)
    return copied


# the same days


def test_two_days_and_three_are_the_same_as_five(three_shows: Path, tmp_path: Path) -> None:
    at_once = _copy(three_shows, tmp_path, "at once")
    in_turn = _copy(three_shows, tmp_path, "in turn")
    advance(at_once, 5, real_time=at_rest)
    advance(in_turn, 2, real_time=at_rest)
    advance(in_turn, 3, real_time=at_rest)
    assert dump(at_once) == dump(in_turn)


def test_another_seed_makes_other_days(three_shows: Path, tmp_path: Path) -> None:
    own = _copy(three_shows, tmp_path, "own")
    other = _copy(three_shows, tmp_path, "other")
    advance(own, 2)
    advance(other, 2, seed=9)
    assert dump(own)["event_log_entries"] != dump(other)["event_log_entries"]


def test_time_passes_and_nobody_works_at_the_weekend(three_shows: Path, tmp_path: Path) -> None:
    path = _copy(three_shows, tmp_path, "site")
    week = advance(path, 5, real_time=at_rest)
    assert week.now == "2026-06-06T09:00:00Z"
    assert week.events > 100
    weekend = advance(path, 2, real_time=at_rest)
    assert weekend.now == "2026-06-08T09:00:00Z"
    assert weekend.events == 0


def test_a_day_that_breaks_off_leaves_nothing_behind(
    three_shows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _copy(three_shows, tmp_path, "site")

    def fail(day: Workday, show: RunningShow) -> Iterator[Job]:
        def break_off(edit: Edit) -> None:
            raise RuntimeError("power cut")

        yield Job(day.end - 1, day.producers[0], break_off)

    monkeypatch.setattr(days, "PARTS", (*days.PARTS, fail))
    with pytest.raises(RuntimeError, match="power cut"):
        advance(path, 1)
    assert dump(path) == dump(three_shows)


def test_there_must_be_a_site(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="There is no site"):
        advance(tmp_path / "none.sqlite", 1)
    assert not (tmp_path / "none.sqlite").exists()


# it still agrees with itself


def test_every_link_shows_what_is_true(site: sqlite3.Connection) -> None:
    Links(site).check()


def test_every_status_came_about_without_a_hole(site: sqlite3.Connection) -> None:
    check_statuses(site)


def test_ids_and_instants_of_the_log_rise_together(after: Rows) -> None:
    events = list(after["EventLogEntry"].values())
    instants = [event["created_at"] for event in events]
    assert instants == sorted(instants)
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))


def test_what_was_there_changes_only_as_the_log_says(
    before: Rows, after: Rows, news: list[dict[str, Any]]
) -> None:
    said = {
        (event["meta"]["entity_type"], event["meta"]["entity_id"], event["attribute_name"])
        for event in news
        if event["meta"]["type"] == "attribute_change"
    }
    changes = 0
    for kind, rows in before.items():
        for row_id, row in rows.items():
            now = after[kind][row_id]
            for column in _own_columns(kind):
                if row[column] != now[column]:
                    attribute = {"_retired_at": "retirement_date"}.get(column, column)
                    assert (kind, row_id, attribute.split("__")[0]) in said
                    changes += 1
    assert changes > 100


def test_whoever_is_named_as_the_last_writer_is_so_in_the_log(
    before: Rows, after: Rows, news: list[dict[str, Any]]
) -> None:
    written = {}
    for event in news:
        meta = event["meta"]
        if meta["type"] == "attribute_change" and event["attribute_name"] != "retirement_date":
            key = (meta["entity_type"], meta["entity_id"])
            written[key] = (event["created_at"], event["user__type"], event["user__id"])
    for (kind, row_id), (at, *user) in written.items():
        row = after[kind][row_id]
        if "updated_at" in row:
            assert row["updated_at"] == at
            assert [row["updated_by__type"], row["updated_by__id"]] == user
    untouched = [
        row
        for kind, rows in before.items()
        for row in rows.values()
        if "updated_at" in row and (kind, row["id"]) not in written
        and row["updated_at"] != after[kind][row["id"]]["updated_at"]
    ]  # fmt: skip
    assert not untouched


def test_what_is_new_was_made_in_these_weeks(before: Rows, after: Rows) -> None:
    for kind, rows in after.items():
        for row_id in rows.keys() - before[kind].keys():
            made_at = rows[row_id].get("created_at", "2026-06-02")
            assert LEFT_AT < made_at < "2026-06-22T09:00:00Z"


def test_deleted_shots_took_their_versions_along(
    before: Rows, after: Rows, site: sqlite3.Connection
) -> None:
    gone = _newly_retired(before, after, "Shot")
    assert gone
    for shot_id, retired_at in gone.items():
        versions = [
            row for row in after["Version"].values()
            if (row["entity__type"], row["entity__id"]) == ("Shot", shot_id)
            and (row["id"] not in before["Version"]
                 or before["Version"][row["id"]]["_retired_at"] is None)
        ]  # fmt: skip
        assert {row["_retired_at"] for row in versions} <= {retired_at}
    assert _newly_retired(before, after, "Task")
    assert _newly_retired(before, after, "TaskDependency")


# it is work


def test_days_add_to_what_is_there(before: Rows, after: Rows) -> None:
    for kind in ("Version", "Note", "Reply", "TimeLog", "Playlist", "PlaylistVersionConnection"):
        assert len(after[kind]) > len(before[kind]), kind


def test_statuses_move_on_and_shots_are_omitted(before: Rows, after: Rows) -> None:
    for kind in ("Task", "Shot", "Version", "Note"):
        moves = {
            (row["sg_status_list"], after[kind][row_id]["sg_status_list"])
            for row_id, row in before[kind].items()
        }
        assert sum(old != new for old, new in moves) > 1, kind
    assert "omt" in {row["sg_status_list"] for row in after["Shot"].values()}


def test_dates_slip_and_never_onto_a_weekend(before: Rows, after: Rows) -> None:
    slipped = [
        (row["due_date"], after["Task"][row_id]["due_date"])
        for row_id, row in before["Task"].items()
        if row["due_date"] != after["Task"][row_id]["due_date"]
    ]
    assert slipped
    assert all(old < new for old, new in slipped)
    assert all(date.fromisoformat(new).weekday() < 5 for _, new in slipped)


def test_time_logs_leave_no_events(news: list[dict[str, Any]]) -> None:
    assert "TimeLog" not in {event["meta"]["entity_type"] for event in news}


def test_versions_are_numbered_on(before: Rows, after: Rows) -> None:
    codes = [row["code"] for row in after["Version"].values() if row["id"] not in before["Version"]]
    assert all(code[-5:-3] == "_v" and code[-3:].isdigit() for code in codes)


# it is seen


def test_a_running_site_shows_the_new_day(three_shows: Path, tmp_path: Path) -> None:
    path = _copy(three_shows, tmp_path, "site")
    with serve_in_thread(path) as running:
        client = Client.signed_in(running.url, running.app)
        old = client.ids("notes", [["created_at", "greater_than", LEFT_AT]])
        assert old == []
        advance(path, 1)
        assert client.ids("notes", [["created_at", "greater_than", LEFT_AT]])


def test_the_commands_build_a_site_and_let_it_work(tmp_path: Path) -> None:
    where = ["--size", "tiny", "--data-dir", str(tmp_path)]
    early = CliRunner().invoke(cli.main, ["sandbox", "advance", *where])
    assert early.exit_code == 1
    assert "sandbox build" in early.output
    built = CliRunner().invoke(cli.main, ["sandbox", "build", *where])
    assert "EventLogEntry" in built.output
    assert "rows, made in" in built.output
    advanced = CliRunner().invoke(cli.main, ["sandbox", "advance", "--days", "2", *where])
    assert "until 2026-06-03T09:0" in advanced.output
    again = CliRunner().invoke(cli.main, ["sandbox", "build", *where])
    assert "was there already" in again.output


def test_an_unknown_size_is_named(tmp_path: Path) -> None:
    command = ["sandbox", "build", "--size", "vast", "--data-dir", str(tmp_path)]
    answer = CliRunner().invoke(cli.main, command)
    assert answer.exit_code == 2
    assert "tiny, studio, medium, large" in answer.output


def _own_columns(kind: str) -> list[str]:
    """What is true of a row, without what is shown of links and who wrote it when."""
    columns = ["_retired_at"]
    for field in SCHEMA[kind].fields.values():
        if field.name in STAMPS or field.name == "updated_at" or not field.is_stored:
            continue
        if field.data_type == "entity":
            columns += [f"{field.name}__type", f"{field.name}__id"]
        elif field.data_type != "multi_entity":
            columns.append(field.name)
    return columns


def _newly_retired(before: Rows, after: Rows, kind: str) -> dict[int, str]:
    return {
        row_id: after[kind][row_id]["_retired_at"]
        for row_id, row in before[kind].items()
        if row["_retired_at"] is None and after[kind][row_id]["_retired_at"] is not None
    }
