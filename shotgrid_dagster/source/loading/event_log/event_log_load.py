"""The load of the event log: entries are added, and written over where the site shows them anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from shotgrid_dagster.config.rules import Rules
from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.source.loading.lost import marked, not_lost, refuse_too_many
from shotgrid_dagster.source.loading.packages.package_rows import PackageRows
from shotgrid_dagster.source.loading.relinked import relinked
from shotgrid_dagster.source.loading.type_load import TypeLoad, TypePackage
from shotgrid_dagster.source.reading.channel import LoadMode
from shotgrid_dagster.source.reading.event_log import EventLog, told_by
from shotgrid_dagster.source.reading.event_position import EventPosition
from shotgrid_dagster.source.reading.load_state import LoadState
from shotgrid_dagster.source.reading.reading import Batch
from shotgrid_dagster.source.reading.shown_anew import shown_anew
from shotgrid_dagster.source.tables.row_state import RowState


class EventLogLoad(TypeLoad):
    """The same for the event log; `followed` is what the run's other types go by."""

    reading: EventLog

    def __init__(
        self,
        tables: Tables,
        reading: EventLog,
        batches: Iterable[Batch],
        state: LoadState,
        mode: LoadMode,
        rules: Rules,
        followed: EventPosition | None = None,
    ) -> None:
        super().__init__(tables, reading, batches, state, mode, rules, followed)
        if not mode.full_refresh:
            # Entries are as they were when they were read, until those that link to what changed
            # are read again.
            self._followed = state.followed or followed
        self._mark = state.last_id
        """Up to this id the log is loaded completely."""

    def _packages(self, batches: Iterator[Batch]) -> Iterator[TypePackage]:
        if self.reading.went_back:
            yield self._other_history(batches)
            return
        if self._is_anew:
            yield from self._by_stretches(self._rewritten(batches), first="merge", further="merge")
            return
        yield from self._only_new(batches, self.reading.begins_after)
        if self.mode.census and self.before.is_loaded:
            yield from self._missing()
        if self._anew and self.before.is_loaded:
            yield self._relinked()

    @property
    def _is_anew(self) -> bool:
        """Whether all entries are to be as the site has them now, those that are held too."""
        reading, before = self.reading, self.before
        is_refresh = self.mode.full_refresh and before.scope == reading.scope.digest
        return (is_refresh or reading.rewrites) and before.is_loaded

    @property
    def _recomputes(self) -> bool:
        return False

    # -- the load state

    def _reached(self, stretch: PackageRows) -> LoadState:
        self._mark = self._mark_of(stretch)
        if self._is_anew:
            self._mark = max(self._mark, self.before.last_id)
        elif stretch.ended and not self._anew:
            self._follow_to_the_end()
        return self._next(last_id=self._mark)

    def _is_known(self, stretch: PackageRows) -> bool:
        is_known = self._mark_of(stretch) == self.before.last_id
        return is_known and self.before.is_loaded and not self._is_news_beside_rows()

    def _mark_of(self, stretch: PackageRows) -> int:
        return self.before.last_id if stretch.last is None else stretch.last.mark

    def _follow_to_the_end(self) -> None:
        # Whoever reads from the first entry on may have read some before they were told of.
        if self.reading.begins_after and self.reading.followed:
            self._followed = self.reading.followed

    # -- entries that are held, and are other ones now

    def _rewritten(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Entries that are new, or written over those that are held.

        They are those that are other ones: what they link to was renamed, retired or revived, or
        there is a field that the table did not have. All of them where columns are to be emptied.
        """
        changes = self._changes()
        everything = self.mode.full_refresh and bool(self.reading.layout.skipped_later)
        for batch in batches:
            yield replace(batch, table=changes.to_write(batch.table, everything=everything))

    def _missing(self) -> Iterator[TypePackage]:
        """Events below the mark that came to be visible later, with a project for example.

        Those that are not visible any longer stay as they are: they are history.
        """
        missing, _ = self.reading.census().against(self._held.states())
        rows = self.reading.fetch(missing)
        self.reading.shown_anew |= shown_anew(told_by(rows))
        if rows.num_rows:
            # Merged: the packages before this one may have brought some of them.
            yield TypePackage("merge", [rows], lambda: self._next(last_id=self._mark))

    def _relinked(self) -> TypePackage:
        """The entries that link to rows which links show otherwise now."""

        def rows() -> Iterator[pa.Table]:
            columns, read = self.before.columns, self.reading.links_read
            ids = relinked(self._held, self.reading, columns, self._anew, read)
            yield from self._changes().read_again(sorted(ids))

        def state() -> LoadState:
            self._follow_to_the_end()
            return self._next(last_id=self._mark)

        return TypePackage("merge", rows(), state)

    def _other_history(self, batches: Iterator[Batch]) -> TypePackage:
        """The entries behind the one where the site went back, in place of those that are held."""
        reading = self.reading
        stretch = PackageRows(batches, None, is_bounded=False)

        def rows() -> Iterator[pa.Table]:
            seen = [pa.array([], pa.int64())]
            for table in stretch.tables():
                seen.append(table["id"].combine_chunks())
                yield table
            held = not_lost(self._held.states(reading.begins_after))["id"].combine_chunks()
            gone = held.filter(pc.invert(pc.is_in(held, value_set=pa.concat_arrays(seen))))
            if len(gone):
                held_rows = not_lost(self._held.states()).num_rows
                refuse_too_many(reading.layout, len(gone), held_rows, self.rules.most_lost)
                lost = self._held.rows(gone)
                yield marked(lost, reading.layout, RowState.LOST, reading.started_at)

        def state() -> LoadState:
            self._mark = reading.begins_after if stretch.last is None else stretch.last.mark
            return self._next(last_id=self._mark)

        return TypePackage("merge", rows(), state)
