"""`sort=-created_at,code` as ORDER BY: nulls last in both directions, and in the end by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shotgrid_dagster.sandbox.errors import refused
from shotgrid_dagster.sandbox.query.field_paths import FieldPath, field_path
from shotgrid_dagster.sandbox.query.values import stored_value
from shotgrid_dagster.sandbox.store.schema import EntityType

IGNORED = frozenset(
    {"url", "summary", "serializable", "password", "image", "jsonb", "multi_entity"}
)
REFUSED = frozenset({"pivot_column", "uuid"})
TEXT = frozenset({"text", "list", "status_list", "entity_type", "color"})


def order_by(
    schema: Mapping[str, EntityType], entity_type: EntityType, terms: Sequence[str]
) -> str:
    """The ORDER BY list. Unknown and unsortable names are ignored; REFUSED ones are a 400/104."""
    found: list[str] = []
    for term in terms:
        direction = " desc" if term.startswith("-") else ""
        name = term.lstrip("-")
        if name == "id":
            return ", ".join([*found, f"t.id{direction}"])
        try:
            path = field_path(schema, entity_type, name)
        except LookupError:
            continue
        data_type = path.leaf.data_type
        if data_type in REFUSED:
            raise refused(f"Read failed for entity type [{entity_type.name}]")
        single = all(hop.link.data_type == "entity" for hop in path.hops)
        if data_type not in IGNORED and path.leaf.returned and single:
            found.append(f"{_sort_value(path)}{direction} nulls last")
    return ", ".join([*found, "t.id"])


def _sort_value(path: FieldPath) -> str:
    value = stored_value(path)
    if path.leaf.data_type == "entity":
        return f"json_extract({value}, '$.name') collate nocase"
    return f"{value} collate nocase" if path.leaf.data_type in TEXT else value
