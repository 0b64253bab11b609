"""A code location of its own for what has partitions.

`dagster asset materialize --select "*"` refuses to run where one asset has partitions and none is
named, and *Materialize all* in the UI would ask for months. So the months of the event log are not
among the other assets:

    dagster asset materialize -m shotgrid_dagster.backfill --select shotgrid/event_log_months \
        --partition-range 2026-01-01...2026-03-01

To have them in the UI as well, with its calendar of months and its backfills, add this module to
`workspace.yaml`.
"""

import dagster as dg

from shotgrid_dagster.config.project import ProjectFile, read_project_file

FIRST_MONTH = "2015-01-01"
"""Months without entries cost one request."""


def build_backfill(project: ProjectFile, first_month: str = FIRST_MONTH) -> dg.Definitions:
    """The definitions of the months of one project's event log."""
    # They import dlt, which tells with a traceback of a slip in the files that were read before.
    from shotgrid_dagster.defs.assets.event_months import event_log_months
    from shotgrid_dagster.defs.resources import ShotGridResource, WarehouseResource

    warehouse = WarehouseResource(data_dir=str(project.data_dir), destination=project.destination)
    return dg.Definitions(
        assets=[event_log_months(first_month)],
        resources={"shotgrid": ShotGridResource(warehouse=warehouse), "warehouse": warehouse},
        executor=dg.in_process_executor,
    )


defs = build_backfill(read_project_file())
