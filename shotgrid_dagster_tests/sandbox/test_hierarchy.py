from __future__ import annotations

from typing import Any

import pytest

from shotgrid_dagster_tests.sandbox.client import ARRAY, Client, only_error, refusal

JSON = "application/json"
SEQUENCE = "/Project/70/Shot/sg_sequence/Sequence"


def expanded(client: Client, path: str) -> dict[str, Any]:
    answer = client.post("/hierarchy/_expand", {"path": path}, JSON)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def labels(client: Client, path: str) -> list[str]:
    return [child["label"] for child in expanded(client, path)["children"]]


def test_a_project_opens_into_its_assets_and_its_shots(client: Client) -> None:
    node = expanded(client, "/Project/70")
    assert {name: node[name] for name in ("label", "ref", "parent_path", "path")} == {
        "label": "Blue",
        "ref": {"kind": "entity", "value": {"type": "Project", "id": 70}},
        "parent_path": "/",
        "path": "/Project/70",
    }
    assert [(child["label"], child["path"], child["ref"]) for child in node["children"]] == [
        ("Assets", "/Project/70/Asset", {"kind": "entity_type", "value": "Asset"}),
        ("Shots", "/Project/70/Shot", {"kind": "entity_type", "value": "Shot"}),
    ]
    preset = node["target_entities"]["additional_filter_presets"][0]
    assert (preset["preset_name"], preset["path"]) == ("NAV_ENTRIES", "/Project/70")


def test_what_has_no_sequence_stands_behind_every_sequence_again(tiny_client: Client) -> None:
    children = expanded(tiny_client, "/Project/6/Shot")["children"]
    sequences = tiny_client.ids("sequences", [["project.Project.id", "is", 6]])
    assert len(children) == 2 * len(sequences)
    assert {child["label"] for child in children[1::2]} == {"Shots with no Sequence"}
    assert all(child == children[1] for child in children[1::2])
    assert sorted(child["ref"]["value"]["id"] for child in children[::2]) == sequences


def test_a_shot_is_below_its_sequence_or_in_the_bucket(client: Client) -> None:
    assert labels(client, f"{SEQUENCE}/1") == [f"SH00{number}" for number in range(1, 7)]
    assert "SH001" not in labels(client, f"{SEQUENCE}/__none__")
    assert labels(client, f"{SEQUENCE}/99") == ["No Shots"]
    (empty,) = expanded(client, f"{SEQUENCE}/99")["children"]
    assert empty == {
        "label": "No Shots",
        "ref": {"kind": "empty", "value": None},
        "has_children": False,
    }


def test_a_project_without_sequences_says_that_it_has_no_shots(client: Client) -> None:
    assert labels(client, "/Project/71/Shot") == ["No Shots"]
    assert labels(client, "/Project/71/Shot/sg_sequence/Sequence/__none__") == ["sh013"]


def test_assets_are_grouped_by_the_words_of_a_list_and_the_bucket_comes_once(
    client: Client,
) -> None:
    children = expanded(client, "/Project/70/Asset")["children"]
    assert [(child["label"], child["ref"]) for child in children] == [
        ("Character", {"kind": "list", "value": "Character"}),
        ("Prop", {"kind": "list", "value": "Prop"}),
        ("Assets with no Type", {"kind": "list", "value": "__none__"}),
    ]
    assert labels(client, children[1]["path"]) == ["Cave", "Tree"]


def test_a_search_gives_the_way_to_a_row(client: Client) -> None:
    body = {
        "root_path": "/Project/70",
        "search_criteria": {"entity": {"type": "Shot", "id": 3}},
    }
    answer = client.post("/hierarchy/_search", body, JSON).json()
    assert answer == {
        "data": [
            {
                "label": "SH003",
                "incremental_path": [
                    "/Project/70",
                    "/Project/70/Shot",
                    f"{SEQUENCE}/1",
                    f"{SEQUENCE}/1/id/3",
                ],
                "path_label": "Shots > ab",
                "ref": {"id": 3, "type": "Shot"},
                "project_id": 70,
            }
        ]
    }


@pytest.mark.parametrize(
    ("criteria", "problem"),
    [
        ({"entity_type": "Shot"}, "search_criteria size must be 1"),
        ({"Shot": 3}, "search_criteria size must be 1"),
        ([{"entity_type": "Shot"}], "search_criteria must be a hash"),
        ("Shot", "search_criteria must be a hash"),
    ],
)
def test_a_search_takes_one_form_of_criteria(
    client: Client, criteria: object, problem: str
) -> None:
    body = {"root_path": "/Project/70", "search_criteria": criteria}
    answer = client.post("/hierarchy/_search", body, JSON)
    assert refusal(answer) == (400, 103, "Request Parameters invalid.")
    assert only_error(answer)["source"] == {"search_criteria": [problem]}


def test_a_project_that_is_not_there_is_a_400_107(client: Client) -> None:
    answer = client.post("/hierarchy/_expand", {"path": "/Project/999"}, JSON)
    title = "Unexpected result looking for project: 999: 0 found."
    assert refusal(answer) == (400, 107, title)


@pytest.mark.parametrize("path", ["/hierarchy/_expand", "/hierarchy/_search"])
def test_only_plain_json_is_taken(client: Client, path: str) -> None:
    answer = client.post(path, {"path": "/Project/70"}, ARRAY)
    assert refusal(answer) == (415, 103, f"Unsupported Content-Type '{ARRAY}'")
    legal = "Content-Type must be one of: 'application/json'."
    assert only_error(answer)["source"] == {"content_type": legal}
