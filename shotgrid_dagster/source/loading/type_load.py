"""The load of one entity type: which rows go into which package, and which load state."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

import pyarrow as pa

from shotgrid_dagster.config.rules import Rules
from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.source.loading.changes import Changes
from shotgrid_dagster.source.loading.held_rows import HeldRows
from shotgrid_dagster.source.loading.load_result import LoadResult
from shotgrid_dagster.source.loading.lost import not_lost
from shotgrid_dagster.source.loading.packages.hints import Disposition
from shotgrid_dagster.source.loading.packages.package_rows import PackageRows
from shotgrid_dagster.source.loading.quarantine import Quarantine
from shotgrid_dagster.source.reading.channel import LoadMode
from shotgrid_dagster.source.reading.event_position import EventPosition
from shotgrid_dagster.source.reading.load_state import LoadState
from shotgrid_dagster.source.reading.reading import Batch, Reading
from shotgrid_dagster.source.reading.shown_anew import ShownAnew
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
        # Of a first load that goes on, the first rows are older.
        self._followed = (state.followed or followed) if state.resume else followed
        self.before = state
        self.state = state
        """The newest that was given to a package."""
        self.mode = mode
        self.rules = rules
        self._held = HeldRows(tables, reading.entity_type.table, sum(state.rows.values()))
        self._batches = iter(batches)
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
        yield from self._packages(chain(_each_once(first), self._batches))

    def _packages(self, batches: Iterator[Batch]) -> Iterator[TypePackage]:
        if not self._is_first:
            yield from self._of_changes(batches)
        elif self.before.resume is None:
            yield from self._by_stretches(batches, first="replace", further="append")
        else:
            yield from self._only_new(batches)

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
        if self._recomputes:
            return False
        return not has_rows and not self.mode.census and before.layout == reading.layout.digest

    @property
    def _recomputes(self) -> bool:
        """Whether rows that were not read may have other values, of query fields."""
        return bool(self.reading.rebuilt.columns)

    @property
    def _anew(self) -> ShownAnew:
        """What events since the last load tell of rows that links show otherwise."""
        return self.before.shown_anew | self.reading.shown_anew

    # -- first loads: several packages, each with its load state

    def _only_new(self, batches: Iterator[Batch], after: int = 0) -> Iterator[TypePackage]:
        """The rows that are not held yet, of those behind an id."""
        # Of rows that the table has as lost, the site may have others.
        further: Disposition = "merge" if self._has_lost else "append"
        held = self._held_ids(after)
        yield from self._by_stretches(batches, held, first=further, further=further)

    def _by_stretches(
        self,
        batches: Iterator[Batch],
        held: pa.Array | None = None,
        *,
        first: Disposition,
        further: Disposition,
    ) -> Iterator[TypePackage]:
        disposition = first
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

    def _held_ids(self, after: int) -> pa.Array:
        """The ids in the table, as far as the reading may meet them."""
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
        if stretch.ended:
            return self._next(cursor=cursor)
        assert stretch.last is not None
        last = stretch.last.table
        resume = Resume(last[STATE][-1].as_py(), last["id"][-1].as_py(), cursor)
        self.state = replace(self._next(), cursor=None, digest=None, last_id=0, resume=resume)
        return self.state

    def _is_known(self, _stretch: PackageRows) -> bool:
        """Whether a stretch without new rows leaves the load state as it is."""
        return False

    def _changes(self) -> Changes:
        return Changes(self._held, self.reading, self.before, self.mode, self.rules)

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
