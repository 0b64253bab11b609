"""One asset per model: built beside the old table, tested, then swapped in."""

import time
from collections.abc import Iterator, Mapping

import dagster as dg
import duckdb as duckdb_errors
from dagster_duckdb import DuckDBResource
from duckdb import DuckDBPyConnection

from shotgrid_dagster.defs.assets.entities import PREFIX, Fact
from shotgrid_dagster.defs.assets.site_settings import SITE_SETTINGS
from shotgrid_dagster.defs.policies import RETRIES
from shotgrid_dagster.defs.resources import WarehouseResource
from shotgrid_dagster.destination.warehouse import DATASET
from shotgrid_dagster.errors import ShotGridDagsterError
from shotgrid_dagster.models.model import SCHEMA, Model, base_table
from shotgrid_dagster.source.loading.site_tables.site_settings import TABLES as SITE_TABLES


def model_key(name: str) -> dg.AssetKey:
    """The key of a model's asset: `models/<name>`."""
    return dg.AssetKey([SCHEMA, name])


def model_asset(model: Model, all_models: Mapping[str, Model]) -> dg.AssetsDefinition:
    """The asset of one model; what it selects from is upstream of it."""
    schemas = {read: SCHEMA if read in all_models else DATASET for read in model.reads}

    @dg.asset(
        key=model_key(model.name),
        group_name=model.group,
        kinds={"sql", "duckdb"},
        description=_description(model, schemas),
        deps=sorted({_upstream(read, all_models) for read in model.reads}),
        code_version=model.code_version,
        retry_policy=RETRIES,
        automation_condition=dg.AutomationCondition.eager(),
        metadata={"dagster/table_name": f"{SCHEMA}.{model.name}"},
        check_specs=[
            dg.AssetCheckSpec(test.name, asset=model_key(model.name), description=test.promise)
            for test in model.tests
        ],
    )
    def build_model(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource, duckdb: DuckDBResource
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
        started = time.monotonic()
        try:
            with warehouse.connection(duckdb, f"run {context.run_id[:8]}") as connection:
                try:
                    results = build_beside(connection, model, schemas)
                    broken = [result for result in results if not result.passed]
                    if not broken:
                        swap_in(connection, model.name)
                        facts = _facts(connection, model)
                except duckdb_errors.CatalogException as error:
                    upstream = (_upstream(read, all_models) for read in model.reads)
                    first = ", ".join(dict.fromkeys(key.to_user_string() for key in upstream))
                    raise dg.Failure(
                        f"models/{model.name} was not built: {str(error).splitlines()[0]} "
                        f"Materialize {first} first.",
                        allow_retries=False,
                    ) from None
        except ShotGridDagsterError as error:
            raise dg.Failure(
                f"models/{model.name} was not built. {error}", allow_retries=False
            ) from None
        yield from results
        if broken:
            promises = "; ".join(str(result.description) for result in broken)
            raise dg.Failure(
                f"models/{model.name} breaks its promise: {promises}. The old table stays; look at "
                f"{SCHEMA}.{model.name}__new.",
                allow_retries=False,
            )
        seconds = time.monotonic() - started
        context.log.info(f"{model.name}: {facts['dagster/row_count']} rows built, {seconds:.1f} s")
        yield dg.MaterializeResult(metadata={**facts, "seconds": round(seconds, 3)})

    return build_model


def _description(model: Model, schemas: dict[str, str]) -> str:
    """With the query, less the comments at its top: the UI has other places for what they say."""
    return f"{model.description}\n\n{model.grain}\n\n```sql\n{model.shown(schemas)}\n```"


def _upstream(read: str, all_models: Mapping[str, Model]) -> dg.AssetKey:
    if read in all_models:
        return model_key(read)
    if read in SITE_TABLES:
        return SITE_SETTINGS
    return dg.AssetKey([PREFIX, base_table(read)])


def build_beside(
    connection: DuckDBPyConnection, model: Model, schemas: dict[str, str]
) -> list[dg.AssetCheckResult]:
    """Build `<name>__new` and count the rows that break each promise."""
    new = f"{SCHEMA}.{model.name}__new"
    # a cast from an instant to a date takes the session's time zone
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"create schema if not exists {SCHEMA}")
    connection.execute(f"create or replace table {new} as {model.sql(schemas)}")
    for column, text in {"": model.description, **model.columns}.items():
        what = f"column {new}.{column}" if column else f"table {new}"
        connection.execute(f"comment on {what} is '{text.replace(chr(39), chr(39) * 2)}'")
    results = []
    for test in model.tests:
        sql = test.sql(f"{model.name}__new", schemas)
        (rows,) = connection.execute(sql).fetchone() or (0,)
        results.append(
            dg.AssetCheckResult(
                check_name=test.name,
                passed=rows == 0,
                description=test.promise,
                metadata={"rows_that_break_it": rows},
            )
        )
    return results


def swap_in(connection: DuckDBPyConnection, name: str) -> None:
    """Let `<name>__new` take the place of the table; readers see the old one or the new one."""
    connection.execute("begin")
    try:
        connection.execute(f"drop table if exists {SCHEMA}.{name}")
        connection.execute(f"alter table {SCHEMA}.{name}__new rename to {name}")
        connection.execute("commit")
    except duckdb_errors.Error:
        connection.execute("rollback")
        raise


def _facts(connection: DuckDBPyConnection, model: Model) -> dict[str, Fact]:
    (rows,) = connection.execute(f"select count(*) from {SCHEMA}.{model.name}").fetchone() or (0,)
    headlines: dict[str, Fact] = {}
    if sql := model.headline_sql(model.name):
        values = connection.execute(sql).fetchone() or ()
        # a number that is not there would break the line in the plot, and is left out
        headlines = {
            name: value if isinstance(value, int) else round(float(value), 3)
            for name, value in zip(model.headlines, values, strict=True)
            if value is not None
        }
    types = connection.execute(f"describe {SCHEMA}.{model.name}").fetchall()
    return {
        **headlines,
        "dagster/row_count": rows,
        "dagster/column_schema": dg.TableSchema(
            columns=[
                dg.TableColumn(name, type=kind.lower(), description=model.columns[name])
                for name, kind, *_ in types
            ]
        ),
    }
