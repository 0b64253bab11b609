"""The studio holds what producers ask about: not everything went as planned."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from typing import Any

import pytest

from shotgrid_dagster_tests.sandbox.agreement import rows_of


@pytest.fixture(scope="module")
def metas(studio: sqlite3.Connection) -> list[dict[str, Any]]:
    return [
        {**json.loads(row["meta"]), "at": row["created_at"]}
        for row in rows_of(studio, "EventLogEntry")
    ]


def test_work_came_back_from_review_was_put_on_hold_and_skipped_statuses(
    metas: list[dict[str, Any]],
) -> None:
    moves = Counter(
        (meta["old_value"], meta["new_value"])
        for meta in metas
        if meta.get("attribute_name") == "sg_status_list" and meta["entity_type"] == "Task"
    )
    for move in [("rev", "ip"), ("ip", "hld"), ("wtg", "fin")]:
        assert moves[move] > 50, move


def test_dates_slipped_to_what_they_are_some_of_them_lately(
    studio: sqlite3.Connection, metas: list[dict[str, Any]]
) -> None:
    due = {row["id"]: row["due_date"] for row in rows_of(studio, "Task")}
    moves = defaultdict(list)
    for meta in metas:
        if meta.get("attribute_name") == "due_date":
            moves[meta["entity_id"]].append((meta["at"], meta["old_value"], meta["new_value"]))
    assert len(moves) > 100
    assert sum(steps[-1][0] > "2026-05-26" for steps in moves.values()) > 20
    for task, steps in moves.items():
        assert steps[-1][2] == due[task]
        assert all(old < new for _, old, new in steps)


def test_people_were_taken_off_tasks(metas: list[dict[str, Any]]) -> None:
    taken = [person for meta in metas for person in meta.get("removed", [])]
    assert len(taken) > 50


def test_a_shot_was_deleted_by_mistake_and_is_there_again(
    studio: sqlite3.Connection, metas: list[dict[str, Any]]
) -> None:
    revived = {meta["entity_id"] for meta in metas if meta.get("type") == "entity_revival"}
    deleted = {meta["entity_id"] for meta in metas if meta.get("type") == "entity_retirement"}
    live = {row["id"] for row in rows_of(studio, "Shot") if row["_retired_at"] is None}
    assert revived
    assert revived <= deleted
    assert revived <= live


def test_tasks_run_over_their_bid_people_are_away_and_milestones_stand(
    studio: sqlite3.Connection,
) -> None:
    counts = studio.execute(
        "select (select count(*) from tasks t where t.est_in_mins > 0 and t.est_in_mins < (select"
        " sum(duration) from time_logs l where l.entity__id = t.id and l.entity__type = 'Task')),"
        " (select count(*) from bookings where vacation), (select count(*) from tasks where"
        " milestone), (select count(*) from tasks where due_date is null)"
    ).fetchone()
    assert all(count > 10 for count in counts), tuple(counts)
