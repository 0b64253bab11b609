"""Link texts that became untrue, worked out again from what is true."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from shotgrid_dagster.sandbox.store.links import STAMPS, far_side_sql, is_far_side, name_sql
from shotgrid_dagster.sandbox.store.schema import EntityType, Field
from shotgrid_dagster.sandbox.writes.links.neighbours import Neighbours
from shotgrid_dagster.sandbox.writes.stored_rows import Columns, StoredRows

Place = tuple[str, str, int]
"""(entity type, link field, row id): one text that a read shows."""


def refresh_link_texts(
    connection: sqlite3.Connection,
    schema: Mapping[str, EntityType],
    places: Iterable[Place],
    events_regain_links: bool,
) -> None:
    """Write the texts of these places anew."""
    ids: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for name, link, row_id in places:
        ids[name, link].append(row_id)
    for (name, link), row_ids in ids.items():
        entity_type, field = schema[name], schema[name].fields[link]
        condition = "id in (select value from json_each(?))"
        if (name, link) == ("EventLogEntry", "entity") and not events_regain_links:
            condition += " and entity is not null"
        connection.execute(
            f'update "{entity_type.slug}" as t'
            f' set "{link}" = {_text_sql(schema, entity_type, field)} where {condition}',
            (json.dumps(row_ids),),
        )


def places_of(rows: StoredRows, neighbours: Neighbours, kind: str, row: Columns) -> set[Place]:
    """Every text that may name this row: links to it, and the far sides of its own."""
    row_id = row["id"]
    assert isinstance(row_id, int)
    places: set[Place] = set()
    for owner, link in neighbours.singles[kind]:
        ids = rows.ids(owner, f'"{link}__id" = ? and "{link}__type" = ?', row_id, kind)
        places |= {(owner, link, id_) for id_ in ids}
    linked = rows.connection.execute(
        "select owner_type, field, owner_id from _links where target_type = ? and target_id = ?",
        (kind, row_id),
    )
    places |= set(linked)
    for (owner, link), far in neighbours.far_sides.items():
        if owner == kind:
            for target, target_id in targets(rows, kind, link, row):
                places |= {(target, shown, target_id) for at, shown in far if at == target}
    for connection_type, joins in neighbours.joins.items():
        for join in joins:
            if connection_type == kind:
                end = row[f"{join.here}__id"]
                if isinstance(end, int):
                    places.add((join.owner, join.field, end))
            elif kind in rows.schema[connection_type].fields[join.there].valid_types:
                ends = rows.connection.execute(
                    f'select "{join.here}__id" from "{rows.schema[connection_type].slug}"'
                    f' where "{join.there}__id" = ? and "{join.here}__id" is not null',
                    (row_id,),
                )
                places |= {(join.owner, join.field, end) for (end,) in ends}
    return places


def targets(rows: StoredRows, kind: str, link: str, row: Columns) -> list[tuple[str, int]]:
    """What a near link truly points to, retired rows among it."""
    if rows.schema[kind].fields[link].data_type == "entity":
        target: tuple[Any, Any] = (row[f"{link}__type"], row[f"{link}__id"])
        # A column may hold anything; these two hold a type and an id, or nothing.
        return [] if target[1] is None else [target]
    return rows.connection.execute(
        "select target_type, target_id from _links"
        " where owner_type = ? and field = ? and owner_id = ? order by position",
        (kind, link, row["id"]),
    ).fetchall()


def _text_sql(schema: Mapping[str, EntityType], entity_type: EntityType, field: Field) -> str:
    """SQL over the row `t` for the text of one of its links."""
    kinds = [name for name in field.valid_types or schema if name != "EventLogEntry"]
    if is_far_side(field):
        return far_side_sql(schema, entity_type, field)
    if field.data_type == "multi_entity":
        return _near_multi(schema, entity_type, field, kinds)
    alive = "" if field.name in STAMPS else " and x._retired_at is null"
    cases = [
        f"when '{kind}' then (select {_shown(kind, name_sql(schema[kind], 'x'))}"
        f' from "{schema[kind].slug}" x where x.id = t."{field.name}__id"{alive})'
        for kind in kinds
    ]
    return f'case t."{field.name}__type" {" ".join(cases)} end'


def _near_multi(
    schema: Mapping[str, EntityType], entity_type: EntityType, field: Field, kinds: list[str]
) -> str:
    each = [
        f"select x.id, {name_sql(schema[kind], 'x')} as name, '{kind}' as kind, l.position"
        f' from _links l join "{schema[kind].slug}" x on x.id = l.target_id'
        f" where l.owner_type = '{entity_type.name}' and l.field = '{field.name}'"
        f" and l.owner_id = t.id and l.target_type = '{kind}' and x._retired_at is null"
        for kind in kinds
    ]
    return (
        "(select json_group_array(json_object('id', id, 'name', name, 'type', kind))"
        f" from (select * from ({' union all '.join(each)})"
        " order by coalesce(name, ''), id, position))"
    )


def _shown(kind: str, name: str) -> str:
    return f"json_object('id', x.id, 'name', {name}, 'type', '{kind}')"
