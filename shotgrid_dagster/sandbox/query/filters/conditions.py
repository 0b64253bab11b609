"""A condition of a filter as a SQL condition over the row `t`, with the site's rules for nulls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from shotgrid_dagster.sandbox.query.bindings import Bindings
from shotgrid_dagster.sandbox.query.field_paths import FieldPath, NoSuchField, NotALink, field_path
from shotgrid_dagster.sandbox.query.filters.comparisons import COMPARISONS, is_of_type, plain
from shotgrid_dagster.sandbox.query.filters.filter_values import link
from shotgrid_dagster.sandbox.query.filters.sent_conditions import (
    NEGATIONS,
    RELATIONS,
    SentCondition,
)
from shotgrid_dagster.sandbox.query.json_text import quoted
from shotgrid_dagster.sandbox.query.values import DECODED_TEXT, INTEGERS, column
from shotgrid_dagster.sandbox.store.schema import EntityType, Field

ALWAYS = "1"


def condition(
    schema: Mapping[str, EntityType],
    entity_type: EntityType,
    parts: tuple[str, str, object],
    verb: str,
    bindings: Bindings,
    now: datetime,
) -> str:
    """SQL for `(path, relation, value)`. A negated relation also holds where there is no value.

    Through a multi link a relation holds when it holds for one of the linked rows, a negated one
    when the plain one holds for none.
    """
    name, relation, value = parts
    sent = SentCondition(verb, entity_type.name, name, relation, value)
    try:
        path = field_path(schema, entity_type, name)
    except NoSuchField as missing:
        raise sent.unknown(str(missing)) from None
    except NotALink as plain_field:
        raise sent.unknown(str(plain_field)) from None
    data_type = path.leaf.data_type
    sent = SentCondition(verb, path.owner.name, name, relation, value, data_type, tuple(schema))
    if not path.leaf.returned or path.leaf.name in DECODED_TEXT:
        return ALWAYS
    if data_type not in RELATIONS or data_type == "pivot_column":
        raise sent.unfilterable(data_type)
    if relation not in RELATIONS[data_type]:
        raise sent.wrong_relation(data_type)
    negated = relation in NEGATIONS
    relation = NEGATIONS.get(relation, relation)
    if relation == "is" and _is_null(data_type, value):
        relation, negated = "present", not negated
    if data_type == "entity" and relation in ("is", "in"):
        _check_types(schema, path.leaf, sent)
    found = _through(path, 0, "t", relation, sent, bindings, now)
    return f"({found}) is not true" if negated else found


def _is_null(data_type: str, value: object) -> bool:
    empty = (None, "") if data_type in ("text", "uuid") else (None,)
    return value in empty and not (value is None and data_type in ("uuid", "checkbox"))


def _check_types(schema: Mapping[str, EntityType], field: Field, sent: SentCondition) -> None:
    """A link to a type that a single link does not take is refused, not just never found."""
    values = sent.value if isinstance(sent.value, list) else [sent.value]
    for value in values:
        target = link(sent, value)
        legal = field.valid_types or tuple(schema)
        if target is not None and target[0] not in legal:
            raise sent.wrong_link(value)


def _through(
    path: FieldPath,
    depth: int,
    alias: str,
    relation: str,
    sent: SentCondition,
    bindings: Bindings,
    now: datetime,
) -> str:
    """SQL that holds when the leaf of `path`, from its hop `depth` on, relates as asked."""
    if depth == len(path.hops):
        return _compare(path.leaf, column(path.leaf, alias), relation, sent, bindings, now)
    hop = path.hops[depth]
    here = column(hop.link, alias)
    if hop.link.data_type == "entity" and depth == len(path.hops) - 1 and path.leaf.name == "id":
        # The id of a linked row stands on the row itself.
        own = column(hop.link, alias)[:-1] + '__id"'
        asked = _compare(path.leaf, own, relation, sent, bindings, now)
        return f"({asked} and {is_of_type(here, hop.target.name)})"
    there = f"h{depth}"
    asked = _through(path, depth + 1, there, relation, sent, bindings, now)
    if hop.link.data_type == "entity":
        source = f"{hop.target.slug} {there}"
        joined = f'{there}.id = {here[:-1]}__id" and {is_of_type(here, hop.target.name)}'
    else:
        each = f"j{depth}"
        source = f"json_each({here}) {each}, {hop.target.slug} {there}"
        joined = (
            f"{there}.id = json_extract({each}.value, '$.id')"
            f" and json_extract({each}.value, '$.type') = {quoted(hop.target.name)}"
        )
    return f"exists (select 1 from {source} where {joined} and {asked})"


def _compare(
    field: Field, own: str, relation: str, sent: SentCondition, bindings: Bindings, now: datetime
) -> str:
    if relation == "present":
        return f"{own} <> '[]'" if field.data_type == "multi_entity" else f"{own} is not null"
    if field.expression is not None and field.data_type in INTEGERS:
        own = f"({own} + 0)"  # some numbers are computed as text
    compare = COMPARISONS.get(field.data_type)
    if compare is not None:
        return compare(relation, own, sent, bindings)
    return plain(field.data_type, relation, own, sent, bindings, now)
