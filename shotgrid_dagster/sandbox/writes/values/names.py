"""The name a row goes by, from its columns."""

from __future__ import annotations

from collections.abc import Mapping

from shotgrid_dagster.sandbox.store.refs import Ref, display_name
from shotgrid_dagster.sandbox.store.schema import EntityType


def named(entity_type: EntityType, row: Mapping[str, object]) -> str | None:
    """The cached display name of a row, whose columns may still lack what makes a name."""
    row_id = row["id"]
    assert isinstance(row_id, int)
    values = dict(row)
    identity = row.get(entity_type.identity) if entity_type.identity else None
    if entity_type.identity and identity is None and entity_type.name != "Task":
        return None
    if entity_type.name == "ApiUser":
        values["lastname"] = row.get("lastname") or "1.0"
    if entity_type.name == "Cut" and row.get("revision_number") is None:
        return str(identity)
    if entity_type.name == "TaskDependency":
        for end in ("task", "dependent_task"):
            end_id = row.get(f"{end}__id")
            if not isinstance(end_id, int):
                return None
            values[end] = Ref("Task", end_id, None)
    return display_name(entity_type, row_id, values)
