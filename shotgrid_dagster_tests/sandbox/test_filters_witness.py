"""Filters against an independent reading of them: Mockgun, the double in Autodesk's own client.

Mockgun holds the rows that the API shows and answers the same questions. What is measured of real
sites wins, and there Mockgun is not asked, or is asked so that its mistake does not matter:

| Mockgun | a real site |
|---|---|
| fails on a null in less_than, greater_than, between, type_is, name_contains, in of a link | \
a comparison never holds for a null, a negation always does |
| compares list and status_list by case | case does not matter |
| tells "" from null in texts | they are one |
| `contains ""` holds for a null, `not_contains ""` for nothing | has a value; has none |
| `in` of a link wants all of its values | any of them |
| name_contains by case | case does not matter |
| a link of a multi link is its id alone | type and id |
| knows no `in` of a multi link, no percent, duration, timecode, color, uuid, no relative dates | |
| a path through a link of another type fails | the condition does not hold |
| a negation through a multi link holds if one row is not so | if no row is so |
| sorts nulls as 0 and "" | nulls come last |
"""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from shotgun_api3.lib.mockgun.mockgun import Shotgun as Mockgun

from shotgrid_dagster_tests.sandbox.client import Client

Triple = list[Any]
Row = dict[str, Any]

ASKED = ["Shot", "Asset", "Task", "Version", "Note", "PublishedFile", "TimeLog", "Project"]
LOADED = [
    *ASKED, "Sequence", "Episode", "Step", "TaskTemplate", "HumanUser", "ApiUser", "Group",
    "Department", "PermissionRuleSet", "PublishedFileType", "Playlist", "Attachment", "Tag",
    "EventLogEntry", "Phase", "Scene", "Cut", "Delivery", "Ticket", "Page", "LocalStorage",
    "CustomEntity01", "CustomEntity07", "CustomNonProjectEntity01", "Booking",
]  # fmt: skip
EVERYTHING = {"include_archived_projects": True}

EQUALITY = ["is", "is_not"]
NUMBERS = [*EQUALITY, "less_than", "greater_than", "between", "in"]
RELATIONS = {
    "text": [
        *EQUALITY, "contains", "not_contains", "starts_with", "ends_with", "in", "not_in",
    ],
    "number": NUMBERS,
    "float": NUMBERS[:-1],
    "date": NUMBERS,
    "date_time": NUMBERS,
    "checkbox": EQUALITY,
    "list": [*EQUALITY, "in", "not_in"],
    "status_list": [*EQUALITY, "in", "not_in"],
    "entity_type": ["is"],
    "entity": [*EQUALITY, "in", "type_is", "type_is_not", "name_contains", "name_not_contains"],
    "multi_entity": EQUALITY,
}  # fmt: skip
FAILS_ON_NULL = {"less_than", "greater_than", "between", "type_is", "name_contains"}
NEGATION_FAILS_ON_NULL = {"type_is_not", "name_not_contains"}
PATHS = [
    ("Shot", "sg_sequence.Sequence.code", "text"),
    ("Task", "step.Step.code", "text"),
    ("Version", "sg_task.Task.content", "text"),
    ("Version", "sg_task.Task.sg_status_list", "status_list"),
    ("PublishedFile", "published_file_type.PublishedFileType.code", "text"),
    ("TimeLog", "user.HumanUser.login", "text"),
    ("Note", "project.Project.is_demo", "checkbox"),
]


class Witness:
    """Mockgun with the rows of a site, and the site."""

    def __init__(self, client: Client, mockgun: Mockgun, types: dict[str, dict[str, str]]) -> None:
        self.client = client
        self.mockgun = mockgun
        self.types = types

    def rows(self, entity_type: str) -> list[Row]:
        rows: list[Row] = list(self.mockgun._db[entity_type].values())
        return [row for row in rows if not row["__retired"]]

    def finds(self, entity_type: str, filters: list[Any], operator: str = "all") -> list[int]:
        found = self.mockgun.find(entity_type, filters, filter_operator=operator)
        return sorted(row["id"] for row in found)

    def finds_triple(self, entity_type: str, data_type: str, triple: Triple) -> list[int]:
        """What Mockgun finds, without its failures on nulls."""
        field, relation, _ = triple
        if relation in FAILS_ON_NULL or (data_type, relation) == ("entity", "in"):
            return self.finds(entity_type, [[field, "is_not", None], triple])
        if relation in NEGATION_FAILS_ON_NULL:
            return self.finds(entity_type, [[field, "is", None], triple], "any")
        return self.finds(entity_type, [triple])

    def site_finds(self, entity_type: str, filters: object) -> list[int]:
        return self.client.ids(entity_type, filters, options=EVERYTHING, page={"size": 5000})


@pytest.fixture(scope="module")
def witness(tiny_client: Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    schema = {
        name: tiny_client.get(f"/schema/{name}/fields").json()["data"]
        for name in tiny_client.get("/schema").json()["data"]
    }
    folder = tmp_path_factory.mktemp("mockgun")
    for name, content in (("fields", schema), ("types", dict.fromkeys(schema))):
        (folder / name).write_bytes(pickle.dumps(content))
    Mockgun.set_schema_paths(str(folder / "fields"), str(folder / "types"))
    mockgun = Mockgun("http://localhost")
    types = {
        name: {field: record["data_type"]["value"] for field, record in fields.items()}
        for name, fields in schema.items()
    }
    for name in LOADED:
        mockgun._db[name] = {
            row["id"]: row | {"__retired": retired}
            for retired in (False, True)
            for row in shown_rows(tiny_client, name, types[name], retired)
        }
    yield Witness(tiny_client, mockgun, types)
    Mockgun.set_schema_paths(None, None)


def shown_rows(client: Client, name: str, types: dict[str, str], retired: bool) -> Iterator[Row]:
    """Rows as the Python client shows them: links among the other fields, floats as numbers."""
    options = EVERYTHING | ({"return_only": "retired"} if retired else {})
    answer = client.search(name, [], fields="*", options=options, page={"size": 5000}).json()
    for row in answer["data"]:
        links = {field: link["data"] for field, link in row["relationships"].items()}
        values = {"type": name, "id": row["id"], **row["attributes"], **links}
        for field, value in values.items():
            if types.get(field) == "float" and value is not None:
                values[field] = float(value)
        yield values


def triples(
    rng: random.Random, rows: list[Row], field: str, data_type: str, values: list[Any]
) -> Iterator[Triple]:
    """Conditions on a field, made from values that it has."""
    two = (rng.choice(values), rng.choice(values))
    for relation in RELATIONS[data_type]:
        if relation == "between":
            yield [field, relation, sorted(two)]
        elif relation in ("in", "not_in"):
            yield [field, relation, [two[0]] if data_type == "entity" else list(two)]
        elif relation.startswith("type_"):
            yield [field, relation, two[0]["type"]]
        elif relation.startswith("name_"):
            yield [field, relation, two[0]["name"]]
        elif relation in ("contains", "not_contains", "starts_with", "ends_with"):
            yield [field, relation, part_of(rng, relation, two[0])]
        else:
            yield [field, relation, two[0]]
            if relation in EQUALITY and data_type != "checkbox":
                yield [field, relation, None]


def part_of(rng: random.Random, relation: str, text: str) -> str:
    """Some of a text, in another case."""
    size = rng.randint(1, min(len(text), 6))
    start = {"starts_with": 0, "ends_with": len(text) - size}.get(
        relation, rng.randint(0, len(text) - size)
    )
    return text[start : start + size].swapcase()


def values_of(rows: list[Row], field: str, data_type: str) -> list[Any]:
    """Distinct values, the links of multi links one by one; none that Mockgun would mistake."""
    values = [row[field] for row in rows if row.get(field) not in (None, "")]
    if data_type == "multi_entity":
        values = [link for links in values for link in links]
        if len({link["type"] for link in values}) > 1:
            return []
    unique: list[Any] = []
    for value in values:
        if value not in unique:
            unique.append(value)
    return unique


def stored(value: object) -> object:
    """A link without its name."""
    if isinstance(value, dict):
        return {"type": value["type"], "id": value["id"]}
    return [stored(member) for member in value] if isinstance(value, list) else value


@pytest.mark.parametrize("entity_type", ASKED)
def test_every_relation_finds_what_mockgun_finds(witness: Witness, entity_type: str) -> None:
    rng = random.Random(entity_type)
    rows = witness.rows(entity_type)
    compared = 0
    for field, data_type in witness.types[entity_type].items():
        if data_type not in RELATIONS or field not in rows[0]:
            continue
        values = values_of(rows, field, data_type)
        if not values:
            continue
        for triple in triples(rng, rows, field, data_type, values):
            triple[2] = stored(triple[2])
            expected = witness.finds_triple(entity_type, data_type, triple)
            assert witness.site_finds(entity_type, [triple]) == expected, triple
            compared += 1
    assert compared >= 40


@pytest.mark.parametrize(("entity_type", "path", "data_type"), PATHS, ids=lambda value: str(value))
def test_a_path_finds_what_mockgun_finds(
    witness: Witness, entity_type: str, path: str, data_type: str
) -> None:
    rng = random.Random(path)
    _, there, field = path.split(".")
    rows = witness.rows(there)
    values = values_of(rows, field, data_type)
    for triple in triples(rng, rows, path, data_type, values):
        expected = witness.finds_triple(entity_type, data_type, triple)
        assert witness.site_finds(entity_type, [triple]) == expected, triple


@pytest.mark.parametrize("seed", range(40))
def test_groups_within_groups_find_what_mockgun_finds(witness: Witness, seed: int) -> None:
    rng = random.Random(seed)
    entity_type = rng.choice(ASKED)
    rows = witness.rows(entity_type)
    usable = [
        (field, data_type, values)
        for field, data_type in witness.types[entity_type].items()
        if data_type in RELATIONS and field in rows[0]
        for values in [values_of(rows, field, data_type)]
        if values
    ]

    def condition() -> Triple:
        while True:
            field, data_type, values = rng.choice(usable)
            triple = rng.choice(list(triples(rng, rows, field, data_type, values)))
            fails = FAILS_ON_NULL | NEGATION_FAILS_ON_NULL
            if triple[1] not in fails and (data_type, triple[1]) != ("entity", "in"):
                return [field, triple[1], stored(triple[2])]

    ours, theirs = group(rng, condition, 0)
    expected = witness.finds(entity_type, [theirs])
    assert witness.site_finds(entity_type, ours) == expected, ours


def group(
    rng: random.Random, condition: Callable[[], Triple], depth: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A random group as the REST API takes it, and as the Python client does."""
    operator = rng.choice(["and", "or"])
    ours: list[Any] = []
    theirs: list[Any] = []
    for _ in range(rng.randint(1, 3)):
        if depth < 2 and rng.random() < 0.4:
            mine, their = group(rng, condition, depth + 1)
            ours.append(mine)
            theirs.append(their)
        else:
            triple = condition()
            ours.append(triple)
            theirs.append(triple)
    return (
        {"logical_operator": operator, "conditions": ours},
        {"filter_operator": "all" if operator == "and" else "any", "filters": theirs},
    )
