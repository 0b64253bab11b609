"""A ShotGrid site as a dlt source: one resource an entity type, for pipelines of one's own."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import dlt
import pyarrow as pa
from dlt.common.configuration.container import Container
from dlt.common.pipeline import PipelineContext
from dlt.common.storages.exceptions import CurrentLoadPackageStateNotAvailable
from dlt.common.typing import TSecretStrValue
from dlt.extract import DltResource

from shotgrid_dagster.config.project import SOURCE
from shotgrid_dagster.config.settings import Settings, read_settings
from shotgrid_dagster.destination.dialects import dialect_of
from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.source.loading.packages.hints import layout_hints
from shotgrid_dagster.source.reading.chosen_projects import scope_of
from shotgrid_dagster.source.reading.event_log import EVENT_LOG, EventLog
from shotgrid_dagster.source.reading.exclusions import leave_out, refuse_unknown_types
from shotgrid_dagster.source.reading.reading import Reading
from shotgrid_dagster.source.reading.scope import Scope
from shotgrid_dagster.source.reading.snapshot import Snapshot
from shotgrid_dagster.source.shared_site import SharedSite
from shotgrid_dagster.source.tables.columns import LOAD_ID, layout

log = logging.getLogger(__name__)


@dlt.source(name=SOURCE, section=SOURCE)
def shotgun_software_source(
    site_url: str | None = None,
    client_id: str | None = None,
    client_secret: TSecretStrValue | None = None,
    entity_types: list[str] | None = None,
    exclude_fields: list[str] | None = None,
    projects: list[str | int] | None = None,
    page_size: int | None = None,
) -> list[DltResource]:
    """The entity types of a ShotGrid site, one resource each, named as their tables: `shots`.

    Each resource reads its type whole, live rows and retired ones (`_sg_state`), as Arrow tables
    with the schema's types, and merges on `id`: a second run leaves no row twice. A row that the
    site no longer has stays as it was, for no resource compares ids.

    What is not given here is as the project's settings say; with none, the bundled sandbox site is
    read. The schema is asked for at once, to name the resources and their columns; name the
    `entity_types`, and no other is asked about. Rows are asked for when a resource is read. The
    site is closed some seconds after the last reading, at the latest when the process ends.

    dlt takes a page of each resource in turn; `next_item_mode = "fifo"` in its section `[extract]`
    reads one after the other, with less memory. Files are merged into as delta tables only: run it
    with `table_format="delta"`. Rows of a merge stay in the staging dataset, unless dlt's setting
    `truncate_staging_dataset` in `[load]` is true. dlt's log warns that JSON comes as text, which
    is meant. Each row has its load's id (`_dlt_load_id`), whatever is set.

    For a whole site, `shotgun_software_pipeline.py` is the better way: there a table that fails
    stops no other, nothing is loaded when nothing changed, and vanished rows are marked `lost`.

    Args:
        site_url: `sandbox`, a bare host, or the site's URL.
        client_id: the script's name.
        client_secret: the script's key.
        entity_types: only these; by default, all but those of the site's web pages.
        exclude_fields: fields that are never asked for: `HumanUser.email`, `email`, `*.sg_pay*`.
        projects: only rows of these, by name or id; rows and types without one are read whole.
        page_size: rows a page, 1 to 5,000.

    Raises:
        SettingsError: a setting is missing or not possible.
        SiteError: the schema cannot be read. An error of a row's page is raised by the run.
    """
    settings = read_settings(
        site_url=site_url,
        client_id=client_id,
        client_secret=client_secret,
        entity_types=_texts(entity_types),
        exclude_fields=_texts(exclude_fields),
        projects=_texts(projects),
        page_size=page_size,
    )
    shared = SharedSite(settings)
    with shared.reading() as site, ThreadPoolExecutor(settings.concurrency) as threads:
        visible = site.entity_types()
        refuse_unknown_types(
            "entity_types", settings.entity_types, [entity_type.name for entity_type in visible]
        )
        scope = scope_of(site, visible, settings)
        loaded = [entity_type for entity_type in visible if settings.loads(entity_type.name)]
        fields = threads.map(lambda entity_type: site.fields(entity_type.name), loaded)
        known = [
            replace(entity_type, fields=of_type)
            for entity_type, of_type in zip(loaded, fields, strict=True)
        ]
    return [_resource(shared, entity_type, scope, settings) for entity_type in known]


def _resource(
    shared: SharedSite, entity_type: EntityType, scope: Scope, settings: Settings
) -> DltResource:
    def rows() -> Iterator[pa.Table]:
        with shared.reading() as site:
            reading = _reading(site, entity_type)
            reading.keep_to(scope, {}, takes_nul=_destination_takes_nul())
            reading.rebuild(settings.query_fields)
            for batch in reading.batches():
                yield _with_load_id(batch.table)
            if not reading.rows:
                yield _with_load_id(reading.layout.arrow_schema.empty_table())
        for field, count in sorted(reading.refused.items()):
            log.warning("%s values of %s.%s are left empty", count, entity_type.name, field)

    derived = EventLog.derived if entity_type.name == EVENT_LOG else ()
    columns = layout(leave_out(entity_type, scope.exclude_fields), derived)
    resource: DltResource = dlt.resource(
        rows,
        name=entity_type.table,
        primary_key="id",
        # How it merges is up to the destination, which is not known yet.
        write_disposition="merge",
        columns=layout_hints(columns),
        # A value of another type must not round, nor open a second column.
        schema_contract={"data_type": "freeze"},
    )
    return resource


def _reading(site: Site, entity_type: EntityType) -> Reading:
    if entity_type.name == EVENT_LOG:
        return EventLog(site, entity_type, "asked for by dlt")
    return Snapshot(site, entity_type, "asked for by dlt")


def _with_load_id(rows: pa.Table) -> pa.Table:
    """The rows with the id of dlt's load; without one, when no pipeline asks."""
    try:
        load_id = dlt.current.load_package_state()["load_id"]
    except CurrentLoadPackageStateNotAvailable:
        return rows
    column = pa.field(LOAD_ID, pa.string())
    return rows.append_column(column, pa.repeat(pa.scalar(load_id), rows.num_rows))


def _destination_takes_nul() -> bool:
    active = Container()[PipelineContext]
    pipeline = active.pipeline() if active.is_active() else None
    if not (pipeline and pipeline.destination):
        return True
    return dialect_of(pipeline.destination.destination_type).takes_nul


def _texts(given: Sequence[object] | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(str(name) for name in given)
