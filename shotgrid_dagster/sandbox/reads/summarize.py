"""`POST /entity/<type>/_summarize`: counts, sums and extremes, as a whole and by nested groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shotgrid_dagster.sandbox import errors
from shotgrid_dagster.sandbox.access.visibility import visible
from shotgrid_dagster.sandbox.calls.calls import Answer, Call, answer
from shotgrid_dagster.sandbox.query import read_parameters
from shotgrid_dagster.sandbox.query.bindings import Bindings
from shotgrid_dagster.sandbox.query.field_paths import FieldPath, field_path
from shotgrid_dagster.sandbox.query.filters.conditions import ALWAYS
from shotgrid_dagster.sandbox.query.filters.filters import FilterScope, where
from shotgrid_dagster.sandbox.query.groupings import GROUPING_TYPES, group_key, is_groupable, shown
from shotgrid_dagster.sandbox.query.summary_values import SUMMARY_TYPES, is_summarized, summary_sql
from shotgrid_dagster.sandbox.query.values import stored_value
from shotgrid_dagster.sandbox.reads.listing import vendor_content_type
from shotgrid_dagster.sandbox.store.schema import EntityType


@dataclass(frozen=True)
class _Grouping:
    path: FieldPath
    type: str
    descending: bool


@dataclass(frozen=True)
class _Summary:
    path: FieldPath
    type: str
    status: str | None


def summarize(call: Call) -> Answer:
    """`{"summaries": {field: value}, "groups": [{group_name, group_value, summaries, groups}]}`."""
    entity_type = call.entity_type
    content_type = vendor_content_type(call)
    body = call.json_body()
    options = read_parameters.from_body(body, call.query).options
    summaries = _summaries(call, entity_type, body)
    groupings = _groupings(call, entity_type, body)
    bindings = Bindings()
    now = call.site.clock()
    scope = FilterScope(call.site.schema, entity_type, "summarize", now)
    found = where(scope, body.get("filters", []), content_type, bindings)
    seen = visible(call.site.schema, entity_type, call.caller, options)
    if entity_type.name == "Page" and found == ALWAYS:
        seen = ["t._retired_at is null"]  # Pages that the caller cannot see are counted too.
    conditions = [*seen, f"({found})"]
    values = [
        summary_sql(
            summary.path.leaf.data_type,
            summary.type,
            stored_value(summary.path),
            summary.status,
            bindings,
        )
        for summary in summaries.values()
    ]
    keys = [
        group_key(grouping.type, grouping.path.leaf.data_type, stored_value(grouping.path), now)
        for grouping in groupings
    ]
    levels: list[list[tuple[object, ...]]] = []
    with call.site.connections.borrowed() as connection:
        for depth in range(len(keys) + 1):
            grouped = ", ".join(str(number + 1) for number in range(depth))
            order = ", ".join(
                f"{number + 1}{' desc' if grouping.descending else ''}"
                for number, grouping in enumerate(groupings[:depth])
            )
            statement = (
                f"{bindings.with_clause}select {', '.join([*keys[:depth], *values, 'count(*)'])}"
                f" from {entity_type.slug} t where {' and '.join(conditions)}"
                + (f" group by {grouped} order by {order}" if depth else "")
            )
            levels.append(connection.execute(statement, bindings.values).fetchall())
    names = list(summaries)
    whole = dict(zip(names, levels[0][0], strict=False))
    groups = _nested(levels, 1, (), groupings, names)
    address = f"{call.prefix}/entity/{entity_type.slug}/_summarize"
    return answer(
        {"data": {"summaries": whole, "groups": groups or []}, "links": {"self": address}}
    )


def _nested(
    levels: list[list[tuple[object, ...]]],
    depth: int,
    above: tuple[object, ...],
    groupings: list[_Grouping],
    names: list[str],
) -> list[dict[str, object]] | None:
    """The groups of a level below the keys `above`; None below the last level."""
    if depth == len(levels):
        return None
    groups: list[dict[str, object]] = []
    grouping = groupings[depth - 1]
    for row in levels[depth]:
        keys = row[:depth]
        if keys[:-1] != above:
            continue
        name, value = shown(grouping.type, grouping.path.leaf, keys[-1])
        group: dict[str, object] = {
            "group_name": name,
            "group_value": value,
            "summaries": dict(zip(names, row[depth:], strict=False)),
        }
        below = _nested(levels, depth + 1, keys, groupings, names)
        groups.append(group if below is None else group | {"groups": below})
    return groups


def _summaries(
    call: Call, entity_type: EntityType, body: Mapping[str, object]
) -> dict[str, _Summary]:
    """By field: of two summaries of one field the last one wins."""
    found: dict[str, _Summary] = {}
    for position, sent in enumerate(_objects(body, "summary_fields")):
        path = _path(call, entity_type, str(sent.get("field")))
        summary_type = str(sent.get("type"))
        if summary_type not in SUMMARY_TYPES:
            raise _wrong_type("summary_fields", position, SUMMARY_TYPES)
        if is_summarized(path.leaf.data_type, summary_type):
            status = sent.get("value")
            found[path.name] = _Summary(path, summary_type, None if status is None else str(status))
    return found


def _groupings(call: Call, entity_type: EntityType, body: Mapping[str, object]) -> list[_Grouping]:
    found: list[_Grouping] = []
    for position, sent in enumerate(_objects(body, "grouping")):
        path = _path(call, entity_type, str(sent.get("field")))
        grouping_type = str(sent.get("type", "exact"))
        if grouping_type not in GROUPING_TYPES:
            raise _wrong_type("grouping", position, GROUPING_TYPES)
        if not is_groupable(grouping_type, path.leaf.data_type):
            name = f"{path.owner.name}.{path.leaf.name}"
            raise errors.invalid(f"API summarize() {name} cannot be used in a grouping.")
        found.append(_Grouping(path, grouping_type, sent.get("direction") == "desc"))
    return found


def _wrong_type(parameter: str, position: int, legal: tuple[str, ...]) -> errors.ApiError:
    """The 400/103 of a type that is none: it names the place in the list, and the legal ones."""
    said = {str(position): {"type": f"type must be one of: {', '.join(legal)}"}}
    return errors.invalid_parameters(**{parameter: said})


def _objects(body: Mapping[str, object], name: str) -> list[dict[str, object]]:
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(member, dict) for member in value):
        raise errors.invalid_parameters(**{name: f"{name} is not an Array of Hashes"})
    return value


def _path(call: Call, entity_type: EntityType, name: str) -> FieldPath:
    try:
        path = field_path(call.site.schema, entity_type, name)
    except LookupError:
        title = f"API summarize() {entity_type.name}.{name} doesn't exist."
        raise errors.invalid(title, {f"{entity_type.name}.{name}": " does not exist."}) from None
    if any(hop.link.data_type != "entity" for hop in path.hops):
        raise errors.invalid(f"API summarize() {entity_type.name}.{name} cannot be summarized.")
    if path.leaf.data_type == "pivot_column":
        raise errors.server_error()
    return path
