from __future__ import annotations

import pytest

from shotgrid_dagster_tests.sandbox.client import Client, only_error, refusal

TO_NOTES = [["entity", "type_is", "Note"]]


def test_the_followers_of_a_row_are_people_with_a_name_and_nothing_else(client: Client) -> None:
    assert client.get("/entity/tasks/1/followers").json() == {
        "data": [
            {
                "id": 1,
                "type": "HumanUser",
                "links": {"self": "/api/v1/entity/HumanUser/1"},
                "attributes": {"name": "Jane Doe"},
            }
        ]
    }
    assert client.get("/api/v1/entity/HumanUser/1").status_code == 200


def test_what_nobody_follows_has_an_empty_list(client: Client) -> None:
    assert client.get("/entity/shots/1/followers").json() == {"data": []}
    assert client.get("/entity/tasks/2/followers").json() == {"data": []}


def test_the_followers_of_a_row_that_is_not_there_are_a_404(client: Client) -> None:
    answer = client.get("/entity/notes/999/followers")
    assert refusal(answer)[0] == 404
    assert only_error(answer)["detail"] == "Couldn't find Note with id=999"


def test_a_person_follows_rows_that_are_named_by_type_and_id(tiny_client: Client) -> None:
    followed = tiny_client.get("/entity/human_users/14/following").json()["data"]
    assert {row["type"] for row in followed} == {"Task", "Note"}
    assert followed[0]["links"]["self"] == f"/api/v1/entity/Task/{followed[0]['id']}"
    of_type = {
        word: tiny_client.get(f"/entity/human_users/14/following?entity={word}").json()["data"]
        for word in ("Note", "notes", "shots")
    }
    assert of_type["Note"] == of_type["notes"]
    assert of_type["Note"] == [row for row in followed if row["type"] == "Note"]
    assert of_type["shots"] == []
    in_project = tiny_client.get("/entity/human_users/14/following?project_id=6").json()["data"]
    assert 0 < len(in_project) <= len(followed)


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("human_users/999/following", 'Couldn\'t find HumanUser with id="999"'),
        ("human_users/1/following?project_id=999", 'Couldn\'t find Project with id="999"'),
    ],
)
def test_a_person_or_project_that_is_not_there_is_a_404(
    client: Client, path: str, detail: str
) -> None:
    answer = client.get(f"/entity/{path}")
    assert refusal(answer)[0] == 404
    assert only_error(answer)["detail"] == detail


def test_only_an_entity_type_can_be_followed(client: Client) -> None:
    answer = client.get("/entity/human_users/1/following?entity=nope")
    assert only_error(answer)["source"] == {"entity": ["entity is not valid"]}


def test_a_thread_is_the_note_and_what_came_after_it_in_order(tiny_client: Client) -> None:
    (reply, *_) = tiny_client.search("replies", TO_NOTES, fields="entity,user").json()["data"]
    note = reply["relationships"]["entity"]["data"]["id"]
    answer = tiny_client.get(f"/entity/notes/{note}/thread_contents")
    thread = answer.json()["data"]
    assert answer.json()["links"]["self"] == f"/api/v1/entity/notes/{note}/thread_contents"
    assert (thread[0]["type"], thread[0]["id"]) == ("Note", note)
    assert set(thread[0]) == {"type", "id", "content", "created_at", "created_by"}
    stamps = [entry["created_at"] for entry in thread]
    assert stamps == sorted(stamps)
    (shown,) = [entry for entry in thread if (entry["type"], entry["id"]) == ("Reply", reply["id"])]
    assert set(shown) == {"type", "id", "content", "created_at", "user"}
    assert set(shown["user"]) == {"id", "name", "type", "image"}


def test_an_attachment_of_a_thread_has_its_author_and_no_content(tiny_client: Client) -> None:
    rows = tiny_client.search("attachments", [["attachment_links", "type_is", "Note"]]).json()
    (attachment, *_) = rows["data"]
    links = attachment["relationships"]["attachment_links"]["data"]
    note = next(link["id"] for link in links if link["type"] == "Note")
    thread = tiny_client.get(f"/entity/notes/{note}/thread_contents").json()["data"]
    (shown,) = [entry for entry in thread if entry["type"] == "Attachment"]
    assert set(shown) == {"type", "id", "created_at", "created_by"}


def test_fields_are_added_to_notes_but_not_to_replies(tiny_client: Client) -> None:
    (reply, *_) = tiny_client.search("replies", TO_NOTES, fields="entity").json()["data"]
    note = reply["relationships"]["entity"]["data"]["id"]
    query = "entity_fields[Note]=sg_status_list,subject&entity_fields[Reply]=cached_display_name"
    answer = tiny_client.get(f"/entity/notes/{note}/thread_contents?{query}")
    thread = answer.json()["data"]
    assert {"sg_status_list", "subject"} < set(thread[0])
    (shown,) = [
        entry for entry in thread if entry["type"] == "Reply" and entry["id"] == reply["id"]
    ]
    assert "cached_display_name" not in shown


def test_only_a_note_has_a_thread(client: Client) -> None:
    answer = client.get("/entity/versions/1/thread_contents")
    assert only_error(answer)["detail"] == "Field 'Version.thread_contents' does not exist."
    assert only_error(client.get("/entity/notes/99/thread_contents"))["detail"] == (
        "Note: 99 not found"
    )
    (entry,) = client.get("/entity/notes/2/thread_contents").json()["data"]
    assert entry["content"] == "no subject"
