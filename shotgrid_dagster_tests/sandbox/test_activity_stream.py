from __future__ import annotations

from typing import Any

import pytest

from shotgrid_dagster_tests.sandbox.client import Client, only_error, refusal


@pytest.fixture
def shot(tiny_client: Client) -> int:
    """A Shot that people changed more than three times."""
    filters = [
        ["event_type", "is", "Shotgun_Shot_Change"],
        ["entity", "type_is", "Shot"],
        ["user", "type_is", "HumanUser"],
    ]
    rows = tiny_client.search("event_log_entries", filters, fields="entity").json()["data"]
    shots = [row["relationships"]["entity"]["data"]["id"] for row in rows]
    return int(max(shots, key=shots.count))


def stream(client: Client, shot: int, **query: object) -> dict[str, Any]:
    params = {name: str(value) for name, value in query.items()}
    answer = client.get(f"/entity/shots/{shot}/activity_stream", params)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def test_updates_come_newest_first_and_say_what_changed(tiny_client: Client, shot: int) -> None:
    data = stream(tiny_client, shot)
    ids = [update["id"] for update in data["updates"]]
    assert ids == sorted(ids, reverse=True)
    newest = data["updates"][0]
    assert set(newest) == {
        "id", "update_type", "meta", "created_at", "read", "primary_entity", "created_by",
    }  # fmt: skip
    assert newest["meta"]["entity_id"] == shot
    assert newest["primary_entity"]["type"] == "Shot"
    assert newest["created_by"]["type"] == "HumanUser"
    assert newest["read"] is False


def test_its_ids_are_not_those_of_the_event_log_and_scripts_are_missing(
    tiny_client: Client, shot: int
) -> None:
    updates = stream(tiny_client, shot, limit=500)["updates"]
    events = tiny_client.ids("event_log_entries", [["entity", "is", {"type": "Shot", "id": shot}]])
    assert not {update["id"] for update in updates} & set(events)
    assert len(updates) < len(events)


def test_pages_go_down_by_max_id_and_up_by_min_id_both_exclusive(
    tiny_client: Client, shot: int
) -> None:
    everything = stream(tiny_client, shot, limit=500)
    assert everything["earliest_update_id"] == 0
    ids = [update["id"] for update in everything["updates"]]
    first = stream(tiny_client, shot, limit=2)
    assert [update["id"] for update in first["updates"]] == ids[:2]
    assert first["earliest_update_id"] == ids[1]
    assert first["latest_update_id"] == everything["latest_update_id"] >= ids[0]
    second = stream(tiny_client, shot, limit=2, max_id=first["earliest_update_id"])
    assert [update["id"] for update in second["updates"]] == ids[2:4]
    assert second["latest_update_id"] == ids[1] - 1
    newer = stream(tiny_client, shot, min_id=ids[1])
    assert [update["id"] for update in newer["updates"]] == ids[:1]
    assert newer["earliest_update_id"] == ids[1] + 1


@pytest.mark.parametrize(
    ("limit", "problem"),
    [
        ("501", "limit must be less than or equal to 500"),
        ("0", "limit must be greater than 0"),
        ("-1", "limit must be greater than 0"),
        ("many", "limit must be an integer"),
    ],
)
def test_a_limit_is_from_1_to_500(client: Client, limit: str, problem: str) -> None:
    answer = client.get(f"/entity/shots/1/activity_stream?limit={limit}")
    assert only_error(answer)["source"] == {"limit": [problem]}


def test_a_row_that_is_not_there_is_a_500_and_an_unknown_type_a_404(client: Client) -> None:
    answer = client.get("/entity/shots/999/activity_stream")
    assert refusal(answer)[::2] == (500, "Shotgun Server Error")
    assert only_error(answer)["source"] is None
    assert client.get("/entity/bogus_things/1/activity_stream").status_code == 404
