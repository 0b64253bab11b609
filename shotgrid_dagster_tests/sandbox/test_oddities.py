"""What only one entity type, or only one document, does."""

from __future__ import annotations

import pytest
import requests

from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.sandbox.client import ARRAY, HASH, Client, only_error, refusal
from shotgrid_dagster_tests.sandbox.writer import Writer


def test_the_address_of_an_icon_is_empty_unless_its_picture_is_asked_for_too(
    tiny_client: Client,
) -> None:
    pictures = [["display_type", "is", "image"]]
    narrow = tiny_client.search("icons", pictures, fields="display_type,url").json()["data"]
    wide = tiny_client.search("icons", pictures, fields="url,image_data").json()["data"]
    whole = tiny_client.search("icons", pictures, fields="*").json()["data"]
    assert {row["attributes"]["url"] for row in narrow} == {""}
    for row in (*wide, *whole):
        assert row["attributes"]["url"].startswith("data:image/png;base64,")
    shipped = tiny_client.search("icons", [["display_type", "is", "image_map"]], fields="*")
    assert {row["attributes"]["url"] for row in shipped.json()["data"]} == {""}


def test_an_unfiltered_count_of_pages_counts_pages_that_are_not_seen(tiny_client: Client) -> None:
    def count(filters: list[object]) -> int:
        summary = {"field": "id", "type": "record_count"}
        body = {"filters": filters, "summary_fields": [summary]}
        answer = tiny_client.post("/entity/pages/_summarize", body).json()
        total: int = answer["data"]["summaries"]["id"]
        return total

    assert count([]) > len(tiny_client.ids("pages", []))
    of_project: list[object] = [["project.Project.id", "is", 6]]
    assert count(of_project) == len(tiny_client.ids("pages", of_project))


@pytest.mark.parametrize("kind", [ARRAY, HASH])
def test_a_vendor_type_is_no_form_of_an_answer(client: Client, kind: str) -> None:
    answer = client.get("/entity/shots", headers={"Accept": kind})
    assert (answer.status_code, answer.content) == (406, b"")


def test_subscriptions_are_a_bare_hash_of_some_people(tiny_client: Client) -> None:
    found = tiny_client.get("/subscription_seat/user_subscriptions").json()
    people = {str(person) for person in tiny_client.ids("human_users", [])}
    assert 0 < len(found) < len(people)
    assert set(found) <= people
    assert set(found.values()) == {"not_for_resale", None}


def test_preferences_cannot_be_updated(client: Client) -> None:
    answer = client.session.put(f"{client.url}/api/v1/preferences/update", json={}, timeout=10)
    assert refusal(answer) == (400, 111, "Updating the preferences is not available")


def test_no_page_is_exported(client: Client) -> None:
    answer = client.get("/exports/page/12.csv")
    assert (answer.status_code, answer.text) == (422, "Export for Page id=12 not available")
    assert answer.headers["content-type"].startswith("text/csv")


@pytest.mark.parametrize("path", ["/api", "/api/v1.2", "/api/v2", "/api/v2/entity/shots"])
def test_other_versions_of_the_api_are_not_there(client: Client, path: str) -> None:
    answer = requests.get(client.url + path, timeout=10)
    assert refusal(answer) == (404, 103, "Not Found")


def test_a_text_search_says_what_it_misses(client: Client) -> None:
    for body, problem in (
        ({"text": "a"}, {"entity_types": ["entity_types is missing"]}),
        ({"text": "", "entity_types": {"Shot": []}}, {"text": ["text must be filled"]}),
    ):
        answer = client.post("/entity/_text_search", body)
        assert answer.json()["errors"][0]["source"] == problem


@pytest.mark.parametrize("value", [{}, None, "project"])
def test_a_text_search_wants_a_filter_for_each_type(client: Client, value: object) -> None:
    error = only_error(
        client.post("/entity/_text_search", {"text": "a", "entity_types": {"Shot": value}})
    )
    text = "entity_types must have an array or non-empty object as each key's value"
    said = error["status"], error["code"], error["source"]
    assert said == (400, 103, {"entity_types": [text]})


def test_a_text_search_wants_types_as_the_schema_spells_them(client: Client) -> None:
    body = {"text": "a", "entity_types": {"shots": []}}
    source = only_error(client.post("/entity/_text_search", body))["source"]
    assert source == {"entity_types": ["entity_types must use valid entity names as keys"]}


def test_a_text_search_reads_its_filters_as_a_search_does(client: Client) -> None:
    def searched(value: object, content_type: str) -> requests.Response:
        body = {"text": "SH001", "entity_types": {"Shot": value}}
        return client.post("/entity/_text_search", body, content_type)

    everything = {"logical_operator": "and", "conditions": []}
    assert len(searched([], ARRAY).json()["data"]) == 1
    assert len(searched(everything, HASH).json()["data"]) == 1
    assert refusal(searched([], HASH)) == (400, 103, "Query is not an Hash: []")
    assert refusal(searched(everything, ARRAY))[2].startswith("Query is not an Array: {")
    unknown = refusal(searched([["content", "is", "x"]], ARRAY))
    assert unknown == (400, 103, "API _text_search() Shot.content doesn't exist.")


@pytest.mark.parametrize("user", [1, "1", 999_999_999])
def test_a_visit_to_a_project_is_noted_whoever_made_it(writer: Writer, user: object) -> None:
    before = writer.row("projects", 70), writer.events()
    address = f"{writer.url}/api/v1/entity/projects/70/_update_last_accessed"
    answer = writer.session.put(address, json={"user_id": user}, timeout=10)
    assert answer.status_code == 200
    assert answer.json() == {
        "data": {"type": "Project", "id": 70},
        "links": {"self": "/api/v1/entity/projects/70"},
    }
    assert (writer.row("projects", 70), writer.events()) == before


def test_a_visit_is_some_person_s_and_to_a_project_that_is_there(writer: Writer) -> None:
    def visited(path: str, body: object) -> requests.Response:
        address = f"{writer.url}/api/v1/entity/{path}/_update_last_accessed"
        return writer.session.put(address, json=body, timeout=10)

    nobody = only_error(visited("projects/70", {}))
    assert (nobody["status"], nobody["source"]) == (400, {"user_id": ["user_id is missing"]})
    nowhere = refusal(visited("projects/999", {"user_id": 1}))
    assert nowhere == (400, 104, "Api::Errors::CrudError")
    assert only_error(visited("shots/1", {"user_id": 1}))["detail"] is None
    read = writer.get("/entity/projects/70/_update_last_accessed")
    assert only_error(read)["detail"] == "Field 'Project._update_last_accessed' does not exist."


@pytest.mark.parametrize("relation", ["is", "is_not"])
def test_a_filter_on_what_is_never_returned_finds_everything(
    tiny_client: Client, relation: str
) -> None:
    filters = [["audit_trail", relation, None], ["id", "less_than", 100]]
    assert len(tiny_client.ids("event_log_entries", filters)) == 99


def test_conditional_writes_are_ignored(own_site: SandboxSite) -> None:
    client = Client.signed_in(own_site.url, own_site.app)
    (shot, *_) = client.ids("shots", [])
    for header, value in (
        ("If-Match", 'W/"0"'),
        ("If-None-Match", "*"),
        ("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ):
        address = f"{own_site.url}/api/v1/entity/shots/{shot}"
        answer = client.session.put(
            address, json={"description": header}, headers={header: value}, timeout=10
        )
        assert answer.json()["data"]["attributes"]["description"] == header


def test_time_logged_is_the_same_alone_and_beside_what_is_worked_out_from_it(
    tiny_client: Client,
) -> None:
    fields = ["time_logs_sum", "time_vs_est", "time_percent_of_est"]
    together = tiny_client.search("tasks", [], fields=fields).json()["data"]
    for field in fields:
        alone = tiny_client.search("tasks", [], fields=field).json()["data"]
        assert [row["attributes"][field] for row in alone] == [
            row["attributes"][field] for row in together
        ]
    assert any(row["attributes"]["time_logs_sum"] for row in together)
