"""Join rows that are entity types of their own: they have ids, and no stamps."""

from __future__ import annotations

from shotgrid_dagster.sandbox.entity_types.fields import define, entity
from shotgrid_dagster.sandbox.store.schema import EntityType


def _connection(name: str, display_name: str, **ends: str) -> EntityType:
    links = [
        entity(end, end.replace("_", " ").title(), [entity_type], editable=False)
        for end, entity_type in ends.items()
    ]
    return define(name, display_name, None, *links)


ENTITY_TYPES = [
    _connection("AssetShotConnection", "Asset Shot Connection", asset="Asset", shot="Shot"),
    _connection(
        "AssetSequenceConnection", "Asset Sequence Connection", asset="Asset", sequence="Sequence"
    ),
    _connection(
        "Asset_linked_projects_Connection",
        "Asset Linked Projects Connection",
        asset="Asset",
        linked_project="Project",
    ),
    _connection("GroupUserConnection", "Group User Connection", group="Group", user="HumanUser"),
]
