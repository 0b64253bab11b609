from __future__ import annotations

import pytest

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster_tests.sandbox.client import Client, only_error, refusal


def test_the_schema_names_every_type_and_nothing_else(client: Client) -> None:
    data = client.get("/schema").json()["data"]
    assert list(data) == list(SCHEMA)
    assert data["Shot"] == {
        "name": {"value": "Shot", "editable": False},
        "visible": {"value": True, "editable": False},
    }


def test_a_type_has_a_name_and_is_visible(client: Client) -> None:
    data = client.get("/schema/PublishedFile").json()["data"]
    assert set(data) == {"name", "visible"}


def test_a_field_has_eleven_keys_each_wrapped(client: Client) -> None:
    record = client.get("/schema/Shot/fields").json()["data"]["sg_status_list"]
    assert list(record) == [
        "name", "description", "custom_metadata", "entity_type", "data_type", "editable",
        "mandatory", "unique", "visible", "ui_value_displayable", "properties",
    ]  # fmt: skip
    assert record["data_type"] == {"value": "status_list", "editable": False}
    assert record["entity_type"]["value"] == "Shot"
    properties = record["properties"]
    assert {"default_value", "summary_default", "valid_values", "display_values"} <= set(properties)
    assert all(set(wrapped) == {"value", "editable"} for wrapped in properties.values())


def test_a_link_names_the_types_that_it_takes(client: Client) -> None:
    record = client.get("/schema/Shot/fields/sg_sequence").json()["data"]
    assert record["properties"]["valid_types"]["value"] == ["Sequence"]


def test_only_a_field_of_the_studio_has_an_editable_visibility(client: Client) -> None:
    fields = client.get("/schema/Shot/fields").json()["data"]
    for name, record in fields.items():
        assert record["visible"] == {"value": True, "editable": SCHEMA["Shot"].fields[name].custom}


def test_a_project_changes_hidden_values_and_nothing_else(client: Client) -> None:
    site_wide = client.get("/schema/Shot/fields").json()["data"]
    of_project = client.get("/schema/Shot/fields?project_id=70").json()["data"]
    changed = [name for name in site_wide if site_wide[name] != of_project[name]]
    assert changed == ["sg_status_list"]
    properties = of_project["sg_status_list"]["properties"]
    assert properties["hidden_values"]["value"] == ["omt"]
    single = client.get("/schema/Shot/fields/sg_status_list?project_id=70").json()["data"]
    assert single == of_project["sg_status_list"]


def test_fields_outside_the_schema_are_null_on_their_own(client: Client) -> None:
    assert "read_by_current_user" not in client.get("/schema/Note/fields").json()["data"]
    answer = client.get("/schema/Note/fields/read_by_current_user")
    assert (answer.status_code, answer.json()["data"]) == (200, None)


def test_a_field_that_is_never_returned_is_in_the_schema(client: Client) -> None:
    assert "audit_trail" in client.get("/schema/EventLogEntry/fields").json()["data"]


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/schema/Nope", "Entity type 'Nope' does not exist."),
        ("/schema/Nope/fields", "Entity type 'Nope' does not exist."),
        ("/schema/Shot/fields/sg_nope", "Field 'Shot.sg_nope' does not exist."),
        ("/entity/publishedfiles", "Entity type 'publishedfiles' does not exist."),
        ("/entity/timelogs", "Entity type 'timelogs' does not exist."),
    ],
)
def test_what_does_not_exist_is_a_404_103_with_a_detail(
    client: Client, path: str, detail: str
) -> None:
    answer = client.get(path)
    assert refusal(answer) == (404, 103, "Not Found")
    assert only_error(answer)["detail"] == detail


@pytest.mark.parametrize(
    ("segment", "slug"),
    [
        ("published_files", "published_files"),
        ("PublishedFile", "published_files"),
        ("PublishedFiles", "published_files"),
        ("Published_File", "published_files"),
        ("PUBLISHED_FILES", "published_files"),
        ("project", "projects"),
        ("Status", "statuses"),
        ("replies", "replies"),
        ("replys", "replies"),
        ("Reply", "replies"),
        ("custom_entity01s", "custom_entity01s"),
        ("CustomEntity01", "custom_entity01s"),
        ("Asset_linked_projects_Connection", "asset_linked_projects_connections"),
    ],
)
def test_an_entity_segment_is_matched_loosely_and_answered_canonically(
    client: Client, segment: str, slug: str
) -> None:
    answer = client.get(f"/entity/{segment}?page[size]=1")
    assert answer.status_code == 200
    assert answer.json()["links"]["self"].startswith(f"/api/v1/entity/{slug}?")


def test_the_root_needs_no_token_and_says_the_version_that_was_called(client: Client) -> None:
    import requests

    for path, version in (("/api/v1", "1.0"), ("/api/v1/", "1.0"), ("/api/v1.1", "1.1")):
        answer = requests.get(client.url + path, timeout=10)
        assert answer.json()["data"]["api_version"] == version
        assert answer.json()["data"]["shotgun_version"].startswith("v8.89.0.")


def test_preferences_are_17_and_unknown_names_are_dropped(client: Client) -> None:
    everything = client.get("/preferences").json()["data"]
    assert len(everything) == 17
    assert everything["hours_per_day"] == 8.0
    some = client.get("/preferences?prefs=duration_units,nope").json()["data"]
    assert some == {"duration_units": "days"}


def test_work_days_are_listed_both_ends_included(client: Client) -> None:
    query = "start_date=2026-03-06&end_date=2026-03-09&project_id=999"
    days = client.get(f"/schedule/work_day_rules?{query}").json()["data"]
    assert [(day["date"], day["working"]) for day in days] == [
        ("2026-03-06", True), ("2026-03-07", False), ("2026-03-08", False), ("2026-03-09", True),
    ]  # fmt: skip
    assert {day["reason"] for day in days} == {"STUDIO_WORK_WEEK"}


def test_a_work_day_that_is_no_date_breaks_the_shape_of_errors(client: Client) -> None:
    answer = client.get("/schedule/work_day_rules?start_date=06.03.2026&end_date=2026-03-09")
    assert answer.json() == {"status": "error", "error": "invalid date"}


def test_licences_are_counted_in_a_shape_of_their_own(client: Client) -> None:
    answer = client.get("/license_info").json()
    assert answer["status"] == "success"
    assert answer["data"] == {
        "assigned": 2, "free": 48, "total": 50, "rule": "quantity", "type": "license-count",
    }  # fmt: skip
