"""One dlt load package of one entity type: extracted, normalized, loaded, or dropped in whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import dlt
import pyarrow as pa
from dlt.pipeline.pipeline import Pipeline

from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.source.loading.entity_resource import Disposition, entity_resource, source_of
from shotgrid_dagster.source.loading.free_memory import give_back
from shotgrid_dagster.source.loading.load_state import LoadState, source_name
from shotgrid_dagster.source.tables.columns import Layout

PORTION_ROWS = 25_000
"""Rows that dlt is handed at once. It checks all hints of all columns anew each time (27 ms for a
Task's, measured on dlt 1.31)."""


def load_package(
    warehouse: Warehouse,
    pipeline: Pipeline,
    layout: Layout,
    tables: Iterable[pa.Table],
    disposition: Disposition,
    load_state: Callable[[], LoadState],
    before_load: Callable[[], object] = lambda: None,
) -> int:
    """Load some rows and, with them, what is to be remembered; gives the number of rows.

    The lock is held for the last step only. `load_state` is asked when all rows have been seen,
    and then, with the lock, `before_load`.

    Raises:
        dlt.pipeline.exceptions.PipelineStepFailed: nothing was changed.
    """
    loaded = 0

    def rows() -> Iterator[pa.Table]:
        nonlocal loaded
        for table in _in_portions(tables):
            loaded += table.num_rows
            yield table
        if not loaded:
            yield layout.arrow_schema.empty_table()
        dlt.current.resource_state().update(load_state().to_state())

    resource = entity_resource(layout, rows, disposition, destination=warehouse.destination)
    pipeline.extract(source_of(resource, source_name(layout.table)))
    pipeline.normalize()
    give_back()
    with warehouse.opened():
        before_load()
        # It may have used a pipeline of its own.
        pipeline.activate()
        pipeline.load().raise_on_failed_jobs()
    return loaded


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
