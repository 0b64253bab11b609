"""Every number of every model against a computation of its own, straight from the site's tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest

from shotgrid_dagster_tests.models.conftest import House
from shotgrid_dagster_tests.models.truth import (
    ACTIVE,
    DONE,
    LEFT_OUT,
    REVIEW,
    Row,
    Stretch,
    Truth,
    assigned_minutes,
    day,
    days_away,
    instant,
    is_date,
    is_late,
    link_id,
    logged_on,
    phase,
    tasks_that_count,
    total,
)


def by(rows: list[dict[str, Any]], *keys: str) -> dict[Any, dict[str, Any]]:
    """The rows by one column, or by several."""
    found = {tuple(row[key] for key in keys) if keys[1:] else row[keys[0]]: row for row in rows}
    assert len(found) == len(rows)
    return found


# dimensions and bridges


def test_projects_people_and_steps(house: House, truth: Truth) -> None:
    projects = by(house.rows("select * from dim_projects"), "project_id")
    live = truth.live("Project")
    assert set(projects) == {*live, *truth.retired("Project")}
    assert {id_ for id_, row in projects.items() if row["is_running"]} == {
        id_
        for id_, row in live.items()
        if not (row["archived"] or row["is_template"] or row["is_demo"])
    }
    assert {id_ for id_, row in projects.items() if row["is_archived"]} == {
        id_ for id_, row in live.items() if row["archived"]
    }
    people = by(house.rows("select * from dim_people"), "person_id")
    assert {id_ for id_, row in people.items() if row["is_active"]} == {
        id_ for id_, row in truth.live("HumanUser").items() if row["sg_status_list"] == "act"
    }
    assert len(house.rows("select * from dim_steps")) == len(truth.live("Step")) + len(
        truth.retired("Step")
    )


def test_a_project_can_use_the_valid_statuses_that_it_does_not_hide(house: House) -> None:
    def usable(entity_type: str, project: int) -> list[str]:
        rows = house.rows(
            f"select code from dim_statuses where entity_type = '{entity_type}' "
            f"and project_id = {project} and is_usable order by position"
        )
        return [str(row["code"]) for row in rows]

    everything = ["wtg", "ip", "fin", "apr", "dis", "na", "hld", "rev", "omt", "ready"]
    assert usable("Task", 0) == everything
    assert usable("Task", house.story["project of a day"]) == everything
    hidden = {"dis", "ready", "cbb"}
    assert usable("Task", house.story["show"]) == [
        item for item in everything if item not in hidden
    ]
    shots = usable("Shot", house.story["show"])
    assert "ip" in shots
    assert not {"awd", "bid", "to"} & set(shots)


def test_statuses_mean_what_the_sites_groups_say_and_what_they_do_not_say_comes_from_the_defaults(
    house: House,
) -> None:
    meanings = by(house.rows("select * from status_meanings"), "code")
    # `pass` is in no default: only the site's group `Done` says it
    assert meanings["pass"]["phase"] == "done"
    assert meanings["pass"]["group_name"] == "Done"
    assert {code: row["phase"] for code, row in meanings.items()} == {
        code: {"blk": "on_hold", "act": "active", "kickbk": "active"}.get(code, phase(code))
        for code in meanings
    }


def test_assignees_are_people_by_name_and_through_groups(house: House, truth: Truth) -> None:
    members = {
        id_: [item["id"] for item in row["users"]] for id_, row in truth.live("Group").items()
    }
    expected = {}
    for id_, task in truth.live("Task").items():
        for item in task["task_assignees"]:
            if item["type"] == "HumanUser":
                expected[id_, item["id"]] = True
            else:
                for person in members[item["id"]]:
                    expected.setdefault((id_, person), False)
    rows = by(house.rows("select * from task_assignees"), "task_id", "person_id")
    assert {key: row["is_direct"] for key, row in rows.items()} == expected
    assert set(expected.values()) == {True, False}


def test_a_playlist_is_in_the_order_that_people_gave_it(house: House, truth: Truth) -> None:
    orders: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for item in truth.live("PlaylistVersionConnection").values():
        playlist, version = link_id(item, "playlist"), link_id(item, "version")
        if playlist in truth.live("Playlist") and version in truth.live("Version"):
            order = item["sg_sort_order"]
            orders[playlist].append((float("inf") if order is None else order, version))
    built = defaultdict(list)
    for row in house.rows("select * from playlist_versions order by playlist_id, place"):
        built[row["playlist_id"]].append(row["version_id"])
    assert built == {
        playlist: [version for _, version in sorted(some)] for playlist, some in orders.items()
    }


def test_the_assets_of_each_shot(house: House, truth: Truth) -> None:
    rows = by(house.rows("select * from shot_assets"), "shot_id", "asset_id")
    assert set(rows) == {
        (id_, asset["id"]) for id_, shot in truth.live("Shot").items() for asset in shot["assets"]
    }


# tasks


def test_bid_against_logged_is_what_the_site_shows_for_each_task(
    house: House, truth: Truth
) -> None:
    facts = by(house.rows("select * from task_facts"), "task_id")
    tasks = {id_: row for id_, row in truth.live("Task").items() if row["project"]}
    assert set(facts) == set(tasks)
    for id_, task in tasks.items():
        fact = facts[id_]
        # the site's own fields Time Logged, Over/Under Bid and % of Bid
        assert fact["logged_minutes"] == task["time_logs_sum"], id_
        assert fact["over_bid_minutes"] == task["time_vs_est"], id_
        assert fact["logged_percent_of_bid"] == task["time_percent_of_est"], id_
        assert fact["is_late"] == is_late(truth, task), id_
        assert fact["phase"] == phase(task["sg_status_list"])
    four = facts[house.story["four times the bid"]]
    assert (four["logged_minutes"], four["over_bid_minutes"]) == (1_920, 1_440)
    assert four["logged_percent_of_bid"] == 400
    no_dates = facts[house.story["no dates"]]
    assert (no_dates["start_on"], no_dates["due_on"], no_dates["is_late"]) == (None, None, False)


def test_when_a_task_began_and_ended_and_how_often_it_was_kicked_back(
    house: House, truth: Truth
) -> None:
    facts = by(house.rows("select * from task_facts"), "task_id")
    for id_, fact in facts.items():
        stretches = [history for history in truth.histories["Task", id_] if not history.is_deleted]
        phases = [phase(stretch_.status) for stretch_ in stretches]
        begun = [
            stretch.start
            for stretch, name in zip(stretches, phases, strict=True)
            if name in ("active", "review", "done")
        ]
        assert fact["started_at"] == (begun[0] if begun else None), id_
        ends = [stretch_.start for stretch_ in stretches if stretch_.status in DONE]
        assert fact["done_at"] == (ends[-1] if phases[-1] == "done" else None), id_
        assert fact["kick_backs"] == sum(
            before == "review" and after in ("waiting", "active")
            for before, after in pairwise(phases)
        )
    assert facts[house.story["kicked back"]]["kick_backs"] == 1
    assert facts[house.story["kicked back"]]["reviews"] == 2
    assert facts[house.story["reassigned"]]["reassignments"] == 1


def test_bids_of_a_step(house: House, truth: Truth) -> None:
    logged = logged_on(truth)
    expected: dict[Any, list[float]] = defaultdict(lambda: [0] * 7)
    for id_, task in tasks_that_count(truth).items():
        sums = expected[task["project"]["id"], link_id(task, "step")]
        bid = task["est_in_mins"]
        above_zero = max(bid or 0, 0)
        over = logged[id_] - bid if bid is not None else 0
        is_done = task["sg_status_list"] in DONE
        for place, number in enumerate(
            [1, over > 0, above_zero, logged[id_], logged[id_] if above_zero else 0, max(over, 0),
             max(-over, 0) if is_done else 0]
        ):  # fmt: skip
            sums[place] += number
    rows = by(house.rows("select * from bid_against_logged"), "project_id", "step_id")
    names = (
        "task_count", "tasks_over_bid", "bid_minutes", "logged_minutes", "logged_on_bid_minutes",
        "over_minutes", "under_minutes",
    )  # fmt: skip
    assert {key: [row[name] for name in names] for key, row in rows.items()} == expected
    for row in rows.values():
        if row["bid_minutes"]:
            share = 100 * row["logged_on_bid_minutes"] / row["bid_minutes"]
            assert row["logged_percent_of_bid"] == int(share + 0.5)
        else:
            assert row["logged_percent_of_bid"] is None


def test_time_that_was_logged_for_each_day(house: House, truth: Truth) -> None:
    minutes: Counter[Any] = Counter()
    people: defaultdict[Any, set[int]] = defaultdict(set)
    for log in truth.live("TimeLog").values():
        key = (link_id(log, "project"), day(log["date"]))
        if all(key):
            minutes[key] += log["duration"] or 0
            person = link_id(log, "user", "HumanUser")
            people[key] |= {person} if person else set()
    rows = by(house.rows("select * from time_logged"), "project_id", "day")
    assert {key: row["logged_minutes"] for key, row in rows.items()} == dict(minutes)
    assert {key: row["people"] for key, row in rows.items()} == {
        key: len(some) for key, some in people.items()
    }
    for (_, on), row in rows.items():
        monday = on - timedelta(days=on.weekday())
        assert row["week_starts_on"] == (monday if truth.is_in_calendar(on) else None)
    assert rows[house.story["show"], date(2026, 10, 20)]["logged_minutes"] >= 1_920


# progress


@pytest.mark.parametrize(
    ("kind", "model"), [("Shot", "shot_progress"), ("Asset", "asset_progress")]
)
def test_progress_of_shots_and_assets(house: House, truth: Truth, kind: str, model: str) -> None:
    tasks: dict[int | None, list[Row]] = defaultdict(list)
    for task in tasks_that_count(truth).values():
        tasks[link_id(task, "entity", kind)].append(task)
    rows = by(house.rows(f"select * from {model}"), f"{kind.lower()}_id")
    assert set(rows) == set(truth.live(kind))
    for id_, row in rows.items():
        some = tasks[id_]
        done = sum(item["sg_status_list"] in DONE for item in some)
        begun = sum(item["sg_status_list"] in ACTIVE | REVIEW for item in some)
        counted = (row["task_count"], row["tasks_done"], row["tasks_in_progress"])
        assert counted == (len(some), done, begun)
        assert row["done_ratio"] == (done / len(some) if some else None)
        assert (row["bid_minutes"] or 0) == total(item["est_in_mins"] for item in some)
        dues = [item["due_date"] for item in some if item["due_date"]]
        assert row["last_due_on"] == day(max(dues, default=None))


def test_progress_of_each_step(house: House, truth: Truth) -> None:
    tasks: dict[Any, list[str | None]] = defaultdict(list)
    for task in tasks_that_count(truth).values():
        if task["entity"] and task["entity"]["type"] in ("Shot", "Asset"):
            key = (task["entity"]["type"], task["entity"]["id"], link_id(task, "step"))
            tasks[key].append(task["sg_status_list"])
    rows = by(house.rows("select * from step_progress"), "entity_type", "entity_id", "step_id")
    assert {key: (row["task_count"], row["tasks_done"]) for key, row in rows.items()} == {
        key: (len(some), sum(item in DONE for item in some)) for key, some in tasks.items()
    }
    for key, row in rows.items():
        phases = {phase(item) for item in tasks[key]}
        if phases == {"done"}:
            assert row["phase"] == "done"
        elif "review" in phases:
            assert row["phase"] == "review"
        else:
            assert row["phase"] == ("active" if phases & {"active", "done"} else "waiting")


def test_task_status_counts(house: House, truth: Truth) -> None:
    counts = Counter(
        (link_id(item, "project"), link_id(item, "step"), item["sg_status_list"])
        for item in truth.live("Task").values()
    )
    built: Counter[Any] = Counter()
    for row in house.rows("select * from task_status_counts"):
        built[row["project_id"], row["step_id"], row["task_status"]] += row["task_count"]
    assert built == counts


# flow


def ends_of(truth: Truth, of: date) -> datetime:
    return datetime.combine(of + timedelta(days=1), time.min, truth.zone).astimezone(timezone.utc)


def standing(stretches: list[Stretch], at: datetime) -> Stretch | None:
    """What something is in just before an instant."""
    for stretch_ in stretches:
        if stretch_.start < at and (stretch_.end is None or stretch_.end >= at):
            return stretch_
    return None


def test_cumulative_flow_and_burn_down_at_the_end_of_each_day(house: House, truth: Truth) -> None:
    days = [truth.today - timedelta(days=number) for number in (*range(8), *range(20, 500, 37))]
    things: Counter[Any] = Counter()
    bids: Counter[Any] = Counter()
    for (kind, id_), stretches in truth.histories.items():
        project = truth.project_of(kind, id_)
        # the erased task has no row any more; its events say the show
        if kind not in ("Task", "Shot", "Asset") or not (project or id_ == house.story["erased"]):
            continue
        # nobody knows which days a project has that the script may not see
        if project and project not in {**truth.live("Project"), **truth.retired("Project")}:
            continue
        row = truth.live(kind).get(id_) or truth.retired(kind).get(id_) or {}
        for item in days:
            now = standing(stretches, ends_of(truth, item))
            if now and not now.is_deleted:
                key = (project or house.story["show"], kind, item, now.status)
                things[key] += 1
                bids[key] += row.get("est_in_mins") or 0
    listed = ", ".join(f"'{item}'" for item in days)
    rows = by(
        house.rows(f"select * from cumulative_flow where day in ({listed})"),
        "project_id", "entity_type", "day", "status",
    )  # fmt: skip
    assert {key: row["things"] for key, row in rows.items()} == dict(things)
    assert {key: row["bid_minutes"] for key, row in rows.items()} == {
        key: bids[key] for key in things
    }
    burn = by(house.rows(f"select * from burn_down where day in ({listed})"), "project_id", "day")
    expected: dict[Any, list[int]] = defaultdict(lambda: [0] * 4)
    for (project, kind, one, status), many in things.items():
        if kind == "Task":
            sums, bid = expected[project, one], bids[project, kind, one, status]
            if status not in LEFT_OUT:
                sums[0] += many
                sums[2] += bid
            if status in DONE:
                sums[1] += many
                sums[3] += bid
    names = ("tasks_total", "tasks_done", "bid_minutes_total", "bid_minutes_done")
    assert {key: [row[name] for name in names] for key, row in burn.items()} == expected


def test_a_project_of_a_day_burns_down_on_its_day(house: House) -> None:
    rows = house.rows(
        "select day, is_working, tasks_total, tasks_done, bid_minutes_done from burn_down "
        f"where project_id = {house.story['project of a day']} order by day"
    )
    assert (str(rows[0]["day"]), rows[0]["is_working"]) == ("2026-10-24", False)
    assert {(row["tasks_total"], row["tasks_done"], row["bid_minutes_done"]) for row in rows} == {
        (1, 1, 60)
    }


def test_an_archived_project_has_its_history_too(house: House) -> None:
    (row,) = house.rows(
        "select count(*) as days, max(tasks_total) as tasks from burn_down "
        "inner join dim_projects on burn_down.project_id = dim_projects.project_id "
        "where dim_projects.is_archived"
    )
    assert row["days"] > 300
    assert row["tasks"] > 0


# what slipped


def test_what_slipped_by_the_log_of_due_dates(house: House, truth: Truth) -> None:
    moves: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for event in truth.events:
        meta = event["meta"] or {}
        if (meta.get("attribute_name"), meta.get("entity_type")) != ("due_date", "Task"):
            continue
        if all(map(is_date, (meta["old_value"], meta["new_value"]))) and not meta.get("in_create"):
            moves[meta["entity_id"]].append((meta["old_value"], meta["new_value"]))
    tasks = truth.live("Task")
    rows = by(house.rows("select * from due_date_slips"), "task_id")
    assert set(rows) == {task for task in moves if task in tasks and tasks[task]["project"]}
    for id_, row in rows.items():
        first, now = day(moves[id_][0][0]), day(tasks[id_]["due_date"])
        assert first is not None
        assert now is not None
        assert row["first_due_on"] == first
        assert row["due_on"] == now
        assert row["moves"] == len(moves[id_])
        assert row["moves_forward"] == sum(new > old for old, new in moves[id_])
        assert row["days_slipped"] == (now - first).days
    slipped = rows[house.story["slipped"]]
    # from Friday 9 October over Friday 30 to Wednesday 28, three days before the last event
    assert (slipped["moves"], slipped["moves_forward"]) == (2, 1)
    assert (slipped["days_slipped"], slipped["working_days_slipped"]) == (19, 13)
    assert slipped["slipped_lately"] is True


def test_who_was_assigned_and_taken_off(house: House, truth: Truth) -> None:
    expected: Counter[Any] = Counter()
    for event in truth.events:
        meta = event["meta"] or {}
        if meta.get("attribute_name") == "task_assignees":
            for change in ("added", "removed"):
                # an entry that names somebody twice says it once
                for type_, id_ in {(item["type"], item["id"]) for item in meta[change]}:
                    expected[meta["entity_id"], change, type_, id_] += 1
    built = Counter(
        (row["entity_id"], row["change"], row["link_type"], row["link_id"])
        for row in house.rows("select * from field_history where field_name = 'task_assignees'")
    )
    assert built == expected
    task, first, second = (house.story[name] for name in ("reassigned", "person", "other person"))
    assert built[task, "removed", "HumanUser", first] == 1
    assert built[task, "added", "HumanUser", second] == 1


# review


def test_reviews_of_tasks_and_what_came_of_them(house: House, truth: Truth) -> None:
    expected: dict[tuple[int, int], list[Any]] = {}
    for (kind, id_), stretches in truth.histories.items():
        if kind != "Task":
            continue
        number, inside = 0, False
        for stretch_ in stretches:
            is_review = stretch_.status in REVIEW and not stretch_.is_deleted
            if is_review and not inside:
                number += 1
                expected[id_, number] = [stretch_.start, None, None]
            elif inside and not is_review:
                outcome = "deleted" if stretch_.is_deleted else phase(stretch_.status)
                expected[id_, number][1:] = [stretch_.start, outcome]
            inside = is_review
    rows = by(house.rows("select * from task_reviews"), "task_id", "review_number")
    assert {
        key: [row["submitted_at"], row["answered_at"], row["outcome"]] for key, row in rows.items()
    } == expected
    kicked = [rows[house.story["kicked back"], number] for number in (1, 2)]
    assert [row["is_kick_back"] for row in kicked] == [True, False]
    # Friday 16:30 summer time to Monday 12:00: half an hour and three; Tuesday 8:00 to 21:00: a day
    assert [row["working_minutes"] for row in kicked] == [210, 480]


def test_how_long_versions_wait(house: House, truth: Truth) -> None:
    rows = by(house.rows("select * from version_reviews"), "version_id")
    live = truth.live("Version")
    assert set(rows) == set(live)
    iterations: Counter[Any] = Counter()
    for id_ in sorted(live):
        first = next(
            (history for history in truth.histories["Version", id_] if history.status in REVIEW),
            None,
        )
        row = rows[id_]
        assert row["submitted_at"] == (first.start if first else None)
        assert row["answered_at"] == (first.end if first else None)
        if first and first.end:
            minutes = (first.end - first.start).total_seconds() / 60
            assert row["turnaround_minutes"] == pytest.approx(minutes)
        assert row["is_waiting"] == (live[id_]["sg_status_list"] in REVIEW)
        about = live[id_]["entity"]
        if about:
            iterations[about["type"], about["id"]] += 1
            assert row["iteration"] == iterations[about["type"], about["id"]]
    version = rows[house.story["version"]]
    # Wednesday 18:00 to Thursday 10:00 (winter time): an hour of work
    assert version["turnaround_working_minutes"] == 60
    assert version["answer"] == "vwd"


def test_rounds_of_a_shot_are_those_of_its_tasks_and_versions(house: House, truth: Truth) -> None:
    rows = by(house.rows("select * from shot_iterations"), "shot_id")
    assert set(rows) == set(truth.live("Shot"))
    versions = Counter(link_id(item, "entity", "Shot") for item in truth.live("Version").values())
    for id_, row in rows.items():
        assert row["versions"] == versions[id_]
        tasks = [
            truth.histories["Task", task]
            for task, row_ in {**truth.live("Task"), **truth.retired("Task")}.items()
            if link_id(row_, "entity", "Shot") == id_
        ]
        phases = [
            [("deleted" if stretch.is_deleted else phase(stretch.status)) for stretch in stretches]
            for stretches in tasks
        ]
        kicks = sum(
            before == "review" and after in ("waiting", "active")
            for statuses in phases
            for before, after in pairwise(statuses)
        )
        assert row["kick_backs"] == kicks
        if row["reviews_answered"]:
            assert row["kick_back_rate"] == kicks / row["reviews_answered"]


# people


def test_workload_against_capacity_week_by_week(house: House, truth: Truth) -> None:
    assigned, open_ = assigned_minutes(truth)
    away = days_away(truth)
    logged: Counter[Any] = Counter()
    for log in truth.live("TimeLog").values():
        on, person = day(log["date"]), link_id(log, "user")
        if on and person:
            logged[person, on - timedelta(days=on.weekday())] += log["duration"] or 0
    rows = house.rows("select * from artist_workload")
    assert len(rows) > 500
    for row in rows:
        person, week = row["person_id"], row["week_starts_on"]
        assert isinstance(person, int)
        assert isinstance(week, date)
        days = truth.worked_days(week, week + timedelta(days=6), None)
        vacation = [item for item in days if away[person].get(item)]
        booked = [item for item in days if away[person].get(item) is False]
        assert row["capacity_minutes"] == 480 * (len(days) - len(vacation)), row
        assert row["booked_minutes"] == 480 * len(booked)
        assert row["assigned_minutes"] == pytest.approx(assigned[person, week]), row
        assert row["open_assigned_minutes"] == pytest.approx(open_[person, week]), row
        assert row["logged_minutes"] == logged[person, week]
    weeks = {(row["person_id"], row["week_starts_on"]) for row in rows}
    active = {
        id_ for id_, person in truth.live("HumanUser").items() if person["sg_status_list"] == "act"
    }
    assert {
        (person, week)
        for person, week in (*assigned, *logged)
        if person in active and truth.is_in_calendar(week)
    } <= weeks
    # away from Thursday 22 October to Monday 26, with a task that stands on a weekend
    (holiday,) = (
        row
        for row in rows
        if (row["person_id"], row["week_starts_on"]) == (house.story["person"], date(2026, 10, 19))
    )
    assert (holiday["vacation_days"], holiday["capacity_minutes"]) == (2, 3 * 480)
    # that one, and five of the eighteen working days of the task that slipped, shared by two
    assert holiday["assigned_minutes"] == pytest.approx(60 + 5 * 2_400 / 2 / 18)


# delivery


def test_milestones_are_ready_when_what_is_due_by_then_is_done(house: House, truth: Truth) -> None:
    milestones = {
        ("Task", id_): (row, row["due_date"])
        for id_, row in tasks_that_count(truth).items()
        if row["milestone"]
    } | {
        ("Phase", id_): (row, row["end_date"])
        for id_, row in truth.live("Phase").items()
        if row["milestone"]
    }
    rows = by(house.rows("select * from milestone_readiness"), "milestone_type", "milestone_id")
    assert set(rows) == set(milestones)
    for key, (row, due) in milestones.items():
        some = [
            task
            for task in tasks_that_count(truth).values()
            if task["project"] == row["project"]
            and task["due_date"]
            and due
            and task["due_date"] <= due
            and not task["milestone"]
        ]
        left = sum(task["sg_status_list"] not in DONE for task in some)
        assert (rows[key]["tasks_due"], rows[key]["tasks_open"]) == (len(some), left)
        own = key[0] == "Task" and row["sg_status_list"] not in DONE
        due_on = day(due)
        is_over = due_on is not None and due_on < truth.today
        assert rows[key]["is_late"] == (is_over and bool(left or own))
    assert rows["Task", house.story["milestone"]]["is_late"] is True


def test_deliveries_and_what_is_in_them(house: House, truth: Truth) -> None:
    rows = by(house.rows("select * from delivery_readiness"), "delivery_id")
    assert set(rows) == set(truth.live("Delivery"))
    versions = truth.live("Version")
    for id_, delivery in truth.live("Delivery").items():
        inside = [versions[item["id"]] for item in delivery["sg_versions"]]
        done = sum(item["sg_status_list"] in DONE for item in inside)
        assert (rows[id_]["versions"], rows[id_]["versions_done"]) == (len(inside), done)
        sent = delivery["sg_status_list"] in DONE
        assert rows[id_]["is_sent"] == sent
        due_on = day(delivery["sg_due_date"])
        assert due_on is not None
        assert rows[id_]["is_late"] == (due_on < truth.today and not sent)


def published_on(truth: Truth, file: Row) -> date | None:
    on = truth.day_of(instant(file["created_at"])) if file["created_at"] else None
    return on if on and truth.is_in_calendar(on) else None


def test_how_many_files_are_published(house: House, truth: Truth) -> None:
    counts = Counter(
        (
            link_id(item, "project"),
            link_id(item, "published_file_type"),
            published_on(truth, item),
        )
        for item in truth.live("PublishedFile").values()
    )
    rows = by(
        house.rows("select * from publish_volume"), "project_id", "file_type_id", "published_on"
    )
    assert {key: row["files"] for key, row in rows.items()} == counts
    for (project, kind, on), row in rows.items():
        assert row["files_so_far"] == sum(
            many
            for (a, b, c), many in counts.items()
            if (a, b) == (project, kind) and (on is None or (c is not None and c <= on))
        )


def test_what_a_coordinator_would_put_right(house: House, truth: Truth) -> None:
    running = {
        id_
        for id_, row in truth.live("Project").items()
        if not (row["archived"] or row["is_template"] or row["is_demo"])
    }
    expected: set[Any] = set()

    def found(what: str, kind: str, rows: dict[int, Row]) -> None:
        expected.update(
            (what, kind, id_) for id_, row in rows.items() if link_id(row, "project") in running
        )

    def some(rows: dict[int, Row], condition: Any) -> dict[int, Row]:
        return {id_: row for id_, row in rows.items() if condition(row)}

    counting = tasks_that_count(truth)
    left = some(counting, lambda row: row["sg_status_list"] not in DONE)
    people = {row["task_id"] for row in house.rows("select task_id from task_assignees")}
    nobody = {id_: row for id_, row in left.items() if id_ not in people}
    found("open task without assignee", "Task", nobody)
    found("open task without bid", "Task", some(left, lambda row: (row["est_in_mins"] or 0) <= 0))
    undated = some(left, lambda row: not (row["start_date"] and row["due_date"]))
    found("open task without dates", "Task", undated)
    found("task due in the past", "Task", some(left, lambda row: is_late(truth, row)))
    all_tasks = some(truth.live("Task"), lambda row: row["project"])
    backwards = some(
        all_tasks,
        lambda row: row["due_date"] and row["start_date"] and row["due_date"] < row["start_date"],
    )
    found("task due before it starts", "Task", backwards)
    found("task whose link is gone", "Task", some(all_tasks, lambda row: not row["entity"]))
    versions = truth.live("Version")
    found("version without task", "Version", some(versions, lambda row: not row["sg_task"]))
    found("version of nothing", "Version", some(versions, lambda row: not row["entity"]))
    files = truth.live("PublishedFile")
    orphans = some(files, lambda row: not (row["entity"] or row["task"]))
    found("publish of nothing", "PublishedFile", orphans)
    untyped = some(files, lambda row: not row["published_file_type"])
    found("publish without type", "PublishedFile", untyped)
    with_tasks = {link_id(row, "entity", "Shot") for row in counting.values()}
    shots = {id_: row for id_, row in truth.live("Shot").items() if id_ not in with_tasks}
    found("shot without tasks", "Shot", shots)
    rows = by(house.rows("select * from hygiene"), "finding", "entity_type", "entity_id")
    assert set(rows) == expected
    assert ("task whose link is gone", "Task", house.story["task of the deleted shot"]) in expected
