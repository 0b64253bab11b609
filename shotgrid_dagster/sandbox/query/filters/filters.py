"""The two filter syntaxes of a search, as one SQL condition over the row `t`.

`api3_array` takes a list of conditions, all of which must hold. `api3_hash` takes groups,
`{"logical_operator": "and"|"or", "conditions": [condition or group, ...]}`, nested up to 265 deep.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shotgrid_dagster.sandbox.errors import invalid, invalid_parameters, server_error
from shotgrid_dagster.sandbox.query.bindings import Bindings
from shotgrid_dagster.sandbox.query.filters.conditions import ALWAYS, condition
from shotgrid_dagster.sandbox.ruby_text import inspect
from shotgrid_dagster.sandbox.store.schema import EntityType

ARRAY = "application/vnd+shotgun.api3_array+json"
HASH = "application/vnd+shotgun.api3_hash+json"
DEEPEST = 265
"""Groups within groups; one more is a 500."""
SQL_DEPTH = 20
"""Parentheses within parentheses that SQLite's parser surely takes."""


@dataclass(frozen=True)
class FilterScope:
    """What a filter is read against."""

    schema: Mapping[str, EntityType]
    entity_type: EntityType
    verb: str
    """For the texts of refusals: `read`, `summarize` or `_text_search`."""
    now: datetime
    """In UTC."""


@dataclass(frozen=True)
class _Term:
    sql: str
    depth: int = 1


def where(scope: FilterScope, filters: object, content_type: str, bindings: Bindings) -> str:
    """The condition for the `filters` of a body of that content type; `1` when nothing is asked."""
    if content_type == ARRAY:
        if not isinstance(filters, list):
            raise invalid(f"Query is not an Array: {inspect(filters)}", {})
        if not all(isinstance(sent, list) for sent in filters):
            expected = "Expected array of basic condition arrays but received"
            raise invalid(f"Invalid filter. {expected}: {inspect(filters)}", {})
        return _joined(
            "and", [_condition(scope, sent, bindings) for sent in filters], scope, bindings
        ).sql
    if not isinstance(filters, dict):
        raise invalid(f"Query is not an Hash: {inspect(filters)}", {})
    return _group(scope, filters, 1, bindings).sql


def _condition(scope: FilterScope, sent: object, bindings: Bindings) -> _Term:
    if not isinstance(sent, list) or len(sent) != 3:
        raise invalid(f"Invalid condition: {inspect(sent)}", {})
    path, relation, value = sent
    if not isinstance(path, str) or not isinstance(relation, str):
        raise invalid(f"Invalid condition: {inspect(sent)}", {})
    parts = (path, relation, value)
    return _Term(condition(scope.schema, scope.entity_type, parts, scope.verb, bindings, scope.now))


def _group(scope: FilterScope, group: dict[str, object], depth: int, bindings: Bindings) -> _Term:
    if depth > DEEPEST:
        raise server_error()
    if "logical_operator" not in group:
        raise invalid(f"Missing logical operator: {inspect(group)}", {})
    if "conditions" not in group:
        raise invalid(f"Missing conditions parameter: {inspect(group)}", {})
    operator, conditions = group["logical_operator"], group["conditions"]
    if operator not in ("and", "or"):
        raise invalid(f"Invalid logical operator: {operator}", {})
    if not isinstance(conditions, list):
        raise invalid_parameters(filters="conditions is not an Array")
    terms: list[_Term] = []
    for sent in conditions:
        if isinstance(sent, dict):
            terms.append(_group(scope, sent, depth + 1, bindings))
        else:
            terms.append(_condition(scope, sent, bindings))
    return _joined(str(operator), terms, scope, bindings)


def _joined(operator: str, terms: list[_Term], scope: FilterScope, bindings: Bindings) -> _Term:
    """All terms with `operator` between them, in pairs: SQLite limits an expression's depth."""
    if not terms:
        return _Term(ALWAYS)
    if len(terms) == 1:
        return terms[0]
    depth = max(term.depth for term in terms) + math.ceil(math.log2(len(terms)))
    if depth > SQL_DEPTH:
        terms = [_named(term, scope, bindings) if term.depth > 1 else term for term in terms]
        depth = 1 + math.ceil(math.log2(len(terms)))
    texts = [term.sql for term in terms]
    while len(texts) > 1:
        pairs = [texts[at : at + 2] for at in range(0, len(texts), 2)]
        texts = [f"({f' {operator} '.join(pair)})" if pair[1:] else pair[0] for pair in pairs]
    return _Term(texts[0], depth)


def _named(term: _Term, scope: FilterScope, bindings: Bindings) -> _Term:
    """The term as a subquery of its own, in front of the statement."""
    table = scope.entity_type.slug
    name = bindings.subquery(f"select t.id from {table} t where {term.sql}")
    return _Term(f"t.id in (select id from {name})")
