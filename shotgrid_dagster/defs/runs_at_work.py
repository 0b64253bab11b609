"""Which runs are really at work: by the locks that a load holds, not by what their records say.

A process that is killed writes nothing into its run's record any more, but its locks are free.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from enum import Enum

import dagster as dg

from shotgrid_dagster.destination.loads_at_work import loads_at_work
from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.source.watching.asked import Asked

NOT_YET_STARTED = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
)
BEGUN = (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)

SECONDS_TO_START = 300.0
"""How long a run that has not begun is waited for; then the daemon or its process was lost, or the
queue is long, and one more run is asked for, which finds nothing to do if both begin."""

SECONDS_OF_SILENCE = 60.0
"""How long ago the last event of a run that has begun may be, while no load holds a lock: between
two steps, or before the first."""

SECONDS_UNSEEN = 900.0
"""The same where the locks of other machines cannot be seen."""

RUN_KEY = "dagster/run_key"


class Ending(Enum):
    """How a run that was asked for ended, as far as it is known."""

    NOT_YET = "not yet"
    WELL = "well"
    NOT_WELL = "not well"
    """It failed, was cancelled, was killed, never started, or its record is gone."""


def runs_at_work(
    instance: dg.DagsterInstance, warehouse: Warehouse, tables: Sequence[str], location: str | None
) -> list[dg.DagsterRun]:
    """The runs of this code location that are to load, or are loading.

    Args:
        instance: Dagster's.
        warehouse: where they load to.
        tables: those that they may load.
        location: the name of the code location; None: of any.

    Raises:
        WarehouseError: the destination was to be asked for its locks, and does not answer.
    """
    statuses = [*NOT_YET_STARTED, *BEGUN]
    records = instance.get_run_records(dg.RunsFilter(statuses=statuses), limit=50)
    records = [record for record in records if is_of(record.dagster_run, location)]
    now = time.time()
    silent = [record for record in records if _is_silent(instance, record, now, SECONDS_OF_SILENCE)]
    if not silent:
        return [record.dagster_run for record in records]
    loads = loads_at_work(warehouse, tables)
    if loads.are_there:
        # Whichever of them has died: another run would wait for that load all the same.
        return [record.dagster_run for record in records]
    if not loads.are_all_seen:
        silent = [record for record in silent if _is_silent(instance, record, now, SECONDS_UNSEEN)]
    dead = {record.dagster_run.run_id for record in silent}
    runs = (record.dagster_run for record in records)
    return [run for run in runs if run.run_id not in dead]


def ending_of(
    asked: Asked,
    instance: dg.DagsterInstance,
    at_work: Iterable[dg.DagsterRun],
    location: str | None,
) -> Ending:
    """How the run that was asked for ended; `at_work` are those that `runs_at_work` gives."""
    working = {run.run_id for run in at_work}
    runs = [
        run
        for run in instance.get_runs(dg.RunsFilter(tags={RUN_KEY: asked.run_key}), limit=10)
        if is_of(run, location)
    ]
    if any(run.status is dg.DagsterRunStatus.SUCCESS for run in runs):
        return Ending.WELL
    if any(run.run_id in working for run in runs):
        return Ending.NOT_YET
    if not runs and time.time() - asked.asked_at < SECONDS_TO_START:
        return Ending.NOT_YET  # the daemon is about to make it
    return Ending.NOT_WELL


def is_of(run: dg.DagsterRun, location: str | None) -> bool:
    """Whether a run is of a code location, as far as both are known."""
    origin = run.remote_job_origin
    return origin is None or location is None or origin.location_name == location


def _is_silent(
    instance: dg.DagsterInstance, record: dg.RunRecord, now: float, seconds: float
) -> bool:
    """Whether nothing was heard of a run for longer than it takes."""
    if record.dagster_run.status in NOT_YET_STARTED:
        seconds = SECONDS_TO_START
    if now - record.update_timestamp.timestamp() <= seconds:
        return False
    last = instance.get_records_for_run(record.dagster_run.run_id, limit=1, ascending=False).records
    return not last or now - last[0].timestamp > seconds
