from __future__ import annotations

import pytest

from shotgrid_dagster_tests.sandbox.client import ARRAY, Client, only_error, refusal
from shotgrid_dagster_tests.sandbox.writer import JSON, NOW, PROJECT, Writer

# what is answered

TRUTH = "[String, FalseClass, TrueClass]"
LINK = (
    "[Hash, ActiveSupport::HashWithIndifferentAccess, ActionDispatch::Http::Parameters, "
    "ActionDispatch::Http::ParamsHashWithIndifferentAccess, NilClass]"
)


def test_a_create_answers_what_was_sent_and_what_the_site_filled_in(writer: Writer) -> None:
    answer = writer.create("shots", project=PROJECT, code="new", sg_cut_in=1001)
    data = answer.json()["data"]
    assert answer.status_code == 201
    assert data["attributes"].keys() >= {"code", "sg_cut_in", "sg_status_list", "created_at"}
    assert "description" not in data["attributes"]
    assert (data["attributes"]["code"], data["attributes"]["sg_status_list"]) == ("new", "wtg")
    assert answer.json()["links"] == {"self": f"/api/v1/entity/shots/{data['id']}"}


def test_a_create_answers_links_that_are_empty_too(writer: Writer) -> None:
    links = writer.create("shots", project=PROJECT).json()["data"]["relationships"]
    assert links["project"]["data"] == {"id": 70, "name": "Blue", "type": "Project"}
    assert links["sg_sequence"]["data"] is None
    assert links["tasks"]["data"] == []


def test_a_create_answers_entity_only_if_it_was_sent(writer: Writer) -> None:
    shot = {"type": "Shot", "id": 1}
    without = writer.create("versions", project=PROJECT).json()["data"]
    given = writer.create("versions", project=PROJECT, entity=shot).json()["data"]
    assert "entity" not in without["relationships"]
    assert given["relationships"]["entity"]["data"]["name"] == "SH001"


def test_a_create_spells_times_unlike_a_read(writer: Writer) -> None:
    data = writer.create("shots", project=PROJECT).json()["data"]
    assert data["attributes"]["created_at"] == "2026-05-01 12:00:00 UTC"
    assert writer.row("shots", data["id"])["attributes"]["created_at"] == NOW


def test_a_create_ignores_fields_in_the_query(writer: Writer) -> None:
    answer = writer.post("/entity/shots", {"project": PROJECT}, JSON, {"fields": "code"})
    assert "created_at" in answer.json()["data"]["attributes"]


# what is required


def test_only_the_project_is_required(writer: Writer) -> None:
    status, code, title = refusal(writer.create("shots", code="x"))
    assert (status, code) == (400, 103)
    assert title == """API create() missing 'project' attribute: {"code" => "x"}"""


@pytest.mark.parametrize(
    ("slug", "field", "kind"),
    [("shots", "code", "Shot"), ("playlists", "code", "Playlist"), ("tasks", "content", "Task")],
)
def test_a_row_without_a_name_gets_one(writer: Writer, slug: str, field: str, kind: str) -> None:
    row_id = writer.make(slug)
    assert writer.row(slug, row_id)["attributes"][field] == f"New {kind} {row_id}"


def test_a_name_cannot_be_empty(writer: Writer) -> None:
    answer = writer.create("shots", project=PROJECT, code="")
    assert refusal(answer) == (400, 104, "Cannot set identifier field to empty. (Shot)")


def test_site_wide_types_need_no_project(writer: Writer) -> None:
    assert writer.create("tags", name="wet").status_code == 201


def test_an_event_needs_only_a_project(writer: Writer) -> None:
    event = writer.make("event_log_entries")
    assert writer.row("event_log_entries", event)["attributes"]["description"] == "New Event"


def test_a_time_log_is_of_today(writer: Writer) -> None:
    log = writer.make("time_logs", duration=30)
    assert writer.row("time_logs", log)["attributes"]["date"] == "2026-05-01"


def test_creating_the_same_row_again_makes_another(writer: Writer) -> None:
    assert writer.make("shots", code="same") != writer.make("shots", code="same")


@pytest.mark.parametrize("name", ["name", "code"])
def test_the_name_and_code_of_a_project_are_unique(writer: Writer, name: str) -> None:
    assert writer.create("projects", **{name: "Twice"}).status_code == 201
    assert refusal(writer.create("projects", **{name: "Twice"}))[:2] == (400, 104)


def test_a_login_can_be_used_again_when_its_owner_is_retired(writer: Writer) -> None:
    assert refusal(writer.create("human_users", login="jane"))[:2] == (400, 104)
    assert writer.create("human_users", login="gone").status_code == 201


# stamps


def test_a_row_is_stamped_with_its_writer_and_the_time(writer: Writer) -> None:
    row = writer.row("shots", writer.make("shots"))
    assert row["attributes"]["created_at"] == row["attributes"]["updated_at"] == NOW
    for stamp in ("created_by", "updated_by"):
        assert row["relationships"][stamp]["data"]["name"] == "extractor 1.0"


@pytest.mark.parametrize("stamp", ["created_at", "updated_at"])
@pytest.mark.parametrize("instant", ["2001-02-03T04:05:06Z", "2099-01-01T00:00:00Z", None])
def test_a_creator_may_set_the_stamps(writer: Writer, stamp: str, instant: str | None) -> None:
    shot = writer.make("shots", **{stamp: instant})
    assert writer.row("shots", shot)["attributes"][stamp] == instant


def test_in_the_name_of_a_person_the_person_is_the_writer(writer: Writer) -> None:
    jane = Client.signed_in(writer.url, writer.app, scope="sudo_as_login:jane")
    shot = jane.post("/entity/shots", {"project": PROJECT}, JSON).json()["data"]["id"]
    assert writer.linked("shots", shot, "created_by") == "Jane Doe"


# values


@pytest.mark.parametrize(
    ("field", "sent", "stored"),
    [
        ("description", "  two\nlines ", "two\nlines"),
        ("description", "", None),
        ("sg_cut_in", -7, -7),
        ("sg_plate_scale", 0.04, "0.04"),
        ("sg_stereo", True, True),
        ("sg_turnover_date", "2026-03-04", "2026-03-04"),
        ("sg_plate_length", "12-08", "12-08"),
        ("sg_shot_type", "VFX", "VFX"),
        ("sg_status_list", None, None),
    ],
)
def test_a_value_reads_as_it_was_sent(
    writer: Writer, field: str, sent: object, stored: object
) -> None:
    shot = writer.make("shots", **{field: sent})
    assert writer.row("shots", shot)["attributes"][field] == stored


def test_minutes_lose_what_is_behind_the_point(writer: Writer) -> None:
    assert writer.row("tasks", writer.make("tasks", duration=90.9))["attributes"]["duration"] == 90


def test_a_time_is_stored_in_utc_without_a_fraction(writer: Writer) -> None:
    playlist = writer.make("playlists", sg_date_and_time="2026-03-04T05:06:07.9+02:00")
    shown = writer.row("playlists", playlist)["attributes"]["sg_date_and_time"]
    assert shown == "2026-03-04T03:06:07Z"


@pytest.mark.parametrize(
    ("slug", "field", "value", "text"),
    [
        ("shots", "code", 5, "[String, NilClass] data type(s) but got Integer: 5"),
        ("shots", "sg_cut_in", 2.5, "[Integer, NilClass] data type(s) but got Float: 2.5"),
        ("shots", "sg_plate_scale", 1, "[Float, NilClass] data type(s) but got Integer: 1"),
        ("shots", "sg_stereo", None, f"{TRUTH} data type(s) but got NilClass: nil"),
        ("shots", "sg_stereo", 1, f"{TRUTH} data type(s) but got Integer: 1"),
        ("shots", "sg_sequence", 7, f"{LINK} data type(s) but got Integer: 7"),
        ("shots", "assets", None, "[Array, Hash] data type(s) but got NilClass: nil"),
        ("shots", "image", "x.jpg", "[NilClass] data type(s) but got String"),
    ],
)
def test_a_value_of_another_class_is_refused(
    writer: Writer, slug: str, field: str, value: object, text: str
) -> None:
    status, code, title = refusal(writer.create(slug, project=PROJECT, **{field: value}))
    assert (status, code) == (400, 103)
    assert title.startswith(f"API create() Shot.{field} expected ")
    assert text in title


@pytest.mark.parametrize(("sent", "read"), [("true", True), ("false", False)])
def test_a_checkbox_takes_its_words_as_text(writer: Writer, sent: str, read: bool) -> None:
    shot = writer.make("shots", code=sent, sg_stereo=sent)
    assert writer.row("shots", shot)["attributes"]["sg_stereo"] is read


@pytest.mark.parametrize("word", ["1", "0", "yes", "", "checked"])
def test_a_checkbox_refuses_another_text_without_quotes(writer: Writer, word: str) -> None:
    error = only_error(writer.create("shots", project=PROJECT, sg_stereo=word))
    text = f" Invalid data for 'checkbox' data type. Value: {word}"
    assert (error["status"], error["code"], error["source"]) == (400, 103, {"Shot.sg_stereo": text})


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        (
            "sg_sequence",
            {"id": 1},
            "entity hash string 'type': {\"id\" => 1} Valid entity types: [",
        ),
        ("assets", [{"id": 1}], "entity hash string 'type': {\"id\" => 1} Valid entity "),
        ("assets", [1], "entity hash: 1"),
        ("assets", {"type": "Asset", "id": 1}, "string 'multi_entity_update_mode'"),
    ],
)
def test_a_link_that_is_none_is_called_missing(
    writer: Writer, field: str, value: object, text: str
) -> None:
    status, code, title = refusal(writer.update("shots", 1, **{field: value}))
    assert (status, code) == (400, 103)
    assert title.startswith(f"API update() invalid/missing {text}")


@pytest.mark.parametrize("value", ["2026-03-04T00:00:00Z", "04.03.2026"])
def test_a_date_refuses_anything_but_a_date(writer: Writer, value: str) -> None:
    answer = writer.create("shots", project=PROJECT, sg_turnover_date=value)
    assert refusal(answer)[:2] == (400, 103)


def test_a_status_must_be_valid_on_the_site(writer: Writer) -> None:
    title = refusal(writer.create("shots", project=PROJECT, sg_status_list="nope"))[2]
    assert title.startswith("Create failed for [Shot]: Value is not legal.")
    assert "wtg, ip, fin" in title


def test_a_hidden_status_can_be_written(writer: Writer) -> None:
    assert writer.make("shots", sg_status_list="omt")


def test_a_choice_is_case_sensitive(writer: Writer) -> None:
    answer = writer.create("shots", project=PROJECT, sg_shot_type="vfx")
    assert refusal(answer)[:2] == (400, 104)
    assert "VFX, 2D" in refusal(answer)[2]


def test_a_number_too_big_for_the_database_is_refused(writer: Writer) -> None:
    answer = writer.create("shots", project=PROJECT, sg_cut_in=2**31)
    assert "PG::NumericValueOutOfRange" in refusal(answer)[2]
    assert writer.make("shots", sg_cut_in=2**31 - 1)


@pytest.mark.parametrize("target", [{"type": "Asset", "id": 1}, {"type": "Sequence", "id": 99}])
def test_a_link_to_another_type_or_to_nothing_is_not_legal(
    writer: Writer, target: dict[str, object]
) -> None:
    answer = writer.create("shots", project=PROJECT, sg_sequence=target)
    assert refusal(answer) == (400, 104, "Create failed for [Shot]: Value is not legal.")


def test_a_link_to_a_retired_row_is_not_legal(writer: Writer) -> None:
    answer = writer.create("shots", project=PROJECT, sg_sequence={"type": "Sequence", "id": 2})
    assert refusal(answer)[:2] == (400, 104)


def test_an_unknown_field_is_refused(writer: Writer) -> None:
    error = only_error(writer.create("shots", project=PROJECT, sg_nope=1))
    assert (error["status"], error["code"]) == (400, 103)
    assert error["title"] == "API create() Shot.sg_nope doesn't exist."
    assert list(error["source"]) == ["Shot.sg_nope"]


@pytest.mark.parametrize("field", ["id", "sg_frames_with_handles", "open_notes", "step_0"])
def test_what_the_site_computes_is_read_only(writer: Writer, field: str) -> None:
    answer = writer.create("shots", project=PROJECT, **{field: 1})
    assert refusal(answer) == (400, 103, f"API create() Shot.{field} is read only.")


def test_the_display_name_is_accepted_and_dropped(writer: Writer) -> None:
    shot = writer.make("shots", code="mine", cached_display_name="other")
    assert writer.row("shots", shot)["attributes"]["cached_display_name"] == "mine"


def test_a_jsonb_orders_its_keys_by_length(writer: Writer) -> None:
    note = writer.make("notes", meta={"bb": 1, "a": {"ccc": 2, "b": 3}})
    assert list(writer.row("notes", note)["attributes"]["meta"]) == ["a", "bb"]


def test_a_link_to_the_web_makes_an_attachment(writer: Writer) -> None:
    movie = {"url": "https://example.com/x", "name": "x"}
    version = writer.make("versions", sg_uploaded_movie=movie)
    shown = writer.row("versions", version)["attributes"]["sg_uploaded_movie"]
    assert shown["link_type"] == "web"
    assert writer.row("attachments", shown["id"])["attributes"]["this_file"] == shown


def test_a_local_path_is_found_on_its_storage(writer: Writer) -> None:
    writer.change("local_storages", 1, linux_path="/mnt/p", mac_path="/Volumes/p")
    file = writer.make("published_files", path={"local_path": "/mnt/p/show/a.ma"})
    path = writer.row("published_files", file)["attributes"]["path"]
    assert "url" not in path
    assert path["relative_path"] == "show/a.ma"
    assert path["local_path_mac"] == "/Volumes/p/show/a.ma"
    assert path["local_storage"] == {"type": "LocalStorage", "id": 1, "name": "primary"}


def test_a_path_with_backslashes_is_refused(writer: Writer) -> None:
    answer = writer.create("published_files", project=PROJECT, path={"local_path": "P:\\a"})
    assert refusal(answer)[:2] == (400, 104)


# transport


def test_a_write_speaks_plain_json_only(writer: Writer) -> None:
    answer = writer.post("/entity/shots", {"project": PROJECT}, ARRAY)
    assert refusal(answer) == (415, 103, f"Unsupported Content-Type '{ARRAY}'")
    assert only_error(answer)["source"]["content_type"].count("application/json") == 1


def test_a_script_makes_no_pages(writer: Writer) -> None:
    answer = writer.create("pages", name="x")
    assert refusal(answer) == (400, 104, "Entity of type Page cannot be created by this user.")


def test_a_write_that_a_guard_stops_is_noted_down(writer: Writer) -> None:
    guard = writer.app.state.write_guard
    guard.is_on = True
    assert writer.create("shots", project=PROJECT).status_code == 500
    assert writer.delete("shots", 1).status_code == 500
    assert writer.ids("shots", [["id", "is", 1]]) == [1]
    assert guard.refused == ["POST /api/v1/entity/shots", "DELETE /api/v1/entity/shots/1"]
