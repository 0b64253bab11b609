"""The entity types of the sandbox site."""

from __future__ import annotations

from shotgrid_dagster.sandbox.entity_types import (
    activity,
    connections,
    custom,
    delivery,
    people,
    production,
    review,
    setup,
    work,
)
from shotgrid_dagster.sandbox.store.schema import EntityType

_ROOMS = (production, work, review, delivery, people, setup, activity, custom, connections)

SCHEMA: dict[str, EntityType] = {
    entity_type.name: entity_type for room in _ROOMS for entity_type in room.ENTITY_TYPES
}
"""Every entity type by its schema name, in a stable order."""
