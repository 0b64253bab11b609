from __future__ import annotations

import pytest

from shotgrid_dagster_tests.sandbox.client import ARRAY, only_error, refusal
from shotgrid_dagster_tests.sandbox.writer import JSON, PROJECT, Writer


def create(entity: str, **data: object) -> dict[str, object]:
    return {"request_type": "create", "entity": entity, "data": data}


def update(entity: str, row_id: int, **data: object) -> dict[str, object]:
    return {"request_type": "update", "entity": entity, "record_id": row_id, "data": data}


def delete(entity: str, row_id: int) -> dict[str, object]:
    return {"request_type": "delete", "entity": entity, "record_id": row_id}


def test_each_request_is_answered_in_order(writer: Writer) -> None:
    answer = writer.batch(
        create("Shot", project=PROJECT, code="b1"),
        update("Shot", 1, description="x"),
        delete("Shot", 2),
    )
    assert answer.status_code == 200
    made, changed, gone = answer.json()["data"]
    assert made["data"]["attributes"]["code"] == "b1"
    assert changed.keys() == {"data", "links", "status"}
    assert len(changed["data"]["attributes"]) > len(made["data"]["attributes"])
    assert {**gone, "uuid": ""} == {
        "request_type": "delete", "type": "Shot", "id": 2, "uuid": "", "did_delete": True,
    }  # fmt: skip
    assert writer.get("/entity/shots/2").status_code == 404


def test_all_happen_or_none(writer: Writer) -> None:
    answer = writer.batch(
        create("Shot", project=PROJECT, code="b1"), delete("Shot", 1), update("Shot", 999, code="x")
    )
    assert only_error(answer)["status"] == 404
    assert writer.ids("shots", [["code", "is", "b1"]]) == []
    assert writer.get("/entity/shots/1").status_code == 200


def test_later_requests_see_what_earlier_ones_did(writer: Writer) -> None:
    answer = writer.batch(update("Sequence", 1, code="new"), update("Shot", 1, description="x"))
    shot = answer.json()["data"][1]["data"]
    assert shot["relationships"]["sg_sequence"]["data"]["name"] == "new"
    answer = writer.batch(delete("Shot", 1), update("Shot", 1, description="y"))
    assert only_error(answer)["status"] == 404


def test_no_requests_are_answered_with_nothing(writer: Writer) -> None:
    answer = writer.batch()
    assert (answer.status_code, answer.json()) == (200, {"data": []})


def test_a_create_without_its_project_has_an_id_and_no_row(writer: Writer) -> None:
    answer = writer.batch(create("Shot", code="ghost"))
    row_id = answer.json()["data"][0]["data"]["id"]
    assert answer.status_code == 200
    assert writer.get(f"/entity/shots/{row_id}").status_code == 404
    assert writer.ids("shots", [["code", "is", "ghost"]]) == []
    assert writer.make("shots") == row_id + 1


@pytest.mark.parametrize("entity", ["shots", "shot", "Nope", None])
def test_types_are_spelt_as_in_the_schema(writer: Writer, entity: str) -> None:
    text = "Invalid entity type: entity type [] does not exist."
    assert refusal(writer.batch(delete(entity, 1)))[::2] == (400, text)


@pytest.mark.parametrize(
    "request_",
    [
        {"request_type": "revive", "entity": "Shot", "record_id": 14},
        {"request_type": "update", "entity": "Shot", "data": {}},
        {"request_type": "create", "entity": "Shot", "data": []},
        "create",
    ],
)
def test_a_malformed_request_is_refused(writer: Writer, request_: dict[str, object]) -> None:
    assert refusal(writer.batch(request_))[:2] == (400, 103)


def test_a_slash_may_follow(writer: Writer) -> None:
    answer = writer.post("/entity/_batch/", {"requests": [delete("Shot", 1)]}, JSON)
    assert answer.status_code == 200


def test_a_batch_speaks_plain_json_only(writer: Writer) -> None:
    assert writer.post("/entity/_batch", {"requests": []}, ARRAY).status_code == 415
