"""What a table and its columns are, as comments in the database itself."""

from __future__ import annotations

from dlt.pipeline.pipeline import Pipeline

from shotgrid_dagster.source.tables.columns import Layout

DIALECTS = frozenset({"duckdb", "motherduck", "postgres", "redshift", "snowflake", "databricks"})
"""dlt destinations with `comment on column`; DuckDB's and Postgres' are run by the tests."""


def describe_columns(pipeline: Pipeline, layout: Layout) -> None:
    """Write the display name and the description of each field to its columns, where the
    destination has comments."""
    if pipeline.destination.destination_type.rsplit(".", 1)[-1] not in DIALECTS:
        return
    with pipeline.sql_client() as client:
        table = client.make_qualified_table_name(layout.table)
        for column in (*layout.columns, *layout.gone_columns):
            text = column.description.replace("'", "''").replace("\0", "")
            name = client.escape_column_name(column.name)
            client.execute_sql(f"comment on column {table}.{name} is '{text}'")
