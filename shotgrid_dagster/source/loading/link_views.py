"""Which link views the tables of a site have, and those of them that are missing."""

from __future__ import annotations

from collections.abc import Collection

from shotgrid_dagster.destination.link_views import make_link_views
from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.site import SiteSchema
from shotgrid_dagster.source.loading.load_result import LoadResult
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


def make_missing_views(tables: Tables, loaded: Collection[LoadResult]) -> None:
    """Make the link views that these tables should have and have not.

    A run that died, or failed, behind the commit of the rows leaves them out.

    Raises:
        what the destination raises: something else has the name of a view.
    """
    if tables.dialect.link_view is None or not any(item.layout.link_lists for item in loaded):
        return
    there, views_there = tables.names(), tables.names(only_views=True)
    for known in (item.layout for item in loaded):
        views = {column: view_name(known.table, column) for column in known.link_lists}
        missing = {column: view for column, view in views.items() if view not in views_there}
        if known.table in there:
            make_link_views(tables, known.table, missing)
