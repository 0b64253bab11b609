"""`POST /entity/_text_search`: rows of several types whose name or parent's name has all words."""

from __future__ import annotations

import json
import sqlite3

from shotgrid_dagster.sandbox import errors
from shotgrid_dagster.sandbox.access.visibility import ReadOptions, visible
from shotgrid_dagster.sandbox.calls.calls import Answer, Call, answer
from shotgrid_dagster.sandbox.query import read_parameters
from shotgrid_dagster.sandbox.query.bindings import Bindings
from shotgrid_dagster.sandbox.query.filters.comparisons import like
from shotgrid_dagster.sandbox.query.filters.filters import FilterScope, where
from shotgrid_dagster.sandbox.query.values import column
from shotgrid_dagster.sandbox.reads.listing import vendor_content_type
from shotgrid_dagster.sandbox.store.schema import EntityType

LARGEST_SIZE = 25
PARENTS = ("entity", "sg_sequence", "episode", "cut")
"""Links to a row's parent; the first one that the type has counts."""


def text_search(call: Call) -> Answer:
    """At most 25 rows a page, those with the shortest name first; `links` is null."""
    content_type = vendor_content_type(call)
    body = call.json_body()
    text, kinds = body.get("text"), body.get("entity_types")
    if not isinstance(text, str):
        raise errors.invalid_parameters(text="text is missing")
    if not text:
        raise errors.invalid_parameters(text="text must be filled")
    if not isinstance(kinds, dict):
        raise errors.invalid_parameters(entity_types="entity_types is missing")
    page = body.get("page")
    paging = page if isinstance(page, dict) else {}
    size = read_parameters.page_size(
        str(paging["size"]) if "size" in paging else None, LARGEST_SIZE, LARGEST_SIZE
    )
    number = read_parameters.page_number(str(paging["number"]) if "number" in paging else None)
    for kind, filters in kinds.items():
        if kind not in call.site.schema:
            raise errors.invalid_parameters(
                entity_types="entity_types must use valid entity names as keys"
            )
        if not isinstance(filters, list) and not (isinstance(filters, dict) and filters):
            raise errors.invalid_parameters(
                entity_types="entity_types must have an array or non-empty object as each key's"
                " value"
            )
    rows: list[dict[str, object]] = []
    with call.site.connections.borrowed() as connection:
        for kind, filters in kinds.items():
            entity_type = call.site.schema[kind]
            bindings = Bindings()
            scope = FilterScope(call.site.schema, entity_type, "_text_search", call.site.clock())
            found = where(scope, filters, content_type, bindings)
            rows += _rows(
                call, connection, entity_type, text.split(), found, bindings, size * number
            )
    rows.sort(key=lambda row: len(str(_name(row))))
    return answer({"data": rows[size * (number - 1) : size * number], "links": None})


def _name(row: dict[str, object]) -> object:
    attributes = row["attributes"]
    assert isinstance(attributes, dict)
    return attributes["name"]


def _rows(
    call: Call,
    connection: sqlite3.Connection,
    entity_type: EntityType,
    words: list[str],
    found: str,
    bindings: Bindings,
    most: int,
) -> list[dict[str, object]]:
    fields = entity_type.fields
    names = [
        fields[name]
        for name in ("cached_display_name", entity_type.identity or "")
        if name in fields
    ]
    name = f"coalesce({', '.join([column(field, 't') for field in names] + ['null', 'null'])})"
    parent = next((f"t.{link}" for link in PARENTS if link in fields), "null")
    status = "t.sg_status_list" if "sg_status_list" in fields else "null"
    searched = f"(coalesce({name}, '') || ' ' || coalesce(json_extract({parent}, '$.name'), ''))"
    conditions = [
        *visible(call.site.schema, entity_type, call.caller, ReadOptions()),
        f"({found})",
        *(like(searched, "contains", word, bindings) for word in words),
    ]
    statement = (
        f"{bindings.with_clause}select t.id, {name}, {parent}, {status} from {entity_type.slug} t"
        f" where {' and '.join(conditions)} order by length({name}), t.id"
        f" limit {bindings.value(most)}"
    )
    rows: list[dict[str, object]] = []
    for row_id, shown, link, state in connection.execute(statement, bindings.values):
        above = json.loads(link) if link else {"type": "", "name": ""}
        address = f"{call.prefix}/entity/{entity_type.slug}/{row_id}"
        rows.append(
            {
                "id": row_id,
                "type": entity_type.name,
                "attributes": {
                    "name": shown,
                    "links": [above["type"], above["name"]],
                    "status": state,
                },
                "links": {"self": address},
            }
        )
    return rows
