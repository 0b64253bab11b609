"""One asset per entity type: its own op, its own retry, its own red or green."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import dagster as dg
import pyarrow as pa
from dlt.pipeline.exceptions import PipelineStepFailed

from shotgrid_dagster.defs.assets.standard_types import STANDARD_TYPES, stock_of
from shotgrid_dagster.defs.checks import (
    check_results,
    check_specs,
    checks_of,
    nothing_seen,
    nothing_to_check,
)
from shotgrid_dagster.defs.looks import last_look
from shotgrid_dagster.defs.policies import RETRIES
from shotgrid_dagster.defs.resources import ShotGridResource, has_own_process, op_name
from shotgrid_dagster.destination.warehouse import DATASET
from shotgrid_dagster.errors import ShotGridDagsterError
from shotgrid_dagster.site import EntityType, SiteSchema
from shotgrid_dagster.site.errors import SiteUnavailable
from shotgrid_dagster.source.audit import TableGone
from shotgrid_dagster.source.loading.load_result import LoadResult
from shotgrid_dagster.source.reading.channel import LoadMode
from shotgrid_dagster.source.reading.event_log import EVENT_LOG
from shotgrid_dagster.source.reading.reading import Reading
from shotgrid_dagster.source.reasons import reason
from shotgrid_dagster.source.tables.columns import Layout, layout
from shotgrid_dagster.source.tables.row_state import RowState

PREFIX = "shotgrid"

Fact = str | int | float | dg.TableSchema
"""What a materialization says of itself, by name."""


class LoadConfig(dg.Config):
    """Run config of an entity asset."""

    full_refresh: bool = False
    """Read and load every row anew, also those that did not change."""
    census: bool = False
    """Compare all ids with the table: finds what is gone, and states that changed unseen."""


def entity_key(table: str) -> dg.AssetKey:
    """The key of a loaded table's asset: `shotgrid/shots`."""
    return dg.AssetKey([PREFIX, table])


def loaded_types(schema: SiteSchema | None, loads: Callable[[str], bool]) -> list[EntityType]:
    """The entity types that have an asset: those of the saved schema, or the stock types."""
    if schema is None:
        known = [EntityType(name, name) for name in STANDARD_TYPES]
    else:
        known = list(schema.entity_types.values())
    return [entity_type for entity_type in known if loads(entity_type.name)]


def entity_assets(
    schema: SiteSchema | None, loads: Callable[[str], bool], *, checked: bool = True
) -> list[dg.AssetsDefinition]:
    """The entity assets of a site.

    `checked`: whether the destination answers the queries of the checks; files do not.
    """
    return [
        entity_asset(type_, certain=schema is not None, checked=checked)
        for type_ in loaded_types(schema, loads)
    ]


def entity_asset(
    entity_type: EntityType, *, certain: bool = True, checked: bool = True
) -> dg.AssetsDefinition:
    """The asset of one entity type.

    Args:
        entity_type: as saved with the site's schema; its fields may be unknown yet.
        certain: whether the site is known to have this type. If it is not and has none, nothing
            is materialized, and the run goes on.
        checked: whether the asset has checks.
    """
    stock = stock_of(entity_type.name)
    key = entity_key(entity_type.table)
    checks = checks_of(entity_type.name == EVENT_LOG) if checked else ()

    def load(
        context: dg.AssetExecutionContext, config: LoadConfig, shotgrid: ShotGridResource
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        started = time.monotonic()
        try:
            session = shotgrid.session()
            done = session.load(entity_type.name, LoadMode(config.full_refresh, config.census))
            results: list[dg.AssetCheckResult] = []
            if done and checks:
                looked = last_look(context.instance, key)
                results = check_results(session.audit(*done, looked), checks)
        except TableGone as error:
            yield from nothing_seen(key, checks, str(error))
            raise dg.Failure(str(error), allow_retries=False) from None
        except (ShotGridDagsterError, PipelineStepFailed) as error:
            # A site that could not be reached at all has been tried long enough.
            passing = isinstance(error, SiteUnavailable) and shotgrid.is_connected
            sentence = f"{entity_type.name} was not loaded. {reason(error)}"
            raise dg.Failure(sentence, allow_retries=passing) from None
        if done is None:
            said = f"The site has no {entity_type.name}: run `shotgrid-dagster discover` anew."
            if certain:
                raise dg.Failure(said, allow_retries=False)
            context.log.info(said)
            yield from nothing_to_check(key, checks)
            return
        loaded, reading = done
        seconds = time.monotonic() - started
        context.log.info(progress_line(entity_type.table, loaded, seconds))
        if reading.warning:
            context.log.warning(reading.warning)
        metadata = _metadata(loaded, reading, seconds)
        if entity_type.name == EVENT_LOG:
            silent = session.unlogged_changes(reading)
            for changes in silent:
                context.log.warning(f"{changes}.")
            metadata["unlogged_changes"] = "; ".join(f"{changes}" for changes in silent) or "none"
        yield dg.MaterializeResult(metadata=metadata, check_results=results)

    @dg.asset(
        key=key,
        group_name=stock.group,
        kinds={"shotgrid", "dlt", "duckdb"},
        description=_description(entity_type, stock.a_row_is),
        metadata=_definition_metadata(entity_type),
        retry_policy=RETRIES,
        output_required=certain,
        op_tags={"shotgrid/entity_type": entity_type.name},
        check_specs=check_specs(key, checks),
    )
    def load_entity_type(
        context: dg.AssetExecutionContext, config: LoadConfig, shotgrid: ShotGridResource
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        with shotgrid.loading(op_name(entity_type.table), alone=has_own_process(context)):
            yield from load(context, config, shotgrid)

    return load_entity_type


def progress_line(table: str, loaded: LoadResult, seconds: float) -> str:
    """What a person follows: `shots: 918 rows (18 retired), 918 loaded, 0.8 s`."""
    others = [state for state in RowState if state != RowState.LIVE and loaded.rows.get(state)]
    aside = [f"{loaded.rows[state]} {state}" for state in others]
    held = f"{loaded.rows_total} rows" + (f" ({', '.join(aside)})" if aside else "")
    news = f"{loaded.rows_loaded} loaded" if loaded.rows_loaded else "nothing new"
    return f"{table}: {held}, {news}, {seconds:.1f} s"


def _description(entity_type: EntityType, a_row_is: str) -> str:
    named = (
        ""
        if entity_type.display_name == entity_type.name
        else (f" (on this site: **{entity_type.display_name}**)")
    )
    text = f"A row is {a_row_is}. Entity type `{entity_type.name}`{named}."
    if entity_type.fields:
        by_reason: dict[str, list[str]] = {}
        for field in layout(entity_type).skipped:
            by_reason.setdefault(field.reason, []).append(f"`{field.field.name}`")
        for reason_, names in by_reason.items():
            text += f"\n\nNot read: {', '.join(names)} ({reason_})."
    return text


def _definition_metadata(entity_type: EntityType) -> Mapping[str, Fact]:
    known: dict[str, Fact] = {"dagster/table_name": f"{DATASET}.{entity_type.table}"}
    if entity_type.fields:
        known["dagster/column_schema"] = column_schema(layout(entity_type))
    return known


def column_schema(of: Layout) -> dg.TableSchema:
    """The columns of a table with the names that people see on the site."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                type="json" if column.is_json else _TYPE_NAMES.get(column.type, str(column.type)),
                description=column.description,
                constraints=dg.TableColumnConstraints(
                    nullable=column.name != "id", unique=column.name == "id"
                ),
            )
            for column in (*of.columns, *of.kept_columns)
        ]
    )


_TYPE_NAMES = {
    pa.string(): "text",
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.bool_(): "bool",
    pa.date32(): "date",
    pa.timestamp("us", tz="UTC"): "timestamp (UTC)",
}


def _metadata(loaded: LoadResult, reading: Reading, seconds: float) -> dict[str, Fact]:
    """The constant metadata of a materialization: every key, every time, zeros included."""
    stats = reading.stats
    return {
        "dagster/row_count": loaded.rows_total,
        "dagster/column_schema": column_schema(
            replace(loaded.layout, entity_type=reading.entity_type)
        ),
        "rows_loaded": loaded.rows_loaded,
        **{f"rows_{state}": loaded.rows.get(state, 0) for state in RowState},
        "values_refused": sum(reading.refused.values()),
        "requests": stats.requests,
        "retries": stats.retries,
        "seconds_in_api": round(stats.seconds_in_api, 3),
        "seconds_waited": round(stats.seconds_waited, 3),
        "seconds": round(seconds, 3),
        "channel": f"{loaded.channel}: {loaded.why}",
        "cursor_before": loaded.cursor_before or "none",
        "cursor_after": loaded.cursor_after or "none",
        "warning": reading.warning or "none",
        "schema_changes": ", ".join(loaded.schema_changes) or "none",
        "fields_gone": ", ".join(field.field.name for field in loaded.layout.gone) or "none",
        "fields_retyped": "; ".join(loaded.layout.retyped) or "none",
        "values_quarantined": loaded.quarantined,
        "fields_left_empty": ", ".join(sorted(reading.refused)) or "none",
        "query_fields_not_rebuilt": "; ".join(
            f"{name}: {why}" for name, why in sorted(reading.rebuilt.reasons.items())
        )
        or "none",
    }
