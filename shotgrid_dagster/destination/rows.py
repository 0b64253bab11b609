"""Looking into a loaded table, whatever the destination."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from dlt.pipeline.pipeline import Pipeline

from shotgrid_dagster.source.loading.entity_resource import FILES
from shotgrid_dagster.source.tables.columns import STATE

DUCKDB = "duckdb"
"""The destination that answers queries with Arrow tables."""


def read_columns(
    pipeline: Pipeline, table: str, columns: Sequence[str], *, after: int = 0
) -> pa.Table:
    """Some columns of the rows behind an id. The pipeline must know the table's schema."""
    if not after:
        return _all_rows(pipeline, table, columns)
    if _is(pipeline, FILES):
        rows = _delta(pipeline, table, ["id", *(name for name in columns if name != "id")])
        return rows.filter(pc.greater(rows["id"], after)).select(list(columns))
    return _query(pipeline, ", ".join(columns), table, f"where id > {after}")


def _all_rows(pipeline: Pipeline, table: str, columns: Sequence[str]) -> pa.Table:
    if _is(pipeline, FILES):
        return _delta(pipeline, table, columns)
    return _query(pipeline, ", ".join(columns), table)


IDS_AT_ONCE = 500
"""Ids in one query: dlt takes a third of a second to read a list of 5,000 (measured)."""
IDS_AT_ONCE_IN_DUCKDB = 5_000
"""dlt does not read its queries: of a million Tasks, 500 take 0.12 s and 5,000 0.15 (measured)."""


def read_rows(pipeline: Pipeline, table: str, ids: pa.Array) -> pa.Table:
    """All columns of the rows with these ids."""
    if _is(pipeline, FILES):
        rows = _delta(pipeline, table, None)
        return rows.filter(pc.is_in(rows["id"], value_set=ids))
    wanted: list[int] = sorted(ids.to_pylist())
    if wanted and wanted[-1] - wanted[0] < 4 * len(wanted):
        rows = _query(pipeline, "*", table, f"where id >= {wanted[0]} and id <= {wanted[-1]}")
        return rows.filter(pc.is_in(rows["id"], value_set=ids))
    at_once = IDS_AT_ONCE_IN_DUCKDB if _is(pipeline, DUCKDB) else IDS_AT_ONCE
    some = [wanted[at : at + at_once] for at in range(0, len(wanted), at_once)]
    listed = [", ".join(str(item) for item in ids_) for ids_ in some] or ["null"]
    return pa.concat_tables(
        [_query(pipeline, "*", table, f"where id in ({item})") for item in listed]
    )


def delete_rows_with_ids(
    pipeline: Pipeline, table: str, where: Mapping[str, str], column: str, ids: Sequence[int]
) -> None:
    """Delete the rows with these values (column -> value) and one of these ids in a column."""
    for at in range(0, len(ids), IDS_AT_ONCE):
        listed = ", ".join(str(id_) for id_ in ids[at : at + IDS_AT_ONCE])
        if _is(pipeline, FILES):
            from dlt.common.libs.deltalake import get_delta_tables

            texts = [(name, value.replace("'", "''")) for name, value in where.items()]
            equal = " and ".join(f"{name} = '{value}'" for name, value in texts)
            delta = get_delta_tables(pipeline, table)[table]
            delta.delete(f"{equal} and {column} in ({listed})")
            continue
        with pipeline.sql_client() as client:
            equal = " and ".join(f"{client.escape_column_name(name)} = %s" for name in where)
            client.execute_sql(
                f"delete from {client.make_qualified_table_name(table)} "
                f"where {equal} and {column} in ({listed})",
                *where.values(),
            )


def count_states(pipeline: Pipeline, table: str) -> dict[str, int]:
    """State -> rows in the table."""
    if _is(pipeline, FILES):
        states = read_columns(pipeline, table, [STATE])
        counts = states.group_by(STATE).aggregate([([], "count_all")])
    else:
        counted = f"{STATE}, count(*) as count_all"
        counts = _query(pipeline, counted, table, f"group by {STATE}")
    return dict(zip(counts[STATE].to_pylist(), counts["count_all"].to_pylist(), strict=True))


def _is(pipeline: Pipeline, destination: str) -> bool:
    return pipeline.destination.destination_type.rsplit(".", 1)[-1] == destination


def _query(pipeline: Pipeline, what: str, table: str, rest: str = "") -> pa.Table:
    """`select what from table rest`."""
    if not _is(pipeline, DUCKDB):
        found: pa.Table = pipeline.dataset()(f"select {what} from {table} {rest}").arrow()
        return found
    # DuckDB knows its types by itself, and dlt would think about each query for 60 ms (measured).
    with pipeline.sql_client() as client:
        name = client.make_qualified_table_name(table)
        with client.execute_query(f"select {what} from {name} {rest}") as cursor:
            rows: pa.Table = cursor.arrow()
    return rows


def _delta(pipeline: Pipeline, table: str, columns: Sequence[str] | None) -> pa.Table:
    """DuckDB could read delta tables too, but has to download an extension for it."""
    from dlt.common.libs.deltalake import get_delta_tables

    delta = get_delta_tables(pipeline, table)[table]
    return pa.table(delta.to_pyarrow_table(columns=list(columns) if columns else None))
