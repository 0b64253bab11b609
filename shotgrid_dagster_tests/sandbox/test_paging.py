from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from shotgrid_dagster_tests.sandbox.client import Client, only_error, refusal

LIVE_SHOTS = list(range(1, 13))


def ids(client: Client, path: str) -> list[int]:
    return [row["id"] for row in client.get(path).json()["data"]]


def test_next_is_there_for_ever_and_prev_from_page_two(client: Client) -> None:
    seen: list[list[int]] = []
    path = "/entity/shots?fields=code&page[size]=5"
    for number in range(1, 6):
        answer = client.get(path).json()
        assert ("prev" in answer["links"]) == (number > 1)
        seen.append([row["id"] for row in answer["data"]])
        path = answer["links"]["next"]
    assert seen == [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10], [11, 12], [], []]


def test_links_are_relative_percent_encoded_and_keep_what_was_asked(client: Client) -> None:
    links = client.get("/entity/shots?fields=code&page[size]=2&page[number]=3").json()["links"]
    assert links["self"] == "/api/v1/entity/shots?fields=code&page%5Bsize%5D=2&page%5Bnumber%5D=3"
    for name, number in (("next", "4"), ("prev", "2")):
        query = parse_qs(urlsplit(links[name]).query)
        expected = {"fields": ["code"], "page[size]": ["2"], "page[number]": [number]}
        assert query == expected
        assert "[" not in links[name]


def test_links_carry_the_prefix_that_was_called(client: Client) -> None:
    answer = client.get("/api/v1.1/entity/shots?fields=project&page[size]=1").json()
    row = answer["data"][0]
    addresses = [
        answer["links"]["self"],
        answer["links"]["next"],
        row["links"]["self"],
        row["relationships"]["project"]["links"]["self"],
        row["relationships"]["project"]["links"]["related"],
    ]
    assert all(address.startswith("/api/v1.1/entity/") for address in addresses)


def test_a_listing_has_no_total_anywhere(client: Client) -> None:
    answer = client.get("/entity/shots").json()
    assert set(answer) == {"data", "links"}
    assert set(answer["links"]) == {"self", "next"}


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("page[size]=0", {"size": ["size must be greater than 0"]}),
        ("page[size]=-1", {"size": ["size must be greater than 0"]}),
        ("page[size]=5001", {"size": ["size must be less than 5000"]}),
        ("page[number]=0", {"number": ["number must be greater than 0"]}),
    ],
)
def test_a_page_that_cannot_be_is_a_400(client: Client, query: str, problem: object) -> None:
    answer = client.get(f"/entity/shots?{query}")
    assert refusal(answer) == (400, 103, "Request Parameters invalid.")
    assert only_error(answer)["source"] == {"page": problem}


def test_5000_rows_is_the_largest_page(client: Client) -> None:
    assert client.get("/entity/shots?page[size]=5000").status_code == 200


def test_a_page_far_behind_the_end_is_empty(client: Client) -> None:
    assert ids(client, "/entity/shots?page[number]=999") == []


def test_ids_ascend_by_default(client: Client) -> None:
    assert ids(client, "/entity/shots") == LIVE_SHOTS


def test_nulls_come_last_in_both_directions_and_ids_break_ties(client: Client) -> None:
    without = list(range(5, 13))
    assert ids(client, "/entity/shots?sort=sg_status_list") == [4, 2, 3, 1, *without]
    assert ids(client, "/entity/shots?sort=-sg_status_list") == [1, 2, 3, 4, *without]


def test_sorts_take_several_fields_and_single_link_paths(client: Client) -> None:
    assert ids(client, "/entity/shots?sort=sg_sequence.Sequence.code,-sg_cut_in") == [
        6, 5, 4, 3, 1, 2, 12, 11, 10, 9, 8, 7,
    ]  # fmt: skip
    assert ids(client, "/entity/tasks?sort=-entity") == [2, 1, 3, 4]


@pytest.mark.parametrize("sort", ["nope", "image", "open_notes_count", "-assets", "a.B.c"])
def test_a_sort_that_is_unknown_or_senseless_is_ignored(client: Client, sort: str) -> None:
    assert ids(client, f"/entity/shots?sort={sort}") == LIVE_SHOTS


@pytest.mark.parametrize(("slug", "field"), [("shots", "step_0"), ("local_storages", "uuid")])
def test_sorting_by_a_pivot_column_or_a_uuid_is_a_400_104(
    client: Client, slug: str, field: str
) -> None:
    status, code, title = refusal(client.get(f"/entity/{slug}?sort={field}"))
    assert (status, code) == (400, 104)
    assert title.startswith("Read failed for entity type [")


@pytest.mark.parametrize(
    ("sort", "problem"),
    [
        ("", "sort must be filled"),
        ("id%20desc", "sort list is not valid"),
        ("+id", "sort list is not valid"),
        ("code,", "sort list is not valid"),
    ],
)
def test_a_sort_that_cannot_be_read_is_a_400(client: Client, sort: str, problem: str) -> None:
    answer = client.get(f"/entity/shots?sort={sort}")
    assert refusal(answer) == (400, 103, "Request Parameters invalid.")
    assert only_error(answer)["source"] == {"sort": [problem]}


def test_retired_rows_come_only_when_asked_for_and_alone(client: Client) -> None:
    assert ids(client, "/entity/shots?options[return_only]=retired") == [14]
    assert ids(client, "/entity/shots?options[return_only]=active") == LIVE_SHOTS


def test_an_option_that_does_not_exist_is_ignored(client: Client) -> None:
    assert ids(client, "/entity/shots?options[retired_only]=true") == LIVE_SHOTS


def test_rows_of_archived_projects_are_hidden_unless_asked_for(client: Client) -> None:
    option = "options[include_archived_projects]=true"
    assert ids(client, f"/entity/shots?{option}") == [*LIVE_SHOTS, 13]
    assert ids(client, "/entity/projects") == [70]
    assert ids(client, f"/entity/projects?{option}") == [70, 71]


def test_rows_without_a_project_are_not_hidden(client: Client) -> None:
    assert ids(client, "/entity/tasks") == [1, 2, 3, 4]


def test_unknown_parameters_are_ignored(client: Client) -> None:
    assert ids(client, "/entity/shots?include_count=1&project_id=71") == LIVE_SHOTS


def test_a_get_may_carry_a_json_content_type_without_a_body(client: Client) -> None:
    answer = client.get("/entity/shots", headers={"Content-Type": "application/json"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("filter[id]=3,1,2", [1, 2, 3]),
        ("filter[code]=sh004", [4]),
        ("filter[sg_status_list]=ip", [2, 3]),
        ("filter[sg_stereo]=true", [1]),
        ("filter[sg_cut_in]=1005", [5]),
        ("filter[project.Project.id]=70&filter[id]=1", [1]),
        ("filter[sg_sequence.Sequence.code]=ab&filter[sg_status_list]=ip", [2, 3]),
    ],
)
def test_filters_of_a_listing_are_equality(client: Client, query: str, found: list[int]) -> None:
    assert ids(client, f"/entity/shots?{query}") == found


@pytest.mark.parametrize("query", ["filter[project]=70", "filter[sg_cut_in]=null"])
def test_filters_of_a_listing_are_strings_and_fail_as_such(client: Client, query: str) -> None:
    status, code, title = refusal(client.get(f"/entity/shots?{query}"))
    assert (status, code) == (400, 103)
    assert "but got String" in title
