"""Which rows a caller sees. The one place where permissions cut a read down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shotgrid_dagster.sandbox.schema import EntityType
from shotgrid_dagster.sandbox.tokens import Caller


@dataclass(frozen=True)
class ReadOptions:
    """`options[...]` of a read."""

    retired: bool = False
    """`return_only=retired`: only retired rows. Live and retired rows never come together."""
    include_archived_projects: bool = False
    """False hides archived projects, and every row that belongs to one."""


def visible(
    schema: Mapping[str, EntityType], entity_type: EntityType, caller: Caller, options: ReadOptions
) -> list[str]:
    """SQL conditions on the row `t`, all of which must hold. Every caller sees every row so far."""
    conditions = [f"t._retired_at is {'not ' if options.retired else ''}null"]
    projects = schema.get("Project")
    if options.include_archived_projects or projects is None or "archived" not in projects.fields:
        return conditions
    if entity_type.name == "Project":
        conditions.append("not t.archived")
    elif entity_type.is_project_scoped and entity_type.fields["project"].data_type == "entity":
        conditions.append(
            "(t.project__id is null or t.project__id not in"
            " (select id from projects where archived))"
        )
    return conditions
