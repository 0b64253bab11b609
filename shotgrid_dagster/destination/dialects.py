"""What each destination can do, and how: one table, looked up by dlt's type of destination."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shotgrid_dagster.destination import link_view_templates as views

Lock = Literal["file", "advisory", "compared"]
"""How one writer a table is held.

file: a lock file in the data folder; the destination is on this machine.
advisory: the database's own locks, which hold on all machines.
compared: before a load is committed, the newest load state of the table must still be the one that
the load began with.
"""


@dataclass(frozen=True)
class Dialect:
    """One type of destination."""

    link_view: str | None = None
    """The template of a link view; None: it has none."""
    has_comments: bool = False
    """Whether columns can be described with `comment on column`."""
    takes_nul: bool = True
    """Whether texts may have a NUL in them."""
    loses_empty_texts: bool = False
    """Whether dlt loads Arrow as CSV in which an empty text is null: see `packages.texts`."""
    is_files: bool = False
    """Whether tables are delta tables in folders: no SQL, and merges by `upsert`."""
    answers_arrow: bool = False
    """Whether its own client answers with Arrow tables of the right types."""
    table_options: str = ""
    """What `create table` needs behind the columns."""
    lock: Lock = "compared"


DIALECTS = {
    "duckdb": Dialect(views.DUCKDB, has_comments=True, answers_arrow=True, lock="file"),
    "motherduck": Dialect(views.DUCKDB, has_comments=True),
    "postgres": Dialect(
        views.POSTGRES,
        has_comments=True,
        takes_nul=False,
        loses_empty_texts=True,
        lock="advisory",
    ),
    "redshift": Dialect(views.REDSHIFT, has_comments=True, takes_nul=False),
    "snowflake": Dialect(views.SNOWFLAKE, has_comments=True),
    "bigquery": Dialect(views.BIGQUERY),
    "databricks": Dialect(views.DATABRICKS, has_comments=True),
    "clickhouse": Dialect(table_options="engine = MergeTree order by id"),
    "filesystem": Dialect(is_files=True),
}
"""dlt's type of destination -> what it can do. DuckDB, Postgres and filesystem are run by the
tests; the views of the others are written to their manuals and dlt's column types (VARIANT, JSON,
SUPER, STRING), and parsed."""

OTHER = Dialect()
"""A destination that is not in the table: it gets the loaded tables, and nothing else."""


def dialect_of(destination_type: str) -> Dialect:
    """By dlt's type of destination: `postgres`, or `dlt.destinations.postgres`."""
    return DIALECTS.get(destination_type.rsplit(".", 1)[-1], OTHER)
