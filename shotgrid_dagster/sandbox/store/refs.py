"""A row as other rows point to it, and the name it goes by."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import md5
from uuid import UUID

from shotgrid_dagster.sandbox.store.links import link_text
from shotgrid_dagster.sandbox.store.schema import EntityType


@dataclass(frozen=True)
class Ref:
    """A row that can be linked to."""

    type: str
    id: int
    name: str | None
    is_live: bool = True

    @cached_property
    def text(self) -> str:
        """What a link to the row shows while it is live: `{"id":3,"name":"ab","type":"Shot"}`."""
        return link_text(self.type, self.id, self.name)

    @property
    def shown(self) -> str | None:
        """What a link to the row shows: nothing once it is retired."""
        return self.text if self.is_live else None


def unique_id(of: str) -> str:
    """A UUID that is the same for the same text."""
    return str(UUID(bytes=md5(of.encode(), usedforsecurity=False).digest(), version=4))


NAMELESS = frozenset({"Step", "PublishedFileType"})
"""Their cached display name is null; links show their code."""


def display_name(entity_type: EntityType, row_id: int, values: Mapping[str, object]) -> str | None:
    """The cached display name of a row."""
    identity = values.get(entity_type.identity) if entity_type.identity else None
    name = None if identity is None else str(identity)
    if entity_type.name in NAMELESS:
        return None
    if entity_type.name == "Task":
        return name or "-"
    if entity_type.name == "Delivery":
        return f"#{row_id}: {name}"
    if entity_type.name == "ApiUser":
        return f"{name} {values['lastname']}"
    if entity_type.name == "Cut":
        return f"{name} v{values['revision_number']:03}"
    if entity_type.name == "Reply":
        return html.escape(str(name))
    if entity_type.name == "TimeLog":
        note = values.get("description")
        return None if note is None else str(note)
    if entity_type.name == "TaskDependency":
        return f"Task {_id(values['task'])} dependent on Task {_id(values['dependent_task'])}"
    return name


def _id(ref: object) -> int:
    assert isinstance(ref, Ref)
    return ref.id
