"""When things run by themselves. Everything ships stopped: switch it on in the UI."""

import dagster as dg

from shotgrid_dagster.resources import LOAD_EVERYTHING

TIME_ZONE = "UTC"
"""The studio's time zone, as an IANA name."""

load_everything = dg.define_asset_job(
    LOAD_EVERYTHING,
    selection=dg.AssetSelection.all(),
    description="Load every entity type, then build the models.",
)

every_15_minutes = dg.ScheduleDefinition(
    name="every_15_minutes",
    job=load_everything,
    cron_schedule="*/15 * * * *",
    execution_timezone=TIME_ZONE,
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Keep the copy fresh through the day.",
)
