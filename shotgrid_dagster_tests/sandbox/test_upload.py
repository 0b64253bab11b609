from __future__ import annotations

from typing import Any

import pytest
import requests

from shotgrid_dagster.sandbox.files.uploads import LEAST_PART
from shotgrid_dagster_tests.sandbox.client import only_error, refusal
from shotgrid_dagster_tests.sandbox.writer import JSON, Writer

BYTES = b"moving pictures"
MOVIE = "/entity/versions/1/sg_uploaded_movie/_upload"
PICTURE = "/entity/shots/1/image/_upload"


def begin(writer: Writer, path: str, filename: str = "a.mov", **query: str) -> dict[str, Any]:
    answer = writer.get(path, {"filename": filename, **query})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def complete(writer: Writer, begun: dict[str, Any], **more: object) -> requests.Response:
    body = {"upload_info": {**begun["data"], **more}, "upload_data": {}}
    return writer.session.post(
        writer.url + begun["links"]["complete_upload"], json=body, timeout=10
    )


def upload(writer: Writer, path: str, filename: str = "a.mov", content: bytes = BYTES) -> None:
    begun = begin(writer, path, filename)
    assert requests.put(begun["links"]["upload"], data=content, timeout=10).status_code == 200
    assert complete(writer, begun).status_code == 201


def movie(writer: Writer) -> dict[str, Any]:
    value: dict[str, Any] = writer.row("versions", 1)["attributes"]["sg_uploaded_movie"]
    return value


def test_step_one_says_where_the_bytes_go(writer: Writer) -> None:
    begun = begin(writer, MOVIE)
    assert {**begun["data"], "timestamp": ""} == {
        "timestamp": "", "upload_type": "Attachment", "upload_id": None, "storage_service": "s3",
        "original_filename": "a.mov", "multipart_upload": False,
    }  # fmt: skip
    assert begun["links"]["complete_upload"] == f"/api/v1{MOVIE}"
    assert begun["links"]["upload"].startswith(f"{writer.url}/media/")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/entity/shots/1/image/_upload", "Thumbnail"),
        ("/entity/shots/1/filmstrip_image/_upload", "Thumbnail"),
        ("/entity/shots/1/_upload", "Attachment"),
    ],
)
def test_pictures_are_thumbnails_and_all_else_attachments(
    writer: Writer, path: str, kind: str
) -> None:
    assert begin(writer, path)["data"]["upload_type"] == kind


def test_a_filename_is_needed(writer: Writer) -> None:
    assert refusal(writer.get(MOVIE))[:2] == (400, 103)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/entity/shots/1/sg_nope/_upload", 404),
        ("/entity/shots/999/image/_upload", 404),
        ("/entity/shots/1/code/_upload", 400),
    ],
)
def test_a_file_needs_a_row_and_a_field_for_files(writer: Writer, path: str, status: int) -> None:
    assert only_error(writer.get(path, {"filename": "a.mov"}))["status"] == status


def test_the_address_is_for_put_only(writer: Writer) -> None:
    address = begin(writer, MOVIE)["links"]["upload"]
    assert requests.get(address, timeout=10).status_code == 403
    assert requests.put(address.partition("?")[0], data=BYTES, timeout=10).status_code == 403
    stored = requests.put(address, data=BYTES, timeout=10)
    assert (stored.status_code, len(stored.headers["etag"])) == (200, 34)


def test_what_was_uploaded_can_be_fetched(writer: Writer) -> None:
    upload(writer, MOVIE)
    value = movie(writer)
    assert (value["name"], value["link_type"]) == ("a.mov", "upload")
    assert value["content_type"] == "video/quicktime"
    assert requests.get(value["url"], timeout=10).content == BYTES


def test_step_three_is_a_201_of_one_space(writer: Writer) -> None:
    begun = begin(writer, MOVIE)
    answer = complete(writer, begun)
    assert (answer.status_code, answer.content) == (201, b" ")
    assert answer.headers["content-type"].startswith(JSON)


def test_a_file_whose_bytes_never_came_is_a_201_too_and_a_404_later(writer: Writer) -> None:
    complete(writer, begin(writer, MOVIE))
    assert requests.get(movie(writer)["url"], timeout=10).status_code == 404


def test_a_file_field_holds_one_file_and_makes_an_attachment_of_each(writer: Writer) -> None:
    upload(writer, MOVIE, "one.mov")
    first = movie(writer)["id"]
    upload(writer, MOVIE, "two.mov")
    assert movie(writer)["name"] == "two.mov"
    assert writer.ids("attachments", []) == [first, movie(writer)["id"]]


def test_a_new_attachment_has_no_size(writer: Writer) -> None:
    upload(writer, MOVIE)
    attachment = writer.row("attachments", movie(writer)["id"])["attributes"]
    assert attachment["file_size"] is attachment["file_extension"] is None
    assert attachment["this_file"]["name"] == attachment["display_name"] == "a.mov"


def test_attachments_of_a_row_accumulate(writer: Writer) -> None:
    for name in ("a.pdf", "b.pdf"):
        upload(writer, "/entity/notes/1/_upload", name)
    assert writer.linked("notes", 1, "attachments") == ["a.pdf", "b.pdf"]
    about = [["attachment_links", "is", {"type": "Note", "id": 1}]]
    assert len(writer.ids("attachments", about)) == 2


def test_a_picture_is_shown_by_its_row(writer: Writer) -> None:
    upload(writer, PICTURE, "thumb.png", b"\x89PNG")
    image = writer.row("shots", 1)["attributes"]["image"]
    assert image.partition("?")[0].endswith("/thumb.png")
    assert requests.get(image, timeout=10).content == b"\x89PNG"


def test_prefixing_the_link_again_is_a_404(writer: Writer) -> None:
    begun = begin(writer, MOVIE)
    begun["links"]["complete_upload"] = "/api/v1" + begun["links"]["complete_upload"]
    assert complete(writer, begun).status_code == 404


# in parts


@pytest.fixture
def parts(writer: Writer) -> dict[str, Any]:
    """An upload in parts that has begun."""
    return begin(writer, MOVIE, multipart_upload="true")


def send_parts(writer: Writer, begun: dict[str, Any], *contents: bytes) -> list[str]:
    tags = []
    following = begun["links"]["get_next_part"]
    for content in contents:
        links = writer.get(following).json()["links"]
        stored = requests.put(links["upload"], data=content, timeout=10)
        tags.append(stored.headers["etag"])
        following = links["get_next_part"]
    return tags


def test_parts_make_one_file(writer: Writer, parts: dict[str, Any]) -> None:
    assert parts["data"]["upload_id"]
    tags = send_parts(writer, parts, b"a" * LEAST_PART, b"end")
    assert complete(writer, parts, etags=tags).status_code == 201
    assert requests.get(movie(writer)["url"], timeout=10).content == b"a" * LEAST_PART + b"end"


def test_every_part_but_the_last_is_5_mb_at_least(writer: Writer, parts: dict[str, Any]) -> None:
    tags = send_parts(writer, parts, b"small", b"end")
    answer = complete(writer, parts, etags=tags)
    assert refusal(answer)[::2] == (400, "Error completing multipart upload.")


def test_parts_are_completed_with_their_tags(writer: Writer, parts: dict[str, Any]) -> None:
    send_parts(writer, parts, b"end")
    assert complete(writer, parts).status_code == 400
    assert complete(writer, parts, etags=["0"]).status_code == 400


def test_an_upload_in_parts_is_aborted_once(writer: Writer, parts: dict[str, Any]) -> None:
    tags = send_parts(writer, parts, b"end")
    first, second = (writer.post(f"{MOVIE}/multipart_abort", parts["data"], JSON) for _ in "12")
    assert (first.status_code, second.status_code) == (204, 400)
    assert complete(writer, parts, etags=tags).status_code == 400
