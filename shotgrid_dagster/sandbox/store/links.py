"""How links are shown: the text of one link, and the far sides worked out from what is true."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from json.encoder import encode_basestring

from shotgrid_dagster.sandbox.store.schema import EntityType, Field

STAMPS = frozenset({"created_by", "updated_by"})
"""Links that go on naming their target when it is retired; every other one shows null."""


def link_text(entity_type: str, row_id: int, name: str | None) -> str:
    """What a read shows of a link: `{"id":3,"name":"ab","type":"Sequence"}`."""
    return f'{{"id":{row_id},"name":{quoted(name)},"type":"{entity_type}"}}'


def quoted(text: str | None) -> str:
    """A string as JSON, or `null`."""
    return "null" if text is None else encode_basestring(text)


encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""A value as JSON text without blanks."""


def name_sql(entity_type: EntityType, alias: str) -> str:
    """SQL for the name a link shows of a row: its display name, or else its identity."""
    identity = f"{alias}.{entity_type.identity}" if entity_type.identity else "null"
    return f"coalesce({alias}.cached_display_name, {identity})"


def is_far_side(field: Field) -> bool:
    """Whether the links of a multi link are kept elsewhere than in its own `_links`."""
    return field.inverse_of is not None or field.through is not None


def far_side_sql(schema: Mapping[str, EntityType], entity_type: EntityType, field: Field) -> str:
    """SQL over the row (alias `t`) for the text of a multi link that is kept elsewhere."""
    if field.through:
        rows, shown = _through(schema, field, *field.through)
    else:
        rows, shown = _inverse(schema, entity_type, field, *str(field.inverse_of).split("."))
    return (
        f"(select json_group_array(json_object('id', id, 'name', name, 'type', '{shown}'))"
        f" from (select x.id, {name_sql(schema[shown], 'x')} as name from {rows}"
        " and x._retired_at is null order by 2, 1))"
    )


def refresh_far_sides(connection: sqlite3.Connection, schema: Mapping[str, EntityType]) -> None:
    """Work out every far side of every row."""
    for entity_type in schema.values():
        shown = [
            f'"{field.name}" = {far_side_sql(schema, entity_type, field)}'
            for field in entity_type.fields.values()
            if field.data_type == "multi_entity" and is_far_side(field)
        ]
        if shown:
            connection.execute(f'update "{entity_type.slug}" as t set {", ".join(shown)}')


def _through(
    schema: Mapping[str, EntityType], field: Field, connection_type: str, here: str, there: str
) -> tuple[str, str]:
    (target,) = schema[connection_type].fields[there].valid_types
    return (
        f'"{schema[connection_type].slug}" c join "{schema[target].slug}" x on x.id = c.{there}__id'
        f" where c.{here}__id = t.id and c._retired_at is null",
        target,
    )


def _inverse(
    schema: Mapping[str, EntityType], entity_type: EntityType, field: Field, owner: str, near: str
) -> tuple[str, str]:
    table = schema[owner].slug
    if schema[owner].fields[near].data_type == "entity":
        rows = f"\"{table}\" x where x.{near}__id = t.id and x.{near}__type = '{entity_type.name}'"
    else:
        rows = (
            f'_links l join "{table}" x on x.id = l.owner_id'
            f" where l.target_type = '{entity_type.name}' and l.target_id = t.id"
            f" and l.owner_type = '{owner}' and l.field = '{near}'"
        )
    if field.only_statuses:
        statuses = ", ".join(f"'{status}'" for status in field.only_statuses)
        rows += f" and x.sg_status_list in ({statuses})"
    return rows, owner
