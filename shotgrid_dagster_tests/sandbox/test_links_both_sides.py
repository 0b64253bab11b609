from __future__ import annotations

import pytest

from shotgrid_dagster.sandbox.writes.policy import StampPolicy, WritePolicy
from shotgrid_dagster_tests.sandbox.client import refusal
from shotgrid_dagster_tests.sandbox.writer import NOW, Writer


def link(kind: str, row_id: int) -> dict[str, object]:
    return {"type": kind, "id": row_id}


@pytest.mark.parametrize(
    ("near", "link_field", "kind", "far", "far_field"),
    [
        ("shots", "assets", "Asset", "assets", "shots"),
        ("notes", "note_links", "Shot", "shots", "notes"),
        ("notes", "tasks", "Task", "tasks", "notes"),
        ("playlists", "versions", "Version", "versions", "playlists"),
        ("deliveries", "sg_versions", "Version", "versions", "delivery_sg_versions_deliveries"),
        ("shots", "parent_shots", "Shot", "shots", "shots"),
    ],
)
def test_a_link_of_many_shows_at_both_ends(
    writer: Writer, near: str, link_field: str, kind: str, far: str, far_field: str
) -> None:
    row_id = writer.make(near, **{link_field: [link(kind, 1)]})
    named = writer.linked(near, row_id, link_field)
    assert len(named) == 1
    other = writer.row(far, 1)["relationships"][far_field]["data"]
    assert row_id in [link["id"] for link in other]
    writer.change(near, row_id, **{link_field: []})
    other = writer.row(far, 1)["relationships"][far_field]["data"]
    assert row_id not in [link["id"] for link in other]


@pytest.mark.parametrize(
    ("far", "field", "kind", "near", "near_field"),
    [
        ("assets", "shots", "Shot", "shots", "assets"),
        ("versions", "playlists", "Playlist", "playlists", "versions"),
        ("shots", "notes", "Note", "notes", "note_links"),
    ],
)
def test_a_link_can_be_made_and_cut_at_the_far_end(
    writer: Writer, far: str, field: str, kind: str, near: str, near_field: str
) -> None:
    other = writer.make(near)
    row_id = writer.make(far, **{field: [link(kind, other)]})
    assert len(writer.linked(near, other, near_field)) == 1
    writer.change(far, row_id, **{field: []})
    assert writer.linked(near, other, near_field) == []


@pytest.mark.parametrize(
    ("parent", "children", "child", "kind", "own_parent"),
    [
        ("sequences", "shots", "shots", "Shot", "sg_sequence"),
        ("cuts", "cut_items", "cut_items", "CutItem", "cut"),
    ],
)
def test_a_child_that_is_given_to_another_parent_leaves_its_own(
    writer: Writer, parent: str, children: str, child: str, kind: str, own_parent: str
) -> None:
    row_id = writer.make(child, code="child")
    first = writer.make(parent, code="first", **{children: [link(kind, row_id)]})
    second = writer.make(parent, code="second")
    assert writer.linked(parent, first, children) == ["child"]
    writer.change(parent, second, **{children: [link(kind, row_id)]})
    assert writer.linked(parent, first, children) == []
    assert writer.linked(child, row_id, own_parent).startswith("second")
    writer.change(parent, second, **{children: []})
    assert writer.linked(child, row_id, own_parent) is None


def test_upstream_and_downstream_are_one_edge(writer: Writer) -> None:
    writer.change("tasks", 1, downstream_tasks=[link("Task", 2)])
    assert writer.linked("tasks", 2, "upstream_tasks") == ["anim 1"]
    (edge,) = writer.ids("task_dependencies", [])
    row = writer.row("task_dependencies", edge)
    assert row["attributes"]["cached_display_name"] == "Task 2 dependent on Task 1"
    assert row["attributes"]["dependency_type"] == "finish-to-start-next-day"


def test_an_edge_can_be_made_as_a_row(writer: Writer) -> None:
    edge = writer.create("task_dependencies", task=link("Task", 1), dependent_task=link("Task", 3))
    assert edge.status_code == 201
    assert writer.linked("tasks", 1, "upstream_tasks") == ["anim 3"]
    writer.change("task_dependencies", edge.json()["data"]["id"], dependent_task=link("Task", 2))
    assert writer.linked("tasks", 1, "upstream_tasks") == ["anim 2"]
    assert writer.linked("tasks", 3, "downstream_tasks") == []


def test_two_rows_are_connected_once(writer: Writer) -> None:
    ends = {"task": link("Task", 1), "dependent_task": link("Task", 2)}
    writer.create("task_dependencies", **ends)
    assert refusal(writer.create("task_dependencies", **ends))[:2] == (400, 104)


@pytest.mark.parametrize("upstream", [1, 2])
def test_a_task_cannot_wait_for_itself(writer: Writer, upstream: int) -> None:
    writer.change("tasks", 2, upstream_tasks=[link("Task", 1)])
    answer = writer.update("tasks", 1, upstream_tasks=[link("Task", upstream)])
    assert refusal(answer)[:2] == (400, 104)
    assert writer.linked("tasks", 1, "upstream_tasks") == []


def test_links_across_projects_are_allowed(writer: Writer) -> None:
    playlist = writer.make("playlists", project=link("Project", 71), versions=[link("Version", 1)])
    assert writer.linked("playlists", playlist, "versions") == ["SH001_v001"]


def test_open_notes_follow_the_status_of_the_note(writer: Writer) -> None:
    note = writer.make("notes", subject="dark", note_links=[link("Shot", 3)])
    assert writer.linked("shots", 3, "open_notes") == ["dark"]
    assert writer.row("shots", 3)["attributes"]["open_notes_count"] == 1
    writer.change("notes", note, sg_status_list="clsd")
    assert writer.linked("shots", 3, "open_notes") == []
    assert writer.linked("shots", 3, "notes") == ["dark"]


def test_a_link_from_a_playlist_has_no_order(writer: Writer) -> None:
    writer.make("playlists", versions=[link("Version", 1)])
    (row,) = writer.get("/entity/playlist_version_connections", {"fields": "*"}).json()["data"]
    assert row["attributes"]["sg_sort_order"] is None


@pytest.mark.parametrize("moves", [False, True])
def test_whether_the_far_side_is_stamped_can_be_chosen(writer: Writer, moves: bool) -> None:
    asset = writer.make("assets", updated_at=None)
    sequence = writer.make("sequences", updated_at=None)
    writer.policy = WritePolicy(StampPolicy(on_far_side=moves))
    writer.change("shots", 3, assets=[link("Asset", asset)], sg_sequence=link("Sequence", sequence))
    for slug, row_id in (("assets", asset), ("sequences", sequence)):
        assert (writer.row(slug, row_id)["attributes"]["updated_at"] == NOW) == moves
    assert writer.row("shots", 3)["attributes"]["updated_at"] == NOW
