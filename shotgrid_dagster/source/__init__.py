"""A ShotGrid site as a dlt source: typed Arrow tables, one resource per entity type."""

from __future__ import annotations

from collections.abc import Iterator

import dlt
import pyarrow as pa
from dlt.common.typing import TSecretStrValue
from dlt.extract import DltResource

from shotgrid_dagster.config.project import SOURCE
from shotgrid_dagster.config.settings import Settings, read_settings
from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.source.connect import connected
from shotgrid_dagster.source.loading.hints import layout_hints
from shotgrid_dagster.source.reading.chosen_projects import scope_of
from shotgrid_dagster.source.reading.exclusions import leave_out
from shotgrid_dagster.source.reading.scope import Scope
from shotgrid_dagster.source.reading.snapshot import Snapshot
from shotgrid_dagster.source.tables.columns import LOAD_ID, Layout, layout

__all__ = ["Settings", "read_settings", "shotgun_software_source"]


@dlt.source(name=SOURCE, section=SOURCE)
def shotgun_software_source(
    site_url: str | None = None,
    client_id: str | None = None,
    client_secret: TSecretStrValue | None = None,
) -> Iterator[DltResource]:
    """The entity types of a ShotGrid site, one resource each, discovered from its schema.

    Each resource reads its type whole, live rows and retired ones (`_sg_state`), and merges on
    `id`. With no arguments it takes the project's settings; `site_url = "sandbox"` (the default)
    is the bundled site.

    For a whole site, `shotgun_software_pipeline.py` is the better way: a table that fails does
    not stop the others there, nothing is loaded when nothing changed, and rows that vanished are
    marked `lost`.

    Raises:
        SettingsError: a setting is missing or not possible.
        SiteError: the site cannot be read.
    """
    settings = read_settings(site_url=site_url, client_id=client_id, client_secret=client_secret)
    with connected(settings) as site:
        visible = site.entity_types()
        scope = scope_of(site, visible, settings)
        for entity_type in visible:
            if settings.loads(entity_type.name):
                known = EntityType(
                    entity_type.name, entity_type.display_name, site.fields(entity_type.name)
                )
                left_out = leave_out(known, scope.exclude_fields)
                yield _resource(site, layout(left_out), scope)


def _resource(site: Site, of: Layout, scope: Scope) -> DltResource:
    def rows() -> Iterator[pa.Table]:
        snapshot = Snapshot(site, of.entity_type)
        snapshot.keep_to(scope, {})
        for batch in snapshot.batches():
            yield batch.table
        if not snapshot.rows:
            yield of.arrow_schema.empty_table()

    resource: DltResource = dlt.resource(
        rows,
        name=of.table,
        primary_key="id",
        write_disposition="merge",
        columns={name: hint for name, hint in layout_hints(of).items() if name != LOAD_ID},
        schema_contract={"data_type": "freeze"},
    )
    return resource
