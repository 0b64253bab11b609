"""Which part of a site is copied: the fields that are left out, and the projects. Pure.

Rows of a project outside the scope are not read. Rows without a project (a template's Tasks) and
types that have no project (people, Steps) are read whole. A row in the table that is no longer in
the scope, because the settings or its project changed, stays as it was, in the state `left_out`.
"""

from __future__ import annotations

from dataclasses import dataclass

from shotgrid_dagster.site import EntityType
from shotgrid_dagster.site.search import Condition

PROJECT = "Project"


@dataclass(frozen=True)
class Scope:
    """What is copied of a site; by default, all of it."""

    exclude_fields: tuple[str, ...] = ()
    """See `exclusions.leave_out`."""
    projects: tuple[int, ...] | None = None
    """The ids of the projects whose rows are read; None: of all of them."""

    @property
    def digest(self) -> str:
        """Which projects; empty for all. When it changes, types are read whole once."""
        return "" if self.projects is None else ",".join(str(id_) for id_ in self.projects)

    def conditions(self, entity_type: EntityType) -> list[Condition]:
        """What rows of a type must fulfil; its fields must be known."""
        if self.projects is None:
            return []
        if entity_type.name == PROJECT:
            # No site has a row 0, and an empty list is no filter.
            return [["id", "in", list(self.projects) or [0]]]
        types = {field.name: field.data_type for field in entity_type.fields}
        if types.get("project") != "entity":
            return []
        links = [{"type": PROJECT, "id": id_} for id_ in self.projects]
        within: list[object] = [["project", "in", links]] if links else []
        either = {"logical_operator": "or", "conditions": [*within, ["project", "is", None]]}
        return [either]


EVERYTHING = Scope()
