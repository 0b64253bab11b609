"""The event log by months: reading past months again, for repair.

`shotgrid/event_log_entries` reads the newest part, again and again, and needs no partitions. This
asset reads whole months anew into the same table: when entries are missing (the table was restored,
or the script saw less at the time), one backfill over some months brings them.
"""

from datetime import datetime, timezone

import dagster as dg
from dlt.pipeline.exceptions import PipelineStepFailed

from shotgrid_dagster.defs.assets.entities import PREFIX, entity_key
from shotgrid_dagster.defs.policies import OWNER, RETRIES
from shotgrid_dagster.defs.resources import ShotGridResource, has_own_process, op_name
from shotgrid_dagster.destination.warehouse import DATASET
from shotgrid_dagster.errors import ShotGridDagsterError
from shotgrid_dagster.site.errors import SiteUnavailable
from shotgrid_dagster.site.naming import table_name
from shotgrid_dagster.source.loading.event_log.event_months import Months
from shotgrid_dagster.source.reading.event_log import EVENT_LOG
from shotgrid_dagster.source.reasons import reason

MONTHS_KEY = dg.AssetKey([PREFIX, "event_log_months"])


def event_log_months(first_month: str) -> dg.AssetsDefinition:
    """The asset; `first_month` is the first day of the first month, `2020-01-01`."""

    @dg.asset(
        key=MONTHS_KEY,
        group_name="activity",
        kinds={"shotgrid", "dlt", "duckdb"},
        description="Whole months of the event log, read again into `event_log_entries`: entries "
        "that are missing come, those that are there stay, and none is there twice. "
        "`shotgrid/event_log_entries` reads what is new; this is for repair.",
        metadata={"dagster/table_name": f"{DATASET}.{table_name(EVENT_LOG)}"},
        deps=[entity_key(table_name(EVENT_LOG))],
        # The month that is running too.
        partitions_def=dg.MonthlyPartitionsDefinition(start_date=first_month, end_offset=1),
        # Months that are chosen together are read in one run, by one walk over their entries.
        backfill_policy=dg.BackfillPolicy.single_run(),
        retry_policy=RETRIES,
        # No freshness policy: it is for repair, and may rest for years.
        owners=[OWNER],
    )
    def load_months(
        context: dg.AssetExecutionContext, shotgrid: ShotGridResource
    ) -> dg.MaterializeResult[None]:
        window = context.partition_time_window
        months = Months(_utc(window.start), _utc(window.end))
        try:
            with shotgrid.loading(op_name("event_log_months"), alone=has_own_process(context)):
                done = shotgrid.session().load_months(months)
        except (ShotGridDagsterError, PipelineStepFailed) as error:
            passing = isinstance(error, SiteUnavailable) and shotgrid.is_connected
            raise dg.Failure(
                f"{months} of the event log were not loaded. {reason(error)}",
                allow_retries=passing,
            ) from None
        context.log.info(f"{months}: {done.read} entries on the site, {done.missing} were missing")
        return dg.MaterializeResult(
            metadata={
                "entries_read": done.read,
                "entries_that_were_missing": done.missing,
                "months": len(context.partition_keys),
            }
        )

    return load_months


def _utc(at: datetime) -> datetime:
    return at.astimezone(timezone.utc)
