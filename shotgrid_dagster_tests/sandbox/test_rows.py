from __future__ import annotations

from typing import Any

import pytest

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster_tests.sandbox.client import Client


@pytest.fixture(scope="module")
def shot(shared_client: Client) -> dict[str, Any]:
    return shared_client.row("shots", 1)


def test_a_row_has_its_type_id_values_links_and_address(shot: dict[str, Any]) -> None:
    assert list(shot) == ["type", "attributes", "relationships", "id", "links"]
    assert (shot["type"], shot["id"]) == ("Shot", 1)
    assert shot["links"] == {"self": "/api/v1/entity/shots/1"}


def test_without_fields_every_field_is_returned_and_links_stand_apart(shot: dict[str, Any]) -> None:
    fields = {name: field for name, field in SCHEMA["Shot"].fields.items() if name != "id"}
    links = {name for name, field in fields.items() if field.is_link}
    assert set(shot["relationships"]) == links
    assert set(shot["attributes"]) == set(fields) - links


def test_a_listing_without_fields_returns_them_all_too(
    client: Client, shot: dict[str, Any]
) -> None:
    (row,) = client.get("/entity/shots?filter[id]=1").json()["data"]
    assert row["attributes"].keys() == shot["attributes"].keys()
    (star,) = client.get("/entity/shots?filter[id]=1&fields=*").json()["data"]
    assert star["relationships"] == row["relationships"]


@pytest.mark.parametrize(
    ("slug", "row_id", "field", "value"),
    [
        ("shots", 1, "code", "SH001"),
        ("shots", 1, "description", 'Été à la MER, 100% "wet"\nsecond line'),
        ("shots", 1, "sg_lens", None),
        ("shots", 3, "sg_cut_in", 1003),
        ("shots", 1, "sg_cut_in", None),
        ("shots", 1, "sg_plate_scale", "0.04"),
        ("shots", 2, "sg_plate_scale", "100000000000000000000.0"),
        ("shots", 3, "sg_plate_scale", "2.0"),
        ("shots", 4, "sg_plate_scale", None),
        ("shots", 1, "sg_plate_length", "12-08"),
        ("shots", 1, "sg_stereo", True),
        ("shots", 2, "sg_stereo", False),
        ("shots", 1, "sg_turnover_date", "2026-03-04"),
        ("shots", 1, "updated_at", "2026-03-01T12:00:00Z"),
        ("shots", 1, "sg_status_list", "wtg"),
        ("shots", 1, "step_0", None),
        ("shots", 1, "open_notes_count", 0),
        ("shots", 1, "sg_frames_with_handles", "1,226"),
        ("shots", 2, "sg_frames_with_handles", None),
        ("assets", 1, "sg_polygons_readable", None),
        ("assets", 1, "sg_percent_complete", 50),
        ("sequences", 1, "sg_timecode", 3_600_000),
        ("tasks", 2, "duration", 960),
        ("tasks", 1, "splits", [{"start": "2026-03-04"}]),
        ("tasks", 1, "time_logs_sum", 90),
        ("tasks", 1, "sg_bid_days", "0.5"),
        ("tasks", 1, "workload", 480),
        ("human_users", 1, "password_proxy", "*******"),
        ("local_storages", 1, "uuid", "0f8fad5b-d9cb-469f-a165-70867728950e"),
        ("steps", 1, "color", "10,20,30"),
        ("steps", 1, "entity_type", "Shot"),
        ("notes", 1, "meta", {"a": {"b": 1}, "c": [1, 2]}),
        ("notes", 1, "read_by_current_user", "unread"),
        ("page_settings", 1, "settings_json", {"widths": [10, 20]}),
        ("projects", 70, "landing_page_url", "/page/7"),
    ],
)
def test_a_value_reads_as_on_a_real_site(
    client: Client, slug: str, row_id: int, field: str, value: object
) -> None:
    attributes = client.row(slug, row_id, fields=field)["attributes"]
    assert attributes == {field: value}
    assert type(attributes[field]) is type(value)


def test_a_single_link_has_its_target_and_two_addresses(shot: dict[str, Any]) -> None:
    assert shot["relationships"]["sg_sequence"] == {
        "data": {"id": 1, "name": "ab", "type": "Sequence"},
        "links": {
            "self": "/api/v1/entity/shots/1/relationships/sg_sequence",
            "related": "/api/v1/entity/sequences/1",
        },
    }


def test_a_link_of_many_types_is_related_to_the_type_that_it_has(client: Client) -> None:
    related = [
        client.row("tasks", row_id, fields="entity")["relationships"]["entity"]["links"]["related"]
        for row_id in (1, 3)
    ]
    assert related == ["/api/v1/entity/shots/1", "/api/v1/entity/assets/1"]


@pytest.mark.parametrize("row_id", [7, 8])
def test_a_link_to_nothing_or_to_what_is_retired_is_null(client: Client, row_id: int) -> None:
    link = client.row("shots", row_id, fields="sg_sequence")["relationships"]["sg_sequence"]
    address = f"/api/v1/entity/shots/{row_id}/relationships/sg_sequence"
    assert link == {"data": None, "links": {"self": address}}


def test_a_multi_link_is_a_list_with_one_address(shot: dict[str, Any]) -> None:
    links = {"self": "/api/v1/entity/shots/1/relationships/assets"}
    data = [{"id": 1, "name": "Fox", "type": "Asset"}, {"id": 2, "name": "Cave", "type": "Asset"}]
    assert shot["relationships"]["assets"] == {"data": data, "links": links}
    assert shot["relationships"]["tags"]["data"] == []


def test_relationships_are_empty_when_no_link_was_asked_for(client: Client) -> None:
    row = client.row("shots", 1, fields="code")
    assert (row["attributes"], row["relationships"]) == ({"code": "SH001"}, {})


def test_attributes_are_empty_when_only_links_were_asked_for(client: Client) -> None:
    row = client.row("shots", 1, fields="assets")
    assert row["attributes"] == {}
    assert list(row["relationships"]) == ["assets"]


def test_names_that_do_not_exist_are_dropped_without_a_word(client: Client) -> None:
    fields = "code,nope,project.Project.nope,nope.Project.name,code.Project.name,"
    assert client.row("shots", 1, fields=fields)["attributes"] == {"code": "SH001"}


@pytest.mark.parametrize(
    ("row_id", "path", "value"),
    [
        (1, "entity.Shot.code", "SH001"),
        (1, "entity.Shot.sg_plate_scale", "0.04"),
        (1, "entity.Shot.sg_stereo", True),
        (1, "entity.Shot.sg_sequence.Sequence.code", "ab"),
        (1, "entity.Shot.sg_sequence", {"id": 1, "name": "ab", "type": "Sequence"}),
        (3, "entity.Shot.code", None),
        (3, "entity.Shot.sg_stereo", None),
        (4, "project.Project.name", None),
        (1, "entity.Shot.open_notes_count", 0),
    ],
)
def test_a_path_through_single_links_is_a_flat_key_of_attributes(
    client: Client, row_id: int, path: str, value: object
) -> None:
    row = client.row("tasks", row_id, fields=path)
    assert (row["attributes"], row["relationships"]) == ({path: value}, {})


@pytest.mark.parametrize("path", ["assets.Asset.code", "project.Shot.code", "image.Shot.code"])
def test_a_path_through_a_multi_link_or_a_wrong_type_is_dropped(client: Client, path: str) -> None:
    assert client.row("shots", 1, fields=path)["attributes"] == {}


def test_a_field_that_is_never_returned_is_dropped(client: Client) -> None:
    answer = client.get("/entity/event_log_entries?fields=audit_trail,meta")
    assert answer.json()["data"] == []


def test_a_retired_row_is_read_only_as_retired(client: Client) -> None:
    assert client.get("/entity/shots/14").status_code == 404
    row = client.row("shots", 14, **{"options[return_only]": "retired"})
    assert row["attributes"]["sg_lens"] == "35mm"
    live = client.get("/entity/shots/1?options[return_only]=retired")
    assert live.status_code == 404


@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("sg_sequence", {"id": 1, "name": "ab", "type": "Sequence"}),
        ("tags", []),
    ],
)
def test_a_relationship_is_read_on_its_own(client: Client, field: str, data: object) -> None:
    address = f"/entity/shots/1/relationships/{field}"
    answer = client.get(address).json()
    assert answer == {"data": data, "links": {"self": f"/api/v1{address}"}}
