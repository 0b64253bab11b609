"""Query fields: which shapes of a query are rebuilt, and that the values are those of each row."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from shotgrid_dagster.config.settings import Settings, read_settings
from shotgrid_dagster.destination.warehouse import DATASET, Warehouse
from shotgrid_dagster.errors import SettingsError
from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.entity_types.fields import summary
from shotgrid_dagster.sandbox.faults.faults import Fault
from shotgrid_dagster.sandbox.http.app import create_app
from shotgrid_dagster.sandbox.http.server import serve_in_thread
from shotgrid_dagster.sandbox.store.schema import EntityType
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.site import EntityType as EntityTypeOfSite
from shotgrid_dagster.site import Field
from shotgrid_dagster.site.summary import Group, Summary
from shotgrid_dagster.source.loading.load_result import LoadResult
from shotgrid_dagster.source.reading.channel import LoadMode
from shotgrid_dagster.source.reading.query_fields import NotRebuilt, is_chosen, question
from shotgrid_dagster.source.reading.rebuilt import ask
from shotgrid_dagster.source.reading.snapshot import Snapshot
from shotgrid_dagster.source.whole_site import load_entity_types
from shotgrid_dagster_tests.conftest import SandboxSite

Node = dict[str, Any]

THIS_ROW: Node = {"type": "Entity", "id": 0, "name": "Current", "valid": "parent_entity_token"}
NOBODY: Node = {"type": "HumanUser", "id": 0, "name": "Me", "valid": "logged_in_user_token"}


def here(path: str) -> Node:
    """The condition that names the row."""
    return {"path": path, "relation": "is", "values": [THIS_ROW], "active": "true"}


def leaf(path: str, relation: str, *values: object) -> Node:
    return {"path": path, "relation": relation, "values": list(values), "active": "true"}


def group(operator: str, *conditions: Node) -> Node:
    return {"logical_operator": operator, "conditions": list(conditions)}


def properties(
    asked: str, kind: str, field: str, *conditions: Node, value: object = None
) -> dict[str, Any]:
    return {
        "query": {"entity_type": asked, "filters": group("and", *conditions)},
        "summary_default": kind,
        "summary_field": field,
        "summary_value": value,
    }


STEP: Node = {"type": "Step", "id": 1, "name": "Layout", "valid": "valid"}
DONE = group("or", leaf("sg_status_list", "is", "fin"), leaf("sg_status_list", "is", "apr"))

FIELDS: dict[str, dict[str, dict[str, Any]]] = {
    "Shot": {
        "sg_done": properties("Task", "record_count", "id", here("entity"), DONE),
        "sg_first_done": properties("Task", "minimum", "id", group("and", DONE, here("entity"))),
        "sg_bid": properties("Task", "sum", "est_in_mins", here("entity")),
        "sg_last_due": properties("Task", "latest", "due_date", here("entity")),
        "sg_first_start": properties("Task", "earliest", "start_date", here("entity")),
        "sg_mean": properties("Task", "average", "duration", here("entity")),
        "sg_longest": properties("Task", "maximum", "duration", here("entity")),
        "sg_tasks_status": properties("Task", "status_list", "sg_status_list", here("entity")),
        "sg_share": properties(
            "Task", "status_percentage_as_float", "sg_status_list", here("entity"), value="ip"
        ),
        "sg_of_a_step": properties(
            "Task", "count", "sg_status_list", here("entity"), leaf("step", "is_not", STEP), DONE
        ),
        "sg_ours": properties(
            "Task", "record_count", "id", here("entity"), leaf("task_assignees", "is_not", None),
            leaf("sg_status_list", "not_in", "omt", "hld"),
        ),
        "sg_lately": properties(
            "Version", "record_count", "id", here("entity"),
            leaf("created_at", "in_last", 20, "YEAR"),
        ),
        "sg_newest": properties(
            "Version", "single_record", "code", here("entity"),
            value={"column": "created_at", "direction": "desc"},
        ),
        "sg_mine": properties(
            "Task", "record_count", "id", here("entity"), leaf("task_assignees", "is", NOBODY)
        ),
    },
    "Asset": {
        "sg_shots": properties("Shot", "record_count", "id", here("assets")),
        "sg_frames": properties("Shot", "sum", "sg_cut_duration", here("assets")),
        "sg_last_frame": properties("Shot", "maximum", "sg_cut_out", here("assets")),
        "sg_mean_frames": properties("Shot", "average", "sg_cut_duration", here("assets")),
    },
    "Sequence": {
        "sg_versions": properties(
            "Version", "record_count", "id", here("entity.Shot.sg_sequence"),
            leaf("sg_status_list", "is_not", "na"),
        ),
        "sg_wrong_field": properties("Version", "sum", "sg_nowhere", here("entity")),
        "sg_pictures": properties("Version", "count", "image", here("entity.Shot.sg_sequence")),
    },
}  # fmt: skip
"""Query fields that the studio made; their values in a list of rows are null."""

NOT_REBUILT = {
    "sg_newest": "it shows a column of one row",
    "sg_mine": "task_assignees is compared with whoever looks at it",
    "sg_mean_frames": "assets is a list of links, and a average over several groups",
    "sg_wrong_field": "doesn't exist",
    "sg_pictures": "gives no count of Version.image",
}


def with_query_fields() -> Mapping[str, EntityType]:
    """The sandbox's entity types with these fields, none of which needs a column."""
    schema = dict(SCHEMA)
    for name, added in FIELDS.items():
        fields = {
            field: summary(field, field, custom=True, expression="null", **about)
            for field, about in added.items()
        }
        schema[name] = replace(schema[name], fields={**schema[name].fields, **fields})
    return schema


@dataclass(frozen=True)
class Studio:
    """A site with query fields, and the folder it is loaded into."""

    site: SandboxSite
    folder: Path

    def load(
        self,
        *entity_types: str,
        query_fields: bool | tuple[str, ...] = True,
        page_size: int = 5000,
        mode: LoadMode = LoadMode(),
    ) -> dict[str, LoadResult]:
        settings = self.site.settings(
            self.folder, entity_types=entity_types, query_fields=query_fields, most_lost=0.5,
            page_size=page_size,
        )  # fmt: skip
        client = self.site.client(page_size=page_size)
        result = load_entity_types(client, settings, Warehouse(self.folder), mode)
        assert result.failed == {}
        return result.loaded

    def column(self, table: str, name: str, state: str = "live") -> dict[int, Any]:
        with duckdb.connect(str(self.folder / "shotgun_software.duckdb")) as connection:
            rows = connection.execute(
                f"select id, {name} from {DATASET}.{table} where _sg_state = ?", [state]
            ).fetchall()
        return dict(rows)

    def read(self, entity_type: str, name: str) -> dict[int, object]:
        """Row id -> value of a field, as a list of live rows gives it."""
        rows = self.site.client().rows(entity_type, [name])
        return {int(str(row["id"])): row[name] for row in rows}

    def question_of(self, entity_type: str, name: str) -> Field:
        fields = {field.name: field for field in self.site.client().fields(entity_type)}
        return fields[name]


@contextmanager
def studio_with_query_fields(tiny_database: Path, folder: Path) -> Iterator[Studio]:
    database = folder / "site.sqlite"
    with (
        closing(sqlite3.connect(tiny_database)) as there,
        closing(sqlite3.connect(database)) as own,
    ):
        there.backup(own)
    app = create_app(database, schema=with_query_fields())
    with serve_in_thread(database, app) as running:
        key = app.state.site.settings
        site = SandboxSite(running.url, key["script_name"], key["script_key"], database, app)
        yield Studio(site, folder / "data")


@pytest.fixture
def made(tiny_database: Path, tmp_path: Path) -> Iterator[Studio]:
    """A studio of its own for one test."""
    with studio_with_query_fields(tiny_database, tmp_path) as studio:
        yield studio


@pytest.fixture(scope="module")
def queried(tiny_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """One studio for all tests that only ask."""
    with studio_with_query_fields(tiny_database, tmp_path_factory.mktemp("queried")) as studio:
        yield studio


def row_by_row(studio: Studio, owner: str, name: str, id_: int) -> object:
    """What the field shows on one row: its stored query with the row in the token's place."""

    def sent(node: Node) -> Any:
        inner = node.get("conditions")
        if isinstance(inner, list):
            return {
                "logical_operator": node["logical_operator"],
                "conditions": [sent(item) for item in inner],
            }
        values = [
            value
            if not isinstance(value, dict)
            else {"type": owner, "id": id_}
            if value["valid"] == "parent_entity_token"
            else {"type": value["type"], "id": value["id"]}
            for value in node["values"]
        ]
        is_list = node["relation"] in ("in", "not_in", "in_last")
        return [node["path"], node["relation"], values if is_list else values[0]]

    about = with_query_fields()[owner].fields[name].properties
    query: Any = about["query"]
    assert isinstance(query, dict)
    value = about["summary_value"]
    asked = Summary(
        str(about["summary_field"]),
        str(about["summary_default"]),
        value if isinstance(value, str) else None,
    )
    where = [sent(query["filters"])]
    client = studio.site.client()
    return client.summarize(query["entity_type"], asked, where=where).whole


# the values


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (owner, name)
        for owner, fields in FIELDS.items()
        for name in fields
        if name not in NOT_REBUILT
    ],
)
def test_the_values_are_those_of_the_query_asked_row_by_row(
    queried: Studio, owner: str, name: str
) -> None:
    values = ask(queried.site.client(), question(owner, queried.question_of(owner, name)))
    ids = list(queried.read(owner, "id"))
    rebuilt = dict(zip(ids, values.of(ids), strict=True))
    assert rebuilt == {id_: row_by_row(queried, owner, name, id_) for id_ in ids}
    assert len(set(map(str, rebuilt.values()))) > 1, "it tells nothing apart"


def test_where_the_site_gives_a_value_per_row_it_is_the_same(sandbox_site: SandboxSite) -> None:
    site = sandbox_site.client()
    compared = 0
    for entity_type in site.entity_types():
        for field in site.fields(entity_type.name):
            if field.name != "open_notes_count":
                continue
            given = {
                int(str(row["id"])): row[field.name]
                for row in site.rows(entity_type.name, [field.name])
            }
            values = ask(site, question(entity_type.name, field))
            assert dict(zip(given, values.of(given), strict=True)) == given, entity_type.name
            compared += sum(1 for value in given.values() if value)
    assert compared > 20


def test_a_query_that_does_not_name_the_row_has_one_value_for_all(queried: Studio) -> None:
    asked = question("Shot", queried.question_of("Shot", "sg_approved_versions"))
    assert asked.link is None
    versions = queried.site.client().count("Version")
    assert set(ask(queried.site.client(), asked).of(queried.read("Shot", "id"))) == {versions}


def test_one_request_answers_for_all_rows(queried: Studio) -> None:
    asked, client = question("Shot", queried.question_of("Shot", "sg_done")), queried.site.client()
    client.count("Shot")
    queried.site.app.state.requests.clear()
    ask(client, asked)
    assert sum(queried.site.app.state.requests.values()) == 1


# in the tables


def test_they_are_loaded_as_columns_and_a_second_load_finds_nothing(made: Studio) -> None:
    loaded = made.load("Shot", "Asset")
    for owner, table in (("Shot", "shots"), ("Asset", "assets")):
        for name in FIELDS[owner]:
            values = made.column(table, name)
            if name in NOT_REBUILT:
                assert set(values.values()) == {None}
                continue
            for id_, value in values.items():
                now = row_by_row(made, owner, name, id_)
                is_json = isinstance(value, str) and name != "sg_tasks_status"
                assert (json.loads(value) if is_json else value) == now, f"{name} of {id_}"
    assert loaded["Shot"].rows_loaded > 10
    again = made.load("Shot", "Asset")
    assert [item.rows_loaded for item in again.values()] == [0, 0]


def test_a_retired_row_has_none(made: Studio) -> None:
    made.load("Shot")
    assert set(made.column("shots", "sg_done", "retired").values()) == {None}


def test_what_the_site_sends_itself_stays(made: Studio) -> None:
    made.load("Shot")
    assert made.column("shots", "open_notes_count") == made.read("Shot", "open_notes_count")


@pytest.mark.parametrize(("page_size", "channel"), [(5000, "whole"), (5, "window")])
def test_a_change_elsewhere_reaches_the_row_that_shows_it(
    made: Studio, page_size: int, channel: str
) -> None:
    made.load("Shot", page_size=page_size)
    before = made.column("shots", "sg_done")
    (task, *_) = [
        row
        for row in made.site.client().rows("Task", ["entity", "sg_status_list"])
        if row["sg_status_list"] not in ("fin", "apr", None) and "Shot" in str(row["entity"])
    ]
    shot = task["entity"]
    assert isinstance(shot, dict)
    stamp = made.read("Shot", "updated_at")[shot["id"]]
    made.site.edit("update tasks set sg_status_list = 'fin' where id = ?", task["id"])
    assert made.read("Shot", "updated_at")[shot["id"]] == stamp
    again = made.load("Shot", page_size=page_size)["Shot"]
    assert (again.channel, again.rows_loaded) == (channel, 1)
    after = made.column("shots", "sg_done")
    assert {id_ for id_ in after if after[id_] != before[id_]} == {shot["id"]}
    assert after[shot["id"]] == row_by_row(made, "Shot", "sg_done", shot["id"])
    assert made.load("Shot", page_size=page_size)["Shot"].rows_loaded == 0


def test_a_row_that_changed_itself_is_loaded_once_by_a_window(made: Studio) -> None:
    made.load("Shot", page_size=5)
    (shot, *_) = made.column("shots", "id")
    task = next(
        row
        for row in made.site.client().rows("Task", ["entity", "sg_status_list"])
        if isinstance(row["entity"], dict) and row["entity"]["id"] == shot
        and row["entity"]["type"] == "Shot" and row["sg_status_list"] not in ("fin", "apr")
    )  # fmt: skip
    editor = Editor(made.site.database)
    editor.update("Shot", shot, description="said")
    editor.update("Task", int(str(task["id"])), sg_status_list="fin")
    assert made.load("Shot", page_size=5)["Shot"].rows_loaded == 1
    assert made.column("shots", "description")[shot] == "said"
    assert made.column("shots", "sg_done")[shot] == row_by_row(made, "Shot", "sg_done", shot)


def test_off_by_default_and_switched_on_later_they_are_filled(made: Studio) -> None:
    for page_size in (5000, 5):
        made.load("Shot", page_size=page_size, query_fields=False, mode=LoadMode(full_refresh=True))
        assert set(made.column("shots", "sg_done").values()) == {None}
        made.load("Shot", page_size=page_size, query_fields=("Shot.sg_done",))
        values = made.column("shots", "sg_done")
        assert values == {id_: row_by_row(made, "Shot", "sg_done", id_) for id_ in values}
        assert set(made.column("shots", "sg_bid").values()) == {None}


def test_a_site_that_fails_at_a_summary_fails_the_type_and_keeps_its_values(made: Studio) -> None:
    made.load("Shot")
    before = made.column("shots", "sg_done")
    made.site.app.state.faults.set([Fault("status", "_summarize", status=503, retry_after="0")])
    settings = made.site.settings(made.folder, entity_types=("Shot",), query_fields=True)
    result = load_entity_types(made.site.client(), settings, Warehouse(made.folder))
    assert "_summarize" in result.failed["Shot"]
    assert made.column("shots", "sg_done") == before


# what is not rebuilt


def reason_of(**about: Any) -> str:
    with pytest.raises(NotRebuilt) as caught:
        question("Shot", Field("sg_x", "X", "summary", properties=about))
    return str(caught.value)


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        (properties("Task", "single_record", "code", here("entity")), "a column of one row"),
        (properties("Task", "median", "id", here("entity")), "the kind 'median' is not known"),
        ({"summary_default": "sum"}, "the schema holds no query"),
        (
            properties("Task", "sum", "id", group("or", here("entity"), leaf("id", "is", 1))),
            "entity is this row, or something else",
        ),
        (
            properties("Task", "sum", "id", here("entity"), here("project")),
            "both entity and project name this row",
        ),
        (
            properties("Task", "sum", "id", leaf("entity", "is_not", THIS_ROW)),
            "entity is_not this row, which no grouping gives",
        ),
        (
            properties("Task", "sum", "id", here("entity"), leaf("user", "is", NOBODY)),
            "user is compared with whoever looks at it",
        ),
        (
            properties("Task", "sum", "id", leaf("project", "is", {**NOBODY, "valid": "new"})),
            "project is compared with the token 'new'",
        ),
        (
            properties("Task", "sum", "id", {**leaf("code", "is", "x"), "active": "false"}),
            "a condition in it is switched off",
        ),
        (
            properties("Task", "sum", "id", leaf("code", "is", "x", "y")),
            "code is has 2 values, and takes one",
        ),
    ],
)  # fmt: skip
def test_a_query_that_no_grouping_gives_is_not_guessed(about: dict[str, Any], reason: str) -> None:
    assert reason in reason_of(**about)


def test_what_the_site_does_not_summarize_is_told_with_its_words(queried: Studio) -> None:
    said: dict[str, str] = {}
    for owner, fields in FIELDS.items():
        for name in fields:
            try:
                ask(queried.site.client(), question(owner, queried.question_of(owner, name)))
            except NotRebuilt as error:
                said[name] = str(error)
    assert said.keys() == NOT_REBUILT.keys()
    for name, reason in NOT_REBUILT.items():
        assert reason in said[name]


def test_two_groups_meet_in_a_row_as_their_kind_says() -> None:
    one, other = {"type": "Shot", "id": 1, "name": "a"}, {"type": "Shot", "id": 2, "name": "b"}
    alien = {"type": "Asset", "id": 1, "name": "c"}

    def values(kind: str, *summaries: object) -> dict[int, object]:
        about = properties("Note", kind, "id", here("note_links"))
        asked = question("Shot", Field("sg_x", "X", "summary", properties=about))
        keys: list[object] = [[one, alien], [one, other], None]
        pairs = zip(keys, summaries, strict=True)
        return asked.values(Group(key, summed) for key, summed in pairs)

    assert values("record_count", 2, 3, 9) == {1: 5, 2: 3}
    assert values("latest", "2026-01-02", "2026-02-01", None) == {1: "2026-02-01", 2: "2026-02-01"}
    assert values("minimum", 7, None, 1) == {1: 7, 2: None}
    with pytest.raises(NotRebuilt, match="an? average"):
        values("average", 1, 2, 3)


# the setting


@pytest.mark.parametrize(
    ("text", "is_it"),
    [("true", True), ("False", False), ('["Shot.sg_done"]', ("Shot.sg_done",))],
)
def test_the_environment_can_set_it(
    monkeypatch: pytest.MonkeyPatch, text: str, is_it: object
) -> None:
    monkeypatch.setenv("SOURCES__SHOTGUN_SOFTWARE_SOURCE__QUERY_FIELDS", text)
    assert read_settings().query_fields == is_it


@pytest.mark.parametrize("wrong", ["yes", '["Shot"]', "[1]", "7"])
def test_what_it_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("SOURCES__SHOTGUN_SOFTWARE_SOURCE__QUERY_FIELDS", wrong)
    with pytest.raises(SettingsError, match="query_fields in .*QUERY_FIELDS is"):
        read_settings()


def test_a_field_that_is_named_must_be_there(queried: Studio) -> None:
    reading = Snapshot(queried.site.client(), EntityTypeOfSite("Shot", "Shot"))
    reading.rebuild(("Shot.sg_don",))
    with pytest.raises(SettingsError, match=r"Shot\.sg_don.* did you mean sg_done\?"):
        reading.prepare()


def test_only_query_fields_are_ever_chosen() -> None:
    number, query = Field("sg_cut_in", "", "number"), Field("sg_done", "", "summary")
    assert not is_chosen(True, "Shot", number)
    assert is_chosen(True, "Shot", query)
    assert is_chosen(("Shot.sg_done",), "Shot", query)
    assert not is_chosen(("Asset.sg_done",), "Shot", query)
    with pytest.raises(SettingsError, match="query_fields is"):
        Settings(query_fields=["Shot"])  # type: ignore[arg-type]  # a slip
