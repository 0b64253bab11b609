"""The load of one entity type: which rows go into which package, and which load state."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

import pyarrow as pa
import pyarrow.compute as pc

from shotgrid_dagster.config.rules import Rules
from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.source.loading.changes import Changes
from shotgrid_dagster.source.loading.held_rows import HeldRows
from shotgrid_dagster.source.loading.load_result import LoadResult
from shotgrid_dagster.source.loading.lost import marked, not_lost, refuse_too_many
from shotgrid_dagster.source.loading.packages.hints import Disposition
from shotgrid_dagster.source.loading.packages.package_rows import PackageRows
from shotgrid_dagster.source.loading.quarantine import Quarantine
from shotgrid_dagster.source.loading.relinked import relinked
from shotgrid_dagster.source.reading.channel import LoadMode
from shotgrid_dagster.source.reading.event_log import EventLog, told_by
from shotgrid_dagster.source.reading.event_position import EventPosition
from shotgrid_dagster.source.reading.load_state import LoadState
from shotgrid_dagster.source.reading.reading import Batch, Reading
from shotgrid_dagster.source.reading.shown_anew import ShownAnew, shown_anew
from shotgrid_dagster.source.reading.snapshot import Resume, Snapshot
from shotgrid_dagster.source.reading.window import Window
from shotgrid_dagster.source.tables.columns import STATE
from shotgrid_dagster.source.tables.row_state import RowState

ROWS_TO_WAIT_FOR = 50_000
"""A read of fewer rows is kept in memory until it is known whether anything changed."""

FEW_ROWS = 5_000
"""The same where it is known before: a read of fewer rows is loaded in one go."""


@dataclass(frozen=True)
class TypePackage:
    """What one entity type has in one package."""

    disposition: Disposition
    rows: Iterable[pa.Table]
    state: Callable[[], LoadState]
    """The load state; to be asked for when all rows have been seen."""


class TypeLoad:
    """The load of one entity type.

    Args:
        tables: the destination.
        reading, batches: what is read, and its rows.
        state: how far the type was loaded before.
        mode: what is asked for.
        rules: how vanished rows are treated.
        followed: the events that happened before what is read.
    """

    def __init__(
        self,
        tables: Tables,
        reading: Reading,
        batches: Iterable[Batch],
        state: LoadState,
        mode: LoadMode,
        rules: Rules,
        followed: EventPosition | None = None,
    ) -> None:
        self.reading = reading
        # Of a first load that goes on, the first rows are older; the entries of the event log are
        # as they were when they were read, until those that link to what changed are read again.
        is_older = state.resume or (isinstance(reading, EventLog) and not mode.full_refresh)
        self._followed = (state.followed or followed) if is_older else followed
        self.before = state
        self.state = state
        """The newest that was given to a package."""
        self.mode = mode
        self.rules = rules
        self._held = HeldRows(tables, reading.entity_type.table, sum(state.rows.values()))
        self._batches = iter(batches)
        self._mark = state.last_id
        """Of the event log: up to this id it is loaded completely."""
        self._tables = tables
        self._quarantine: Quarantine | None = None

    @property
    def table(self) -> str:
        """The name of the entity type's table."""
        return self.reading.entity_type.table

    @property
    def deletes_lost(self) -> bool:
        """Whether rows are to go that were marked when the settings kept them."""
        return self.rules.on_lost == "delete" and self._has_lost

    @property
    def quarantine(self) -> Quarantine:
        """Its entries; looked at when the first rows have been read."""
        if self._quarantine is None:
            is_whole = isinstance(self.reading, Snapshot) and self.reading.is_complete
            known = self.before.quarantined
            self._quarantine = Quarantine(self._tables, self.reading, known, is_whole=is_whole)
        return self._quarantine

    def packages(self) -> Iterator[TypePackage]:
        """The packages to load, one after the other; none when nothing changed.

        Each is asked for when the one before is loaded.

        Raises:
            SiteError: the reading failed; of a first load, whole packages are loaded.
            TooManyLost: more than the share `most_lost` of the rows vanished; none is marked.
        """
        first, ended = self._first_rows()
        if ended and self._is_unchanged(bool(first)):
            return
        batches = chain(_each_once(first), self._batches)
        if isinstance(self.reading, EventLog) and self.reading.went_back:
            yield self._other_history(self.reading, batches)
        elif isinstance(self.reading, EventLog):
            if self._is_log_anew:
                yield from self._by_stretches(self._rewritten(batches), only_new=False)
                return
            yield from self._by_stretches(batches, only_new=True)
            if self.mode.census and self.before.is_loaded:
                yield from self._missing_events(self.reading)
            if self._anew and self.before.is_loaded:
                yield self._relinked_events(self.reading)
        elif self._is_first:
            yield from self._by_stretches(batches, only_new=self.before.resume is not None)
        else:
            yield from self._of_changes(batches)

    @property
    def _is_first(self) -> bool:
        """Whether the type was never read from end to end.

        A table whose state is lost is merged into: rows that vanished from the site are in it
        alone.
        """
        aside = sum(self.before.rows.get(state, 0) for state in (RowState.LOST, RowState.LEFT_OUT))
        return isinstance(self.reading, Snapshot) and not self.before.is_loaded and not aside

    def _first_rows(self) -> tuple[deque[Batch], bool]:
        may_be_unchanged = self.before.is_loaded and not self.mode.full_refresh
        rows = ROWS_TO_WAIT_FOR if may_be_unchanged else FEW_ROWS
        return _up_to(self._batches, rows)

    def _is_unchanged(self, has_rows: bool) -> bool:
        """Whether what was read, all of it, is what the table holds already."""
        before, reading = self.before, self.reading
        is_other = before.scope != reading.scope.digest or not self.quarantine.is_settled
        is_asked = self.mode.full_refresh or self.deletes_lost
        if not before.is_loaded or is_asked or is_other or reading.warning:
            return False
        if (isinstance(reading, Window) and reading.read_again) or self._anew:
            return False
        if reading.digest is not None:
            return reading.digest == before.digest
        if reading.rebuilt.columns and not isinstance(reading, EventLog):
            return False
        return not has_rows and not self.mode.census and before.layout == reading.layout.digest

    # -- first loads and the event log: several packages, each with its load state

    def _by_stretches(self, batches: Iterator[Batch], *, only_new: bool) -> Iterator[TypePackage]:
        held = self._held_ids() if only_new else None
        # Of entries that the table has as lost, the site may have others.
        further: Disposition = "merge" if only_new and self._has_lost else "append"
        if isinstance(self.reading, EventLog) and not only_new:
            further = "merge"
        is_first = not only_new and not self.before.is_loaded
        disposition: Disposition = "replace" if is_first else further
        ended = False
        while not ended:
            stretch = PackageRows(batches, held)
            tables = stretch.tables()
            head = next(tables, None)
            ended = stretch.ended
            if head is None:
                if held is not None and (not ended or self._is_known(stretch)):
                    continue
                if disposition == "replace" and self._held:
                    # A table is not emptied because one read found nothing.
                    disposition = "merge"
            state = partial(self._reached, stretch)
            yield TypePackage(disposition, _headed(head, tables), state)
            ended = stretch.ended
            disposition = further

    def _held_ids(self) -> pa.Array:
        """The ids in the table, as far as the reading may meet them."""
        reading = self.reading
        after = reading.begins_after if isinstance(reading, EventLog) else 0
        if not self._has_lost:
            return self._held.ids(after)
        return not_lost(self._held.states(after))["id"].combine_chunks()

    @property
    def _has_lost(self) -> bool:
        return self.before.rows.get(RowState.LOST, 0) > 0

    def _reached(self, stretch: PackageRows) -> LoadState:
        """The load state with the last row of a stretch, however far the site was read."""
        resume = self.before.resume
        cursor = (resume and resume.started_at) or self.reading.started_at.isoformat()
        if isinstance(self.reading, EventLog):
            self._mark = self._mark_of(stretch)
            if self._is_log_anew:
                self._mark = max(self._mark, self.before.last_id)
            elif stretch.ended and not self._anew:
                self._followed_to_the_end()
            return self._next(cursor=cursor, last_id=self._mark)
        if stretch.ended:
            return self._next(cursor=cursor)
        assert stretch.last is not None
        last = stretch.last.table
        resume = Resume(last[STATE][-1].as_py(), last["id"][-1].as_py(), cursor)
        self.state = replace(self._next(), cursor=None, digest=None, last_id=0, resume=resume)
        return self.state

    def _is_known(self, stretch: PackageRows) -> bool:
        """Whether a stretch without new rows leaves the load state as it is."""
        if isinstance(self.reading, EventLog):
            is_known = self._mark_of(stretch) == self.before.last_id
            return is_known and self.before.is_loaded and not self._is_news_beside_rows()
        return False

    def _mark_of(self, stretch: PackageRows) -> int:
        return self.before.last_id if stretch.last is None else stretch.last.mark

    def _rewritten(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Entries that are new, or written over those that are held.

        They are those that are other ones: what they link to was renamed, retired or revived, or
        there is a field that the table did not have. All of them where columns are to be emptied.
        """
        changes = self._changes()
        everything = self.mode.full_refresh and bool(self.reading.layout.skipped_later)
        for batch in batches:
            yield replace(batch, table=changes.to_write(batch.table, everything=everything))

    def _missing_events(self, reading: EventLog) -> Iterator[TypePackage]:
        """Events below the mark that came to be visible later, with a project for example.

        Those that are not visible any longer stay as they are: they are history.
        """
        missing, _ = reading.census().against(self._held.states())
        rows = reading.fetch(missing)
        reading.shown_anew |= shown_anew(told_by(rows))
        if rows.num_rows:
            # Merged: the packages before this one may have brought some of them.
            yield TypePackage("merge", [rows], lambda: self._next(last_id=self._mark))

    @property
    def _is_log_anew(self) -> bool:
        """Whether all entries are to be as the site has them now, those that are held too."""
        reading, before = self.reading, self.before
        is_refresh = self.mode.full_refresh and before.scope == reading.scope.digest
        is_anew = is_refresh or (isinstance(reading, EventLog) and reading.rewrites)
        return is_anew and before.is_loaded

    @property
    def _anew(self) -> ShownAnew:
        """What events since the last load tell of rows that links show otherwise."""
        return self.before.shown_anew | self.reading.shown_anew

    def _relinked_events(self, reading: EventLog) -> TypePackage:
        """The entries that link to rows which links show otherwise now."""

        def rows() -> Iterator[pa.Table]:
            columns, read = self.before.columns, reading.links_read
            ids = relinked(self._held, reading, columns, self._anew, read)
            yield from self._changes().read_again(sorted(ids))

        def state() -> LoadState:
            self._followed_to_the_end()
            return self._next(last_id=self._mark)

        return TypePackage("merge", rows(), state)

    def _followed_to_the_end(self) -> None:
        reading = self.reading
        # Whoever reads from the first entry on may have read some before they were told of.
        if isinstance(reading, EventLog) and reading.begins_after and reading.followed:
            self._followed = reading.followed

    def _changes(self) -> Changes:
        return Changes(self._held, self.reading, self.before, self.mode, self.rules)

    def _other_history(self, reading: EventLog, batches: Iterator[Batch]) -> TypePackage:
        """The entries behind the one where the site went back, in place of those that are held."""
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

    # -- later loads: one package

    def _of_changes(self, batches: Iterator[Batch]) -> Iterator[TypePackage]:
        tables = (table for table in self._changes().rows(batches) if table.num_rows)
        head = next(tables, None)
        reading = self.reading
        is_followed = (
            self.before.named or self._anew or (isinstance(reading, Window) and reading.read_again)
        )
        if head is None and not self._is_news_beside_rows() and not is_followed:
            return
        yield TypePackage("merge", _headed(head, tables), self._next)

    def _is_news_beside_rows(self) -> bool:
        """Whether the load state changes although no row did."""
        return (
            self.before.layout != self.reading.layout.digest
            or self.before.scope != self.reading.scope.digest
            or not self.quarantine.is_settled
            or self.deletes_lost
            or bool(self.reading.warning)
        )

    # -- the load state

    def _next(self, *, cursor: str | None = None, last_id: int | None = None) -> LoadState:
        """The state of a reading that came to its end; also kept as `state`."""
        reading, layout = self.reading, self.reading.layout
        names = (column.name for column in layout.columns)
        if self.before.resume:
            # The rows that were loaded before lack the others: they count as new.
            names = (name for name in names if name in self.before.columns)
        self.state = LoadState(
            cursor=cursor or reading.started_at.isoformat(),
            digest=reading.digest,
            columns=tuple(names),
            fields={**self.before.fields, **layout.kinds},
            layout=layout.digest,
            scope=reading.scope.digest,
            quarantined=self.quarantine.count,
            last_id=max(reading.last_id, self.before.last_id) if last_id is None else last_id,
            followed=self._followed,
            generation=self.state.generation + 1,
        )
        return self.state

    def nothing_new(self) -> LoadResult:
        """The result when nothing was loaded."""
        before = self.before
        return LoadResult(
            self.reading.layout,
            self.reading.channel,
            self.reading.why,
            rows=before.rows or dict(self.reading.rows),
            quarantined=self.quarantine.count,
            cursor_before=before.cursor,
            cursor_after=before.cursor,
            version_before=before.version,
            version=before.version,
        )


def _up_to(batches: Iterator[Batch], rows: int) -> tuple[deque[Batch], bool]:
    """The next batches, up to about a number of rows, and whether those were the last."""
    head: deque[Batch] = deque()
    for batch in batches:
        head.append(batch)
        rows -= batch.table.num_rows
        if rows <= 0:
            return head, False
    return head, True


def _each_once(batches: deque[Batch]) -> Iterator[Batch]:
    """Each batch once: it is not held any longer."""
    while batches:
        yield batches.popleft()


def _headed(head: pa.Table | None, rest: Iterator[pa.Table]) -> Iterator[pa.Table]:
    return rest if head is None else chain([head], rest)
