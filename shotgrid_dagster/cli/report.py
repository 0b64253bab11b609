"""What is in the warehouse, for the end of `make demo` and for `shotgrid-dagster report`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from shotgrid_dagster.destination.duckdb_file import why_unusable
from shotgrid_dagster.destination.warehouse import DATASET
from shotgrid_dagster.errors import ShotGridDagsterError
from shotgrid_dagster.source.loading.site_tables.catalog import TABLE
from shotgrid_dagster.source.tables.row_state import RowState

QUERIES = (
    (
        "How far is each sequence?",
        "select project_name, sequence_name, sum(tasks_done) as done, sum(task_count) as tasks\n"
        "from models.shot_progress group by all order by all limit 10",
    ),
    (
        "Who has the most open notes?",
        "select a.link__name as person, count(*) as open_notes\n"
        f"from {DATASET}.notes as n\n"
        f"join {DATASET}.notes__addressings_to as a on a.parent_id = n.id\n"
        f"where n.sg_status_list = 'opn' and n._sg_state = '{RowState.LIVE}'\n"
        "group by all order by open_notes desc limit 10",
    ),
    (
        "What was deleted, and is still known?",
        f"select code, sg_status_list, updated_at from {DATASET}.shots\n"
        f"where _sg_state = '{RowState.RETIRED}' order by id limit 10",
    ),
)
"""Questions and the SQL that answers them on any site."""


@dataclass(frozen=True)
class TableRows:
    """One line of the report."""

    table: str
    rows: Mapping[RowState, int]
    """State -> rows, of every state."""

    @property
    def total(self) -> int:
        """Rows of every state together."""
        return sum(self.rows.values())


class NothingLoaded(ShotGridDagsterError):
    """There is no warehouse yet."""


def tables_in(database: Path) -> list[TableRows]:
    """The loaded tables with their rows by state, biggest first.

    Raises:
        NothingLoaded: there is no database, or nothing was loaded into it.
    """
    if not database.exists():
        raise NothingLoaded(f"{database} does not exist yet: run `make demo` first.")
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            catalog = connection.execute(f'select * from {DATASET}."{TABLE}"')
            names = [column for column, *_ in catalog.description or ()]
            lines = [dict(zip(names, values, strict=True)) for values in catalog.fetchall()]
    except duckdb.CatalogException as error:
        raise NothingLoaded(f"{database} holds no loaded site yet: run `make demo`.") from error
    except duckdb.Error as error:
        raise NothingLoaded(why_unusable(database, error)) from error
    tables = [
        # A catalog that an earlier version wrote does not have every state.
        TableRows(line["table_name"], {state: line.get(state) or 0 for state in RowState})
        for line in lines
    ]
    return sorted(tables, key=lambda table: (-table.total, table.table))


def report(database: Path, seconds: float | None = None) -> str:
    """The report as text.

    Raises:
        NothingLoaded: there is nothing to report on.
    """
    tables = tables_in(database)
    width = max(len(table.table) for table in tables)
    others = [state for state in RowState if state is not RowState.LIVE]
    lines = [
        "  ".join(["table".ljust(width), f"{'rows':>9}", *(f"{state:>8}" for state in others)])
    ]
    for table in tables:
        aside = (f"{table.rows[state] or '':>8}" for state in others)
        lines.append("  ".join([table.table.ljust(width), f"{table.total:>9,}", *aside]))
    took = f" in {seconds:.0f} s" if seconds is not None else ""
    total = sum(table.total for table in tables)
    lines += ["", f"{len(tables)} tables, {total:,} rows{took}.", "", f"The database: {database}"]
    return "\n".join(lines)


def next_steps() -> str:
    """Three queries to try, the UI, and the way to an own site."""
    lines = ["Three queries to try (any DuckDB client opens the file):", ""]
    for question, sql in QUERIES:
        lines += [f"  -- {question}", *(f"  {line}" for line in f"{sql};".splitlines()), ""]
    lines += [
        "As a data frame:",
        '  dlt.pipeline("shotgun_software_pipeline", pipelines_dir="data/pipelines")',
        "  .dataset().shots.df()",
        "",
        "A weekly report of each project, to double-click: the folder reports beside the database.",
        "",
        "The Dagster UI on the same data:   make dev   (then open http://127.0.0.1:3000)",
        "",
        "To see changes arrive, let the sandbox's studio work for a day, with",
        "`shotgrid-dagster sandbox advance --days 1`, or edit rows with the key that",
        "`shotgrid-dagster sandbox serve` prints. Then run make demo again, or switch on the",
        "sensor site_changes in the UI.",
        "",
        "Your own site: set site_url in .dlt/config.toml, copy .dlt/secrets.toml.example to",
        ".dlt/secrets.toml, fill in the script's name and key, and run make demo again",
        "with another data_dir, so that the sandbox's rows do not mix with yours.",
    ]
    return "\n".join(lines)
