from __future__ import annotations

from typing import Any

import pytest

from shotgrid_dagster_tests.sandbox.client import HASH, Client, only_error, refusal


def summarize(client: Client, slug: str, **body: object) -> dict[str, Any]:
    answer = client.post(f"/entity/{slug}/_summarize", {"filters": [], **body})
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def one(field: str, summary_type: str, **more: str) -> list[dict[str, str]]:
    return [{"field": field, "type": summary_type, **more}]


def grouped(client: Client, slug: str, field: str, grouping: str) -> list[tuple[str, object, int]]:
    """(name, value, number of rows) of each group."""
    data = summarize(client, slug, summary_fields=one("id", "count"), grouping=one(field, grouping))
    return [
        (group["group_name"], group["group_value"], group["summaries"]["id"])
        for group in data["groups"]
    ]


def test_a_count_of_ids_is_the_number_of_rows(client: Client) -> None:
    data = summarize(client, "shots", summary_fields=one("id", "count"))
    assert data == {"summaries": {"id": 12}, "groups": []}


def test_filters_and_options_hold_as_in_a_search(client: Client) -> None:
    body = {
        "filters": {"logical_operator": "or", "conditions": [["id", "greater_than", 11]]},
        "summary_fields": one("id", "record_count"),
        "options": {"include_archived_projects": True},
    }
    answer = client.post("/entity/shots/_summarize", body, HASH)
    assert answer.json()["data"]["summaries"] == {"id": 2}


@pytest.mark.parametrize(
    ("slug", "field", "summary_type", "value"),
    [
        ("shots", "id", "maximum", 12),
        ("shots", "id", "minimum", 1),
        ("shots", "id", "record_count", 12),
        ("shots", "sg_cut_in", "count", 10),
        ("shots", "sg_cut_in", "sum", 10_075),
        ("shots", "sg_cut_in", "average", 1007.5),
        ("shots", "assets", "count", 2),
        ("shots", "created_at", "earliest", "2026-03-01T00:00:00Z"),
        ("shots", "created_at", "latest", "2026-03-12T00:00:00Z"),
        ("shots", "sg_stereo", "checked", 1),
        ("shots", "sg_stereo", "unchecked", 11),
        ("shots", "sg_status_list", "status_list", "ip"),
        ("tasks", "sg_status_list", "status_list", None),
        ("assets", "sg_percent_complete", "percentage", 75),
        ("tasks", "duration", "sum", 4800),
        ("tasks", "time_logs_sum", "sum", 90),
        ("tasks", "entity.Shot.sg_cut_in", "count", 0),
        ("notes", "subject", "count", 1),
    ],
)
def test_a_summary_says_one_thing_about_a_field(
    client: Client, slug: str, field: str, summary_type: str, value: object
) -> None:
    data = summarize(client, slug, summary_fields=one(field, summary_type))
    assert data["summaries"] == {field: value}


def test_a_share_of_a_status_is_a_whole_number_or_a_float(client: Client) -> None:
    whole = one("sg_status_list", "status_percentage", value="ip")
    assert summarize(client, "shots", summary_fields=whole)["summaries"]["sg_status_list"] == 17
    exact = one("sg_status_list", "status_percentage_as_float", value="ip")
    share = summarize(client, "shots", summary_fields=exact)["summaries"]["sg_status_list"]
    assert share == pytest.approx(100 / 6)


def test_of_two_summaries_of_a_field_the_last_one_wins(client: Client) -> None:
    both = one("id", "maximum") + one("id", "count")
    assert summarize(client, "shots", summary_fields=both)["summaries"] == {"id": 12}


def test_what_cannot_be_summarized_is_left_out(client: Client) -> None:
    both = one("image", "count") + one("id", "count")
    assert summarize(client, "shots", summary_fields=both)["summaries"] == {"id": 12}


def test_an_unknown_summary_type_names_the_known_ones(client: Client) -> None:
    fields = [*one("id", "count"), *one("id", "median")]
    answer = client.post("/entity/shots/_summarize", {"filters": [], "summary_fields": fields})
    assert refusal(answer) == (400, 103, "Request Parameters invalid.")
    text = (
        "type must be one of: record_count, count, sum, maximum, minimum, average, earliest, "
        "latest, percentage, status_percentage, status_percentage_as_float, status_list, checked, "
        "unchecked"
    )
    source = only_error(answer)["source"]
    assert source == {"summary_fields": {"1": {"type": [text]}}}


def test_tasks_are_grouped_by_their_workload_in_days(client: Client) -> None:
    assert grouped(client, "tasks", "workload", "exact") == [
        ("0 days", "0.000000", 3),
        ("1 days", "480.000000", 1),
    ]


def test_an_unknown_field_is_a_400_in_the_name_of_summarize(client: Client) -> None:
    body = {"filters": [], "summary_fields": one("nope", "count")}
    answer = client.post("/entity/shots/_summarize", body)
    assert refusal(answer) == (400, 103, "API summarize() Shot.nope doesn't exist.")
    answer = client.post("/entity/shots/_summarize", {"filters": [["nope", "is", 1]]})
    assert refusal(answer) == (400, 103, "API summarize() Shot.nope doesn't exist.")


def test_summarizing_a_pivot_column_is_a_500(client: Client) -> None:
    body = {"filters": [], "summary_fields": one("step_0", "count")}
    assert client.post("/entity/shots/_summarize", body).status_code == 500


def test_grouping_by_an_image_is_a_400(client: Client) -> None:
    body = {"filters": [], "grouping": one("image", "exact")}
    assert client.post("/entity/shots/_summarize", body).status_code == 400


def test_a_group_without_a_value_has_an_empty_name(client: Client) -> None:
    assert grouped(client, "shots", "sg_status_list", "exact") == [
        ("", None, 8), ("fin", "fin", 1), ("ip", "ip", 2), ("wtg", "wtg", 1),
    ]  # fmt: skip


def test_groups_of_links_are_valued_by_the_links(client: Client) -> None:
    sequence = {"id": 1, "name": "ab", "type": "Sequence", "valid": "valid"}
    assert grouped(client, "shots", "sg_sequence", "exact") == [("", None, 6), ("ab", sequence, 6)]
    fox = {"id": 1, "name": "Fox", "type": "Asset", "valid": "valid"}
    cave = {"id": 2, "name": "Cave", "type": "Asset", "valid": "valid"}
    groups = grouped(client, "shots", "assets", "exact")
    assert ("Fox", [fox], 1) in groups
    assert ("Fox, Cave", [fox, cave], 1) in groups


def test_groups_of_a_checkbox_are_drawn(client: Client) -> None:
    expected = [("[ ]", False, 11), ("[X]", True, 1)]
    assert grouped(client, "shots", "sg_stereo", "exact") == expected


@pytest.mark.parametrize(
    ("field", "grouping", "names"),
    [
        ("id", "tens", ["0-9", "10-19"]),
        ("sg_cut_in", "hundreds", ["", "1000-1099"]),
        ("created_at", "month", ["2026-03"]),
        ("created_at", "quarter", ["2026-Q1"]),
        ("created_at", "year", ["2026"]),
        ("created_at", "week", ["2026-02-23", "2026-03-02", "2026-03-09"]),
        ("sg_turnover_date", "day", ["", "2026-03-04"]),
        ("sg_turnover_date", "oneday", ["", "2026-03-04"]),
        ("created_at", "clustered_date", ["Past"]),
        ("sg_sequence", "entitytype", ["", "Sequence"]),
        ("code", "firstletter", ["S"]),
    ],
)
def test_a_grouping_type_cuts_values_into_steps(
    client: Client, field: str, grouping: str, names: list[str]
) -> None:
    assert [name for name, _, _ in grouped(client, "shots", field, grouping)] == names


def test_five_days_make_a_group(client: Client) -> None:
    groups = grouped(client, "shots", "created_at", "fivedays")
    assert sum(count for _, _, count in groups) == 12
    assert max(count for _, _, count in groups) == 5


def test_groups_nest_and_only_inner_ones_have_no_groups(client: Client) -> None:
    data = summarize(
        client,
        "shots",
        summary_fields=one("id", "count"),
        grouping=[
            {"field": "sg_sequence", "type": "exact", "direction": "desc"},
            {"field": "sg_status_list", "type": "exact"},
        ],
    )
    first = data["groups"][0]
    assert (first["group_name"], first["summaries"]) == ("ab", {"id": 6})
    assert [group["group_name"] for group in first["groups"]] == ["", "fin", "ip", "wtg"]
    assert all("groups" not in group for group in first["groups"])


def test_a_summary_wants_a_vendor_content_type(client: Client) -> None:
    answer = client.post("/entity/shots/_summarize", {"filters": []}, "application/json")
    assert answer.status_code == 415
