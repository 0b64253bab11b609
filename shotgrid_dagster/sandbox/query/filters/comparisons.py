"""What a relation of a filter means in SQL, by data type: over one column, without negation.

Comparisons of ids, numbers and dates stay bare (`t."updated_at" > :v0`), so that SQLite can use
its indexes. Text is compared without regard to case: by SQLite itself where the value is ASCII,
else by `fold()`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from shotgrid_dagster.sandbox.query.bound import Bound
from shotgrid_dagster.sandbox.query.filters import date_windows, filter_values
from shotgrid_dagster.sandbox.query.filters.filter_values import Scalar
from shotgrid_dagster.sandbox.query.filters.triples import Triple
from shotgrid_dagster.sandbox.query.json_text import quoted

CASE_BLIND = frozenset({"text", "list", "status_list"})
NEVER = "0"


def plain(
    data_type: str, relation: str, column: str, triple: Triple, bound: Bound, now: datetime
) -> str:
    """SQL that is true where a value relates as asked, and false or null elsewhere."""
    if relation in ("contains", "starts_with", "ends_with"):
        needle = filter_values.scalar(triple, data_type, triple.value)
        return like(column, relation, str(needle or ""), bound)
    if relation == "in":
        return _among(column, data_type, filter_values.members(triple, data_type), bound)
    if relation == "between":
        low, high = filter_values.pair(triple, data_type)
        if low is None or high is None:
            return NEVER
        low, high = sorted((low, high))
        return f"{column} between {bound.value(low)} and {bound.value(high)}"
    if relation in ("in_last", "in_next"):
        count, unit = filter_values.count_and_unit(triple)
        there = date_windows.moved(now, count if relation == "in_next" else -count, unit)
        ends = sorted(_stored(moment, data_type) for moment in (now, there))
        return f"{column} between {bound.value(ends[0])} and {bound.value(ends[1])}"
    if relation.startswith("in_calendar_"):
        unit = relation[len("in_calendar_") :].upper()
        first, end = date_windows.calendar_bucket(unit, filter_values.offset(triple), now)
        low, high = _stored(first, data_type), _stored(end, data_type)
        return f"({column} >= {bound.value(low)} and {column} < {bound.value(high)})"
    value = filter_values.scalar(triple, data_type, triple.value)
    if relation in ("greater_than", "less_than"):
        sign = ">" if relation == "greater_than" else "<"
        return NEVER if value is None else f"{column} {sign} {bound.value(value)}"
    return _equal(column, data_type, value, bound)


def like(column: str, relation: str, needle: str, bound: Bound) -> str:
    """Case-blind contains, starts_with, ends_with and is; any value contains an empty needle."""
    if not needle:
        return f"{column} is not null"
    shapes = {"contains": "%{}%", "starts_with": "{}%", "ends_with": "%{}", "is": "{}"}
    folded = needle.lower()
    escaped = folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = bound.value(shapes[relation].format(escaped))
    subject = column if needle.isascii() else f"fold({column})"
    return f"{subject} like {pattern} escape '\\'"


def linked(relation: str, column: str, triple: Triple, bound: Bound) -> str:
    """Relations of a single link: `column` is `<f>`, beside it stand `<f>__type` and `<f>__id`."""
    kind, row = column[:-1] + '__type"', column[:-1] + '__id"'
    if relation == "type_is":
        return f"({column} is not null and {kind} = {bound.value(filter_values.text(triple))})"
    if relation in ("name_is", "name_contains"):
        how = "is" if relation == "name_is" else "contains"
        return like(f"json_extract({column}, '$.name')", how, filter_values.text(triple), bound)
    wanted: dict[str, list[Scalar]] = {}
    for target_type, target in filter_values.links(triple):
        wanted.setdefault(target_type, []).append(target)
    same = " or ".join(
        f"({row} {_one_of(ids, bound)} and {kind} = {bound.value(target_type)})"
        for target_type, ids in wanted.items()
    )
    return f"(({same}) and {column} is not null)"


def multi_linked(relation: str, column: str, triple: Triple, bound: Bound) -> str:
    """Relations of a multi link: true when one of its members relates as asked."""
    if relation == "type_is":
        wanted = bound.value(filter_values.text(triple))
        member = f"json_extract(value, '$.type') = {wanted}"
    elif relation in ("name_is", "name_contains"):
        how = "is" if relation == "name_is" else "contains"
        name = "json_extract(value, '$.name')"
        member = like(name, how, filter_values.text(triple), bound)
    else:
        same = [f"{kind} {row}" for kind, row in filter_values.links(triple)]
        link = "json_extract(value, '$.type') || ' ' || json_extract(value, '$.id')"
        member = f"{link} {_one_of(list(same), bound)}"
    return f"exists (select 1 from json_each({column}) where {member})"


def document(relation: str, column: str, triple: Triple, bound: Bound) -> str:
    """Relations of jsonb: the same document, or one that contains the keys and values given."""
    if not isinstance(triple.value, (dict, list)):
        raise triple.wrong_class(("Hash", "NilClass"), triple.value)
    compare = "json_same" if relation == "is" else "json_contains"
    return f"{compare}({column}, {bound.value(json.dumps(triple.value))})"


def _one_of(values: list[Scalar], bound: Bound) -> str:
    return f"= {bound.value(values[0])}" if len(values) == 1 else f"in {bound.among(values)}"


def _equal(column: str, data_type: str, value: Scalar, bound: Bound) -> str:
    if data_type in CASE_BLIND and isinstance(value, str):
        if value.isascii():
            return f"{column} = {bound.value(value)} collate nocase"
        return f"fold({column}) = {bound.value(value.lower())}"
    return f"{column} = {bound.value(value)}"


def _among(column: str, data_type: str, values: list[Scalar], bound: Bound) -> str:
    present: list[Scalar] = [value for value in values if value is not None]
    subject = column
    if data_type in CASE_BLIND:
        subject = f"{column} collate nocase"
        if not all(str(value).isascii() for value in present):
            subject = f"fold({column})"
            present = [str(value).lower() for value in present]
    found = f"{subject} in {bound.among(present)}"
    return f"({found} or {column} is null)" if None in values else found


def _stored(moment: datetime, data_type: str) -> str:
    return moment.strftime("%Y-%m-%d" if data_type == "date" else date_windows.SECONDS)


Comparison = Callable[[str, str, Triple, Bound], str]
COMPARISONS: dict[str, Comparison] = {
    "entity": linked,
    "multi_entity": multi_linked,
    "jsonb": document,
}
"""Data types that are not compared as plain values."""


def is_of_type(column: str, target_type: str) -> str:
    """Whether a single link shows a row of `target_type`."""
    kind = column[:-1] + '__type"'
    return f"{kind} = {quoted(target_type)} and {column} is not null"
