"""Fields of the schema are made, changed, deleted and revived by clients."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.workdays.days import advance
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster_tests.conftest import in_studio_time
from shotgrid_dagster_tests.sandbox.client import Client, only_error, refusal
from shotgrid_dagster_tests.sandbox.writer import JSON, Writer, writing

FIELDS = "/schema/Shot/fields"


@pytest.fixture
def writer(database: Path, tmp_path: Path) -> Iterator[Writer]:
    """A client of a site of its own: a field that was made cannot be unmade."""
    path = Path(shutil.copy(database, tmp_path / "fields.sqlite"))
    with writing(path) as own:
        yield own


def make(client: Client, name: str, data_type: str = "text", **more: object) -> requests.Response:
    said = {"name": name, **more}
    properties = [{"property_name": key, "value": value} for key, value in said.items()]
    return client.post(FIELDS, {"data_type": data_type, "properties": properties}, JSON)


def made(client: Client, name: str, data_type: str = "text", **more: object) -> str:
    """The name of a new field: the last part of its address."""
    answer = make(client, name, data_type, **more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["links"]["self"]).rpartition("/")[2]


def delete(client: Client, name: str) -> requests.Response:
    return client.session.delete(f"{client.url}/api/v1{FIELDS}/{name}", timeout=10)


def change(client: Client, name: str, body: object) -> requests.Response:
    return client.session.put(f"{client.url}/api/v1{FIELDS}/{name}", json=body, timeout=10)


@pytest.mark.parametrize(
    ("display_name", "name"),
    [
        ("Grade", "sg_grade"),
        ("019 With (Parens)", "sg_019_with__parens_"),
        ("sg_prefixed", "sg_sg_prefixed"),
    ],
)
def test_a_new_field_is_named_by_the_name_that_people_see(
    writer: Writer, display_name: str, name: str
) -> None:
    answer = make(writer, display_name)
    assert answer.status_code == 201
    assert answer.json()["links"]["self"] == f"/api/v1/schema/Shot/fields/{name}"
    record = answer.json()["data"]
    assert (record["name"]["value"], record["data_type"]["value"]) == (display_name, "text")
    assert record["visible"] == {"value": True, "editable": True}
    assert writer.get(FIELDS).json()["data"][name] == record
    assert writer.get(f"{FIELDS}/{name}").json()["data"] == record


def test_a_second_field_of_a_name_is_another_one_without_a_word(writer: Writer) -> None:
    names = [made(writer, "Twice") for _ in range(3)]
    assert names == ["sg_twice", "sg_twice_1", "sg_twice_2"]


@pytest.mark.parametrize(
    ("data_type", "more", "value"),
    [
        ("text", {}, "a"),
        ("number", {}, 5),
        ("date", {}, "2026-03-04"),
        ("list", {"valid_values": ["a", "b"]}, "b"),
        ("checkbox", {"default_value": False}, True),
        ("duration", {}, 480),
    ],
)
def test_a_value_of_a_new_field_is_written_read_and_searched(
    writer: Writer, data_type: str, more: dict[str, object], value: object
) -> None:
    name = made(writer, "New", data_type, **more)
    assert writer.change("shots", 1, **{name: value})["attributes"][name] == value
    assert writer.row("shots", 1, fields=name)["attributes"] == {name: value}
    assert writer.ids("shots", [[name, "is", value]]) == [1]


def test_a_new_link_shows_its_target_and_loses_it_when_that_is_retired(writer: Writer) -> None:
    name = made(writer, "Hero", "entity", valid_types=["Asset"])
    writer.change("shots", 1, **{name: {"type": "Asset", "id": 1}})
    assert writer.linked("shots", 1, name) == "Fox"
    Editor(writer.database).update("Asset", 1, code="Vixen")
    assert writer.linked("shots", 1, name) == "Vixen"
    writer.delete("assets", 1)
    assert writer.linked("shots", 1, name) is None


def test_a_new_multi_link_has_a_far_side(writer: Writer) -> None:
    name = made(writer, "Heroes", "multi_entity", valid_types=["Asset"])
    writer.change("shots", 1, **{name: [{"type": "Asset", "id": 1}]})
    assert writer.linked("shots", 1, name) == ["Fox"]
    assert writer.linked("assets", 1, f"shot_{name}_shots") == ["SH001"]
    delete(writer, name)
    assert f"shot_{name}_shots" not in writer.get("/schema/Asset/fields").json()["data"]
    writer.change("shots", 1, code="still writable")


@pytest.mark.parametrize(
    ("data_type", "more", "status", "title"),
    [
        ("color", {}, 400, "Request Parameters invalid."),
        ("image", {}, 400, "Request Parameters invalid."),
        ("calculated", {}, 500, "Shotgun Server Error"),
        ("checkbox", {}, 500, "Shotgun Server Error"),
        ("entity", {}, 400, "API schema_field_create() missing required 'properties'"),
        (
            "multi_entity",
            {"valid_types": ["Shot", "Asset"]},
            400,
            "'valid_types' value expected Array with one element",
        ),
    ],
)
def test_some_fields_cannot_be_made(
    writer: Writer, data_type: str, more: dict[str, object], status: int, title: str
) -> None:
    answer = make(writer, "No", data_type, **more)
    assert (answer.status_code, refusal(answer)[2]) == (status, title)
    if data_type in ("color", "image"):
        assert only_error(answer)["source"] == {"data_type": ["data_type is not valid"]}
    assert list(writer.get(FIELDS).json()["data"]) == [
        name for name, field in SCHEMA["Shot"].fields.items() if field.in_schema
    ]


def test_a_deleted_field_is_in_no_listing_and_its_name_is_taken(writer: Writer) -> None:
    name = made(writer, "Gone")
    writer.change("shots", 1, **{name: "kept"})
    assert (delete(writer, name).status_code, delete(writer, name).status_code) == (204, 404)
    detail = only_error(writer.get(f"{FIELDS}/{name}"))["detail"]
    assert detail == "Field 'Shot.sg_gone' does not exist."
    for query in ("", "?options[return_only]=retired"):
        assert name not in writer.get(FIELDS + query).json()["data"]
    assert name not in writer.row("shots", 1)["attributes"]
    for data_type in ("text", "number"):
        assert refusal(make(writer, "Gone", data_type)) == (
            400,
            103,
            "API schema_field_create() failed, there is a retired field with the same field_name:"
            " sg_gone. Delete the retired field forever from the Trash Page in Shotgun and try"
            " again.",
        )


@pytest.mark.parametrize(
    ("query", "body"), [("", {"revive": True}), ("?revive=true", None)], ids=["body", "query"]
)
def test_a_revived_field_has_its_data_type_and_its_values_again(
    writer: Writer, query: str, body: object
) -> None:
    name = made(writer, "Back")
    writer.change("shots", 1, **{name: "kept"})
    delete(writer, name)
    address = f"{writer.url}/api/v1{FIELDS}/{name}{query}"
    answer = writer.session.post(address, json=body, timeout=10)
    assert (answer.status_code, answer.content) == (204, b"")
    assert writer.row("shots", 1, fields=name)["attributes"] == {name: "kept"}


def test_a_field_is_revived_only_when_that_is_asked_for(writer: Writer) -> None:
    name = made(writer, "Asked")
    delete(writer, name)
    empty = only_error(writer.post(f"{FIELDS}/{name}", {}, JSON))
    assert (empty["status"], empty["source"]) == (400, {"revive": ["revive is missing"]})
    never = writer.post(f"{FIELDS}/sg_never", {"revive": True}, JSON)
    assert only_error(never)["detail"] == "Field 'Shot.sg_never' does not exist."


def test_what_is_editable_of_a_field_is_changed_and_its_data_type_is_not(writer: Writer) -> None:
    name = made(writer, "Before")
    sent = {"name": "After", "description": "why", "custom_metadata": "m", "visible": False}
    properties = [{"property_name": key, "value": value} for key, value in sent.items()]
    answer = change(writer, name, {"data_type": "number", "properties": properties})
    assert answer.status_code == 200
    record = answer.json()["data"]
    assert {key: record[key]["value"] for key in sent} == sent
    assert record["data_type"]["value"] == "text"
    assert writer.get(FIELDS).json()["data"][name] == record


def test_a_property_that_cannot_be_changed_is_refused_with_those_that_can(writer: Writer) -> None:
    body = {"properties": [{"property_name": "data_type", "value": "number"}]}
    status, code, title = refusal(change(writer, "sg_status_list", body))
    assert (status, code) == (400, 103)
    assert title.startswith("API schema_field_update() invalid property 'data_type': ")
    assert title.endswith(
        ' Valid property names: ["name", "visible", "description", "summary_default",'
        ' "default_value", "valid_values", "custom_metadata"]'
    )


def test_a_status_is_usable_once_it_is_a_valid_value(writer: Writer) -> None:
    assert writer.update("shots", 1, sg_status_list="grade").status_code == 400
    valid = [*SCHEMA["Shot"].fields["sg_status_list"].properties["valid_values"], "grade"]  # type: ignore[misc]
    body = {"properties": [{"property_name": "valid_values", "value": valid}]}
    assert change(writer, "sg_status_list", body).status_code == 200
    assert writer.update("shots", 1, sg_status_list="grade").status_code == 200


def test_another_process_and_a_restart_know_the_fields(writer: Writer) -> None:
    name = made(writer, "Kept")
    editor = Editor(writer.database)
    editor.update("Shot", 1, **{name: "by an editor"})
    assert editor.dump("Shot")[1][name] == "by an editor"
    with writing(writer.database) as again:
        assert again.row("shots", 1)["attributes"][name] == "by an editor"


def test_the_sandbox_s_own_schema_stays_as_it_is(writer: Writer) -> None:
    name = made(writer, "Own")
    assert name not in SCHEMA["Shot"].fields


def test_a_studio_with_new_fields_works_on(tiny_database: Path, tmp_path: Path) -> None:
    path = in_studio_time(Path(shutil.copy(tiny_database, tmp_path / "tiny.sqlite")))
    with writing(path) as own:
        made(own, "Heroes", "multi_entity", valid_types=["Asset"])
    assert advance(path, 1).events > 0
