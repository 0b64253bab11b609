from __future__ import annotations

import pytest

from shotgrid_dagster_tests.sandbox.client import only_error, refusal
from shotgrid_dagster_tests.sandbox.writer import NOW, Writer

BEFORE = "2026-03-01T12:00:00Z"
"""When the first shot of the small site was last written."""


def test_an_update_answers_the_whole_row(writer: Writer) -> None:
    row = writer.change("shots", 1, description="brighter")
    assert row == writer.row("shots", 1) | {"attributes": row["attributes"]}
    assert len(row["attributes"]) == len(writer.row("shots", 1)["attributes"])
    assert row["attributes"]["description"] == "brighter"


def test_what_is_not_sent_stays(writer: Writer) -> None:
    before = writer.row("shots", 1)["attributes"]
    after = writer.change("shots", 1, sg_cut_in=5)["attributes"]
    assert {name for name in before if before[name] != after[name]} == {
        "sg_cut_in", "updated_at", "image",
    }  # fmt: skip


def test_an_update_moves_the_stamp_and_names_its_writer(writer: Writer) -> None:
    row = writer.change("shots", 1, sg_cut_in=5)
    assert row["attributes"]["updated_at"] == NOW
    assert row["relationships"]["updated_by"]["data"]["name"] == "extractor 1.0"


@pytest.mark.parametrize("body", [{}, {"sg_status_list": "wtg"}, {"cached_display_name": "x"}])
def test_an_update_that_changes_nothing_moves_no_stamp(
    writer: Writer, body: dict[str, object]
) -> None:
    assert writer.change("shots", 1, **body)["attributes"]["updated_at"] == BEFORE


def test_sending_the_same_links_moves_no_stamp(writer: Writer) -> None:
    same = [{"type": "Asset", "id": 2}, {"type": "Asset", "id": 1}]
    assert writer.change("shots", 1, assets=same)["attributes"]["updated_at"] == BEFORE


@pytest.mark.parametrize("field", ["created_at", "created_by", "updated_at", "updated_by"])
def test_stamps_are_editable_on_create_only(writer: Writer, field: str) -> None:
    answer = writer.update("shots", 1, **{field: None})
    text = f"API update() Shot.{field} is editable on create only."
    assert refusal(answer) == (400, 103, text)


@pytest.mark.parametrize(
    ("slug", "row_id", "field"), [("steps", 1, "entity_type"), ("notes", 1, "meta")]
)
def test_some_fields_are_written_once(writer: Writer, slug: str, row_id: int, field: str) -> None:
    assert refusal(writer.update(slug, row_id, **{field: None}))[2].endswith(
        "is editable on create only."
    )


@pytest.mark.parametrize("row_id", [999, 14])
def test_a_row_that_is_not_there_or_retired_is_a_404(writer: Writer, row_id: int) -> None:
    error = only_error(writer.update("shots", row_id, code="x"))
    assert (error["status"], error["code"]) == (404, 104)
    assert error["detail"] == f"Entity of type [Shot] with id={row_id} does not exist."


def test_a_refused_update_changes_nothing(writer: Writer) -> None:
    answer = writer.update("shots", 1, description="no", sg_status_list="nope")
    assert refusal(answer)[2].startswith("Update failed for [Shot.sg_status_list]: ")
    assert writer.row("shots", 1)["attributes"]["updated_at"] == BEFORE


def test_a_number_too_big_is_an_invalid_statement(writer: Writer) -> None:
    answer = writer.update("shots", 1, sg_cut_in=-(2**31) - 1)
    assert refusal(answer)[2] == "Update failed for [Shot.sg_cut_in]: Invalid statement."


def test_there_is_no_patch(writer: Writer) -> None:
    answer = writer.session.patch(f"{writer.url}/api/v1/entity/shots/1", json={}, timeout=10)
    assert only_error(answer)["status"] == 404


def test_clearing_the_picture_clears_the_filmstrip(writer: Writer) -> None:
    row = writer.change("shots", 1, image=None)
    assert row["attributes"]["image"] is row["attributes"]["filmstrip_image"] is None


# multi links


ONE, TWO, THREE = ({"type": "Asset", "id": row_id} for row_id in (1, 2, 3))


@pytest.fixture
def shot(writer: Writer) -> int:
    """A shot with Cave and Fox."""
    return writer.make("shots", assets=[ONE, TWO])


def test_a_bare_list_replaces(writer: Writer, shot: int) -> None:
    writer.change("shots", shot, assets=[THREE])
    assert writer.linked("shots", shot, "assets") == ["Tree"]


@pytest.mark.parametrize(
    ("mode", "left"),
    [("add", ["Cave", "Fox", "Tree"]), ("remove", ["Cave"]), ("set", ["Fox", "Tree"])],
)
def test_a_mode_edits_in_place(writer: Writer, shot: int, mode: str, left: list[str]) -> None:
    value = {"multi_entity_update_mode": mode, "value": [THREE, ONE]}
    writer.change("shots", shot, assets=value)
    assert writer.linked("shots", shot, "assets") == left


def test_an_unknown_mode_is_refused(writer: Writer, shot: int) -> None:
    value = {"multi_entity_update_mode": "append", "value": [ONE]}
    assert refusal(writer.update("shots", shot, assets=value))[:2] == (400, 103)


def test_links_are_shown_by_name_not_in_the_order_sent(writer: Writer, shot: int) -> None:
    writer.change("shots", shot, assets=[THREE, ONE, TWO, ONE])
    assert writer.linked("shots", shot, "assets") == ["Cave", "Fox", "Tree"]


def test_a_mode_in_the_query_is_ignored(writer: Writer, shot: int) -> None:
    writer.session.put(
        f"{writer.url}/api/v1/entity/shots/{shot}",
        params={"multi_entity_update_mode": "add"},
        json={"assets": [THREE]},
        timeout=10,
    )
    assert writer.linked("shots", shot, "assets") == ["Tree"]


# names


def test_a_new_name_shows_in_every_link(writer: Writer, shot: int) -> None:
    writer.change("assets", 1, code="Wolf")
    assert "Wolf" in writer.linked("shots", shot, "assets")
    writer.change("shots", shot, code="renamed")
    assert writer.linked("assets", 1, "shots")[-1] == "renamed"


def test_a_new_name_of_a_person_shows_in_stamps(writer: Writer) -> None:
    writer.change("api_users", 1, firstname="importer")
    assert writer.linked("shots", 1, "created_by") == "importer 1.0"


def test_renaming_moves_no_stamp_of_what_links_to_the_row(writer: Writer) -> None:
    writer.change("sequences", 1, code="zz")
    assert writer.linked("shots", 1, "sg_sequence") == "zz"
    assert writer.row("shots", 1)["attributes"]["updated_at"] == BEFORE
