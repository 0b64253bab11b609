"""What looks at the site, at the assets and at failed runs. All ship stopped."""

import hashlib
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import dagster as dg
import msgspec

from shotgrid_dagster.config.alerts import read_alert_settings
from shotgrid_dagster.defs.alerts import failure_sentence, post_to_webhook, summary
from shotgrid_dagster.defs.assets.entities import entity_key
from shotgrid_dagster.defs.assets.publish import PUBLISH_KEY
from shotgrid_dagster.defs.resources import (
    LOAD_ALL_TYPES,
    ShotGridResource,
    WarehouseResource,
    op_name,
)
from shotgrid_dagster.defs.runs_at_work import Ending, ending_of, runs_at_work
from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.errors import SettingsError, ShotGridDagsterError, WarehouseError
from shotgrid_dagster.models.model import SCHEMA
from shotgrid_dagster.site import EntityType, SiteSchema
from shotgrid_dagster.site.errors import CannotConnect, SiteUnavailable
from shotgrid_dagster.source.reading.event_log import EVENT_LOG
from shotgrid_dagster.source.watching.asked import PATIENCE, Asked, not_loaded, states_of
from shotgrid_dagster.source.watching.event_feed import Budget
from shotgrid_dagster.source.watching.watch import Cursor, Sighting, watch

SECONDS_BETWEEN = 20
"""A look costs the site two to eight requests."""

SECONDS_BEHIND = 10
"""How often the models look at what was loaded: an edit waits for both looks."""

ENTRIES, REQUESTS, SECONDS = 20_000, 20, 40.0
"""What one look may cost; what is left is found by the next one."""

LOOKS = "site_changes"
"""How the sensor is called where it waits."""

MOST_FAILURES = 3
"""Runs in a row that are asked for anew when they fail; each has tried its steps again itself."""

WITHOUT_STAMPS = ("Reply", EVENT_LOG, "PlaylistVersionConnection", "Icon", "TaskDependency")
"""Stock types whose rows have no `updated_at`, as long as no schema was saved."""


def site_changes_sensor(
    entity_types: Sequence[EntityType], schema: SiteSchema | None
) -> dg.SensorDefinition:
    """The sensor that asks for runs of what changed on the site.

    Args:
        entity_types: those that have an asset.
        schema: the saved one, which knows what has `updated_at`.
    """
    tables = {entity_type.name: entity_type.table for entity_type in entity_types}
    stamped = _stamped(entity_types, schema)

    @dg.sensor(
        name="site_changes",
        target=dg.AssetSelection.assets(*(entity_key(table) for table in tables.values())),
        minimum_interval_seconds=SECONDS_BETWEEN,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Reads the newest entries of the site's event log, and asks for runs of just "
        "the entity types that changed, or that such a change drags along.",
    )
    def site_changes(
        context: dg.SensorEvaluationContext, shotgrid: ShotGridResource
    ) -> dg.SensorResult | dg.SkipReason:
        before = Cursor.from_json(context.cursor)
        budget = Budget(ENTRIES, REQUESTS, time.monotonic() + SECONDS, time.monotonic)
        try:
            with shotgrid.watching() as site:
                seen = watch(site, before, tables.keys(), stamped, budget)
        except (SiteUnavailable, CannotConnect) as error:
            return dg.SkipReason(f"The site does not answer; the next look tries again. {error}")
        except ShotGridDagsterError as error:
            # Nobody but a person can mend that: the tick is red, and says how.
            raise dg.DagsterError(str(error)) from None
        if seen.silent:
            context.log.warning(
                f"Rows of {', '.join(seen.silent)} changed without an entry in the event log: a "
                "script on the site writes without logging (its generate_event_log_entries is off)."
            )
        if seen.went_back:
            context.log.warning(
                "The newest entry of the site's event log that was seen is there no more: the site "
                "was restored from a backup, or the script sees less. Watching begins anew, and "
                "everything is asked for once."
            )
        try:
            left = _left_over(context, shotgrid.warehouse, tables, seen.cursor)
        except WarehouseError as error:
            # The look is made again: its cursor is not kept.
            return dg.SkipReason(f"What was loaded is not known; the next look asks again. {error}")
        cursor, busy = left.cursor, left.busy
        wanted = together(seen.changed, left.types)
        if wanted:
            wanted = together(wanted, cursor.given_up)
        # Every run that is asked for here reads the log: so there is one of them at a time.
        waits = {name for name in wanted if name in busy or EVENT_LOG in busy}
        now = {name: census for name, census in wanted.items() if name not in waits}
        later = {name: census for name, census in wanted.items() if name in waits}
        given_up = {} if wanted else cursor.given_up
        cursor = msgspec.structs.replace(cursor, waiting=later, given_up=given_up)
        if left.types:
            context.log.warning(
                f"A run that was asked for did not end well: {', '.join(sorted(left.types))} will "
                f"be asked for again (failure {cursor.failures} in a row)."
            )
        if not now:
            return dg.SensorResult(
                skip_reason=why_nothing(seen, busy, later), cursor=cursor.to_json()
            )
        cursor = msgspec.structs.replace(cursor, asked=cursor.asked + 1)
        key = run_key(cursor, seen, now)
        assert budget.stats.started_at is not None
        asked = Asked(key, now, budget.stats.started_at, time.time())
        failures = cursor.failures if left.types else 0
        cursor = msgspec.structs.replace(cursor, runs=(*cursor.runs, asked), failures=failures)
        # The log itself as well: rows that its entries name are read again, whatever their stamps.
        chosen = {**now, **({EVENT_LOG: False} if EVENT_LOG in tables else {})}
        context.log.info(f"{why(seen)} Asked for: {', '.join(sorted(now))}.")
        request = dg.RunRequest(
            run_key=key,
            asset_selection=[entity_key(tables[name]) for name in sorted(chosen)],
            run_config=_config(tables[name] for name, census in now.items() if census),
            tags={"shotgrid/changed": ", ".join(sorted(now))[:200]},
        )
        return dg.SensorResult(run_requests=[request], cursor=cursor.to_json())

    return site_changes


def why(seen: Sighting) -> str:
    """What was seen, for people, as in `3 new entries (1 of them late) about Shot, Task`."""
    if seen.went_back:
        return "The site went back to an older state."
    if not seen.events:
        return "No new entry."
    late = f" ({seen.late} of them late)" if seen.late else ""
    about = ", ".join(sorted({event.entity_type for event in seen.events}))
    more = "" if seen.is_complete else " There are more: the next look goes on."
    return f"{len(seen.events)} new entries{late} about {about}.{more}"


def why_nothing(seen: Sighting, busy: Mapping[str, str], later: Collection[str]) -> str:
    """Why no run was asked for."""
    position = seen.cursor.position
    if seen.is_first:
        return (
            f"The first look: watching begins behind entry {position.newest}. What happened before "
            "is not replayed; a run of every_15_minutes loads it."
        )
    if later:
        runs = sorted({busy.get(name) or busy[EVENT_LOG] for name in later})
        return (
            f"{why(seen)} Run {', '.join(runs)} is still at work: {', '.join(sorted(later))} will "
            "be asked for when it has ended."
        )
    if seen.not_loaded:
        return f"{why(seen)} Not loaded here: {', '.join(seen.not_loaded)}."
    return f"No change of a row after entry {position.newest}; complete up to {position.low_water}."


def run_key(cursor: Cursor, seen: Sighting, wanted: Mapping[str, bool]) -> str:
    """The same for the same look, should its cursor get lost; never the same for another."""
    what = [[event.id for event in seen.events], sorted(wanted.items()), sorted(seen.silent)]
    digest = hashlib.blake2b(msgspec.json.encode(what), digest_size=6).hexdigest()
    return f"site_changes-{int(cursor.began.timestamp())}-{cursor.asked}-{digest}"


@dataclass(frozen=True)
class _LeftOver:
    """What runs that were asked for did not load, and those that are at work."""

    cursor: Cursor
    """Without the runs that ended, and with what is given up."""
    types: Mapping[str, bool]
    """Entity type -> whether it takes a census, of what is worth another run."""
    busy: Mapping[str, str]
    """Entity type -> the run that is to load it, or is loading it."""


def _left_over(
    context: dg.SensorEvaluationContext,
    resource: WarehouseResource,
    tables: Mapping[str, str],
    cursor: Cursor,
) -> _LeftOver:
    """What became of the runs that were asked for, by the locks and by what is loaded.

    Raises:
        WarehouseError: the destination was to be asked, and cannot be.
    """
    instance, origin = context.instance, context.code_location_origin
    location = origin.location_name if origin else None
    warehouse = resource.open(LOOKS, reader_patience=PATIENCE)
    at_work = runs_at_work(instance, warehouse, list(tables.values()), location)
    by_key = {entity_key(table): name for name, table in tables.items()}
    busy = {
        by_key[key]: run.run_id[:8]
        for run in at_work
        for key in run.asset_selection or (by_key if run.job_name in LOAD_ALL_TYPES else ())
        if key in by_key
    }
    endings = [(asked, ending_of(asked, instance, at_work, location)) for asked in cursor.runs]
    in_doubt = [asked for asked, ending in endings if ending is Ending.NOT_WELL]
    waits = tuple(asked for asked, ending in endings if ending is Ending.NOT_YET)
    if not in_doubt:
        return _LeftOver(msgspec.structs.replace(cursor, runs=waits), {}, busy)
    if holder := warehouse.busy_with():
        # What it loads may be just that: it is looked up when it has ended.
        context.log.info(f"{holder} is at work; what a run before it did not load is not known.")
        return _LeftOver(cursor, {}, busy)
    table_of = {name: tables[name] for asked in in_doubt for name in asked.types if name in tables}
    with Tables(warehouse) as opened:
        states = states_of(opened, table_of)
    left = together(*(not_loaded(asked, states) for asked in in_doubt))
    left = {name: census for name, census in left.items() if name in tables}
    cursor = msgspec.structs.replace(cursor, runs=waits)
    if not left:
        return _LeftOver(cursor, {}, busy)
    if cursor.failures >= MOST_FAILURES:
        given_up = together(cursor.given_up, left)
        return _LeftOver(msgspec.structs.replace(cursor, given_up=given_up), {}, busy)
    return _LeftOver(msgspec.structs.replace(cursor, failures=cursor.failures + 1), left, busy)


def together(*wanted: Mapping[str, bool]) -> dict[str, bool]:
    """All that some ask for: entity type -> whether one of them takes a census."""
    all_wanted: dict[str, bool] = {}
    for types in wanted:
        all_wanted |= {
            name: all_wanted.get(name, False) or census for name, census in types.items()
        }
    return all_wanted


def _config(tables: Iterable[str]) -> dict[str, object]:
    return {"ops": {op_name(table): {"config": {"census": True}} for table in tables}}


def _stamped(entity_types: Sequence[EntityType], schema: SiteSchema | None) -> list[str]:
    """The entity types whose rows say when they were changed, those that people edit first."""
    if schema is None:
        return [
            entity_type.name
            for entity_type in entity_types
            if entity_type.name not in WITHOUT_STAMPS
        ]
    return [
        entity_type.name
        for entity_type in entity_types
        if any(field.name == "updated_at" for field in entity_type.fields)
    ]


models_follow = dg.AutomationConditionSensorDefinition(
    name="models_follow",
    target=dg.AssetSelection.key_prefixes([SCHEMA]) | dg.AssetSelection.assets(PUBLISH_KEY),
    default_status=dg.DefaultSensorStatus.STOPPED,
    minimum_interval_seconds=SECONDS_BEHIND,
    description="Builds the models whose tables were loaded anew, and publishes what changed, at "
    "most every minute (`publish` of the hours).",
)


# -- failed runs

STEPS_TOLD = 20


@dg.run_failure_sensor(
    name="failed_runs",
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Says in the log, and at `webhook_url` if that is set, which entity types failed, "
    "why, and what to do.",
)
def failed_runs(context: dg.RunFailureSensorContext) -> None:
    """One summary for each failed run."""
    run = context.dagster_run
    steps = {
        event.step_key: failure_sentence(event)
        for event in islice(context.get_step_failure_events(), STEPS_TOLD)
        if event.step_key
    }
    said = summary(run.job_name, run.run_id, steps, context.failure_event.message or "")
    context.log.error(said)
    try:
        url = read_alert_settings().webhook_url
    except SettingsError as error:
        context.log.warning(str(error))
        return
    if url is not None:
        problem = post_to_webhook(url.get_secret_value(), said, run.run_id, steps)
        if problem:
            context.log.warning(problem)
