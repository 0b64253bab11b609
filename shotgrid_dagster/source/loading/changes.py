"""The rows that a later load writes: what is new or other than in the table, and what is gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from shotgrid_dagster.config.rules import Rules
from shotgrid_dagster.source.loading.held_rows import HeldRows
from shotgrid_dagster.source.loading.lost import marked, not_lost, refuse_too_many
from shotgrid_dagster.source.loading.relinked import relinked
from shotgrid_dagster.source.reading.census import Census
from shotgrid_dagster.source.reading.channel import LoadMode
from shotgrid_dagster.source.reading.load_state import LoadState
from shotgrid_dagster.source.reading.reading import Batch, Reading
from shotgrid_dagster.source.reading.shown_anew import link_fields, linking
from shotgrid_dagster.source.reading.snapshot import Snapshot
from shotgrid_dagster.source.reading.window import Window
from shotgrid_dagster.source.tables.columns import STATE
from shotgrid_dagster.source.tables.differences import changed
from shotgrid_dagster.source.tables.kept_columns import carried_over
from shotgrid_dagster.source.tables.row_state import RowState

ROWS_AT_ONCE = 5_000
"""Rows that are read again by id and compared at once."""


class Changes:
    """The changes of one entity type that was loaded before."""

    def __init__(
        self, held: HeldRows, reading: Reading, state: LoadState, mode: LoadMode, rules: Rules
    ) -> None:
        self._held = held
        self._reading = reading
        self._state = state
        self._mode = mode
        self._rules = rules

    def rows(self, batches: Iterator[Batch]) -> Iterator[pa.Table]:
        """The rows to merge, as they come; some of these tables may be empty.

        Raises:
            SiteError: the reading failed.
            TooManyLost: more than the share `most_lost` of the rows vanished.
        """
        if isinstance(self._reading, Snapshot):
            for batch in batches:
                yield self.to_write(batch.table, everything=self._mode.full_refresh)
            yield from self._vanished(self._reading)
            return
        census = self._reading.census() if self._mode.census else None
        if census is not None:
            # Before anything is changed: what looks like lost permission changes nothing.
            gone = census.against(self._held.states())[1]
            self._refuse_too_many(self._without_left_out(gone))
        read: list[pa.Table] = []
        for rows in self._changed(batches):
            if census is not None:
                read.append(rows.select(["id", STATE]))
            yield rows
        if census is not None:
            yield from self._compared(census, read)

    def _changed(self, batches: Iterator[Batch]) -> Iterator[pa.Table]:
        reading = self._reading
        again = set(reading.read_again) if isinstance(reading, Window) else set()
        anew = self._state.shown_anew | reading.shown_anew
        again |= relinked(self._held, reading, self._state.columns, anew)
        for batch in batches:
            rows = batch.table
            if anew:
                fields = list(link_fields(reading.layout.fields_read, anew.rows))
                again |= linking(rows, fields)
            if again:
                # What was read before the event may be older than it.
                later = pc.is_in(rows["id"], value_set=pa.array(sorted(again), pa.int64()))
                rows = rows.filter(pc.invert(later))
            yield self.to_write(rows)
        yield from self.read_again(sorted(again))
        yield from self._recomputed()

    def read_again(self, ids: Sequence[int]) -> Iterator[pa.Table]:
        """The rows with these ids that are other than in the table, some at a time.

        Raises:
            SiteError: the reading failed.
        """
        for start in range(0, len(ids), ROWS_AT_ONCE):
            yield self.to_write(self._reading.fetch(ids[start : start + ROWS_AT_ONCE]))

    def _recomputed(self) -> Iterator[pa.Table]:
        """The rows that were not read, and whose query fields have another value now."""
        rebuilt = self._reading.rebuilt
        if columns := [name for name in rebuilt.columns if name in self._state.columns]:
            held = self._held.columns(["id", STATE, *columns])
            yield self.to_write(self._reading.fetch(rebuilt.changed(held)))

    def _vanished(self, reading: Snapshot) -> Iterator[pa.Table]:
        """Rows of the table that were in no pass: looked at again, then marked.

        Those that were outside the projects are among them when the projects are others now.
        """
        held = self._held.states()
        shown = not_lost(held)
        gone = shown.filter(pc.invert(pc.is_in(shown["id"], value_set=reading.ids)))
        yield from self._found_or_lost(gone["id"].to_pylist(), [])
        if reading.scope.projects is None or reading.scope.digest != self._state.scope:
            aside = held.filter(pc.equal(held[STATE], RowState.LEFT_OUT))
            unseen = aside.filter(pc.invert(pc.is_in(aside["id"], value_set=reading.ids)))
            yield from self._found_or_lost(
                self._without_left_out(unseen["id"].to_pylist()), [], of=held.num_rows
            )

    def _compared(self, census: Census, read: list[pa.Table]) -> Iterator[pa.Table]:
        """What the census shows otherwise than the table does once `read` is in it."""
        again, gone = census.against(_overlaid(self._held.states(), read))
        yield from self._found_or_lost(gone, again)

    def _found_or_lost(
        self, gone: list[int], again: list[int], of: int | None = None
    ) -> Iterator[pa.Table]:
        if not gone and not again:
            return
        not_left_out = self._without_left_out(gone)
        self._refuse_too_many(not_left_out, of)
        fetched = self._reading.fetch([*not_left_out, *again])
        yield self.to_write(fetched, everything=True)
        seen = set(fetched["id"].to_pylist())
        left_out = sorted(set(gone).difference(not_left_out))
        lost = [id_ for id_ in not_left_out if id_ not in seen]
        for ids, state in ((left_out, RowState.LEFT_OUT), (lost, RowState.LOST)):
            if ids:
                rows = self._held.rows(pa.array(ids, pa.int64()))
                yield marked(rows, self._reading.layout, state, self._reading.started_at)

    def _without_left_out(self, gone: list[int]) -> list[int]:
        """Those of the rows that are not merely outside the projects of the settings."""
        outside = self._reading.outside(gone)
        return [id_ for id_ in gone if id_ not in outside]

    def _refuse_too_many(self, gone: list[int], of: int | None = None) -> None:
        """`of`: the rows that they are a share of; None: those that were shown."""
        held = (not_lost(self._held.states()).num_rows if of is None else of) if gone else 0
        refuse_too_many(self._reading.layout, len(gone), held, self._rules.most_lost)

    def to_write(self, read: pa.Table, *, everything: bool = False) -> pa.Table:
        """Of rows that were read, those that are other than in the table (or `everything`).

        They have the values of columns that are no longer read.
        """
        layout = self._reading.layout
        is_refresh = everything and self._mode.full_refresh
        kept = layout.columns_kept_by_refresh if is_refresh else layout.kept_columns
        if not self._held or (everything and not kept):
            return read
        held = self._held.rows(read["id"].combine_chunks())
        return carried_over(read if everything else changed(read, held), held, kept)


def _overlaid(held: pa.Table, read: list[pa.Table]) -> pa.Table:
    """`id` and `_sg_state` of the table as it is when the rows that were read are in it."""
    if not read:
        return held
    new = pa.concat_tables(read)
    old = held.filter(pc.invert(pc.is_in(held["id"], value_set=new["id"].combine_chunks())))
    return pa.concat_tables([old, new.cast(old.schema)])
