"""Status history: every stretch of every row against a replay of the site's own events."""

from __future__ import annotations

from typing import Any

import pytest

from shotgrid_dagster_tests.models.conftest import House, models_in_order, schemas_of
from shotgrid_dagster_tests.models.truth import Truth, instant, phase


def said(house: House, kind: str, name: str) -> list[tuple[object, object, object]]:
    rows = house.rows(
        f"select status, is_deleted, note from status_history where entity_type = '{kind}' "
        f"and entity_id = {house.story[name]} order by from_at"
    )
    return [(row["status"], row["is_deleted"], row["note"]) for row in rows]


def test_every_stretch_is_what_the_events_say(house: House, truth: Truth) -> None:
    built: dict[tuple[object, object], list[tuple[Any, ...]]] = {}
    for row in house.rows("select * from status_history order by from_at"):
        built.setdefault((row["entity_type"], row["entity_id"]), []).append(
            (row["from_at"], row["to_at"], row["status"], row["is_deleted"])
        )
    assert len(built) > 400
    assert built == {
        key: [
            (stretch_.start, stretch_.end, stretch_.status, stretch_.is_deleted)
            for stretch_ in stretches
        ]
        for key, stretches in truth.histories.items()
    }


def test_minutes_by_the_clock_and_by_the_working_calendar(house: House, truth: Truth) -> None:
    expected = {}
    for (kind, id_), stretches in truth.histories.items():
        project = truth.project_of(kind, id_)
        for stretch_ in stretches:
            until = truth.until(stretch_)
            expected[kind, id_, stretch_.start] = (
                (until - stretch_.start).total_seconds() / 60,
                truth.working_minutes(stretch_.start, until, project),
                phase(stretch_.status),
                truth.day_of(stretch_.start),
                truth.day_of(until),
            )
    back_dated = 0
    for row in house.rows("select * from status_history"):
        clock, working, means, day, last_day = expected[
            row["entity_type"], row["entity_id"], row["from_at"]
        ]
        assert row["clock_minutes"] == pytest.approx(clock), row
        assert row["phase"] == means, row
        if row["working_minutes"] is None:
            # nobody knows what is worked outside the calendar, such as before the first project
            outside = [on for on in (day, last_day) if not truth.is_in_calendar(on)]
            assert outside
            assert (row["from_on"] is None) == (day in outside)
            back_dated += 1
            continue
        if row["project_id"] is not None or truth.project_of("Task", row["entity_id"]) is None:
            assert row["working_minutes"] == pytest.approx(working, abs=0.01), row
        assert row["from_on"] == day
    assert back_dated < 12


def test_a_shot_that_was_deleted_and_revived_keeps_its_history_without_a_hole(house: House) -> None:
    assert said(house, "Shot", "shot that is revived") == [
        ("wtg", False, None),
        ("ip", False, None),
        ("ip", True, None),
        ("ip", False, None),
        ("rev", False, None),
    ]
    (row,) = house.rows(
        "select visits, clock_minutes from time_in_status where entity_type = 'Shot' "
        f"and entity_id = {house.story['shot that is revived']} and status = 'ip'"
    )
    # a day before it was deleted, and a day after it was revived; it came into the status once
    assert row == {"visits": 1, "clock_minutes": 2 * 24 * 60}


def test_a_deleted_shot_stays_in_its_last_status(house: House) -> None:
    assert said(house, "Shot", "shot that stays deleted") == [
        ("ip", False, None),
        ("ip", True, None),
    ]


def test_a_skipped_status_has_no_time_which_is_not_zero_time(house: House) -> None:
    assert said(house, "Task", "skipped") == [("wtg", False, None), ("fin", False, None)]
    rows = house.rows(
        "select status from time_in_status where entity_type = 'Task' "
        f"and entity_id = {house.story['skipped']} order by status"
    )
    assert [row["status"] for row in rows] == ["fin", "wtg"]


def test_what_no_event_explains_is_said(house: House) -> None:
    assert said(house, "Task", "changed by a silent script") == [
        ("wtg", False, None),
        ("hld", False, "changed with no event"),
    ]
    assert said(house, "Task", "deleted by a silent script") == [
        ("wtg", False, None),
        ("wtg", True, "deleted with no event"),
    ]
    assert said(house, "Task", "silent, then logged") == [
        ("wtg", False, "left with no event"),
        ("fin", False, None),
    ]
    assert said(house, "Task", "erased") == [
        ("wtg", False, None),
        ("ip", False, "the row is gone"),
    ]
    assert said(house, "Task", "no stamps") == [("wtg", False, "no event says how it came to this")]


def test_of_two_changes_within_a_second_the_last_is_kept_and_nothing_is_missing(
    house: House,
) -> None:
    assert said(house, "Task", "twice in a second") == [
        ("wtg", False, None),
        ("rev", False, None),
    ]


def test_a_row_that_was_read_before_its_last_event_is_not_taken_for_an_unseen_change(
    house: House,
) -> None:
    connection = house.connection
    task = house.story["skipped"]
    model = next(model for model in models_in_order() if model.name == "status_history")
    connection.execute("begin")
    try:
        connection.execute(
            "update shotgun_software_data.tasks set sg_status_list = 'wtg', "
            f"_sg_read_at = timestamp with time zone '2026-06-02 12:00:00Z' where id = {task}"
        )
        rows = connection.execute(
            f"select status, note from ({model.sql(schemas_of(model))}) as history "
            f"where entity_type = 'Task' and entity_id = {task} order by from_at"
        ).fetchall()
    finally:
        connection.execute("rollback")
    assert rows == [("wtg", None), ("fin", "the row was read before this")]


def test_the_night_in_which_clocks_go_back_has_an_hour_more_but_no_more_working_time(
    house: House,
) -> None:
    row = house.rows(
        "select clock_minutes, working_minutes, from_on, to_on from status_history "
        f"where entity_type = 'Task' and status = 'ip' "
        f"and entity_id = {house.story['over the end of summer time']}"
    )[0]
    # Saturday 17:30 summer time to Monday 12:00 winter time; Monday is worked from 9:00 on
    assert row["clock_minutes"] == 43.5 * 60
    assert row["working_minutes"] == 180
    assert (str(row["from_on"]), str(row["to_on"])) == ("2026-10-24", "2026-10-26")


def test_days_follow_the_studios_time_zone(house: House) -> None:
    lengths = house.rows(
        "select day, date_diff('hour', begins_at, ends_at) as hours, work_starts_at from calendar "
        "where project_id = 0 and day in ('2026-03-28', '2026-03-29', '2026-10-25') order by day"
    )
    assert [row["hours"] for row in lengths] == [24, 23, 25]
    starts = [row["work_starts_at"] for row in lengths]
    assert starts == [
        instant("2026-03-28T09:00:00Z"),
        instant("2026-03-29T08:00:00Z"),
        instant("2026-10-25T09:00:00Z"),
    ]


def test_the_calendar_has_the_studios_holidays_and_the_shows_overtime(
    house: House, truth: Truth
) -> None:
    show = house.story["show"]
    rows = house.rows(
        f"select project_id, day, is_working, reason from calendar where project_id in (0, {show}) "
        "and day between '2025-12-20' and '2026-06-30'"
    )
    assert len(rows) > 300
    for row in rows:
        worked = truth.is_worked(row["day"], row["project_id"] or None)
        assert row["is_working"] == worked, row
    reasons = {row["reason"] for row in rows}
    assert reasons == {"STUDIO_WORK_WEEK", "STUDIO_EXCEPTION", "PROJECT_EXCEPTION"}


def test_time_in_a_status_is_the_sum_of_its_visits(house: House, truth: Truth) -> None:
    expected: dict[tuple[str, int, str | None], list[float]] = {}
    for (kind, id_), stretches in truth.histories.items():
        before: str | None = "no status yet"
        for stretch_ in stretches:
            if not stretch_.is_deleted:
                sums = expected.setdefault((kind, id_, stretch_.status), [0, 0])
                sums[0] += stretch_.status != before
                sums[1] += (truth.until(stretch_) - stretch_.start).total_seconds() / 60
            before = stretch_.status
    built = {
        (row["entity_type"], row["entity_id"], row["status"]): [
            row["visits"],
            row["clock_minutes"],
        ]
        for row in house.rows("select * from time_in_status")
    }
    assert built.keys() == expected.keys()
    for key, (visits, minutes) in expected.items():
        assert built[key] == [max(1, visits), pytest.approx(minutes)], key
