"""What runs when. Everything ships stopped: switch it on under *Automation* in the UI.

| schedule | job | what it does |
|---|---|---|
| every_15_minutes | load_everything | what changed, then the models and the published copy |
| nightly_census | take_census | all ids against the tables: finds what is gone without a trace |
| weekly_full_refresh | refresh_everything | every row anew: finds values that changed unseen |
| every_morning | build_for_the_morning | models, published copy, reports and dashboards; no load |

The hours are in `.dlt/config.toml`, section `[schedules]`.
"""

from collections.abc import Collection

import dagster as dg

from shotgrid_dagster.config.schedules import ScheduleSettings
from shotgrid_dagster.defs.assets.pages import GROUP
from shotgrid_dagster.defs.resources import (
    BUILD_FOR_THE_MORNING,
    LOAD_EVERYTHING,
    REFRESH_EVERYTHING,
    TAKE_CENSUS,
    op_name,
)
from shotgrid_dagster.site.naming import table_name
from shotgrid_dagster.source.reading.event_log import EVENT_LOG

EVENT_LOG_TABLE = table_name(EVENT_LOG)

ENTITIES = dg.AssetSelection.key_prefixes(["shotgrid"])
PAGES = dg.AssetSelection.groups(GROUP)


def scheduled(hours: ScheduleSettings, tables: Collection[str]) -> dg.Definitions:
    """The jobs and the schedules that start them.

    Args:
        hours: when, and in which time zone.
        tables: those that have an entity asset.
    """
    stamped = sorted(set(tables) - {EVENT_LOG_TABLE})
    configs = {mode: _wishing(stamped, mode) for mode in ("census", "full_refresh")}
    jobs = {
        "incremental": dg.define_asset_job(
            LOAD_EVERYTHING,
            selection=dg.AssetSelection.all() - PAGES,
            description="Load what changed of every entity type, build the models, and publish.",
        ),
        "census": dg.define_asset_job(
            TAKE_CENSUS,
            selection=ENTITIES,
            config=configs["census"],
            description="The same loads, and all ids on the site against the tables: finds what "
            "was erased, hidden or retired without a trace.",
        ),
        "full_refresh": dg.define_asset_job(
            REFRESH_EVERYTHING,
            selection=ENTITIES,
            config=configs["full_refresh"],
            description="Read and load every row anew: finds values that changed without a stamp "
            "or an event. Entries of the event log never change, and are not read again.",
        ),
        "morning": dg.define_asset_job(
            BUILD_FOR_THE_MORNING,
            selection=dg.AssetSelection.all() - ENTITIES,
            description="Build the models, publish what is loaded, and make the reports and the "
            "dashboard pages, for those who come in.",
        ),
    }
    return dg.Definitions(
        jobs=list(jobs.values()),
        schedules=[
            dg.ScheduleDefinition(
                name=name,
                job=jobs[hour],
                cron_schedule=getattr(hours, hour),
                execution_timezone=hours.time_zone,
                # The job's own: a run has it in its config only when it gets it here, and what
                # reads ahead looks there.
                run_config=configs.get(hour),
                default_status=dg.DefaultScheduleStatus.STOPPED,
                description=description,
            )
            for name, hour, description in (
                ("every_15_minutes", "incremental", "Keep the copy fresh through the day."),
                ("nightly_census", "census", "Find what went away without a trace."),
                ("weekly_full_refresh", "full_refresh", "Find values that changed unseen."),
                ("every_morning", "morning", "Reports and dashboards for those who come in."),
            )
        ],
    )


def _wishing(tables: Collection[str], mode: str) -> dict[str, object]:
    return {"ops": {op_name(table): {"config": {mode: True}} for table in tables}}
