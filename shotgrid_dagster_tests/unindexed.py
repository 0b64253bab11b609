"""Tables whose ids nothing holds unique, as version 0.1.0 made them: what the checks are for."""

from __future__ import annotations

import duckdb

from shotgrid_dagster.destination.warehouse import DATASET


def drop_unique_ids(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Make a loaded table anew, with the same rows and without the index on its ids."""
    with_index, without = f"{DATASET}.{table}", f"{DATASET}._{table}"
    connection.execute(f"create table {without} as select * from {with_index}")
    connection.execute(f"drop table {with_index}")
    connection.execute(f"alter table {without} rename to {table}")
