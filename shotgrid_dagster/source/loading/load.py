"""Loading one entity type: its own dlt pipeline, its own load packages, all or nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from itertools import chain

import pyarrow as pa
import pyarrow.compute as pc
from dlt.pipeline.pipeline import Pipeline

from shotgrid_dagster.config.rules import Rules
from shotgrid_dagster.destination.comments import describe_columns
from shotgrid_dagster.destination.link_views import make_link_views
from shotgrid_dagster.destination.rows import count_states, read_columns, read_rows
from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.source.loading.entity_resource import Disposition
from shotgrid_dagster.source.loading.load_result import LoadResult, changes_of_columns
from shotgrid_dagster.source.loading.load_state import LoadState, pipeline_name, source_name
from shotgrid_dagster.source.loading.lost import marked, not_lost, refuse_too_many
from shotgrid_dagster.source.loading.package import load_package
from shotgrid_dagster.source.loading.quarantine import Quarantine
from shotgrid_dagster.source.loading.stretch import PackageRows
from shotgrid_dagster.source.reading.census import Census
from shotgrid_dagster.source.reading.channel import LoadMode
from shotgrid_dagster.source.reading.event_log import EventLog
from shotgrid_dagster.source.reading.reading import Batch, Reading
from shotgrid_dagster.source.reading.snapshot import Resume, Snapshot
from shotgrid_dagster.source.tables.columns import STATE
from shotgrid_dagster.source.tables.differences import changed
from shotgrid_dagster.source.tables.kept_columns import carried_over
from shotgrid_dagster.source.tables.row_state import RowState

ROWS_TO_WAIT_FOR = 50_000
"""A read of fewer rows is kept in memory until it is known whether anything changed."""

FEW_ROWS = 5_000
"""The same where it is known before: a read of fewer rows is loaded in one go."""


def load_reading(
    warehouse: Warehouse,
    reading: Reading,
    batches: Iterable[Batch],
    load_state: LoadState,
    mode: LoadMode,
    rules: Rules,
) -> LoadResult:
    """Load what was read of one entity type; dlt is not called when nothing changed.

    Raises:
        SiteError: the reading failed; nothing was loaded, or, of a first load, only whole packages.
        TooManyLost: more than the share `most_lost` of the rows vanished; none was marked.
        dlt.pipeline.exceptions.PipelineStepFailed: the load failed; the table is as it was.
    """
    source = iter(batches)
    may_be_unchanged = load_state.is_loaded and not mode.full_refresh
    few = ROWS_TO_WAIT_FOR if may_be_unchanged else min(ROWS_TO_WAIT_FOR, FEW_ROWS)
    first, ended = _up_to(source, few)
    if ended and _is_unchanged(reading, first, load_state, mode):
        return _nothing_new(reading, load_state)
    table = reading.entity_type.table
    # What is read already is loaded in one go; otherwise the site is waited for without the lock.
    at_once = warehouse.opened() if ended and not mode.census else nullcontext()
    with at_once, warehouse.pipeline(pipeline_name(table)) as pipeline:
        with warehouse.opened():
            if not load_state.is_loaded and warehouse.count_rows(pipeline, table) is None:
                warehouse.forget(pipeline, source_name(table))
            pipeline.sync_destination()
        load = _Load(warehouse, pipeline, reading, load_state, mode, rules)
        loaded = load.run(chain(_emptied(first), source))
        load.quarantine.settle()
        described_anew = load_state.layout != reading.layout.digest
        if not loaded and load_state.is_loaded and not described_anew:
            quarantined = load.quarantine.count
            is_other = quarantined != load_state.quarantined
            nothing_new = _nothing_new(reading, load_state)
            return replace(nothing_new, quarantined=quarantined, is_described_anew=is_other)
        schema_changes = changes_of_columns(load_state.columns, reading.layout)
        with warehouse.opened():
            if schema_changes or mode.full_refresh or not load_state.is_loaded:
                make_link_views(pipeline, reading.layout)
            if described_anew:
                describe_columns(pipeline, reading.layout)
            if rules.on_lost == "delete":
                warehouse.delete_rows(pipeline, table, STATE, RowState.LOST)
            rows = count_states(pipeline, table)
    return LoadResult(
        reading.layout,
        reading.channel,
        reading.why,
        loaded,
        rows,
        schema_changes,
        load.quarantine.count,
        load_state.cursor,
        load.cursor,
        described_anew,
    )


class _Load:
    """The packages of one load."""

    def __init__(
        self,
        warehouse: Warehouse,
        pipeline: Pipeline,
        reading: Reading,
        load_state: LoadState,
        mode: LoadMode,
        rules: Rules,
    ) -> None:
        self._warehouse = warehouse
        self._pipeline = pipeline
        self._reading = reading
        self._memory = load_state
        self._wish = mode
        self._rules = rules
        self._table = reading.entity_type.table
        self._mark = load_state.last_id
        """Of the event log: up to this id it is loaded completely."""
        is_whole = isinstance(reading, Snapshot) and reading.is_complete
        known = load_state.quarantined
        self.quarantine = Quarantine(warehouse, reading, known, is_whole=is_whole)
        self.cursor: str | None = None

    def run(self, batches: Iterator[Batch]) -> int:
        """Load everything; gives the number of rows."""
        reading = self._reading
        if isinstance(reading, EventLog):
            loaded = self._in_packages(batches, only_new=True)
            is_due = self._wish.census and self._memory.is_loaded
            return loaded + self._missing_events() if is_due else loaded
        if isinstance(reading, Snapshot):
            if not self._memory.is_loaded:
                return self._in_packages(batches, only_new=self._memory.resume is not None)
            return self._whole(reading, batches)
        if not self._wish.census:
            return self._changes(batches)
        census = self._reading.census()
        # Before anything is changed: what looks like lost permission changes nothing.
        gone = census.against(self._held_states())[1]
        self._refuse_too_many(self._without_left_out(gone))
        return self._changes(batches) + self._compared(census)

    # -- first loads and the event log: several packages, each remembered

    def _in_packages(self, batches: Iterator[Batch], *, only_new: bool) -> int:
        loaded = 0
        held = self._held_ids() if only_new else None
        disposition: Disposition = "append" if only_new else "replace"
        ended = False
        while not ended:
            stretch = PackageRows(batches, held)
            tables = stretch.tables()
            head = next(tables, None)
            ended = stretch.ended
            if head is None:
                if held is not None and (not ended or self._knows(stretch)):
                    continue
                if disposition == "replace" and self._has_rows():
                    # A table whose memory was lost is not emptied because one read found nothing.
                    disposition = "merge"
            loaded += self._package(
                _headed(head, tables), disposition, partial(self._remembered, stretch)
            )
            ended = stretch.ended
            disposition = "append"
        return loaded

    def _remembered(self, stretch: PackageRows) -> LoadState:
        """What is remembered with the last row of a stretch, however far the site was read."""
        reading = self._reading
        began = self._memory.resume.started_at if self._memory.resume else None
        self.cursor = began or reading.started_at.isoformat()
        if isinstance(reading, EventLog):
            self._mark = self._mark_of(stretch)
            return replace(self._complete(), last_id=self._mark)
        if stretch.ended:
            return self._complete()
        assert stretch.last is not None
        last = stretch.last.table
        return replace(
            self._about_layout(),
            resume=Resume(last[STATE][-1].as_py(), last["id"][-1].as_py(), self.cursor),
        )

    def _knows(self, stretch: PackageRows) -> bool:
        """Whether a stretch without new rows leaves nothing to remember either."""
        if isinstance(self._reading, EventLog):
            is_known = self._mark_of(stretch) == self._memory.last_id
            return is_known and self._memory.is_loaded and not self._is_news_beside_rows()
        return False

    def _mark_of(self, stretch: PackageRows) -> int:
        return self._memory.last_id if stretch.last is None else stretch.last.mark

    # -- later loads: one package, and one for what a census found

    def _whole(self, reading: Snapshot, batches: Iterator[Batch]) -> int:
        def tables() -> Iterator[pa.Table]:
            for batch in batches:
                yield self._to_write(batch.table, everything=self._wish.full_refresh)
            yield from self._vanished(reading)

        return self._package_of_changes(tables())

    def _vanished(self, reading: Snapshot) -> Iterator[pa.Table]:
        """Rows of the table that were in no pass: looked at again, then marked."""
        held = not_lost(self._held_states())
        gone = held.filter(pc.invert(pc.is_in(held["id"], value_set=reading.ids)))
        yield from self._found_or_lost(gone["id"].to_pylist(), [])

    def _changes(self, batches: Iterator[Batch]) -> int:
        read = (self._to_write(batch.table) for batch in batches)
        return self._package_of_changes(chain(read, self._recomputed()))

    def _recomputed(self) -> Iterator[pa.Table]:
        """The rows that were not read, and whose query fields have another value now."""
        rebuilt = self._reading.rebuilt
        if columns := [name for name in rebuilt.columns if name in self._memory.columns]:
            with self._warehouse.opened():
                held = read_columns(self._pipeline, self._table, ["id", STATE, *columns])
            rows = self._reading.fetch(rebuilt.changed(held))
            yield self._to_write(rows)

    def _compared(self, census: Census) -> int:
        again, gone = census.against(self._held_states())
        return self._package_of_changes(self._found_or_lost(gone, again))

    def _missing_events(self) -> int:
        """Events below the mark that came to be visible later, with a project for example. Those
        that are not visible any longer stay as they are: they are history."""
        missing, _ = self._reading.census().against(self._held_states())
        rows = self._reading.fetch(missing)
        if not rows.num_rows:
            return 0
        return self._package(
            [rows], "append", lambda: replace(self._complete(), last_id=self._mark)
        )

    def _found_or_lost(self, gone: list[int], again: list[int]) -> Iterator[pa.Table]:
        if not gone and not again:
            return
        not_left_out = self._without_left_out(gone)
        self._refuse_too_many(not_left_out)
        found = self._reading.fetch([*not_left_out, *again])
        yield self._to_write(found, everything=True)
        seen = set(found["id"].to_pylist())
        left_out = sorted(set(gone).difference(not_left_out))
        lost = [id_ for id_ in not_left_out if id_ not in seen]
        for ids, state in ((left_out, RowState.LEFT_OUT), (lost, RowState.LOST)):
            if ids:
                at = self._reading.started_at
                with self._warehouse.opened():
                    yield marked(self._pipeline, self._reading.layout, ids, state, at)

    def _without_left_out(self, gone: list[int]) -> list[int]:
        """Those of the rows that are not merely outside the projects of the settings."""
        outside = self._reading.outside(gone)
        return [id_ for id_ in gone if id_ not in outside]

    def _refuse_too_many(self, gone: list[int]) -> None:
        held = not_lost(self._held_states()).num_rows if gone else 0
        refuse_too_many(self._reading.layout, len(gone), held, self._rules.most_lost)

    def _held_states(self) -> pa.Table:
        """`id` and `_sg_state` of all rows in the table."""
        with self._warehouse.opened():
            return read_columns(self._pipeline, self._table, ["id", STATE])

    def _package_of_changes(self, tables: Iterator[pa.Table]) -> int:
        """A package, unless there is nothing to load and nothing to remember."""
        tables = (table for table in tables if table.num_rows)
        head = next(tables, None)
        if head is None and not self._is_news_beside_rows() and not self._memory.named:
            return 0
        return self._package(_headed(head, tables), "merge", self._complete)

    # -- both

    def _package(
        self,
        tables: Iterable[pa.Table],
        disposition: Disposition,
        load_state: Callable[[], LoadState],
    ) -> int:
        layout = self._reading.layout
        settle = self.quarantine.settle
        return load_package(
            self._warehouse, self._pipeline, layout, tables, disposition, load_state, settle
        )

    def _complete(self) -> LoadState:
        """What is remembered of a reading that came to its end."""
        reading = self._reading
        self.cursor = self.cursor or reading.started_at.isoformat()
        return replace(
            self._about_layout(),
            cursor=self.cursor,
            digest=reading.digest,
            last_id=max(reading.last_id, self._memory.last_id),
        )

    def _about_layout(self) -> LoadState:
        """What is remembered of the columns, and of what did not fit them."""
        layout = self._reading.layout
        return LoadState(
            columns=tuple(column.name for column in layout.columns),
            fields={**self._memory.fields, **layout.kinds},
            layout=layout.digest,
            scope=self._reading.scope.digest,
            quarantined=self.quarantine.count,
        )

    def _to_write(self, read: pa.Table, *, everything: bool = False) -> pa.Table:
        """The rows that are other than those in the table (or `everything`), with the values of
        columns that are no longer read."""
        gone = self._reading.layout.gone_columns
        if everything and not gone:
            return read
        with self._warehouse.opened():
            held = read_rows(self._pipeline, self._table, read["id"].combine_chunks())
        return carried_over(read if everything else changed(read, held), held, gone)

    def _is_news_beside_rows(self) -> bool:
        """Whether there is something to remember although no row changed."""
        return (
            self._memory.layout != self._reading.layout.digest
            or self._memory.scope != self._reading.scope.digest
            or self._memory.quarantined != self.quarantine.count
        )

    def _held_ids(self) -> pa.Array:
        """The ids in the table, as far as the reading may meet them."""
        if not self._has_rows():
            return pa.array([], pa.int64())
        after = self._reading.begins_after if isinstance(self._reading, EventLog) else 0
        with self._warehouse.opened():
            held = read_columns(self._pipeline, self._table, ["id"], after=after)
        return held["id"].combine_chunks()

    def _has_rows(self) -> bool:
        """Whether the table is there and holds something, whatever dlt remembers of it."""
        with self._warehouse.opened():
            return bool(self._warehouse.count_rows(self._pipeline, self._table))


def _is_unchanged(
    reading: Reading, first: deque[Batch], load_state: LoadState, mode: LoadMode
) -> bool:
    """Whether what was read, all of it, is what the table holds already."""
    if not load_state.is_loaded or mode.full_refresh or load_state.scope != reading.scope.digest:
        return False
    if reading.digest is not None:
        return reading.digest == load_state.digest
    if reading.rebuilt.columns and not isinstance(reading, EventLog):
        return False
    return not first and not mode.census and load_state.layout == reading.layout.digest


def _nothing_new(reading: Reading, load_state: LoadState) -> LoadResult:
    return LoadResult(
        reading.layout,
        reading.channel,
        reading.why,
        rows=load_state.rows or dict(reading.rows),
        quarantined=load_state.quarantined,
        cursor_before=load_state.cursor,
        cursor_after=load_state.cursor,
    )


def _up_to(batches: Iterator[Batch], rows: int) -> tuple[deque[Batch], bool]:
    """The next batches, up to about a number of rows, and whether those were the last."""
    some: deque[Batch] = deque()
    for batch in batches:
        some.append(batch)
        rows -= batch.table.num_rows
        if rows <= 0:
            return some, False
    return some, True


def _emptied(batches: deque[Batch]) -> Iterator[Batch]:
    """Each batch once: it is not held any longer."""
    while batches:
        yield batches.popleft()


def _headed(head: pa.Table | None, rest: Iterator[pa.Table]) -> Iterator[pa.Table]:
    return rest if head is None else chain([head], rest)
