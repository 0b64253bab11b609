"""How a field's value reads: SQL expressions that give its JSON text, over a row with an alias.

| data types | JSON |
|---|---|
| float | a string, at most 6 decimals, always a point: `"0.04"` |
| number, percent, duration, timecode | an integer |
| checkbox | true or false, never null |
| image, url | signed again on every read; `pending` is the site's placeholder picture |
| serializable, jsonb, tag_list, PageSetting.settings_json | what is stored, decoded |
| password, pivot_column | a mask, null |
| entity, multi_entity | what is stored: an object or null, a list |

Bound by whoever runs the SQL: `:site` (http://host), `:media` (the media address), `:signature`
(a query).
"""

from __future__ import annotations

import re

from shotgrid_dagster.sandbox.query.field_paths import FieldPath, Hop
from shotgrid_dagster.sandbox.query.json_text import quoted
from shotgrid_dagster.sandbox.store.schema import Field

MASK = "*******"
PENDING_PATH = "/images/status/transient/thumbnail_pending.png"
ENCODED = frozenset({"serializable", "jsonb", "entity", "tag_list"})
DECODED_TEXT = frozenset({"settings_json"})
"""Fields that are text by their schema, and read as the JSON that they hold."""
INTEGERS = frozenset({"number", "percent", "duration", "timecode"})


def column(field: Field, alias: str) -> str:
    """The SQL of a field's stored or computed value."""
    if field.expression is not None:
        return "(" + re.sub(r"\bt\.", f"{alias}.", field.expression) + ")"
    return f'{alias}."{field.name}"'


def stored_value(path: FieldPath, alias: str = "t", depth: int = 0) -> str:
    """The SQL of a stored or computed value, through single links; null where a link is empty."""
    if depth == len(path.hops):
        return column(path.leaf, alias)
    hop, there = path.hops[depth], f"o{depth}"
    return (
        f"(select {stored_value(path, there, depth + 1)} from {hop.target.slug} {there}"
        f" where {_leads(hop, alias, there)})"
    )


def _leads(hop: Hop, alias: str, there: str) -> str:
    """SQL: the single link of the row `alias` shows the row `there`."""
    link = f'{alias}."{hop.link.name}'
    return (
        f'{there}.id = {link}__id" and {link}__type" = {quoted(hop.target.name)}'
        f' and {link}" is not null'
    )


def json_value(path: FieldPath, alias: str = "t") -> str:
    """The SQL of a value's JSON text; behind a link that is empty or of another type: `null`."""
    return _through(path, 0, alias) if path.hops else field_value(path.leaf, alias)


def _through(path: FieldPath, depth: int, alias: str) -> str:
    if depth == len(path.hops):
        return field_value(path.leaf, alias)
    hop = path.hops[depth]
    inner = f"h{depth}"
    return (
        f"coalesce((select {_through(path, depth + 1, inner)} from {hop.target.slug} {inner}"
        f" where {_leads(hop, alias, inner)}), 'null')"
    )


def field_value(field: Field, alias: str) -> str:
    """The SQL of the JSON text of a field of the row `alias`; never null."""
    if field.data_type == "password":
        return quoted(f'"{MASK}"')
    if field.data_type == "pivot_column":
        return "'null'"
    value = column(field, alias)
    if field.data_type == "float" or field.properties.get("renderer") == "float":
        return f"""iif({value} is null, 'null', printf('"%!.6f"', {value}))"""
    if field.data_type == "checkbox":
        return f"iif({value}, 'true', 'false')"
    if field.data_type == "image":
        return (
            f"case {value} when 'pending' then json_quote(:site || {quoted(PENDING_PATH)})"
            f""" else coalesce('"' || :media || {value} || '?' || :signature || '"', 'null') end"""
        )
    if field.data_type == "url":
        signed = f"replace(replace({value}, '@media@', :media), '@signature@', :signature)"
        return f"coalesce({signed}, 'null')"
    if field.data_type in ENCODED or field.name in DECODED_TEXT:
        return f"coalesce({value}, 'null')"
    if field.data_type == "multi_entity":
        return f"coalesce({value}, '[]')"
    if field.data_type in INTEGERS and field.expression is None:
        return f"coalesce({value}, 'null')"
    return f"json_quote({value})"
