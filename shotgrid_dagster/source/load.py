"""Loading one entity type: its own dlt pipeline, its own load package, all or nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

import dlt
import pyarrow as pa
from dlt.extract import DltResource
from dlt.pipeline.pipeline import Pipeline

from shotgrid_dagster.source.columns import Layout
from shotgrid_dagster.source.entity_resource import entity_resource, source_of
from shotgrid_dagster.source.link_views import make_link_views
from shotgrid_dagster.source.lost import lost_rows
from shotgrid_dagster.source.memory import (
    Memory,
    count_states,
    of_state,
    pipeline_name,
    source_name,
)
from shotgrid_dagster.source.snapshot import Batch, Snapshot
from shotgrid_dagster.source.warehouse import Warehouse

ROWS_TO_WAIT_FOR = 50_000
"""A read of fewer rows is kept in memory until it is known whether anything changed."""


@dataclass(frozen=True)
class Loaded:
    """What one load did, and what the table holds after it."""

    layout: Layout
    rows_loaded: int = 0
    rows: Mapping[str, int] = field(default_factory=dict)
    """State -> rows in the table."""
    schema_changes: tuple[str, ...] = ()
    """`+column` for each new one, `-column` for each that the site has no longer."""
    cursor_before: str | None = None
    """When the last load that found a change began, in the site's time."""
    cursor_after: str | None = None

    @property
    def rows_total(self) -> int:
        return sum(self.rows.values())


def load_snapshot(
    warehouse: Warehouse,
    snapshot: Snapshot,
    batches: Iterable[Batch],
    memory: Memory,
    *,
    most_lost: float,
    full_refresh: bool = False,
) -> Loaded:
    """Load what was read of one entity type; dlt is not called when nothing changed.

    The first load replaces the table (of an interrupted first load), every later one merges on
    `id`, so that retired and lost rows stay. Rows of the table that are in no pass become `lost`.

    Raises:
        SiteError: the reading failed; nothing was loaded.
        TooManyLost: more than the share `most_lost` of the rows vanished; nothing was changed.
        dlt.pipeline.exceptions.PipelineStepFailed: the load failed; the table is as it was.
    """
    reading = iter(batches)
    first, ended = _up_to(reading, ROWS_TO_WAIT_FOR)
    table = snapshot.entity_type.table
    if ended and not full_refresh and snapshot.digest == memory.digest:
        return _nothing_new(snapshot, memory)
    with warehouse.pipeline(pipeline_name(table)) as pipeline:
        with warehouse.writing():
            pipeline.sync_destination()
        # Another run may have loaded since the memories were read.
        memory = of_state(pipeline.state, table, memory.rows)
        load = _Load(warehouse, pipeline, snapshot, memory, most_lost)
        resource = load.resource(itertools.chain(first, reading))
        pipeline.extract(source_of(resource, source_name(table)))
        if not full_refresh and snapshot.digest == memory.digest:
            return _nothing_new(snapshot, memory)
        pipeline.normalize()
        layout = cast("Layout", snapshot.layout)
        with warehouse.writing():
            pipeline.load().raise_on_failed_jobs()
            make_link_views(pipeline, layout)
            rows = count_states(pipeline, table)
    return Loaded(
        layout,
        load.rows_loaded,
        rows,
        _changes(memory.columns, layout),
        memory.cursor,
        load.cursor,
    )


def _up_to(reading: Iterator[Batch], rows: int) -> tuple[list[Batch], bool]:
    """The first batches, up to a number of rows, and whether that was all."""
    first: list[Batch] = []
    for batch in reading:
        first.append(batch)
        rows -= batch.table.num_rows
        if rows <= 0:
            return first, False
    return first, True


def _nothing_new(snapshot: Snapshot, memory: Memory) -> Loaded:
    return Loaded(
        cast("Layout", snapshot.layout),
        rows=memory.rows or dict(snapshot.rows),
        cursor_before=memory.cursor,
        cursor_after=memory.cursor,
    )


class _Load:
    """The rows of one load on their way into dlt, and what is counted on the way."""

    def __init__(
        self,
        warehouse: Warehouse,
        pipeline: Pipeline,
        snapshot: Snapshot,
        memory: Memory,
        most_lost: float,
    ) -> None:
        self.rows_loaded = 0
        self.cursor: str | None = None
        self._warehouse = warehouse
        self._pipeline = pipeline
        self._snapshot = snapshot
        self._memory = memory
        self._most_lost = most_lost

    def resource(self, batches: Iterator[Batch]) -> DltResource:
        first = next(batches, None)  # the layout is known from here on
        layout = cast("Layout", self._snapshot.layout)
        # A table whose memory was lost is not emptied because one read found nothing.
        merge = self._memory.digest is not None or (first is None and self._has_rows())
        rest = batches if first is None else itertools.chain([first], batches)
        return entity_resource(
            layout,
            lambda: self._rows(layout, rest),
            merge=merge,
            destination=self._warehouse.destination,
        )

    def _rows(self, layout: Layout, batches: Iterator[Batch]) -> Iterator[pa.Table]:
        snapshot = self._snapshot
        for batch in batches:
            self.rows_loaded += batch.table.num_rows
            yield batch.table
        if self._memory.digest is not None:
            with self._warehouse.writing():
                lost = lost_rows(
                    self._pipeline, layout, snapshot.ids, snapshot.started_at, self._most_lost
                )
            if lost is not None:
                self.rows_loaded += lost.num_rows
                yield lost
        if not self.rows_loaded:
            yield layout.arrow_schema.empty_table()
        at = snapshot.started_at
        self.cursor = at.isoformat() if at else self._memory.cursor
        dlt.current.resource_state().update(
            digest=snapshot.digest,
            cursor=self.cursor,
            columns=[column.name for column in layout.columns],
        )

    def _has_rows(self) -> bool:
        """Whether the table is there and holds something, whatever dlt remembers of it."""
        with self._warehouse.writing():
            return self._warehouse.count_rows(self._pipeline, self._snapshot.entity_type.table) > 0


def _changes(before: tuple[str, ...], layout: Layout) -> tuple[str, ...]:
    if not before:
        return ()
    after = [column.name for column in layout.columns]
    return tuple(
        [f"+{name}" for name in after if name not in before]
        + [f"-{name}" for name in before if name not in after]
    )
