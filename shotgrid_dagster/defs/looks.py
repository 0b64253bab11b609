"""What was looked at in a table, kept with the result of the check `nothing_secret`.

A step that is tried again, a run that was killed and a load by the plain script bring rows that no
check has seen: so what was looked at is read from the checks' own results, never taken for granted.
"""

from datetime import datetime

import dagster as dg
from dagster import AssetCheckEvaluation

from shotgrid_dagster.source.audit import Looked

NOTHING_SECRET = "nothing_secret"

_LOAD, _UNTIL = "load_looked_at", "looked_at_until"
"""`Looked` as metadata of a result."""

_RECORDS = 10
"""Of the history of a check that are looked through: each run that plans it leaves one."""


def look_metadata(looked: Looked) -> dict[str, str]:
    """What a result says of the table as it was looked at, and found good."""
    return {_LOAD: looked.version, _UNTIL: looked.until.isoformat()}


def last_look(instance: dg.DagsterInstance, key: dg.AssetKey) -> Looked | None:
    """What was looked at when the table was last found good; None: nothing that counts.

    The newest result counts alone: after one that failed, everything is looked at again.
    """
    records = instance.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(key, NOTHING_SECRET), limit=_RECORDS
    )
    evaluations = (evaluation_in(record.event) for record in records)
    newest = next((evaluation for evaluation in evaluations if evaluation is not None), None)
    if newest is None or not newest.passed or _LOAD not in newest.metadata:
        return None
    return Looked(
        str(newest.metadata[_LOAD].value),
        datetime.fromisoformat(str(newest.metadata[_UNTIL].value)),
    )


def evaluation_in(event: dg.EventLogEntry | None) -> AssetCheckEvaluation | None:
    """The result of a check in an event; None when it is another kind of event."""
    step_event = event.dagster_event if event else None
    if step_event is None or (
        step_event.event_type is not dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ):
        return None
    return step_event.asset_check_evaluation_data
