from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import requests

from shotgrid_dagster.sandbox.access import signatures
from shotgrid_dagster.sandbox.http.app import create_app
from shotgrid_dagster.sandbox.http.server import serve_in_thread
from shotgrid_dagster_tests.sandbox.client import Client
from shotgrid_dagster_tests.sandbox.small_site import SIGNING_KEY


def picture(client: Client) -> str:
    url: str = client.row("shots", 1, fields="image")["attributes"]["image"]
    return url


def movie(client: Client) -> dict[str, str]:
    value: dict[str, str] = client.row("versions", 1)["attributes"]["sg_uploaded_movie"]
    return value


def test_a_picture_is_a_signed_address_that_is_new_on_every_read(client: Client) -> None:
    first, second = picture(client), picture(client)
    path = f"{client.url}/media/abc/one.jpg"
    assert first.partition("?")[0] == second.partition("?")[0] == path
    assert first != second
    assert "X-Amz-Expires=900" in first


def test_a_file_is_an_object_with_a_signed_address(client: Client) -> None:
    value = movie(client)
    assert {**value, "url": ""} == {
        "url": "", "name": "one.mov", "link_type": "upload", "content_type": "video/quicktime",
        "type": "Attachment", "id": 55,
    }  # fmt: skip
    assert value["url"].startswith(f"{client.url}/media/abc/one.mov?X-Amz-Algorithm=")


def test_a_picture_in_the_making_is_the_placeholder(client: Client) -> None:
    image = client.row("shots", 2, fields="image")["attributes"]["image"]
    assert image == f"{client.url}/images/status/transient/thumbnail_pending.png"
    assert requests.get(image, timeout=10).headers["content-type"] == "image/png"


def test_a_picture_behind_a_link_is_signed_too(client: Client) -> None:
    path = "entity.Shot.image"
    image = client.row("tasks", 1, fields=path)["attributes"][path]
    assert requests.get(image, timeout=10).status_code == 200


def test_a_stored_file_is_always_the_same_bytes(client: Client) -> None:
    answers = [requests.get(picture(client), timeout=10) for _ in range(2)]
    assert answers[0].status_code == 200
    assert answers[0].content == answers[1].content
    assert answers[0].content.startswith(b"\x89PNG")
    assert len(requests.get(movie(client)["url"], timeout=10).content) == 4096


def test_a_stored_file_is_for_get_only(client: Client) -> None:
    assert requests.head(picture(client), timeout=10).status_code == 403


@pytest.mark.parametrize(
    ("old", "new"),
    [("X-Amz-Signature=", "X-Amz-Signature=0"), ("X-Amz-Expires=900", "X-Amz-Expires=9000")],
)
def test_a_signature_that_was_tampered_with_is_a_403(client: Client, old: str, new: str) -> None:
    url = picture(client)
    assert requests.get(url.replace(old, new), timeout=10).status_code == 403
    assert requests.get(url.partition("?")[0], timeout=10).status_code == 403


def test_a_signature_expires_after_900_seconds(database: Path) -> None:
    now = [datetime(2026, 3, 4, 12, tzinfo=timezone.utc)]
    app = create_app(database, clock=lambda: now[0])
    with serve_in_thread(database, app) as site:
        client = Client.signed_in(site.url, app)
        url = picture(client)
        now[0] += timedelta(seconds=899)
        assert requests.get(url, timeout=10).status_code == 200
        now[0] += timedelta(seconds=1)
        assert requests.get(url, timeout=10).status_code == 403


def test_a_signature_is_checked_with_the_sites_key() -> None:
    now = datetime(2026, 3, 4, 12, tzinfo=timezone.utc)
    query = dict(pair.split("=") for pair in signatures.signature(SIGNING_KEY, now).split("&"))
    query["X-Amz-Credential"] = "any"
    assert signatures.is_open(query, SIGNING_KEY, now)
    assert not signatures.is_open(query, "another key", now)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=4000-", slice(4000, None)),
        ("bytes=-5", slice(-5, None)),
    ],
)
def test_a_range_is_a_206(client: Client, asked: str, part: slice) -> None:
    url = movie(client)["url"]
    whole = requests.get(url, timeout=10).content
    answer = requests.get(url, headers={"Range": asked}, timeout=10)
    assert (answer.status_code, answer.content) == (206, whole[part])
    assert answer.headers["content-range"].endswith("/4096")


def test_a_media_field_is_read_on_its_own(client: Client) -> None:
    answer = client.get("/entity/shots/1/image").json()
    assert answer["data"].startswith(f"{client.url}/media/abc/one.jpg?")
    assert answer["links"] == {"self": "/api/v1/entity/shots/1/image"}
    empty = client.get("/entity/shots/5/image")
    assert (empty.status_code, empty.json()["data"]) == (200, None)


@pytest.mark.parametrize(
    ("path", "stored"),
    [
        ("/entity/shots/1/image?alt=thumbnail", "/media/abc/one.jpg"),
        ("/entity/versions/1/sg_uploaded_movie?alt=original", "/media/abc/one.mov"),
    ],
)
def test_alt_redirects_to_the_stored_file(client: Client, path: str, stored: str) -> None:
    answer = client.get(path, follow=False)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(client.url + stored + "?")
    assert requests.get(answer.headers["location"], timeout=10).status_code == 200


def test_alt_of_an_empty_field_is_a_404(client: Client) -> None:
    assert client.get("/entity/shots/5/image?alt=original").status_code == 404


def test_a_path_through_a_link_is_not_a_media_field(client: Client) -> None:
    assert client.get("/entity/tasks/1/entity.Shot.image").status_code == 406
