"""One asset for what the site says about itself: statuses, working days, preferences."""

import time

import dagster as dg
from dlt.pipeline.exceptions import PipelineStepFailed

from shotgrid_dagster.defs.assets.entities import PREFIX
from shotgrid_dagster.defs.policies import RETRIES
from shotgrid_dagster.defs.resources import ShotGridResource, has_own_process, op_name
from shotgrid_dagster.destination.warehouse import DATASET
from shotgrid_dagster.errors import ShotGridDagsterError
from shotgrid_dagster.site.errors import SiteUnavailable
from shotgrid_dagster.source.loading.site_tables.site_settings import TABLES
from shotgrid_dagster.source.reasons import reason

SITE_SETTINGS = dg.AssetKey([PREFIX, "site_settings"])


@dg.asset(
    key=SITE_SETTINGS,
    group_name="setup",
    kinds={"shotgrid", "dlt", "duckdb"},
    description="Which statuses each project can use, which days are worked, and the site's "
    f"preferences: the tables {', '.join(f'`{name}`' for name in TABLES)}. What the site says of "
    "itself is read each time; what each project says of its own once a day, by a census, by a "
    "full refresh, and when somebody materializes some assets by hand.",
    metadata={"dagster/table_name": f"{DATASET}.{TABLES[0]}"},
    retry_policy=RETRIES,
)
def load_site_settings(
    context: dg.AssetExecutionContext, shotgrid: ShotGridResource
) -> dg.MaterializeResult[None]:
    """Load the tables of the site's own settings, where they changed.

    Raises:
        dagster.Failure: they were not read, or not loaded; tried again if the site was away.
    """
    started = time.monotonic()
    try:
        with shotgrid.loading(op_name("site_settings"), alone=has_own_process(context)):
            rows = shotgrid.load_settings()
    except (ShotGridDagsterError, PipelineStepFailed) as error:
        passing = isinstance(error, SiteUnavailable) and shotgrid.is_connected
        raise dg.Failure(
            f"The site's settings were not loaded. {reason(error)}", allow_retries=passing
        ) from None
    seconds = time.monotonic() - started
    context.log.info(f"site_settings: {sum(rows.values())} rows, {seconds:.1f} s")
    facts = {f"rows{name.removeprefix('_sg')}": count for name, count in rows.items()}
    return dg.MaterializeResult(
        metadata={"dagster/row_count": rows[TABLES[0]], **facts, "seconds": round(seconds, 3)}
    )
