"""Which link views the tables of a site have."""

from __future__ import annotations

from shotgrid_dagster.site import SiteSchema
from shotgrid_dagster.source.reading.event_log import EVENT_LOG, EventLog
from shotgrid_dagster.source.tables.column_names import view_name
from shotgrid_dagster.source.tables.columns import layout


def link_views(schema: SiteSchema) -> set[str] | None:
    """The views that a site's tables have; None while its fields are not known."""
    entity_types = schema.entity_types.values()
    if not any(entity_type.fields for entity_type in entity_types):
        return None
    derived = {EVENT_LOG: EventLog.derived_links}
    return {
        view_name(entity_type.table, column)
        for entity_type in entity_types
        for column in (*layout(entity_type).link_lists, *derived.get(entity_type.name, ()))
    }
