"""The readers' copy: `published.duckdb`, made beside the old one and swapped in whole.

A DuckDB file has one writer, whose lock shuts readers out. So readers open a copy: it is taken
while the loader waits, for as long as copying a file takes, then rewritten in a storage version
that older DuckDBs open, looked through, and put in place by one rename. Who has the old copy open
keeps reading the old one.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from filelock import FileLock

from shotgrid_dagster.destination.duckdb_file import why_unusable
from shotgrid_dagster.destination.warehouse import DATASET, Warehouse
from shotgrid_dagster.errors import ShotGridDagsterError, WarehouseError
from shotgrid_dagster.site import EntityType
from shotgrid_dagster.source.audit import MEDIA, SIGNATURES
from shotgrid_dagster.source.publishing.orphans import Orphans, find_orphans
from shotgrid_dagster.source.reading.event_log import COLUMNS, EVENT_LOG
from shotgrid_dagster.source.tables.columns import STATE, Layout, layout
from shotgrid_dagster.source.tables.display_names import site_views
from shotgrid_dagster.source.tables.row_state import in_words, sql_list

PUBLISHED = "published.duckdb"

STORAGE_VERSION = "v1.0.0"
"""DuckDB 1.0 and all later ones open it."""


class NotPublished(ShotGridDagsterError):
    """The copy breaks a promise, and so did not replace the one before; the message says which."""


@dataclass(frozen=True)
class Published:
    """What was swapped in."""

    path: Path
    tables: int
    site_views: int
    rows: int
    bytes: int
    seconds_locked: float
    """For so long the loader could not write."""
    orphans: Orphans


def publish(
    warehouse: Warehouse, entity_types: Collection[EntityType], keep: Collection[str]
) -> Published:
    """Make the readers' copy anew.

    Args:
        warehouse: the loader's; a DuckDB file.
        entity_types: with their fields, for comments, display names and the audit.
        keep: the schemas that readers get.

    Raises:
        NotPublished: a table breaks a promise; readers keep the copy that they have.
        WarehouseError: nothing was loaded yet, or a file cannot be used.
    """
    folder = warehouse.data_dir
    taken, new = folder / ".published.taken.duckdb", folder / ".published.new.duckdb"
    if not warehouse.database_path.exists():
        raise WarehouseError(f"{warehouse.database_path} is not there yet: load something first.")
    layouts = {entity_type.table: _layout(entity_type) for entity_type in entity_types}
    # One publication at a time: so these two files are nobody else's, and a killed one's leftovers
    # are overwritten.
    with FileLock(folder / "published.lock"), _without_leftovers(taken, new):
        try:
            locked = _take(warehouse, taken)
            with duckdb.connect() as connection:
                _rewrite(connection, taken, new, keep)
                tables = _tables(connection)
                layouts = {table: layout for table, layout in layouts.items() if table in tables}
                _refuse_broken(connection, layouts, tables)
                orphans = find_orphans(connection, layouts, tables)
                _describe(connection, layouts, tables)
                views = site_views(layouts, tables)
                for statement in views.statements:
                    connection.execute(statement)
                counted = [_one(connection, f"select count(*) from {DATASET}.{t}") for t in tables]
                connection.execute("use memory")
                connection.execute("detach published")
            size = new.stat().st_size
            _swap(new, folder / PUBLISHED)
        except (duckdb.IOException, duckdb.SerializationException) as error:
            raise WarehouseError(why_unusable(new, error)) from error
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            raise NotPublished(
                f"DuckDB does not make the copy: {said}. Readers keep the copy that they have; the "
                "files are as they were. Run `shotgrid-dagster discover` and publish again; if it "
                "is the same then, report it."
            ) from error
    return Published(
        folder / PUBLISHED, len(tables), views.count, sum(counted), size, locked, orphans
    )


def _layout(entity_type: EntityType) -> Layout:
    derived = COLUMNS if entity_type.name == EVENT_LOG else ()
    return layout(entity_type, derived=derived)


@contextmanager
def _without_leftovers(*paths: Path) -> Iterator[None]:
    def remove() -> None:
        for path in paths:
            path.unlink(missing_ok=True)
            path.with_name(f"{path.name}.wal").unlink(missing_ok=True)

    remove()
    try:
        yield
    finally:
        remove()


def _take(warehouse: Warehouse, to: Path) -> float:
    """Copy the loader's file while nobody writes to it; gives the seconds that this took."""
    with warehouse.writing():
        started = time.monotonic()
        # What is in the write-ahead log goes into the file first.
        with duckdb.connect(str(warehouse.database_path)) as connection:
            connection.execute("checkpoint")
        try:
            shutil.copyfile(warehouse.database_path, to)
        except OSError as error:
            raise WarehouseError(why_unusable(to, error)) from error
        return time.monotonic() - started


def _rewrite(
    connection: duckdb.DuckDBPyConnection, taken: Path, new: Path, keep: Collection[str]
) -> None:
    """The schemas that readers get, with all that is in them, in the older storage version."""
    connection.execute(f"attach '{_quoted(taken)}' as taken")
    schemas = connection.execute(
        "select schema_name from duckdb_schemas() where database_name = 'taken' and not internal"
    ).fetchall()
    for (schema,) in schemas:
        if schema not in (*keep, "main"):
            connection.execute(f'drop schema taken."{schema}" cascade')
    unfinished = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'taken' "
        "and table_name like '%\\_\\_new' escape '\\'"
    ).fetchall()
    for schema, table in unfinished:
        connection.execute(f'drop table taken."{schema}"."{table}"')
    connection.execute(
        f"attach '{_quoted(new)}' as published (storage_version '{STORAGE_VERSION}')"
    )
    connection.execute("copy from database taken to published")
    connection.execute("detach taken")
    connection.execute("use published")


def _tables(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """The loaded tables, dlt's own aside, with their columns."""
    columns: dict[str, list[str]] = {}
    for table, column in connection.execute(
        "select table_name, column_name from duckdb_columns() join duckdb_tables() "
        "using (database_name, schema_name, table_name) where database_name = 'published' "
        f"and schema_name = '{DATASET}' order by table_name, column_index"
    ).fetchall():
        if not table.startswith("_dlt_"):
            columns.setdefault(table, []).append(column)
    return columns


def _refuse_broken(
    connection: duckdb.DuckDBPyConnection,
    layouts: Mapping[str, Layout],
    tables: Mapping[str, Sequence[str]],
) -> None:
    """The blocking promises once more, on what readers would get."""
    for table, known in layouts.items():
        rows = f"from {DATASET}.{table} where"
        queries = {
            "have no id of their own": (
                f"select count(*) - count(distinct id) from {DATASET}.{table}"
            ),
            f"are not {in_words()}": (
                f"select count(*) {rows} {STATE} is null or {STATE} not in {sql_list()}"
            ),
        }
        media = [read.columns[0].name for read in known.fields_read if read.kind in MEDIA]
        if signed := " or ".join(
            f"""cast("{column}" as varchar) like '%{sign}%'"""
            for column in media
            if column in tables[table]
            for sign in SIGNATURES
        ):
            queries["hold a signed address"] = f"select count(*) {rows} {signed}"
        for promise, query in queries.items():
            if broken := _one(connection, query):
                raise NotPublished(
                    f"{broken} rows of {table} {promise}: readers keep the copy that they have. "
                    f"Materialize shotgrid/{table} with `full_refresh: true`, then publish again."
                )


def _describe(
    connection: duckdb.DuckDBPyConnection,
    layouts: Mapping[str, Layout],
    tables: Mapping[str, Sequence[str]],
) -> None:
    """Say what each loaded table and column is; the models' comments came along."""
    for table, known in layouts.items():
        said = f"Entity type {known.entity_type.name}: {known.entity_type.display_name}"
        connection.execute(f"comment on table {DATASET}.{table} is '{_text(said)}'")
        for column in known.columns:
            if column.name in tables[table]:
                connection.execute(
                    f'comment on column {DATASET}.{table}."{column.name}" '
                    f"is '{_text(column.description)}'"
                )


def _swap(new: Path, path: Path) -> None:
    with new.open("rb+") as file:
        os.fsync(file.fileno())
    try:
        os.replace(new, path)
    except PermissionError as error:
        raise WarehouseError(
            f"{path} is open in a program that does not let it be replaced ({error}): close it "
            "there, and publish again."
        ) from error


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    (number,) = connection.execute(query).fetchone() or (0,)
    return int(number)


def _text(said: str) -> str:
    return said.replace("'", "''")


def _quoted(path: Path) -> str:
    return _text(str(path))
