"""Looking into a loaded table, whatever the destination."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from dlt.pipeline.pipeline import Pipeline

from shotgrid_dagster.source.columns import STATE
from shotgrid_dagster.source.entity_resource import FILES


def read_columns(pipeline: Pipeline, table: str, columns: Sequence[str]) -> pa.Table:
    """Some columns of all rows. The pipeline must know the table's schema."""
    if _is_files(pipeline):
        return _delta(pipeline, table, columns)
    return _relation(pipeline, f"select {', '.join(columns)} from {table}")


def read_rows(pipeline: Pipeline, table: str, ids: pa.Array) -> pa.Table:
    """All columns of the rows with these ids."""
    if _is_files(pipeline):
        rows = _delta(pipeline, table, None)
        return rows.filter(pc.is_in(rows["id"], value_set=ids))
    listed = ", ".join(str(one) for one in ids.to_pylist())
    return _relation(pipeline, f"select * from {table} where id in ({listed})")


def count_states(pipeline: Pipeline, table: str) -> dict[str, int]:
    """State -> rows in the table."""
    if _is_files(pipeline):
        counts = (
            read_columns(pipeline, table, [STATE]).group_by(STATE).aggregate([([], "count_all")])
        )
        return dict(zip(counts[STATE].to_pylist(), counts["count_all"].to_pylist(), strict=True))
    query = f"select {STATE}, count(*) from {table} group by {STATE}"
    return dict(pipeline.dataset()(query).fetchall())


def _is_files(pipeline: Pipeline) -> bool:
    return pipeline.destination.destination_type.rsplit(".", 1)[-1] == FILES


def _relation(pipeline: Pipeline, query: str) -> pa.Table:
    table: pa.Table = pipeline.dataset()(query).arrow()
    return table


def _delta(pipeline: Pipeline, table: str, columns: Sequence[str] | None) -> pa.Table:
    """DuckDB could read delta tables too, but has to download an extension for it."""
    from dlt.common.libs.deltalake import get_delta_tables

    delta = get_delta_tables(pipeline, table)[table]
    return pa.table(delta.to_pyarrow_table(columns=list(columns) if columns else None))
