"""The big sizes: what one show of them holds, seen on a show that is a fifth as long."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest

from shotgrid_dagster.sandbox.studio import build
from shotgrid_dagster.sandbox.studio.row_counts import row_counts
from shotgrid_dagster.sandbox.studio.size import LARGE, MEDIUM, SIZES, STUDIO, ShowPlan, Size
from shotgrid_dagster_tests.sandbox.agreement import Links, check_statuses

PARTS = 5


def _shortened(plan: ShowPlan) -> ShowPlan:
    counts = {field.name: max(1, getattr(plan, field.name) // PARTS) for field in fields(plan)}
    return replace(plan, **{**counts, "shots_per_sequence": plan.shots_per_sequence})


def _tasks(size: Size) -> int:
    """How many tasks the shows of a size hold: five per shot, four per asset."""
    return size.shows * (5 * size.show.shots + 4 * size.show.assets)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("medium") / "site.sqlite"
    build(path, replace(MEDIUM, shows=1, show=_shortened(MEDIUM.show), long_text=5_000))
    return path


@pytest.fixture(scope="module")
def site(database: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(database)
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def show(site: sqlite3.Connection) -> dict[str, int]:
    """Live rows of the show, and its events."""
    counts = {}
    for table in ("sequences", "shots", "assets", "tasks", "versions", "notes", "time_logs"):
        counts[table] = site.execute(
            f"select count(*) from {table} where _retired_at is null"
            " and project__id = (select id from projects where code = 'LTD')"
        ).fetchone()[0]
    counts["events"] = site.execute(
        "select count(*) from event_log_entries"
        " where project__id = (select id from projects where code = 'LTD')"
    ).fetchone()[0]
    return counts


def test_the_sizes_have_their_tasks() -> None:
    assert list(SIZES) == ["tiny", "studio", "medium", "large"]
    assert STUDIO.shows == 6
    assert _tasks(STUDIO) == 11_400
    assert _tasks(MEDIUM) == 199_500
    assert _tasks(LARGE) == 1_007_000


def test_the_shows_of_medium_and_large_are_alike() -> None:
    assert MEDIUM.show == LARGE.show


def test_a_long_show_has_per_shot_what_a_show_of_the_studio_has() -> None:
    longer = MEDIUM.show.shots / STUDIO.show.shots
    assert longer == 5
    for part in ("sequences", "assets", "time_logs", "published_files", "cuts", "bookings"):
        assert getattr(MEDIUM.show, part) == longer * getattr(STUDIO.show, part), part


def test_there_are_five_events_to_a_task(show: dict[str, int]) -> None:
    assert show["tasks"] == pytest.approx(1_900, rel=0.01)
    assert 5 < show["events"] / show["tasks"] < 5.5


def test_what_a_show_holds_per_shot(show: dict[str, int]) -> None:
    assert show["shots"] == 300
    assert show["assets"] == 100
    assert show["versions"] == 300
    assert show["notes"] == 300
    assert show["time_logs"] == 1_000


def test_castings_fan_out_alike_in_a_long_show(tmp_path: Path) -> None:
    show = replace(_shortened(MEDIUM.show), sequences=30, assets=200, notes=1, time_logs=1)
    build(tmp_path / "site.sqlite", replace(MEDIUM, shows=1, show=show, long_text=100))
    site = sqlite3.connect(tmp_path / "site.sqlite")
    for table, links, expected in [
        ("shots", "assets", 14),
        ("assets", "shots", 42),
        ("assets", "sequences", 14),
    ]:
        (average,) = site.execute(
            f"select avg(json_array_length({links})) from {table} where _retired_at is null"
            " and project__id = (select max(id) from projects)"
        ).fetchone()
        assert average == pytest.approx(expected, rel=0.1), (table, links)


def test_many_people_work_there(site: sqlite3.Connection) -> None:
    people = site.execute(
        "select count(*), count(distinct name) from human_users where _retired_at is null"
    ).fetchone()
    assert tuple(people) == (150, 150)
    assigned = site.execute("select count(distinct task_assignees) from tasks").fetchone()
    assert assigned[0] > 100


def test_every_link_shows_what_is_true(site: sqlite3.Connection) -> None:
    Links(site).check()


def test_every_status_came_about_without_a_hole(site: sqlite3.Connection) -> None:
    check_statuses(site)


def test_rows_are_counted_by_type(database: Path, show: dict[str, int]) -> None:
    counts = row_counts(database)
    assert next(iter(counts)) == "EventLogEntry"
    assert counts["Task"] > show["tasks"]
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
