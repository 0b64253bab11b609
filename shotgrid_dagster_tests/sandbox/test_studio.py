"""The studio is the same for the same seed, agrees with itself, and looks like a real one."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.studio import build
from shotgrid_dagster.sandbox.studio.filling import SCRIPT_KEY
from shotgrid_dagster_tests.sandbox.agreement import Links, Row, check_statuses, dump, rows_of


def _count(site: sqlite3.Connection, sql: str) -> Any:
    return site.execute(sql).fetchone()[0]


def _shares(site: sqlite3.Connection, table: str, project: int) -> dict[str | None, int]:
    counted = site.execute(
        f"select sg_status_list, count(*) from {table}"
        " where project__id = ? and _retired_at is null and entity__id is not null group by 1"
        if table == "tasks"
        else f"select sg_status_list, count(*) from {table}"
        " where project__id = ? and _retired_at is null group by 1",
        (project,),
    )
    return {row[0]: row[1] for row in counted}


@pytest.fixture(scope="module")
def links(tiny: sqlite3.Connection) -> Links:
    return Links(tiny)


@pytest.fixture(scope="module")
def events(tiny: sqlite3.Connection) -> list[dict[str, Any]]:
    rows = rows_of(tiny, "EventLogEntry")
    return [{**dict(row), "meta": json.loads(row["meta"])} for row in rows]


# the same studio


def test_the_same_seed_makes_the_samerows_of(tmp_path: Path) -> None:
    for name in ("a", "b"):
        build(tmp_path / name, "tiny", seed=5)
    build(tmp_path / "c", "tiny", seed=6)
    assert dump(tmp_path / "a") == dump(tmp_path / "b")
    differing = {
        name
        for name, digest in dump(tmp_path / "c").items()
        if digest != dump(tmp_path / "a")[name]
    }
    assert {"shots", "tasks", "event_log_entries"} <= differing


def test_the_number_of_shows_can_be_chosen(tmp_path: Path) -> None:
    build(tmp_path / "two", "tiny", shows=2)
    site = sqlite3.connect(tmp_path / "two")
    assert _count(site, "select count(*) from projects where code in ('LTD', 'PFX')") == 2


def test_the_site_says_what_it_is(tiny: sqlite3.Connection) -> None:
    values = dict(tiny.execute("select name, value from _site").fetchall())
    assert values["size"] == "tiny"
    assert values["seed"] == "1"
    assert values["clock_starts_at"] == "2026-06-01T09:00:00Z"
    assert values["script_name"] == "shotgrid_dagster"
    assert values["script_key"] == SCRIPT_KEY
    assert len(values["signing_key"]) == 64
    (hidden,) = json.loads(values["_hidden_values"]).values()
    assert hidden["Task.sg_status_list"] == ["dis", "ready", "cbb"]


def test_the_script_that_reads_the_site_leaves_no_events(tiny: sqlite3.Connection) -> None:
    row = tiny.execute(
        "select * from api_users where firstname = 'shotgrid_dagster' and _retired_at is null"
    ).fetchone()
    assert row["generate_event_log_entries"] == 0
    assert row["cached_display_name"] == "shotgrid_dagster 1.0"


# everything is there


def test_every_entity_type_has_liverows_of(tiny: sqlite3.Connection) -> None:
    for entity_type in SCHEMA.values():
        sql = f'select count(*) from "{entity_type.slug}" where _retired_at is null'
        assert _count(tiny, sql), entity_type.name


def test_most_types_have_retiredrows_of(tiny: sqlite3.Connection) -> None:
    retired = {
        entity_type.name
        for entity_type in SCHEMA.values()
        if _count(tiny, f'select count(*) from "{entity_type.slug}" where _retired_at is not null')
    }
    assert len(retired) >= 30
    assert {"Project", "Shot", "Task", "Version", "Note", "HumanUser", "Status"} <= retired
    assert "EventLogEntry" not in retired


def test_there_are_projects_of_every_kind(tiny: sqlite3.Connection) -> None:
    kinds = tiny.execute(
        "select is_template, is_demo, archived from projects where _retired_at is null"
    ).fetchall()
    assert {tuple(kind) for kind in kinds} == {(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)}
    archived = _count(tiny, "select id from projects where archived")
    for table in ("shots", "tasks", "versions", "notes", "event_log_entries"):
        assert _count(tiny, f"select count(*) from {table} where project__id = {archived}")


def test_some_rows_belong_to_no_project(tiny: sqlite3.Connection) -> None:
    for table in ("tasks", "attachments", "event_log_entries"):
        assert _count(tiny, f"select count(*) from {table} where project__id is null")


def test_a_url_field_has_every_shape(tiny: sqlite3.Connection) -> None:
    values = [json.loads(row["this_file"]) for row in rows_of(tiny, "Attachment")]
    assert {value["link_type"] for value in values} == {"upload", "web", "local"}
    for value in values:
        assert ("url" in value) == (value["link_type"] != "local")
        if value["link_type"] == "upload":
            assert value["url"].startswith("@media@/")
            assert value["url"].endswith("?@signature@")
    ids = [value["id"] for value in values]
    assert ids == [row["id"] for row in rows_of(tiny, "Attachment")]
    page = _count(tiny, "select landing_page_url from projects where code = 'LTD'")
    assert json.loads(page).startswith("/page/")


def test_two_accounts_share_a_login(tiny: sqlite3.Connection) -> None:
    sql = "select count(*) from human_users where login = 'user05'"
    assert _count(tiny, sql) == 2
    assert _count(tiny, sql + " and _retired_at is null") == 1


def test_texts_hold_what_people_paste(tiny: sqlite3.Connection) -> None:
    texts = "".join(row["content"] or "" for row in rows_of(tiny, "Note"))
    assert "🎉" in texts
    assert "\r\n" in texts
    assert "يرجى" in texts


def test_shipped_statuses_have_no_date(tiny: sqlite3.Connection) -> None:
    sql = "select count(*) from statuses where created_at is null and _retired_at is null"
    assert _count(tiny, sql) == 17


# it agrees with itself


def test_every_link_shows_what_is_true(links: Links) -> None:
    links.check()


def test_links_keep_to_their_valid_types(tiny: sqlite3.Connection) -> None:
    for entity_type in SCHEMA.values():
        for field in entity_type.fields.values():
            if field.data_type == "entity" and field.valid_types:
                used = tiny.execute(
                    f'select distinct "{field.name}__type" from "{entity_type.slug}"'
                )
                kinds = {row[0] for row in used} - {None}
                assert kinds <= set(field.valid_types), f"{entity_type.name}.{field.name}"
    for owner, name, target in tiny.execute(
        "select distinct owner_type, field, target_type from _links"
    ).fetchall():
        assert target in SCHEMA[owner].fields[name].valid_types, f"{owner}.{name}"


def test_a_retired_person_is_named_by_stamps_only(tiny: sqlite3.Connection) -> None:
    departed = _count(tiny, "select id from human_users where _retired_at is not null")
    made = tiny.execute(
        f"select count(*), count(created_by) from versions where created_by__id = {departed}"
    ).fetchone()
    assert made[0] == made[1] > 0
    drawn = tiny.execute(
        f"select count(*), count(user) from versions where user__id = {departed}"
    ).fetchone()
    assert drawn[0] > drawn[1] == 0


def test_versions_went_with_their_shot(tiny: sqlite3.Connection) -> None:
    pairs = tiny.execute(
        "select v._retired_at, s._retired_at, v.entity from versions v"
        " join shots s on s.id = v.entity__id and v.entity__type = 'Shot'"
        " where s._retired_at is not null"
    ).fetchall()
    assert pairs
    for version_at, shot_at, shown in pairs:
        assert version_at == shot_at
        assert shown is None


def test_statuses_are_valid(tiny: sqlite3.Connection) -> None:
    for entity_type in SCHEMA.values():
        for field in entity_type.fields.values():
            if field.data_type == "status_list":
                used = tiny.execute(f'select distinct "{field.name}" from "{entity_type.slug}"')
                valid = field.properties["valid_values"]
                assert isinstance(valid, list)
                assert {row[0] for row in used} <= {None, *valid}, entity_type.name


def test_a_playlist_has_an_order_unless_it_was_linked_the_other_way(
    tiny: sqlite3.Connection,
) -> None:
    orders = tiny.execute(
        "select playlist__id, count(*), count(sg_sort_order), max(sg_sort_order)"
        " from playlist_version_connections group by 1"
    ).fetchall()
    assert all(ordered in (0, many) and top in (None, many) for _, many, ordered, top in orders)
    assert {ordered == 0 for _, _, ordered, _ in orders} == {True, False}


# the log explains it


def test_ids_and_instants_of_the_log_rise_together(events: list[dict[str, Any]]) -> None:
    instants = [event["created_at"] for event in events]
    assert instants == sorted(instants)
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))


def test_every_status_came_about_without_a_hole(tiny: sqlite3.Connection) -> None:
    check_statuses(tiny)


def test_a_row_is_created_before_anything_else_happens_to_it(
    events: list[dict[str, Any]],
) -> None:
    created: set[Row] = set()
    for event in events:
        meta = event["meta"]
        if meta["type"] == "new_entity":
            created.add((meta["entity_type"], meta["entity_id"]))
        elif meta["type"] in ("attribute_change", "entity_retirement"):
            assert (meta["entity_type"], meta["entity_id"]) in created


def test_a_retirement_is_a_pair_of_events(events: list[dict[str, Any]]) -> None:
    retired = {}
    dated = {}
    for event in events:
        meta = event["meta"]
        key = (meta.get("entity_type"), meta.get("entity_id"))
        if event["event_type"].endswith("_Retirement"):
            assert meta["class_name"] == meta["entity_type"]
            assert meta["id"] == meta["entity_id"]
            retired[key] = meta["retirement_date"]
        elif event["attribute_name"] == "retirement_date":
            assert meta["old_value"] is None
            dated[key] = meta["new_value"]
    assert retired == dated
    assert len(retired) > 50
    assert all(date.endswith(" UTC") for date in retired.values())


def test_events_of_a_retired_row_lose_their_link_and_meta_still_names_it(
    links: Links, events: list[dict[str, Any]]
) -> None:
    orphans = 0
    for event in events:
        meta = event["meta"]
        if meta["type"] == "attribute_change":
            row = (meta["entity_type"], meta["entity_id"])
            assert (event["entity"] is None) == (row not in links.live)
            assert (event["entity__type"], event["entity__id"]) == row
            orphans += event["entity"] is None
    assert orphans


def test_a_change_says_what_a_real_one_says(events: list[dict[str, Any]]) -> None:
    change = next(e["meta"] for e in events if e["attribute_name"] == "sg_status_list")
    assert list(change) == [
        "type", "attribute_name", "entity_type", "entity_id", "field_data_type", "old_value",
        "new_value", "platform_id", "in_create",
    ]  # fmt: skip
    linked = next(e["meta"] for e in events if e["attribute_name"] == "sg_sequence")
    assert {"name", "type", "id", "valid", "status", "uuid"} == set(linked["new_value"])


def test_the_session_of_a_script_is_null(events: list[dict[str, Any]]) -> None:
    for event in events:
        assert (event["session_uuid"] is None) == (event["user__type"] == "ApiUser")


def test_back_dated_rows_are_logged_when_they_were_made(tiny: sqlite3.Connection) -> None:
    row = tiny.execute(
        "select v.created_at, e.created_at from versions v join event_log_entries e"
        " on e.entity__type = 'Version' and e.entity__id = v.id"
        " and e.event_type = 'Shotgun_Version_New' where v.created_at < '2020'"
    ).fetchone()
    assert row[0] < "2020" < row[1]


# it looks like a real one


@pytest.fixture(scope="module")
def show(studio: sqlite3.Connection) -> int:
    found: int = _count(studio, "select id from projects where code = 'LTD'")
    return found


def test_a_show_has_the_size_of_a_real_one(studio: sqlite3.Connection, show: int) -> None:
    live = f"where project__id = {show} and _retired_at is null"
    for table, expected in {
        "sequences": 15,
        "shots": 300,
        "assets": 100,
        "versions": 1_000,
        "notes": 5_900,
        "time_logs": 1_000,
        "published_files": 180,
    }.items():
        assert _count(studio, f"select count(*) from {table} {live}") == expected, table
    linked = f"select count(*) from tasks {live} and entity is not null"
    assert _count(studio, linked) == 1_900
    events = _count(studio, f"select count(*) from event_log_entries where project__id = {show}")
    # the measured show has 22,811; here more goes wrong
    assert 20_000 < events < 25_000


def test_statuses_are_mixed_as_on_a_real_show(studio: sqlite3.Connection, show: int) -> None:
    tasks = _shares(studio, "tasks", show)
    # the tasks that deleted shots left behind are waiting, too
    assert tasks.pop("wtg") in range(851, 860)
    assert tasks == {"fin": 844, "ip": 139, None: 62, "apr": 4}
    assert _shares(studio, "shots", show) == {"fin": 53, "ip": 64, "wtg": 183}
    assert _shares(studio, "sequences", show) == {"fin": 6, "ip": 6, "wtg": 3}
    versions = _shares(studio, "versions", show)
    assert versions == {"rev": 290, "na": 280, "vwd": 210, "apr": 200, "fin": 20}


def test_links_fan_out_as_on_a_real_show(studio: sqlite3.Connection, show: int) -> None:
    live = f"where project__id = {show} and _retired_at is null"
    shot = studio.execute(
        "select avg(json_array_length(assets)), avg(json_array_length(notes)),"
        f" avg(json_array_length(open_notes)), count(image) from shots {live}"
    ).fetchone()
    assert shot[0] == pytest.approx(14, abs=1)
    assert shot[1] == pytest.approx(20, abs=2)
    assert shot[2] == pytest.approx(13, abs=2)
    assert shot[3] == 250
    assigned = _count(studio, f"select avg(task_assignees != '[]') from tasks {live}")
    assert assigned == pytest.approx(0.44, abs=0.03)
    authored = _count(studio, f"select avg(user is not null) from notes {live}")
    assert authored == pytest.approx(0.81, abs=0.03)


def test_durations_are_steps_of_ten_hours(studio: sqlite3.Connection, show: int) -> None:
    used = studio.execute(
        f"select distinct duration from tasks where project__id = {show} and duration is not null"
    ).fetchall()
    assert {row[0] for row in used} == set(range(0, 6_001, 600))


def test_one_description_is_a_megabyte(studio: sqlite3.Connection) -> None:
    longest = _count(studio, "select max(length(cast(description as blob))) from shots")
    assert longest > 1_000_000


def test_codes_look_as_in_a_real_show(studio: sqlite3.Connection, show: int) -> None:
    first = f"where project__id = {show} order by id limit 1"
    assert _count(studio, f"select code from sequences {first}") == "sh010"
    assert _count(studio, f"select code from shots {first}") == "sh010_0010"
    versions = f"select count(*) from versions where project__id = {show}"
    assert _count(studio, versions + " and code glob 'sh???_???0_*_v[0-9][0-9][0-9]'") > 950


def test_most_stock_columns_are_empty(studio: sqlite3.Connection) -> None:
    for name, least in {"Version": 15, "Shot": 25, "HumanUser": 20, "Task": 8}.items():
        fields = [f for f in SCHEMA[name].fields.values() if f.is_stored and f.name != "id"]
        used = ", ".join(
            f'max("{f.name}" is not null and "{f.name}" not in (\'[]\', 0))' for f in fields
        )
        row = studio.execute(f'select {used} from "{SCHEMA[name].slug}"').fetchone()
        assert list(row).count(0) >= least, name
