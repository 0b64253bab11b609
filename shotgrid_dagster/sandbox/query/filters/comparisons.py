"""What a relation of a filter means in SQL, by data type: over one column, without negation.

Comparisons of ids, numbers and dates stay bare (`t."updated_at" > :v0`), so that SQLite can use
its indexes. Text is compared without regard to case: by SQLite itself where the value is ASCII,
else by `fold()`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from shotgrid_dagster.sandbox.query.bindings import Bindings
from shotgrid_dagster.sandbox.query.filters import date_windows, filter_values
from shotgrid_dagster.sandbox.query.filters.filter_values import Scalar
from shotgrid_dagster.sandbox.query.filters.sent_conditions import SentCondition
from shotgrid_dagster.sandbox.query.json_text import quoted

CASE_BLIND = frozenset({"text", "list", "status_list"})
NEVER = "0"


def plain(
    data_type: str,
    relation: str,
    column: str,
    sent: SentCondition,
    bindings: Bindings,
    now: datetime,
) -> str:
    """SQL that is true where a value relates as asked, and false or null elsewhere."""
    if relation in ("contains", "starts_with", "ends_with"):
        needle = filter_values.scalar(sent, data_type, sent.value)
        return like(column, relation, str(needle or ""), bindings)
    if relation == "in":
        return _among(column, data_type, filter_values.members(sent, data_type), bindings)
    if relation == "between":
        low, high = filter_values.pair(sent, data_type)
        if low is None or high is None:
            return NEVER
        low, high = sorted((low, high))
        return f"{column} between {bindings.value(low)} and {bindings.value(high)}"
    if relation in ("in_last", "in_next"):
        count, unit = filter_values.count_and_unit(sent)
        there = date_windows.moved(now, count if relation == "in_next" else -count, unit)
        ends = sorted(_stored(moment, data_type) for moment in (now, there))
        return f"{column} between {bindings.value(ends[0])} and {bindings.value(ends[1])}"
    if relation.startswith("in_calendar_"):
        unit = relation[len("in_calendar_") :].upper()
        first, end = date_windows.calendar_bucket(unit, filter_values.offset(sent), now)
        low, high = _stored(first, data_type), _stored(end, data_type)
        return f"({column} >= {bindings.value(low)} and {column} < {bindings.value(high)})"
    value = filter_values.scalar(sent, data_type, sent.value)
    if relation in ("greater_than", "less_than"):
        sign = ">" if relation == "greater_than" else "<"
        return NEVER if value is None else f"{column} {sign} {bindings.value(value)}"
    return _equal(column, data_type, value, bindings)


def like(column: str, relation: str, needle: str, bindings: Bindings) -> str:
    """Case-blind contains, starts_with, ends_with and is; any value contains an empty needle."""
    if not needle:
        return f"{column} is not null"
    shapes = {"contains": "%{}%", "starts_with": "{}%", "ends_with": "%{}", "is": "{}"}
    folded = needle.lower()
    escaped = folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = bindings.value(shapes[relation].format(escaped))
    subject = column if needle.isascii() else f"fold({column})"
    return f"{subject} like {pattern} escape '\\'"


def linked(relation: str, column: str, sent: SentCondition, bindings: Bindings) -> str:
    """Relations of a single link: `column` is `<f>`, beside it stand `<f>__type` and `<f>__id`."""
    kind, row = column[:-1] + '__type"', column[:-1] + '__id"'
    if relation == "type_is":
        return f"({column} is not null and {kind} = {bindings.value(filter_values.text(sent))})"
    if relation in ("name_is", "name_contains"):
        how = "is" if relation == "name_is" else "contains"
        return like(f"json_extract({column}, '$.name')", how, filter_values.text(sent), bindings)
    wanted: dict[str, list[Scalar]] = {}
    for target_type, target in filter_values.links(sent):
        wanted.setdefault(target_type, []).append(target)
    same = " or ".join(
        f"({row} {_one_of(ids, bindings)} and {kind} = {bindings.value(target_type)})"
        for target_type, ids in wanted.items()
    )
    return f"(({same}) and {column} is not null)"


def multi_linked(relation: str, column: str, sent: SentCondition, bindings: Bindings) -> str:
    """Relations of a multi link: true when one of its members relates as asked."""
    if relation == "type_is":
        wanted = bindings.value(filter_values.text(sent))
        member = f"json_extract(value, '$.type') = {wanted}"
    elif relation in ("name_is", "name_contains"):
        how = "is" if relation == "name_is" else "contains"
        name = "json_extract(value, '$.name')"
        member = like(name, how, filter_values.text(sent), bindings)
    else:
        same = [f"{kind} {row}" for kind, row in filter_values.links(sent)]
        link = "json_extract(value, '$.type') || ' ' || json_extract(value, '$.id')"
        member = f"{link} {_one_of(list(same), bindings)}"
    return f"exists (select 1 from json_each({column}) where {member})"


def document(relation: str, column: str, sent: SentCondition, bindings: Bindings) -> str:
    """Relations of jsonb: the same document, or one that contains the keys and values given."""
    if not isinstance(sent.value, (dict, list)):
        raise sent.wrong_class(("Hash", "NilClass"), sent.value)
    compare = "json_same" if relation == "is" else "json_contains"
    return f"{compare}({column}, {bindings.value(json.dumps(sent.value))})"


def _one_of(values: list[Scalar], bindings: Bindings) -> str:
    return f"= {bindings.value(values[0])}" if len(values) == 1 else f"in {bindings.among(values)}"


def _equal(column: str, data_type: str, value: Scalar, bindings: Bindings) -> str:
    if data_type in CASE_BLIND and isinstance(value, str):
        if value.isascii():
            return f"{column} = {bindings.value(value)} collate nocase"
        return f"fold({column}) = {bindings.value(value.lower())}"
    return f"{column} = {bindings.value(value)}"


def _among(column: str, data_type: str, values: list[Scalar], bindings: Bindings) -> str:
    present: list[Scalar] = [value for value in values if value is not None]
    subject = column
    if data_type in CASE_BLIND:
        subject = f"{column} collate nocase"
        if not all(str(value).isascii() for value in present):
            subject = f"fold({column})"
            present = [str(value).lower() for value in present]
    found = f"{subject} in {bindings.among(present)}"
    return f"({found} or {column} is null)" if None in values else found


def _stored(moment: datetime, data_type: str) -> str:
    return moment.strftime("%Y-%m-%d" if data_type == "date" else date_windows.SECONDS)


Comparison = Callable[[str, str, SentCondition, Bindings], str]
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
