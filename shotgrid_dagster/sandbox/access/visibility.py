"""Which rows a caller sees. The one place where permissions cut a read down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shotgrid_dagster.sandbox.access.tokens import Caller
from shotgrid_dagster.sandbox.errors import refused
from shotgrid_dagster.sandbox.store.schema import EntityType


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
    """SQL conditions on the row `t`, all of which must hold.

    Raises the 400/104 of an entity type that the caller may not read.
    """
    level = caller.rights.level
    if entity_type.name in level.refused:
        raise refused(
            f"Entity of type {entity_type.name} can not be accessed by this user."
            f" Rule: {level.name}"
        )
    if entity_type.name in level.unseen:
        return ["0"]
    conditions = [f"t._retired_at is {'not ' if options.retired else ''}null"]
    if entity_type.name == "EventLogEntry":
        conditions.append("(t._visible_at is null or t._visible_at <= site_now())")
    return conditions + _of_seen_projects(schema, entity_type, caller.rights.projects, options)


def _of_seen_projects(
    schema: Mapping[str, EntityType],
    entity_type: EntityType,
    seen: frozenset[int] | None,
    options: ReadOptions,
) -> list[str]:
    """Conditions on a Project itself, and on rows of one; rows of no project are seen by all."""
    projects = schema.get("Project")
    conditions: list[str] = []
    if seen is not None:
        conditions.append(f"in ({', '.join(map(str, sorted(seen)))})")
    if not options.include_archived_projects and projects and "archived" in projects.fields:
        conditions.append("not in (select id from projects where archived)")
    if entity_type.name == "Project":
        return [f"t.id {condition}" for condition in conditions]
    if entity_type.is_project_scoped and entity_type.fields["project"].data_type == "entity":
        return [f"(t.project__id is null or t.project__id {condition})" for condition in conditions]
    return []
