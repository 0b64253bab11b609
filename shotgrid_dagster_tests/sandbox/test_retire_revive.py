from __future__ import annotations

import pytest

from shotgrid_dagster.sandbox.writes.policy import StampPolicy, WritePolicy
from shotgrid_dagster_tests.sandbox.client import only_error, refusal
from shotgrid_dagster_tests.sandbox.writer import NOW, Writer

SHOT = {"type": "Shot", "id": 1}
RETIRED = {"options[return_only]": "retired"}


def test_a_delete_has_nothing_to_say(writer: Writer) -> None:
    answer = writer.delete("shots", 1)
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_deleted_row_is_a_404_and_reads_as_retired(writer: Writer) -> None:
    writer.delete("shots", 3)
    assert writer.get("/entity/shots/3").status_code == 404
    assert writer.row("shots", 3, **RETIRED)["attributes"]["code"] == "SH003"
    retired = writer.get("/entity/shots", RETIRED).json()["data"]
    assert [row["id"] for row in retired] == [3, 14]


def test_deleting_again_is_a_404(writer: Writer) -> None:
    writer.delete("shots", 1)
    error = only_error(writer.delete("shots", 1))
    assert (error["status"], error["code"]) == (404, 104)
    assert error["detail"] == "Entity of type [Shot] with id=1 does not exist."


@pytest.mark.parametrize("value", ["1", "true", "yes"])
def test_a_revive_says_that_it_did(writer: Writer, value: str) -> None:
    answer = writer.revive("shots", 14, value)
    assert answer.status_code == 200
    assert answer.json() == {
        "data": {"type": "Shot", "id": 14},
        "links": {"self": "/api/v1/entity/shots/14"},
        "meta": {"did_revive": True},
    }
    assert writer.row("shots", 14)["attributes"]["sg_lens"] == "35mm"


def test_reviving_a_live_row_does_nothing(writer: Writer) -> None:
    assert writer.revive("shots", 1).json()["meta"] == {"did_revive": False}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/entity/shots/14", "revive is missing"),
        ("/entity/shots/14?revive=0", "revive must be true"),
        ("/entity/shots/14?revive=false", "revive must be true"),
    ],
)
def test_a_revive_must_be_asked_for(writer: Writer, path: str, text: str) -> None:
    error = only_error(writer.post(path, {}))
    assert (error["status"], error["code"], error["source"]["revive"]) == (400, 103, [text])


def test_reviving_what_never_was_is_a_404(writer: Writer) -> None:
    assert writer.revive("shots", 999).status_code == 404


@pytest.mark.parametrize("slug", ["page_settings", "event_log_entries"])
def test_some_rows_cannot_be_deleted(writer: Writer, slug: str) -> None:
    row_id = writer.make(slug) if slug == "event_log_entries" else 1
    assert refusal(writer.delete(slug, row_id))[:2] == (400, 104)


def test_a_reply_can_be_deleted_once_it_belongs_to_something(writer: Writer) -> None:
    reply = writer.create("replies", content="lost").json()["data"]["id"]
    answer = writer.delete("replies", reply)
    assert refusal(answer)[2] == "Entity of type Reply can not be deleted by this user."
    writer.change("replies", reply, entity={"type": "Note", "id": 1})
    assert writer.delete("replies", reply).status_code == 204


# what goes along


def test_a_shot_takes_its_versions_along(writer: Writer) -> None:
    writer.delete("shots", 1)
    version = writer.row("versions", 1, **RETIRED)
    assert version["relationships"]["entity"]["data"] is None


def test_versions_come_back_with_their_shot(writer: Writer) -> None:
    writer.delete("shots", 1)
    writer.revive("shots", 1)
    assert writer.linked("versions", 1, "entity") == "SH001"


def test_a_version_that_was_deleted_before_stays_deleted(writer: Writer) -> None:
    writer.delete("versions", 1)
    writer.clock.advance(1)
    writer.delete("shots", 1)
    writer.revive("shots", 1)
    assert writer.get("/entity/versions/1").status_code == 404


def test_the_tasks_of_a_deleted_shot_stay_and_lose_their_link(writer: Writer) -> None:
    writer.delete("shots", 1)
    assert writer.linked("tasks", 1, "entity") is None
    writer.revive("shots", 1)
    assert writer.linked("tasks", 1, "entity") == "SH001"


def test_a_task_takes_its_dependencies_along(writer: Writer) -> None:
    writer.change("tasks", 1, upstream_tasks=[{"type": "Task", "id": 2}])
    (edge,) = writer.ids("task_dependencies", [])
    writer.delete("tasks", 2)
    assert writer.ids("task_dependencies", []) == []
    assert writer.linked("tasks", 1, "upstream_tasks") == []
    writer.revive("tasks", 2)
    assert writer.ids("task_dependencies", []) == [edge]
    assert writer.linked("tasks", 1, "upstream_tasks") == ["anim 2"]


def test_a_dependency_waits_for_both_of_its_tasks(writer: Writer) -> None:
    writer.change("tasks", 1, upstream_tasks=[{"type": "Task", "id": 2}])
    writer.delete("tasks", 1)
    writer.clock.advance(1)
    writer.delete("tasks", 2)
    writer.revive("tasks", 1)
    assert writer.ids("task_dependencies", []) == []
    writer.revive("tasks", 2)
    assert writer.linked("tasks", 2, "downstream_tasks") == ["anim 1"]


def test_a_deleted_task_is_taken_from_versions_and_files(writer: Writer) -> None:
    task = {"type": "Task", "id": 1}
    version = writer.make("versions", sg_task=task)
    file = writer.make("published_files", task=task)
    writer.delete("tasks", 1)
    assert writer.linked("versions", version, "sg_task") is None
    assert writer.linked("published_files", file, "task") is None
    writer.revive("tasks", 1)
    assert writer.linked("versions", version, "sg_task") == "anim 1"


def test_a_template_takes_its_own_tasks_along(writer: Writer) -> None:
    template = writer.create("task_templates", code="t").json()["data"]["id"]
    link = {"type": "TaskTemplate", "id": template}
    own = writer.make("tasks", project=None, task_template=link)
    used = writer.make("tasks", task_template=link)
    writer.delete("task_templates", template)
    assert writer.get(f"/entity/tasks/{own}").status_code == 404
    assert writer.linked("tasks", used, "task_template") is None


def test_the_items_of_a_deleted_cut_stay(writer: Writer) -> None:
    cut = writer.make("cuts")
    item = writer.make("cut_items", cut={"type": "Cut", "id": cut})
    writer.delete("cuts", cut)
    assert writer.linked("cut_items", item, "cut") is None


def test_a_deleted_playlist_is_gone_from_its_versions(writer: Writer) -> None:
    playlist = writer.make("playlists", code="dailies", versions=[{"type": "Version", "id": 1}])
    assert writer.linked("versions", 1, "playlists") == ["dailies"]
    writer.delete("playlists", playlist)
    assert writer.linked("versions", 1, "playlists") == []


def test_a_deleted_person_stays_in_stamps_only(writer: Writer) -> None:
    jane = {"type": "HumanUser", "id": 1}
    version = writer.make("versions", user=jane, created_by=jane)
    task = writer.make("tasks", task_assignees=[jane])
    writer.delete("human_users", 1)
    assert writer.linked("versions", version, "created_by") == "Jane Doe"
    assert writer.linked("versions", version, "user") is None
    assert writer.linked("tasks", task, "task_assignees") == []


def test_a_link_that_is_hidden_survives_edits_of_the_others(writer: Writer) -> None:
    one, two, three = ({"type": "Asset", "id": row_id} for row_id in (1, 2, 3))
    note = writer.make("notes", note_links=[one, two])
    writer.delete("assets", 1)
    writer.change("notes", note, note_links=[three])
    writer.revive("assets", 1)
    assert writer.linked("notes", note, "note_links") == ["Fox", "Tree"]


# what is erased


def test_an_edge_that_is_taken_off_is_in_no_listing(writer: Writer) -> None:
    upstream = [{"type": "Task", "id": 2}]
    writer.change("tasks", 1, upstream_tasks=upstream)
    (first,) = writer.ids("task_dependencies", [])
    writer.change("tasks", 1, upstream_tasks=[])
    assert writer.ids("task_dependencies", []) == []
    assert writer.ids("task_dependencies", [], options={"return_only": "retired"}) == []
    writer.change("tasks", 1, upstream_tasks=upstream)
    assert writer.ids("task_dependencies", []) == [first + 1]


def test_replies_that_a_note_drops_are_in_no_listing(writer: Writer) -> None:
    writer.create("replies", content="yes", entity={"type": "Note", "id": 2})
    writer.change("notes", 2, replies=[])
    assert writer.ids("replies", []) == [1]
    assert writer.ids("replies", [], options={"return_only": "retired"}) == []


def test_a_version_that_is_put_back_on_a_playlist_has_a_new_connection(writer: Writer) -> None:
    version = [{"type": "Version", "id": 1}]
    playlist = writer.make("playlists", versions=version)
    (first,) = writer.ids("playlist_version_connections", [])
    writer.change("playlists", playlist, versions=[])
    writer.change("playlists", playlist, versions=version)
    assert writer.ids("playlist_version_connections", []) == [first + 1]


# stamps


@pytest.mark.parametrize(
    ("stamps", "moved"),
    [
        (StampPolicy(), set()),
        (StampPolicy(on_retire=True), {"shot"}),
        (StampPolicy(on_cascade=True), {"version"}),
        (StampPolicy(on_far_side=True), {"sequence", "task"}),
    ],
)
def test_which_stamps_a_delete_moves_can_be_chosen(
    writer: Writer, stamps: StampPolicy, moved: set[str]
) -> None:
    version = writer.make("versions", entity=SHOT, updated_at=None)
    sequence = writer.make("sequences", shots=[SHOT], updated_at=None)
    task = writer.make("tasks", entity=SHOT, updated_at=None)
    writer.policy = WritePolicy(stamps)
    writer.clock.advance(60)
    writer.delete("shots", 1)
    later = "2026-05-01T12:01:00Z"
    rows = {
        "shot": writer.row("shots", 1, **RETIRED),
        "version": writer.row("versions", version, **RETIRED),
        "sequence": writer.row("sequences", sequence),
        "task": writer.row("tasks", task),
    }
    stamped = {name for name, row in rows.items() if row["attributes"]["updated_at"] == later}
    assert stamped == moved


@pytest.mark.parametrize("moves", [False, True])
def test_whether_a_revive_moves_the_stamp_can_be_chosen(writer: Writer, moves: bool) -> None:
    writer.policy = WritePolicy(StampPolicy(on_revive=moves))
    writer.revive("shots", 14)
    assert (writer.row("shots", 14)["attributes"]["updated_at"] == NOW) == moves
