from __future__ import annotations

import re

import pytest
import requests

from shotgrid_dagster_tests.sandbox.client import Client, only_error, refusal


def test_an_error_has_eight_keys_and_an_id_of_its_own(client: Client) -> None:
    first, second = (only_error(client.get("/entity/shots/99")) for _ in range(2))
    assert list(first) == ["id", "status", "code", "title", "source", "detail", "meta"]
    assert re.fullmatch(r"[0-9a-f]{32}", first["id"])
    assert first["id"] != second["id"]
    assert first["meta"] is None


@pytest.mark.parametrize("row_id", [99, 14])
def test_a_row_that_is_missing_or_retired_is_the_same_404_104(client: Client, row_id: int) -> None:
    answer = client.get(f"/entity/shots/{row_id}")
    assert refusal(answer) == (404, 104, "Not Found")
    assert only_error(answer)["detail"] == f"Shot: {row_id} not found"


def test_the_id_0_is_a_400(client: Client) -> None:
    answer = client.get("/entity/shots/0")
    assert refusal(answer) == (400, 103, "Request Parameters invalid.")
    text = ["record_id must be greater than 0"]
    assert only_error(answer)["source"] == {"record_id": text}


@pytest.mark.parametrize(
    "path",
    [
        "/entity", "/entity_types", "/me", "/schema/Shot/nope/x", "/spec", "/api/v2/schema",
        "/api/v1.2/schema", "/api",
    ],
)  # fmt: skip
def test_a_path_that_is_not_routed_is_a_404_103_without_detail(client: Client, path: str) -> None:
    answer = client.get(path)
    assert refusal(answer) == (404, 103, "Not Found")
    assert only_error(answer)["detail"] is None


def test_there_is_no_patch(client: Client) -> None:
    answer = client.session.patch(f"{client.url}/api/v1/entity/shots/1", json={}, timeout=10)
    assert refusal(answer) == (404, 103, "Not Found")


@pytest.mark.parametrize("path", ["/entity/shots/1/relationships/code", "/entity/shots/1/code"])
def test_a_field_of_the_wrong_kind_is_a_400(client: Client, path: str) -> None:
    assert refusal(client.get(path))[:2] == (400, 103)


def test_what_is_no_picture_is_named(client: Client) -> None:
    title = "Field Shot.code is not an image or attachment."
    assert refusal(client.get("/entity/shots/1/code"))[2] == title


def test_every_answer_has_a_request_id_and_a_weak_etag(client: Client) -> None:
    answers = [client.get(path) for path in ("/schema", "/entity/shots", "/entity/shots/99")]
    assert all(answer.headers["etag"].startswith('W/"') for answer in answers)
    assert len({answer.headers["x-request-id"] for answer in answers}) == 3
    assert {answer.headers["content-type"] for answer in answers} == {
        "application/json; charset=utf-8"
    }


def test_conditional_reads_are_ignored(client: Client) -> None:
    tag = client.get("/schema").headers["etag"]
    assert client.get("/schema", headers={"If-None-Match": tag}).status_code == 200


def test_any_origin_is_let_in_with_credentials(client: Client) -> None:
    answer = client.get("/schema", headers={"Origin": "https://a.example"})
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    assert answer.headers["access-control-allow-credentials"] == "true"


def test_a_preflight_is_answered_without_a_token(client: Client) -> None:
    headers = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    answer = requests.options(f"{client.url}/api/v1/entity/shots", headers=headers, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-methods"] == "GET, POST, PUT, PATCH, DELETE"
    assert answer.headers["access-control-max-age"] == "3600"
