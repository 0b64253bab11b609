from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.http.app import create_app
from shotgrid_dagster.sandbox.http.server import serve_in_thread
from shotgrid_dagster.sandbox.query.bindings import Bindings
from shotgrid_dagster.sandbox.query.filters.filters import ARRAY, HASH, FilterScope, where
from shotgrid_dagster.sandbox.store.database import connect
from shotgrid_dagster_tests.sandbox.client import Client, only_error, refusal

ALL = list(range(1, 13))
NOON = "T12:00:00Z"


def but(*ids: int) -> list[int]:
    return [number for number in ALL if number not in ids]


def shot(row_id: int) -> dict[str, Any]:
    return {"type": "Shot", "id": row_id}


AB = {"type": "Sequence", "id": 1}
FOX = {"type": "Asset", "id": 1}
CAVE = {"type": "Asset", "id": 2}
TREE = {"type": "Asset", "id": 3}

FOUND = [
    # text: case-blind in every alphabet; "" is null; negations match nulls
    ("shots", ["code", "is", "sh001"], [1]),
    ("shots", ["code", "is_not", "sh001"], but(1)),
    ("shots", ["code", "contains", "h00"], list(range(1, 10))),
    ("shots", ["code", "starts_with", "sh01"], [10, 11, 12]),
    ("shots", ["code", "ends_with", "2"], [2, 12]),
    ("shots", ["code", "in", ["sh002", "SH004"]], [2, 4]),
    ("shots", ["code", "in", "sh002"], [2]),
    ("shots", ["code", "not_in", ["sh002", "SH004"]], but(2, 4)),
    ("shots", ["description", "contains", "ÉTÉ À LA mer"], [1]),
    ("shots", ["description", "contains", "100%"], [1]),
    ("shots", ["description", "contains", "1_0"], []),
    ("shots", ["description", "not_contains", "plain"], but(3)),
    ("shots", ["description", "is", ""], but(1, 3)),
    ("shots", ["description", "is", None], but(1, 3)),
    ("shots", ["description", "is_not", None], [1, 3]),
    ("shots", ["description", "contains", ""], [1, 3]),
    # numbers: strict comparisons without nulls, inclusive between in either order
    ("shots", ["id", "greater_than", 10], [11, 12]),
    ("shots", ["id", "between", [4, 2]], [2, 3, 4]),
    ("shots", ["sg_cut_in", "is", "1003"], [3]),
    ("shots", ["sg_cut_in", "less_than", 1005], [3, 4]),
    ("shots", ["sg_cut_in", "greater_than", None], []),
    ("shots", ["sg_cut_in", "is", None], [1, 2]),
    ("shots", ["sg_cut_in", "is_not", 1003], but(3)),
    ("shots", ["sg_cut_in", "not_in", [1003, 1004]], but(3, 4)),
    ("shots", ["sg_cut_in", "between", [1003, None]], []),
    ("shots", ["sg_plate_scale", "is", 0.04], [1]),
    ("shots", ["sg_plate_scale", "greater_than", "1.5"], [2, 3]),
    ("assets", ["sg_percent_complete", "greater_than", 50], [3]),
    ("sequences", ["sg_timecode", "is", 3_600_000], [1]),
    ("tasks", ["duration", "in", [480, "960"]], [1, 2]),
    # checkbox
    ("shots", ["sg_stereo", "is", True], [1]),
    ("shots", ["sg_stereo", "is_not", "true"], but(1)),
    # lists are case-blind; what is no string in a list of values is left out
    ("shots", ["sg_status_list", "is", "IP"], [2, 3]),
    ("shots", ["sg_status_list", "in", ["wtg", "fin", 7]], [1, 4]),
    ("shots", ["sg_status_list", "not_in", ["wtg", "fin"]], but(1, 4)),
    ("shots", ["sg_status_list", "is_not", "ip"], but(2, 3)),
    ("shots", ["sg_shot_type", "is", "full cg"], [3]),
    ("shots", ["sg_shot_type", "is", "nowhere"], []),
    # entity types and colours are not
    ("steps", ["entity_type", "is", "Shot"], [1]),
    ("steps", ["entity_type", "is", "shot"], []),
    ("steps", ["color", "is", "10,20,30"], [1]),
    # uuids in any spelling; "" is null
    ("local_storages", ["uuid", "is", "0F8FAD5B-D9CB-469F-A165-70867728950E"], [1]),
    ("local_storages", ["uuid", "in", ["0f8fad5bd9cb469fa16570867728950e"]], [1]),
    ("local_storages", ["uuid", "is", ""], []),
    # dates and times
    ("shots", ["created_at", "is", "2026-03-04"], [4]),
    ("shots", ["created_at", "greater_than", "2026-03-11"], [12]),
    ("shots", ["updated_at", "greater_than", f"2026-03-11{NOON}"], [12]),
    ("shots", ["updated_at", "less_than", "2026-03-01T14:00:01+02:00"], [1]),
    ("shots", ["updated_at", "is", "2026-03-02T12:00:00.987Z"], [2]),
    ("shots", ["updated_at", "is", "2026-03-02T12:00:00"], [2]),
    ("shots", ["updated_at", "between", [f"2026-03-04{NOON}", f"2026-03-02{NOON}"]], [2, 3, 4]),
    ("shots", ["updated_at", "in", [f"2026-03-04{NOON}"]], [4]),
    ("shots", ["sg_turnover_date", "is", "2026-03-04"], [1]),
    ("shots", ["sg_turnover_date", "is_not", "2026-03-04"], but(1)),
    # single links: what is retired is not shown, and not found
    ("shots", ["sg_sequence", "is", AB], [1, 2, 3, 4, 5, 6]),
    ("shots", ["sg_sequence", "is_not", AB], [7, 8, 9, 10, 11, 12]),
    ("shots", ["sg_sequence", "is", None], [7, 8, 9, 10, 11, 12]),
    ("shots", ["sg_sequence", "is", {"type": "Sequence", "id": 2}], []),
    ("shots", ["sg_sequence", "in", [AB, {"type": "Sequence", "id": 2}]], [1, 2, 3, 4, 5, 6]),
    ("tasks", ["entity", "in", [shot(1), FOX]], [1, 3]),
    ("tasks", ["entity", "not_in", [shot(1), FOX]], [2, 4]),
    ("tasks", ["entity", "type_is", "Shot"], [1, 2]),
    ("tasks", ["entity", "type_is_not", "Shot"], [3, 4]),
    ("tasks", ["entity", "name_contains", "h00"], [1, 2]),
    ("tasks", ["entity", "name_not_contains", "h00"], [3, 4]),
    ("tasks", ["entity", "name_is", "fox"], [3]),
    # multi links: is = has it; in = any; not_in = none, the empty ones included
    ("shots", ["assets", "is", CAVE], [1]),
    ("shots", ["assets", "is_not", CAVE], but(1)),
    ("shots", ["assets", "is", None], but(1, 2)),
    ("shots", ["assets", "is_not", None], [1, 2]),
    ("shots", ["assets", "in", [CAVE, FOX]], [1, 2]),
    ("shots", ["assets", "in", CAVE], [1]),
    ("shots", ["assets", "not_in", [CAVE, TREE]], but(1)),
    ("shots", ["assets", "name_contains", "av"], [1]),
    ("shots", ["assets", "type_is", "Asset"], [1, 2]),
    ("shots", ["assets", "type_is_not", "Asset"], but(1, 2)),
    # images: only whether there is one
    ("shots", ["image", "is", None], but(1, 2)),
    ("shots", ["image", "is_not", None], [1, 2]),
    # documents
    ("notes", ["meta", "contains", {"a": {"b": 1}}], [1]),
    ("notes", ["meta", "not_contains", {"a": {"b": 1}}], [2]),
    ("notes", ["meta", "is", {"a": {"b": 1}, "c": [1, 2]}], [1]),
    ("notes", ["meta", "is", None], [2]),
    # through links
    ("tasks", ["entity.Shot.code", "is", "sh001"], [1]),
    ("tasks", ["entity.Shot.code", "is_not", "sh001"], [2, 3, 4]),
    ("tasks", ["entity.Shot.sg_sequence.Sequence.code", "is", "AB"], [1, 2]),
    ("tasks", ["entity.Shot.id", "greater_than", 1], [2]),
    ("tasks", ["project.Project.id", "is", 70], [1, 2, 3]),
    ("tasks", ["project.Project.id", "is_not", 70], [4]),
    ("tasks", ["project.Project.name", "is", None], [4]),
    ("tasks", ["entity.Playlist.code", "is", "x"], []),
    ("shots", ["assets.Asset.code", "is", "cave"], [1]),
    ("shots", ["assets.Asset.code", "is_not", "cave"], but(1)),
    ("tasks", ["entity.Shot.assets.Asset.code", "is", "cave"], [1]),
    ("replies", ["entity.Note.subject", "contains", "dark"], [1]),
    # what cannot be compared matches everything, both ways
    ("page_settings", ["settings_json", "is", None], [1]),
    ("page_settings", ["settings_json", "is_not", None], [1]),
]  # fmt: skip


@pytest.mark.parametrize(("slug", "triple", "found"), FOUND, ids=lambda value: str(value)[:60])
def test_a_relation_finds_the_rows_that_a_real_site_finds(
    client: Client, slug: str, triple: list[object], found: list[int]
) -> None:
    assert client.ids(slug, [triple]) == found


LINK = (
    "Hash, ActiveSupport::HashWithIndifferentAccess, ActionDispatch::Http::Parameters, "
    "ActionDispatch::Http::ParamsHashWithIndifferentAccess, NilClass"
)

# (type, slug, triple, the classes that are expected, what came instead)
WRONG_CLASS = [
    ("Shot", "shots", ["code", "is", 5], "String, NilClass", "Integer: 5"),
    ("Shot", "shots", ["sg_cut_in", "is", 2.5], "String, Integer, NilClass", "Float: 2.5"),
    ("Shot", "shots", ["sg_cut_in", "is", "x"], "String, Integer, NilClass", 'String: "x"'),
    ("Shot", "shots", ["sg_cut_in", "in", 5], "Array", "Integer: 5"),
    ("Shot", "shots", ["sg_plate_scale", "is", 1], "String, Float, NilClass", "Integer: 1"),
    ("Asset", "assets", ["sg_percent_complete", "is", "5"], "Integer, NilClass", 'String: "5"'),
    ("Sequence", "sequences", ["sg_timecode", "is", 1.5], "Integer, NilClass", "Float: 1.5"),
    ("Shot", "shots", ["sg_stereo", "is", None], "String, FalseClass, TrueClass", "NilClass: nil"),
    ("Shot", "shots", ["sg_stereo", "is", 1], "String, FalseClass, TrueClass", "Integer: 1"),
    ("Shot", "shots", ["project", "is", 70], LINK, "Integer: 70"),
    ("Shot", "shots", ["image", "is", "x"], "NilClass", 'String: "x"'),
    ("LocalStorage", "local_storages", ["uuid", "is", None], "String", "NilClass: nil"),
]


@pytest.mark.parametrize(("kind", "slug", "triple", "expected", "got"), WRONG_CLASS)
def test_a_value_of_the_wrong_class_is_a_400_103_that_names_classes(
    client: Client, kind: str, slug: str, triple: list[object], expected: str, got: str
) -> None:
    title = f"API read() {kind}.{triple[0]} expected [{expected}] data type(s) but got {got}"
    assert refusal(client.search(slug, [triple])) == (400, 103, title)


NO_RELATION = "data type doesn't support '{}' 'relation'"
NO_FILTER = "data type cannot be used in a filter."
SENSELESS = [
    ("shots", ["sg_nope", "is", 1], "Shot.sg_nope doesn't exist."),
    ("shots", ["project.Project.sg_nope", "is", 1], "Shot.project.Project.sg_nope doesn't exist."),
    ("versions", ["entity.Shot.bogus", "is", 1], "Version.entity.Shot.bogus doesn't exist."),
    ("shots", ["project.Nope.code", "is", 1], "Shot.project.Nope.code doesn't exist."),
    ("replies", ["project", "is", None], "Reply.project doesn't exist."),
    ("shots", ["code", "is_so", "a"], f"Shot.code's 'text' {NO_RELATION.format('is_so')}"),
    ("shots", ["id", "contains", 1], f"Shot.id's 'number' {NO_RELATION.format('contains')}"),
    ("shots", ["open_notes_count", "is", 0], f"Shot.open_notes_count's 'summary' {NO_FILTER}"),
    ("tasks", ["splits", "is", None], f"Task.splits's 'serializable' {NO_FILTER}"),
    ("shots", ["step_0", "is", None], f"Shot.step_0's 'pivot_column' {NO_FILTER}"),
]


@pytest.mark.parametrize(("slug", "triple", "title"), SENSELESS)
def test_a_filter_that_makes_no_sense_is_a_400_103_that_says_why(
    client: Client, slug: str, triple: list[object], title: str
) -> None:
    assert refusal(client.search(slug, [triple])) == (400, 103, f"API read() {title}")


@pytest.mark.parametrize(
    ("slug", "triple"),
    [
        ("shots", ["project", "is", {"id": 70}]),
        ("shots", ["assets", "in", []]),
        ("shots", ["updated_at", "greater_than", "2026-03-04 05:06:07"]),
        ("shots", ["updated_at", "greater_than", "2026-03-04 05:06:07 UTC"]),
        ("shots", ["updated_at", "greater_than", 1772600000]),
        ("shots", ["sg_turnover_date", "is", "2026-03-04T00:00:00Z"]),
        ("shots", ["id", "between", [1, 2, 3]]),
        ("shots", ["created_at", "in_last", [0, "DAY"]]),
        ("shots", ["created_at", "in_last", [5, "day"]]),
        ("steps", ["color", "is", "red"]),
        ("replies", ["entity", "is", {"type": "Department", "id": 1}]),
    ],
)
def test_other_values_that_are_not_legal_are_a_400_103(
    client: Client, slug: str, triple: list[object]
) -> None:
    assert refusal(client.search(slug, [triple]))[:2] == (400, 103)


@pytest.mark.parametrize(
    ("slug", "triple"),
    [("shots", ["code", "in", [None]]), ("local_storages", ["uuid", "is", "no-uuid"])],
)
def test_some_values_are_refused_by_the_record_layer(
    client: Client, slug: str, triple: list[object]
) -> None:
    assert refusal(client.search(slug, [triple]))[:2] == (400, 104)


def test_an_unknown_relation_names_the_valid_ones(client: Client) -> None:
    source = only_error(client.search("shots", [["sg_stereo", "has", True]]))["source"]
    assert source["Shot.sg_stereo"].endswith(' Valid relations: ["is", "is_not"]')


def test_a_field_that_takes_no_filter_names_its_data_type_in_the_title_only(client: Client) -> None:
    source = only_error(client.search("shots", [["open_notes_count", "is", 0]]))["source"]
    start = " data type cannot be used in a filter. Value: {"
    assert source["Shot.open_notes_count"].startswith(start)


def test_a_text_that_is_no_truth_is_told_without_quotes(client: Client) -> None:
    source = only_error(client.search("shots", [["sg_stereo", "is", "1"]]))["source"]
    text = " Invalid data for 'checkbox' data type. Value: 1"
    assert source == {"Shot.sg_stereo": text}


@pytest.mark.parametrize(
    ("slug", "triple", "text"),
    [
        ("shots", ["project", "is", {"id": 70}], "entity hash string 'type': {\"id\" => 70}"),
        ("shots", ["assets", "in", [{"id": 1}]], "entity hash string 'type': {\"id\" => 1}"),
        ("shots", ["assets", "in", [1]], "entity hash: 1"),
        (
            "replies",
            ["entity", "is", {"type": "Department", "id": 1}],
            'entity hash string \'type\': {"type" => "Department", "id" => 1}',
        ),
    ],
)
def test_a_link_that_is_none_or_not_taken_is_called_missing(
    client: Client, slug: str, triple: list[object], text: str
) -> None:
    status, code, title = refusal(client.search(slug, [triple]))
    assert (status, code) == (400, 103)
    assert title.startswith(f"API read() invalid/missing {text}")
    listed = '"Asset", ' in title and '"Shot", ' in title
    assert listed is ("string 'type'" in text)


def test_a_filter_refers_to_the_value_that_was_sent(client: Client) -> None:
    source = only_error(client.search("shots", [["sg_nope", "is", {"id": None}]]))["source"]
    sent = '{"path" => "sg_nope", "relation" => "is", "values" => [{"id" => nil}]}'
    assert source == {"Shot.sg_nope": f" does not exist. Value: {sent}"}


NOW = datetime(2026, 3, 5, 12, tzinfo=timezone.utc)  # a Thursday

RELATIVE = [
    (["updated_at", "in_last", [2, "DAY"]], [3, 4, 5]),
    (["updated_at", "not_in_last", [2, "DAY"]], but(3, 4, 5)),
    (["updated_at", "in_next", [24, "HOUR"]], [5, 6]),
    (["updated_at", "in_last", [1, "MONTH"]], [1, 2, 3, 4, 5]),
    (["updated_at", "in_calendar_day", 0], [5]),
    (["updated_at", "in_calendar_day", -1], [4]),
    (["updated_at", "in_calendar_week", 0], [2, 3, 4, 5, 6, 7, 8]),
    (["updated_at", "in_calendar_month", -1], []),
    (["updated_at", "in_calendar_year", 0], ALL),
    (["sg_turnover_date", "in_last", [1, "DAY"]], [1]),
    (["sg_turnover_date", "in_calendar_day", -1], [1]),
]


def test_relative_dates_count_from_the_sites_clock_in_utc(database: Path) -> None:
    east = NOW.astimezone(timezone(timedelta(hours=9)))
    for now in (NOW, east):
        app = create_app(database, clock=repeat(now).__next__)
        with serve_in_thread(database, app) as site:
            client = Client.signed_in(site.url, app)
            for triple, found in RELATIVE:
                assert client.ids("shots", [triple]) == found, triple


def plan(database: Path, filters: object) -> str:
    """How SQLite looks for the rows."""
    bound = Bindings()
    kind = ARRAY if isinstance(filters, list) else HASH
    scope = FilterScope(SCHEMA, SCHEMA["Shot"], "read", NOW)
    condition = where(scope, filters, kind, bound)
    connection = connect(database)
    rows = connection.execute(
        f"explain query plan select t.id from shots t where {condition}", bound.values
    ).fetchall()
    connection.close()
    return " ".join(row[3] for row in rows)


def test_filters_by_id_and_by_stamp_use_indexes(database: Path) -> None:
    since = ["updated_at", "greater_than", "2026-03-04"]
    assert "USING INTEGER PRIMARY KEY (rowid>?)" in plan(database, [["id", "greater_than", 5]])
    assert "USING INTEGER PRIMARY KEY (rowid=?)" in plan(database, [["id", "in", [5, 6]]])
    assert "USING INDEX shots_updated_at" in plan(database, [since]).replace("COVERING ", "")
    either = {"logical_operator": "or", "conditions": [since, ["id", "greater_than", 5]]}
    assert "MULTI-INDEX OR" in plan(database, either)
