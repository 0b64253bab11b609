from __future__ import annotations

from typing import Any

import pytest

from shotgrid_dagster.sandbox.writes.policy import EventPolicy, WritePolicy
from shotgrid_dagster_tests.sandbox.client import Client, refusal
from shotgrid_dagster_tests.sandbox.writer import JSON, NOW, PROJECT, Writer


@pytest.fixture
def logged(writer: Writer) -> Writer:
    """A writer that leaves events."""
    writer.change("api_users", 1, generate_event_log_entries=True)
    return writer


def kinds(events: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(event["event_type"], event["attribute_name"]) for event in events]


def test_a_script_leaves_no_events_unless_it_is_told_to(writer: Writer) -> None:
    writer.make("shots")
    assert writer.events() == []
    writer.change("api_users", 1, generate_event_log_entries=True)
    assert writer.events() == []
    writer.change("shots", 1, description="x")
    assert len(writer.events()) == 1


def test_a_person_always_leaves_events(writer: Writer) -> None:
    jane = Client.signed_in(writer.url, writer.app, scope="sudo_as_login:jane")
    jane.post("/entity/tags", {"name": "wet"}, JSON)
    (event, *_) = writer.events()
    assert event["user"] == {"id": 1, "name": "Jane Doe", "type": "HumanUser"}
    assert len(event["session_uuid"]) == 36


def test_a_create_is_one_event_a_field_and_one_for_the_row(logged: Writer) -> None:
    shot = logged.make("shots", code="e1", description="wide", sg_shot_type="VFX")
    events = logged.events()
    assert sorted(kinds(events), key=str) == [
        ("Shotgun_Shot_Change", "code"),
        ("Shotgun_Shot_Change", "description"),
        ("Shotgun_Shot_Change", "project"),
        ("Shotgun_Shot_Change", "sg_shot_type"),
        ("Shotgun_Shot_Change", "sg_status_list"),
        ("Shotgun_Shot_New", None),
    ]
    changes = [event["meta"] for event in events if event["attribute_name"]]
    assert all(meta["in_create"] is True and meta["old_value"] is None for meta in changes)
    (new,) = (event["meta"] for event in events if not event["attribute_name"])
    assert new == {"type": "new_entity", "entity_type": "Shot", "entity_id": shot}


def test_an_update_is_one_event_a_field(logged: Writer) -> None:
    logged.change("shots", 1, sg_status_list="ip")
    (event,) = logged.events()
    assert event["meta"] == {
        "type": "attribute_change", "attribute_name": "sg_status_list", "entity_type": "Shot",
        "entity_id": 1, "field_data_type": "status_list", "old_value": "wtg", "new_value": "ip",
        "platform_id": None,
    }  # fmt: skip
    assert event["entity"] == {"id": 1, "name": "SH001", "type": "Shot"}
    assert event["project"]["id"] == 70
    assert event["user"]["name"] == "extractor 1.0"
    assert (event["session_uuid"], event["created_at"]) == (None, NOW)


def test_an_update_that_changes_nothing_leaves_no_event(logged: Writer) -> None:
    logged.change("shots", 1, sg_status_list="wtg")
    assert logged.events() == []


def test_a_refused_write_leaves_no_event(logged: Writer) -> None:
    logged.update("shots", 1, description="x", sg_status_list="nope")
    assert logged.events() == []


def test_a_link_in_an_event_says_more_than_a_link(logged: Writer) -> None:
    logged.change("shots", 3, sg_sequence=None)
    old = logged.events()[0]["meta"]["old_value"]
    assert old.keys() == {"name", "type", "id", "valid", "status", "uuid"}
    assert (old["type"], old["id"], old["name"]) == ("Sequence", 1, "ab")


def test_a_multi_link_tells_what_it_gained_and_lost(logged: Writer) -> None:
    note = logged.make("notes", note_links=[{"type": "Asset", "id": 1}])
    before = len(logged.events())
    logged.change("notes", note, note_links=[{"type": "Shot", "id": 2}])
    (event,) = logged.events()[before:]
    meta = event["meta"]
    assert (meta["entity_type"], meta["entity_id"]) == ("Note", note)
    assert [link["name"] for link in meta["added"]] == ["SH002"]
    assert [link["name"] for link in meta["removed"]] == ["Fox"]
    assert meta["added"][0].keys() == {"name", "type", "id", "status", "uuid"}


def test_a_delete_is_a_pair_of_events(logged: Writer) -> None:
    logged.delete("sequences", 1)
    retirement, change = logged.events()
    assert retirement["event_type"] == "Shotgun_Sequence_Retirement"
    assert retirement["meta"] == {
        "type": "entity_retirement", "class_name": "Sequence", "display_name": "ab",
        "entity_type": "Sequence", "entity_id": 1, "id": 1,
        "retirement_date": "2026-05-01 12:00:00 UTC",
    }  # fmt: skip
    assert change["attribute_name"] == "retirement_date"
    assert (change["meta"]["old_value"], change["meta"]["new_value"]) == (
        None,
        "2026-05-01 12:00:00 UTC",
    )


def test_events_of_a_deleted_row_lose_their_link_and_meta_remembers(logged: Writer) -> None:
    logged.change("sequences", 1, description="x")
    assert logged.events()[0]["entity"]["id"] == 1
    logged.delete("sequences", 1)
    for event in logged.events():
        assert event["entity"] is None
        assert (event["meta"]["entity_type"], event["meta"]["entity_id"]) == ("Sequence", 1)


@pytest.mark.parametrize("regain", [False, True])
def test_whether_events_regain_their_link_can_be_chosen(logged: Writer, regain: bool) -> None:
    logged.policy = WritePolicy(events=EventPolicy(regain_links=regain))
    logged.delete("sequences", 1)
    logged.revive("sequences", 1)
    *earlier, revival = logged.events()
    assert [event["entity"] is not None for event in earlier] == [regain, regain]
    assert revival["event_type"] == "Shotgun_Sequence_Revival"
    assert revival["meta"] == {
        "type": "entity_revival", "entity_type": "Sequence", "entity_id": 1,
    }  # fmt: skip


def test_a_revive_of_a_live_row_leaves_no_event(logged: Writer) -> None:
    logged.revive("shots", 1)
    assert logged.events() == []


def test_a_dependency_is_told_of_at_both_ends(logged: Writer) -> None:
    logged.change("tasks", 1, upstream_tasks=[{"type": "Task", "id": 2}])
    assert sorted(kinds(logged.events()), key=str) == [
        ("Shotgun_TaskDependency_Change", "dependent_task"),
        ("Shotgun_TaskDependency_Change", "task"),
        ("Shotgun_TaskDependency_New", None),
        ("Shotgun_Task_Change", "downstream_tasks"),
        ("Shotgun_Task_Change", "upstream_tasks"),
    ]


def test_a_back_dated_row_is_logged_now(logged: Writer) -> None:
    logged.make("shots", created_at="2001-01-01T00:00:00Z")
    assert {event["created_at"] for event in logged.events()} == {NOW}


@pytest.mark.parametrize("field", ["meta", "event_type"])
def test_an_event_cannot_be_changed(logged: Writer, field: str) -> None:
    event = logged.make("event_log_entries", event_type="Tool_Ran")
    answer = logged.update("event_log_entries", event, **{field: None})
    assert refusal(answer)[:2] == (400, 104)


# ids


def ids_after(writer: Writer, policy: EventPolicy, writes: int) -> list[int]:
    writer.policy = WritePolicy(events=policy)
    for number in range(writes):
        writer.change("shots", 1, sg_cut_in=number)
    return [event["id"] for event in writer.events()]


def test_ids_rise_one_by_one(logged: Writer) -> None:
    assert ids_after(logged, EventPolicy(), 20) == list(range(1, 21))


def test_ids_of_blocks_are_used_late(logged: Writer) -> None:
    written: list[int] = []
    logged.policy = WritePolicy(events=EventPolicy(block=8))
    for number in range(24):
        logged.change("shots", 1, sg_cut_in=number)
        (new,) = {event["id"] for event in logged.events()} - set(written)
        written.append(new)
    assert written != sorted(written), "an id is used after a higher one"
    assert len(written) == len(set(written)) == 24
    assert max(written) > 24, "there are gaps behind the head"


def test_some_events_are_seen_late(logged: Writer) -> None:
    policy = EventPolicy(head_density=0.5, late_seconds=300)
    first = ids_after(logged, policy, 40)
    assert 10 < len(first) < 30
    logged.clock.advance(301)
    assert logged.ids("event_log_entries", []) == list(range(1, 41))


def test_an_event_whose_turn_has_not_come_is_seen_by_no_read(logged: Writer) -> None:
    ids_after(logged, EventPolicy(head_density=0, late_seconds=300), 1)
    everything: dict[str, object] = {
        "filters": [],
        "summary_fields": [{"field": "id", "type": "count"}],
    }
    count = logged.post("/entity/event_log_entries/_summarize", everything)
    assert logged.get("/entity/event_log_entries/1").status_code == 404
    assert count.json()["data"]["summaries"] == {"id": 0}
    logged.clock.advance(300)
    assert logged.get("/entity/event_log_entries/1").status_code == 200


def test_some_ids_are_never_used(logged: Writer) -> None:
    ids = ids_after(logged, EventPolicy(unused=0.3), 30)
    assert len(ids) == 30
    assert max(ids) > 33
    logged.clock.advance(1e6)
    assert logged.ids("event_log_entries", []) == ids


def test_writing_with_a_project_hides_nothing(logged: Writer) -> None:
    logged.create("notes", project=PROJECT)
    assert {event["project"]["id"] for event in logged.events()} == {70}
