"""The tables of a destination, looked into and written to over one pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from dlt.destinations.exceptions import DatabaseUndefinedRelation
from dlt.destinations.sql_client import SqlClientBase
from dlt.pipeline.pipeline import Pipeline

from shotgrid_dagster.destination.advisory_locks import advisory_locks
from shotgrid_dagster.destination.arrow_answers import query_as_arrow
from shotgrid_dagster.destination.delta import complete_loads, delete_delta, read_delta, table_names
from shotgrid_dagster.destination.dialects import Dialect
from shotgrid_dagster.destination.explained import explained
from shotgrid_dagster.destination.warehouse import Warehouse

IDS_AT_ONCE = 500
"""Ids in one query: dlt takes a third of a second to read a list of 5,000 (measured)."""
IDS_AT_ONCE_AS_ARROW = 5_000
"""dlt does not read those queries: of a million Tasks, 500 take 0.12 s and 5,000 0.15 (DuckDB,
measured)."""

Row = tuple[Any, ...]


class Tables:
    """What a run sees of the destination. Use it as a context manager.

    Its pipeline is made when it is first needed, and asked what the destination keeps of dlt's
    schema when something is loaded: a run that finds nothing new does not ask.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.dialect: Dialect = warehouse.dialect
        self._open = ExitStack()
        self._pipeline: Pipeline | None = None
        self._client: SqlClientBase[Any] | None = None
        self._is_connected = False
        self._is_synced = False
        self.wrote = False
        """Whether anything was loaded over it."""

    def __enter__(self) -> Tables:
        return self

    def __exit__(self, *raised: object) -> None:
        self.renew()

    @property
    def pipeline(self) -> Pipeline:
        """The run's pipeline."""
        if self._pipeline is None:
            with self.explained():
                self._pipeline = self._open.enter_context(self.warehouse.pipeline())
        return self._pipeline

    @contextmanager
    def explained(self) -> Iterator[None]:
        """What goes wrong while the destination is opened, as a sentence.

        Raises:
            WarehouseError: it is not set up, lacks its package, or does not let this one in.
        """
        warehouse = self.warehouse
        password = getattr(self._client.credentials, "password", None) if self._client else None
        secrets = [str(password)] if password else []
        with explained(warehouse.destination, warehouse.destination_type, secrets):
            yield

    @property
    def synced_pipeline(self) -> Pipeline:
        """The same, which knows the schema that the destination keeps."""
        pipeline = self.pipeline
        if not self._is_synced:
            with self.opened(), self.explained():
                pipeline.sync_destination()
            self._is_synced = True
        return pipeline

    def renew(self) -> None:
        """Throw the pipeline away, with what is left in its working folder."""
        self._client = None
        self._open.close()
        self._pipeline = None
        self._is_synced = False

    @contextmanager
    def opened(self) -> Iterator[None]:
        """See `Warehouse.opened`."""
        with self.warehouse.opened():
            yield

    @contextmanager
    def client(self) -> Iterator[SqlClientBase[Any]]:
        """A client for SQL, where the destination has one.

        It is made once: to find out anew how the destination is reached takes dlt 60 ms (measured).
        """
        if self._client is None:
            self._client = self._own_client()
        with self.opened():
            if self._is_connected:
                yield self._client
                return
            with ExitStack() as connection:
                with self.explained():
                    connection.enter_context(_connected(self._client))
                self._is_connected = True
                try:
                    yield self._client
                finally:
                    self._is_connected = False

    @contextmanager
    def locked(self, tables: Sequence[str]) -> Iterator[None]:
        """Be the only writer of these tables, as far as the destination holds it.

        See `Warehouse.loading` for those on this machine.
        """
        if self.dialect.lock != "advisory":
            yield
            return
        warehouse = self.warehouse
        client = self._own_client()
        with advisory_locks(client, tables, warehouse.who, warehouse.on_progress):
            yield

    def _own_client(self) -> SqlClientBase[Any]:
        pipeline = self.pipeline
        with self.explained():
            return pipeline.sql_client()

    # -- queries

    def rows(self, sql: str, *values: object) -> list[Row] | None:
        """The rows of a query; None when a table of it is not there.

        `{name}` in the query stands for a table: it becomes the qualified one.
        """
        with self.client() as client:
            try:
                rows = client.execute_sql(_qualified(client, sql), *values)
            except DatabaseUndefinedRelation:
                return None
        return [tuple(row) for row in rows or ()]

    def records(self, sql: str) -> list[dict[str, object]]:
        """The same with the names of the columns; none when a table of it is not there."""
        with self.client() as client:
            try:
                with client.execute_query(_qualified(client, sql)) as cursor:
                    names = [str(column[0]).lower() for column in cursor.description or ()]
                    rows = cursor.fetchall()
            except DatabaseUndefinedRelation:
                return []
        return [dict(zip(names, row, strict=True)) for row in rows]

    def names(self, *, only_views: bool = False) -> set[str]:
        """The tables and views that are there, ours and dlt's; or the views alone."""
        if self.dialect.is_files:
            return set() if only_views else table_names(self.synced_pipeline)
        among = " and table_type = 'VIEW'" if only_views else ""
        with self.client() as client:
            names = client.execute_sql(
                "select table_name from information_schema.tables "
                f"where lower(table_schema) = lower(%s){among}",
                client.dataset_name,
            )
        return {str(name).lower() for (name,) in names or ()}

    def count_by(self, column: str, tables: Sequence[str]) -> dict[str, dict[str, int]]:
        """Table -> value of the column -> rows. The tables must be there."""
        counts: dict[str, dict[str, int]] = {table: {} for table in tables}
        if not tables:
            return counts
        if self.dialect.is_files:
            for table in tables:
                values = self.read_columns(table, [column])
                grouped = values.group_by(column).aggregate([([], "count_all")])
                pairs = zip(
                    grouped[column].to_pylist(), grouped["count_all"].to_pylist(), strict=True
                )
                counts[table] = {str(value): int(rows) for value, rows in pairs}
            return counts
        selects = (
            f"select '{table}', {column}, count(*) from {{{table}}} group by {column}"
            for table in tables
        )
        for table, value, rows in self.rows(" union all ".join(selects)) or ():
            counts[table][str(value)] = int(rows)
        return counts

    def complete_loads(self) -> set[str] | None:
        """The ids of the loads that ended well, where SQL cannot join with them."""
        return complete_loads(self.synced_pipeline) if self.dialect.is_files else None

    def read_columns(self, table: str, columns: Sequence[str], *, after: int = 0) -> pa.Table:
        """Some columns of the rows behind an id. The table must be there."""
        if self.dialect.is_files:
            if not after:
                return self._delta(table, columns)
            rows = self._delta(table, ["id", *(name for name in columns if name != "id")])
            return rows.filter(pc.greater(rows["id"], after)).select(list(columns))
        return self._query(", ".join(columns), table, f"where id > {after}" if after else "")

    def all_columns(self, table: str) -> pa.Table:
        """All rows and columns of a table of files. It must be there."""
        return self._delta(table, None)

    def read_rows(self, table: str, ids: pa.Array) -> pa.Table:
        """All columns of the rows with these ids."""
        if self.dialect.is_files:
            rows = self._delta(table, None)
            return rows.filter(pc.is_in(rows["id"], value_set=ids))
        wanted: list[int] = sorted(ids.to_pylist())
        if wanted and wanted[-1] - wanted[0] < 4 * len(wanted):
            rows = self._query("*", table, f"where id >= {wanted[0]} and id <= {wanted[-1]}")
            return rows.filter(pc.is_in(rows["id"], value_set=ids))
        at_once = IDS_AT_ONCE_AS_ARROW if self.dialect.answers_arrow else IDS_AT_ONCE
        portions = [wanted[at : at + at_once] for at in range(0, len(wanted), at_once)]
        listed = [", ".join(str(id_) for id_ in portion) for portion in portions] or ["null"]
        return pa.concat_tables(
            [self._query("*", table, f"where id in ({portion})") for portion in listed]
        )

    def delete_rows(
        self, table: str, where: Mapping[str, str], column: str = "id", ids: Sequence[int] = ()
    ) -> None:
        """Delete the rows with these values and, if there are any, one of these ids in a column.

        `where` is column -> value.
        """
        portions = [ids[at : at + IDS_AT_ONCE] for at in range(0, len(ids), IDS_AT_ONCE)] or [()]
        for portion in portions:
            if self.dialect.is_files:
                delete_delta(self.synced_pipeline, table, where, column, portion)
                continue
            with self.client() as client:
                conditions = [f"{client.escape_column_name(name)} = %s" for name in where]
                if portion:
                    listed = ", ".join(str(id_) for id_ in portion)
                    conditions.append(f"{client.escape_column_name(column)} in ({listed})")
                client.execute_sql(
                    f"delete from {client.make_qualified_table_name(table)} "
                    f"where {' and '.join(conditions)}",
                    *where.values(),
                )

    def empty_staging(self, tables: Sequence[str]) -> None:
        """Remove what a merge left in the staging dataset."""
        if not tables or self.dialect.is_files:
            return
        with self.client() as client, client.with_staging_dataset():
            for table in tables:
                name = client.make_qualified_table_name(table)
                with suppress(DatabaseUndefinedRelation):
                    client.execute_sql(f"delete from {name}")

    def forget_missing(self, missing: set[str]) -> None:
        """Let dlt make these tables, which are not there: it would rely on having made them."""
        if self.dialect.is_files or not missing:
            return
        pipeline = self.synced_pipeline
        for name, schema in pipeline.schemas.items():
            if not missing.isdisjoint(schema.tables):
                self.rows("delete from {_dlt_version} where schema_name = %s", name)

    def _query(self, what: str, table: str, rest: str = "") -> pa.Table:
        """`select what from table rest`."""
        if not self.dialect.answers_arrow:
            with self.opened():
                return query_as_arrow(self.synced_pipeline, what, table, rest)
        # It knows its types by itself, and dlt would think about each query for 60 ms (measured).
        with self.client() as client:
            name = client.make_qualified_table_name(table)
            with client.execute_query(f"select {what} from {name} {rest}") as cursor:
                rows: pa.Table = cursor.arrow()
        return rows

    def _delta(self, table: str, columns: Sequence[str] | None) -> pa.Table:
        rows = read_delta(self.synced_pipeline, table, columns)
        assert rows is not None, f"there is no table {table}"
        return rows


@contextmanager
def _connected(client: SqlClientBase[Any]) -> Iterator[None]:
    with client:
        yield


def _qualified(client: SqlClientBase[Any], sql: str) -> str:
    parts = sql.split("{")
    named = [part.split("}", 1) for part in parts[1:]]
    return parts[0] + "".join(client.make_qualified_table_name(name) + rest for name, rest in named)
