"""Query fields as grouped summaries. Pure: a field of the schema in, a question or a reason out.

A query field (data type `summary`) stores a query, in the web page's spelling, with a token for the
row that it is shown on: "Notes whose links are this row, and whose status is open: how many?". A
list of rows gives it as nothing, or works it out anew for each row. Asked row by row it costs a
third of a second a row; one summary grouped by the link that holds the token answers for all rows
at once (measured on a real site: 300 rows in 0.57 s).

| query | rebuilt |
|---|---|
| joined by `and`, one condition is `<link> is <this row>` | one summary, grouped by the link |
| the link is a list | the same; a group counts for each row in its list |
| no condition names the row | one summary: all rows have the same value |
| the token in an `or`, twice, or with another relation than `is` | no |
| another token (who looks, the page's project) | no: its value depends on who looks, or where |
| `single_record` (one row's column) | no: nothing is summarized; join the tables |
| `average`, percentages, `status_list`, where two groups meet in a row | no: they do not add up |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shotgrid_dagster.config.values.query_fields import Chosen
from shotgrid_dagster.errors import ShotGridDagsterError
from shotgrid_dagster.site import Field
from shotgrid_dagster.site.search import Condition
from shotgrid_dagster.site.summary import Group, Summary

QUERY_FIELD = "summary"
"""The data type of query fields."""

LIST_RELATIONS = frozenset(
    {"in", "not_in", "between", "in_last", "not_in_last", "in_next", "not_in_next"}
)
"""Relations whose value is a list; the others take one value."""

THIS_ROW = "parent_entity_token"
TOKENS = {
    "logged_in_user_token": "whoever looks at it",
    "project_token": "the project of the page that it is on",
}
"""Tokens that stand for something else than the row, and what."""

COUNTS = frozenset({"record_count", "count", "checked", "unchecked"})
"""Summaries that are 0 of no rows."""
ADDED = COUNTS | {"sum"}
GREATEST = frozenset({"maximum", "latest"})
LEAST = frozenset({"minimum", "earliest"})
WHOLE_ONLY = frozenset(
    {"average", "percentage", "status_percentage", "status_percentage_as_float", "status_list"}
)
"""Summaries of which that of two groups does not follow from those of each."""


class NotRebuilt(ShotGridDagsterError):
    """A query field whose values cannot be had in bulk; the text says why."""


@dataclass(frozen=True)
class Question:
    """One query field as one summary, perhaps grouped.

    Attributes:
        owner: the entity type that has the field.
        summarized: the entity type whose rows are summarized.
        link: what the summary is grouped by, a path that leads to `owner`; None: all rows of
            `owner` have the same value.
        where: the conditions on the rows that are summarized.
    """

    owner: str
    field: str
    summarized: str
    link: str | None
    where: tuple[Condition, ...]
    summary: Summary

    def values(self, groups: Iterable[Group]) -> dict[int, object]:
        """Row id -> value, of the rows that have a group.

        Raises:
            NotRebuilt: a row is in several groups, and their values do not add up.
        """
        values: dict[int, object] = {}
        for group in groups:
            linked = group.value if isinstance(group.value, list) else [group.value]
            for link in linked:
                if not isinstance(link, dict) or link.get("type") != self.owner:
                    continue
                id_ = int(link["id"])
                values[id_] = (
                    self._together(values[id_], group.summary) if id_ in values else group.summary
                )
        return values

    def _together(self, value: object, other: object) -> object:
        """The value of a row in two groups."""
        kind = self.summary.type
        if value is None or other is None:
            return other if value is None else value
        if kind in ADDED and isinstance(value, (int, float)) and isinstance(other, (int, float)):
            return value + other
        if kind in GREATEST | LEAST and type(value) is type(other):
            is_greater = bool(value > other)  # type: ignore[operator]  # both numbers, or both dates
            return value if is_greater == (kind in GREATEST) else other
        raise NotRebuilt(
            f"{self.link} is a list of links, and a {kind} over several groups is not that of the "
            "groups"
        )


def is_chosen(chosen: Chosen, entity_type: str, field: Field) -> bool:
    """Whether a field is to be rebuilt, if it can be."""
    if field.data_type != QUERY_FIELD or isinstance(chosen, bool):
        return chosen is True and field.data_type == QUERY_FIELD
    return f"{entity_type}.{field.name}" in chosen


def question(owner: str, field: Field) -> Question:
    """A query field as a summary that answers for all rows of `owner`.

    Raises:
        NotRebuilt: the query has a shape that no grouped summary gives.
    """
    properties = field.properties
    kind = str(properties.get("summary_default") or "none")
    if kind == "single_record":
        raise NotRebuilt("it shows a column of one row, which no summary gives: join the tables")
    if kind not in ADDED | GREATEST | LEAST | WHOLE_ONLY:
        raise NotRebuilt(f"a summary of the kind {kind!r} is not known")
    query = properties.get("query")
    if not isinstance(query, Mapping) or not isinstance(query.get("filters"), Mapping):
        raise NotRebuilt("the schema holds no query for it")
    stored = _Conditions()
    where = stored.of(query["filters"], is_certain=True)
    value = properties.get("summary_value")
    summary = Summary(
        str(properties.get("summary_field") or "id"),
        kind,
        value if isinstance(value, str) and kind.startswith("status_percentage") else None,
    )
    conditions = [] if where is None else [where]
    if stored.link is not None:
        conditions.append([stored.link, "type_is", owner])
    summarized = str(query.get("entity_type"))
    return Question(owner, field.name, summarized, stored.link, tuple(conditions), summary)


class _Conditions:
    """The stored conditions in the API's spelling, without the one that names the row."""

    def __init__(self) -> None:
        self.link: str | None = None
        """The path of the condition that names the row."""

    def of(self, node: Mapping[str, object], *, is_certain: bool) -> Condition | None:
        """A group or a condition; None: the one that names the row, or one that is switched off.

        `is_certain`: whether it must hold whatever the others say.
        """
        if str(node.get("active", "true")).lower() == "false":
            raise NotRebuilt("a condition in it is switched off, which may mean two things")
        inner = node.get("conditions")
        if not isinstance(inner, list):
            return self._condition(node, is_certain=is_certain)
        operator = str(node.get("logical_operator") or "and")
        if operator not in ("and", "or"):
            raise NotRebuilt(f"its conditions are joined by {operator!r}")
        certain = is_certain and (operator == "and" or len(inner) == 1)
        translated = [
            self.of(part, is_certain=certain) for part in inner if isinstance(part, Mapping)
        ]
        return {
            "logical_operator": operator,
            "conditions": [condition for condition in translated if condition is not None],
        }

    def _condition(self, node: Mapping[str, object], *, is_certain: bool) -> Condition | None:
        path, relation, values = node.get("path"), node.get("relation"), node.get("values")
        if not isinstance(path, str) or not isinstance(relation, str):
            raise NotRebuilt("a condition in it has no path or no relation")
        values = values if isinstance(values, list) else []
        if any(isinstance(value, Mapping) and value.get("valid") == THIS_ROW for value in values):
            if relation != "is" or len(values) != 1:
                raise NotRebuilt(f"{path} {relation} this row, which no grouping gives")
            if not is_certain:
                raise NotRebuilt(f"{path} is this row, or something else")
            if self.link is not None:
                raise NotRebuilt(f"both {self.link} and {path} name this row")
            self.link = path
            return None
        sent = [_plain(path, value) for value in values]
        if relation in LIST_RELATIONS:
            return [path, relation, sent]
        if len(sent) > 1:
            raise NotRebuilt(f"{path} {relation} has {len(sent)} values, and takes one")
        return [path, relation, sent[0] if sent else None]


def _plain(path: str, value: object) -> object:
    """A value as filters take it: of a link its type and id; its name is a label."""
    if not isinstance(value, Mapping):
        return value
    token = value.get("valid")
    if token and token != "valid":
        means = TOKENS.get(str(token), f"the token {token!r}")
        raise NotRebuilt(f"{path} is compared with {means}")
    if "type" not in value or not value.get("id"):
        raise NotRebuilt(f"{path} is compared with something that is no row")
    return {"type": value["type"], "id": value["id"]}
