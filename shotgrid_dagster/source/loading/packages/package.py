"""One dlt load package, of one table or several: loaded whole, or not at all.

What a load needs of dlt is set here, not in a file that a user may lack: the id of the load is put
into the rows, and what a merge leaves in the staging dataset is removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.pipeline import LoadInfo
from dlt.common.schema.typing import TColumnSchema
from dlt.common.typing import TDataItem
from dlt.extract import DltResource
from dlt.extract.source import DltSource

from shotgrid_dagster.config.project import SOURCE
from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.source.loading.packages.hints import Disposition, write_disposition
from shotgrid_dagster.source.loading.packages.texts import AS_A_RULE, as_it_is_loaded
from shotgrid_dagster.source.tables.columns import LOAD_ID

PORTION_ROWS = 25_000
"""Rows that dlt is handed at once. It checks all hints of all columns anew each time (27 ms for a
Task's, measured on dlt 1.31)."""


@dataclass
class TableRows:
    """The rows for one table of a package."""

    table: str
    schema: pa.Schema
    """Of the rows, without the load's id."""
    columns: dict[str, TColumnSchema]
    disposition: Disposition
    primary_key: Sequence[str]
    rows: Iterable[pa.Table]
    is_of_site: bool = False
    """Whether the values are the site's: one of another type must not round, nor open a second
    column. Those of our own tables have the right type, whatever a version before this one said of
    it."""
    loaded: int = field(default=0, init=False)
    """Rows that were handed on."""

    def portions(self) -> Iterator[pa.Table]:
        """The rows, put together where columns are the same.

        An empty table when there are none, so that the table is made.
        """
        self.loaded = 0
        for portion in _in_portions(self.rows):
            self.loaded += portion.num_rows
            yield portion
        if not self.loaded:
            yield self.schema.empty_table()


class Package:
    """A load package over the pipeline of a run.

    Args:
        tables: the destination.
        parts: the rows, a table each.
        last: their load states: parts whose rows are made when all rows of the
            others have been seen.
    """

    def __init__(
        self, tables: Tables, parts: Sequence[TableRows], last: Sequence[TableRows] = ()
    ) -> None:
        self._tables = tables
        self._parts = parts
        self._last = last
        self._ended = 0

    def extract(self) -> None:
        """Take the rows in, and write them to files; the destination is not held meanwhile.

        Raises:
            dlt.pipeline.exceptions.PipelineStepFailed: what was raised while reading is its cause.
        """
        pipeline = self._tables.synced_pipeline
        pipeline.extract(self._source())
        pipeline.normalize()

    def load(self) -> LoadInfo:
        """Put the rows into the destination.

        Raises:
            dlt.pipeline.exceptions.PipelineStepFailed: the tables are as they were.
        """
        with self._tables.opened():
            info: LoadInfo = self._tables.pipeline.load()
            info.raise_on_failed_jobs()
            merged = [part.table for part in self._parts if part.disposition == "merge"]
            self._tables.empty_staging(merged)
        self._tables.wrote = True
        return info

    def _source(self) -> DltSource:
        resources = [self._resource(part, self._rows) for part in self._parts]
        resources += [self._resource(part, self._rows_at_the_end) for part in self._last]

        # Settings are looked up in the same section for all of them.
        @dlt.source(name=SOURCE, section=SOURCE)
        def package() -> list[DltResource]:
            return resources

        return package()

    def _resource(
        self, part: TableRows, rows: Callable[[TableRows], Iterator[TDataItem | None]]
    ) -> DltResource:
        hints: dict[str, Any] = {}
        if part.primary_key:
            hints["primary_key"] = list(part.primary_key)
        if part.is_of_site:
            hints["schema_contract"] = {"data_type": "freeze"}
        if self._tables.dialect.is_files:
            hints["table_format"] = "delta"
        if self._tables.dialect.loses_empty_texts:
            hints["file_format"] = AS_A_RULE
        resource: DltResource = dlt.resource(
            rows(part),
            name=part.table,
            write_disposition=write_disposition(part.disposition, self._tables.dialect),
            columns=part.columns,
            **hints,
        )
        return resource

    def _rows(self, part: TableRows) -> Iterator[TDataItem]:
        for portion in part.portions():
            yield self._ready(portion)
        self._ended += 1

    def _ready(self, portion: pa.Table) -> TDataItem:
        rows = _with_load_id(portion)
        return as_it_is_loaded(rows) if self._tables.dialect.loses_empty_texts else rows

    def _rows_at_the_end(self, part: TableRows) -> Iterator[TDataItem | None]:
        # dlt asks the resources in turn, and passes over None.
        while self._ended < len(self._parts):
            yield None
        for portion in part.portions():
            yield self._ready(portion)


def _with_load_id(rows: pa.Table) -> pa.Table:
    """The rows with the id of the package that is being extracted."""
    load_id: str = dlt.current.load_package_state()["load_id"]
    column = pa.repeat(pa.scalar(load_id), rows.num_rows)
    return rows.append_column(pa.field(LOAD_ID, pa.string()), column)


def _in_portions(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows of the tables, put together where columns are the same; nothing is copied."""
    portion: pa.Table | None = None
    for table in tables:
        if not table.num_rows:
            continue
        if portion is not None and portion.schema != table.schema:
            yield portion
            portion = None
        portion = table if portion is None else pa.concat_tables([portion, table])
        if portion.num_rows >= PORTION_ROWS:
            yield portion
            portion = None
    if portion is not None:
        yield portion
