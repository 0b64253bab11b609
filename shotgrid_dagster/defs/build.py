"""The definitions of a project.

No network, no credentials: the site's schema comes from the data folder.
"""

from pathlib import Path

import dagster as dg
from dagster_duckdb import DuckDBResource

from shotgrid_dagster.config.project import NOT_LOADED, ProjectFile
from shotgrid_dagster.config.reports import ReportSettings
from shotgrid_dagster.config.schedules import ScheduleSettings
from shotgrid_dagster.defs.assets.entities import entity_assets, loaded_types
from shotgrid_dagster.defs.assets.models import model_asset
from shotgrid_dagster.defs.assets.pages import page_assets
from shotgrid_dagster.defs.assets.publish import publish_asset
from shotgrid_dagster.defs.assets.site_settings import load_site_settings
from shotgrid_dagster.defs.assets.standard_types import STANDARD_TYPES
from shotgrid_dagster.defs.assets.upload import upload_job
from shotgrid_dagster.defs.policies import with_policies
from shotgrid_dagster.defs.resources import ShotGridResource, WarehouseResource
from shotgrid_dagster.defs.schedules import scheduled
from shotgrid_dagster.defs.sensors import failed_runs, models_follow, site_changes_sensor
from shotgrid_dagster.destination.dialects import dialect_of
from shotgrid_dagster.models.model import buildable, read_models
from shotgrid_dagster.site import SiteSchema
from shotgrid_dagster.site.naming import table_name
from shotgrid_dagster.source.loading.link_views import link_views
from shotgrid_dagster.source.loading.site_tables.site_settings import TABLES as SITE_TABLES
from shotgrid_dagster.source.reading.exclusions import leave_out_everywhere

MODELS = Path(__file__).parent.parent / "models"
"""The folder of the models' SQL."""


def build_definitions(
    project: ProjectFile,
    models: Path = MODELS,
    hours: ScheduleSettings | None = None,
    reporting: ReportSettings | None = None,
    *,
    site_url: str | None = None,
    time_zone: str | None = None,
) -> dg.Definitions:
    """The definitions of one project: its data folder decides which entity types have assets.

    `site_url` and `time_zone` go before the settings that a run reads for itself.

    Raises:
        ModelError: a model is not what it must be, or selects from a table that nobody loads.
        ValueError: the saved schema cannot be read.
    """
    schema = SiteSchema.load(project.schema_path)
    if schema is not None:
        schema = leave_out_everywhere(schema, project.exclude_fields)
    entities = entity_assets(
        schema, project.loads, checked=not dialect_of(project.destination).is_files
    )
    loaded = {key.path[-1] for entity in entities for key in entity.keys}
    known = loaded | {table_name(name) for name in (*STANDARD_TYPES, *NOT_LOADED)}
    views = None
    if schema is not None:
        known |= {entity_type.table for entity_type in schema.entity_types.values()}
        views = link_views(schema)
    chosen = buildable(read_models(models), {*known, *SITE_TABLES}, {*loaded, *SITE_TABLES}, views)
    by_name = {model.name: model for model in chosen}
    warehouse = WarehouseResource(data_dir=str(project.data_dir), destination=project.destination)
    hours = hours or ScheduleSettings()
    what_runs_by_itself = scheduled(hours, loaded)
    models_ = [model_asset(model, by_name) for model in by_name.values()]
    built_from = [*entities, *models_]
    published = publish_asset(
        project,
        [key for asset in built_from for key in asset.keys],
        [spec.key for asset in built_from for spec in asset.check_specs if spec.blocking],
        hours,
    )
    pages = page_assets(project, by_name, reporting or ReportSettings())
    return dg.Definitions(
        assets=with_policies([*entities, load_site_settings, *models_, published, *pages]),
        jobs=[*(what_runs_by_itself.jobs or ()), upload_job],
        schedules=what_runs_by_itself.schedules,
        sensors=[
            site_changes_sensor(loaded_types(schema, project.loads), schema),
            models_follow,
            failed_runs,
        ],
        resources={
            "shotgrid": ShotGridResource(
                warehouse=warehouse,
                site_url=site_url,
                entity_types=list(project.entity_types),
                time_zone=time_zone,
            ),
            "warehouse": warehouse,
            "duckdb": DuckDBResource(database=str(project.database_path)),
        },
        # One process a run: its steps share the site's token and the pages that were read ahead.
        executor=dg.in_process_executor,
    )
