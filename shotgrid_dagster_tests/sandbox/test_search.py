from __future__ import annotations

import pytest

from shotgrid_dagster_tests.sandbox.client import ARRAY, HASH, Client, only_error, refusal

ALL = list(range(1, 13))


def group(operator: str, *conditions: object) -> dict[str, object]:
    return {"logical_operator": operator, "conditions": list(conditions)}


def test_no_filters_finds_every_row(client: Client) -> None:
    assert client.ids("shots", []) == ALL
    assert client.ids("shots", group("or")) == ALL


def test_both_syntaxes_are_answered_alike(client: Client) -> None:
    triples = [["code", "is", "SH003"], ["id", "less_than", 9]]
    by_array = client.search("shots", triples, fields=["code"])
    by_hash = client.search("shots", group("and", *triples), fields="code")
    assert by_array.json() == by_hash.json()


def test_groups_nest(client: Client) -> None:
    late_or_high = group("or", ["updated_at", "greater_than", "2026-03-10"], ["id", "in", [1, 2]])
    assert client.ids("shots", group("and", late_or_high, ["id", "less_than", 12])) == [
        1,
        2,
        10,
        11,
    ]


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_other_content_types_are_a_415_that_names_both(client: Client, content_type: str) -> None:
    answer = client.post("/entity/shots/_search", {"filters": []}, content_type)
    title = f"Unsupported Content-Type '{content_type}'"
    assert refusal(answer) == (415, 103, title)
    legal = f"Content-Type must be one of: '{ARRAY}', '{HASH}'."
    assert only_error(answer)["source"] == {"content_type": legal}


@pytest.mark.parametrize(
    ("filters", "content_type", "text"),
    [
        (
            group("and"),
            ARRAY,
            'Query is not an Array: {"logical_operator" => "and", "conditions" => []}',
        ),
        ([["id", "is", 1]], HASH, 'Query is not an Hash: [["id", "is", 1]]'),
        ([], HASH, "Query is not an Hash: []"),
        (
            [["id", "is", 1], {"path": "code"}],
            ARRAY,
            "Invalid filter. Expected array of basic condition arrays but received: "
            '[["id", "is", 1], {"path" => "code"}]',
        ),
        ([["id", "is", 1, "or"]], ARRAY, 'Invalid condition: ["id", "is", 1, "or"]'),
    ],
)
def test_filters_must_have_the_shape_of_the_content_type(
    client: Client, filters: object, content_type: str, text: str
) -> None:
    answer = client.post("/entity/shots/_search", {"filters": filters}, content_type)
    assert refusal(answer) == (400, 103, text)
    assert only_error(answer)["source"] == {}


@pytest.mark.parametrize(
    ("filters", "text"),
    [
        (group("AND"), "Invalid logical operator: AND"),
        (
            {"conditions": [["id", "is", 1]]},
            'Missing logical operator: {"conditions" => [["id", "is", 1]]}',
        ),
        (
            {"path": "id", "values": [1]},
            'Missing logical operator: {"path" => "id", "values" => [1]}',
        ),
        (
            {"logical_operator": "and"},
            'Missing conditions parameter: {"logical_operator" => "and"}',
        ),
    ],
)
def test_a_group_that_is_not_one_says_why(client: Client, filters: object, text: str) -> None:
    assert refusal(client.search("shots", filters)) == (400, 103, text)


def test_extra_keys_of_a_group_are_tolerated(client: Client) -> None:
    assert client.ids("shots", {**group("and", ["id", "is", 1]), "note": "x"}) == [1]


@pytest.mark.parametrize(
    "leaf",
    [
        {"path": "code", "relation": "is", "values": ["x"]},
        ["code", "is"],
        "code",
        ["id", "is", 1, 2],
    ],
)
def test_a_condition_that_is_no_triple_is_refused(client: Client, leaf: object) -> None:
    assert client.search("shots", group("and", leaf)).status_code == 400


def nested(depth: int) -> dict[str, object]:
    """Groups within groups, each with a condition beside: and, or, and, ..."""
    filters = group("and", ["id", "greater_than", 2])
    for level in range(depth - 1):
        operator, beside = [("or", 1), ("and", 9)][level % 2]
        relation = "is" if operator == "or" else "less_than"
        filters = group(operator, ["id", relation, beside], filters)
    return filters


def test_265_nested_groups_are_evaluated(client: Client) -> None:
    assert client.ids("shots", nested(265)) == [1, 3, 4, 5, 6, 7, 8]


def test_266_nested_groups_are_a_500(client: Client) -> None:
    answer = client.search("shots", nested(266))
    assert refusal(answer)[::2] == (500, "Shotgun Server Error")
    assert only_error(answer)["source"] is None


def test_5000_conditions_side_by_side_are_evaluated(client: Client) -> None:
    wide = [["id", "is", number] for number in range(11, 5011)]
    assert client.ids("shots", group("or", *wide)) == [11, 12]


def test_ids_come_in_their_own_order_not_in_that_of_the_list(client: Client) -> None:
    assert client.ids("shots", [["id", "in", [5, 3, 9, 999]]]) == [3, 5, 9]


def test_fields_sort_page_and_options_are_taken_from_the_query_string(client: Client) -> None:
    query = {
        "fields": "code",
        "sort": "-id",
        "page[size]": "2",
        "page[number]": "2",
        "options[include_archived_projects]": "true",
    }
    answer = client.post("/entity/shots/_search", {"filters": []}, params=query).json()
    assert [row["id"] for row in answer["data"]] == [11, 10]
    assert list(answer["data"][0]["attributes"]) == ["code"]


def test_the_body_wins_over_the_query_string(client: Client) -> None:
    body = {"filters": [], "fields": ["code"], "sort": "-id", "page": {"size": 1, "number": 2}}
    query = {"fields": "description", "sort": "id", "page[size]": "9", "page[number]": "1"}
    answer = client.post("/entity/shots/_search", body, params=query).json()
    assert [row["id"] for row in answer["data"]] == [11]
    assert list(answer["data"][0]["attributes"]) == ["code"]


def test_options_of_the_body_are_read(client: Client) -> None:
    assert client.ids("shots", [], options={"return_only": "retired"}) == [14]
    assert client.ids("shots", [], options={"include_archived_projects": True}) == [*ALL, 13]


def test_filters_in_the_query_string_are_not_read(client: Client) -> None:
    answer = client.post("/entity/shots/_search", {"filters": []}, params={"filter[id]": "1"})
    assert len(answer.json()["data"]) == 12


def test_a_sort_may_be_a_list_of_strings_but_not_of_objects(client: Client) -> None:
    assert client.ids("shots", [], sort=["-id"])[0] == 12
    answer = client.search("shots", [], sort=[{"field": "id"}])
    assert only_error(answer)["source"] == {"sort": ["sort array is not valid"]}


def test_links_of_a_search_name_the_search(client: Client) -> None:
    links = client.search("shots", [], page={"size": 3, "number": 2}).json()["links"]
    assert links["self"] == "/api/v1/entity/shots/_search"
    assert links["next"] == "/api/v1/entity/shots/_search?page%5Bnumber%5D=3&page%5Bsize%5D=3"
    assert links["prev"].startswith("/api/v1/entity/shots/_search?page%5Bnumber%5D=1")


def test_a_body_that_is_no_json_is_a_400(client: Client) -> None:
    answer = client.session.post(
        f"{client.url}/api/v1/entity/shots/_search",
        data="{",
        headers={"Content-Type": ARRAY},
        timeout=10,
    )
    assert refusal(answer) == (400, 103, "Invalid JSON body")


def test_text_search_wants_every_word_in_the_name_or_that_of_the_parent(client: Client) -> None:
    body = {"text": "anim sh001", "entity_types": {"Task": [], "Shot": []}}
    answer = client.post("/entity/_text_search", body).json()
    assert answer["data"] == [
        {
            "id": 1,
            "type": "Task",
            "attributes": {"name": "anim 1", "links": ["Shot", "SH001"], "status": None},
            "links": {"self": "/api/v1/entity/tasks/1"},
        }
    ]
    assert answer["links"] is None


def test_text_search_gives_the_shortest_names_first(client: Client) -> None:
    body = {"text": "a", "entity_types": {"Task": [], "Asset": []}, "page": {"size": 3}}
    rows = client.post("/entity/_text_search", body).json()["data"]
    assert [row["attributes"]["name"] for row in rows] == ["Cave", "anim 1", "anim 2"]


def test_text_search_has_at_most_25_rows_a_page(client: Client) -> None:
    body = {"text": "a", "entity_types": {"Task": []}, "page": {"size": 26}}
    answer = client.post("/entity/_text_search", body)
    assert only_error(answer)["source"] == {"page": {"size": ["size must be less than 25"]}}
