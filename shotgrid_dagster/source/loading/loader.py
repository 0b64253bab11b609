"""Loads the entity types of one run: all are read at once, and small ones loaded together.

A load package of dlt costs about as much for one row as for ten thousand. So types that were read
completely and wait go into one package; a big one streams through packages of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from shotgrid_dagster.config.rules import Rules
from shotgrid_dagster.config.values.query_fields import Chosen
from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.site.prefetch import Prefetch
from shotgrid_dagster.source.loading.event_log.event_log_load import EventLogLoad
from shotgrid_dagster.source.loading.event_log.history import History, history, stale
from shotgrid_dagster.source.loading.free_memory import give_back_big_blocks, glibc
from shotgrid_dagster.source.loading.load_result import LoadResult
from shotgrid_dagster.source.loading.packages.package import TableRows
from shotgrid_dagster.source.loading.states.load_states import generations, read_states
from shotgrid_dagster.source.loading.type_load import TypeLoad, TypePackage
from shotgrid_dagster.source.loading.writing import finish, write
from shotgrid_dagster.source.reading.channel import LoadMode, choose
from shotgrid_dagster.source.reading.event_log import EVENT_LOG, EventLog
from shotgrid_dagster.source.reading.event_position import EventPosition
from shotgrid_dagster.source.reading.load_state import LoadState
from shotgrid_dagster.source.reading.reading import Batch, Reading
from shotgrid_dagster.source.reading.scope import EVERYTHING, Scope
from shotgrid_dagster.source.reading.snapshot import Snapshot
from shotgrid_dagster.source.reading.window import Window

log = logging.getLogger(__name__)

T = TypeVar("T")

SITE_WENT_BACK = (
    "The type was read before the site went back to an older state (a backup). It is read whole, "
    "once, and what the site does not have is marked lost."
)

Outcome = tuple[LoadResult, Reading] | Exception
"""What became of one entity type."""


class Loader:
    """Loads of entity types; those that were `expect`ed are read ahead.

    Args:
        site: the site.
        tables: the destination, which knows how far each type was loaded.
        concurrency: requests under way at once.
        overlap: seconds before the cursor that a window reads again.
        rules: how vanished rows are treated.
        scope: what is read of the site.
        of_site: what the first package says of whose the dataset is, if it does not say it yet.
        query_fields: those that are rebuilt, see `config.values.query_fields.Chosen`.
    """

    def __init__(
        self,
        site: Site,
        tables: Tables,
        *,
        concurrency: int,
        overlap: float,
        rules: Rules,
        scope: Scope = EVERYTHING,
        query_fields: Chosen = False,
        of_site: Sequence[TableRows] = (),
    ) -> None:
        self.site = site
        self.scope = scope
        self._tables = tables
        self._overlap = overlap
        self._rules = rules
        self._query_fields = query_fields
        self.of_site = of_site
        give_back_big_blocks(glibc())
        self._ahead: Prefetch[Batch] = Prefetch(threads=concurrency)
        self._history: History | None = None
        self._is_log_loaded = False
        self._states: dict[str, LoadState] = {}
        self._readings: dict[str, tuple[EntityType, Reading, LoadMode]] = {}
        self._outcomes: dict[str, Outcome] = {}
        """Of types that were loaded along with others, until they are asked for."""

    def state(self, entity_type: EntityType) -> LoadState:
        """How far a type was loaded when it was expected; a new state, if it was never loaded."""
        return self._states.get(entity_type.table, LoadState())

    def expect(self, entity_types: Iterable[EntityType], mode: LoadMode) -> None:
        """Say which types will be loaded, in about this order."""
        expected = list(entity_types)
        names = {entity_type.table: entity_type.name for entity_type in expected}
        for table in names:
            self._states.pop(table, None)
        states = read_states(self._tables, names, self.site.page_size)
        self._states |= {table: self._in_scope(state) for table, state in states.items()}
        events = self._look_at_history(EVENT_LOG in names.values())
        of_other_history = stale(self._tables, events, [self.state(type_) for type_ in expected])
        for entity_type in sorted(expected, key=lambda known: known.name != EVENT_LOG):
            state = self.state(entity_type)
            is_stale = state in of_other_history
            reading = choose(
                self.site,
                entity_type,
                state,
                LoadMode(full_refresh=True) if is_stale else mode,
                self._overlap,
                self.scope.digest,
                events.position,
                events.back_to,
            )
            if isinstance(reading, Snapshot) and is_stale:
                reading.why = "all rows, once, for the site went back"
                reading.warning = events.warning or SITE_WENT_BACK
            elif isinstance(reading, EventLog):
                reading.warning = events.warning
            reading.keep_to(
                self.scope,
                state.fields,
                takes_nul=self._tables.dialect.takes_nul,
                had_bad=state.quarantined > 0,
            )
            reading.rebuild(self._query_fields)
            self._readings[entity_type.name] = entity_type, reading, mode
            self._ahead.announce(entity_type.name, reading.batches)

    def _in_scope(self, state: LoadState) -> LoadState:
        """A first load that was interrupted goes on only with the same projects."""
        is_other = state.resume is not None and state.scope != self.scope.digest
        return replace(state, resume=None) if is_other else state

    def _look_at_history(self, is_log_loaded: bool) -> History:
        """Once a run; anew when the log is loaded after all."""
        if self._history is None or (is_log_loaded and not self._is_log_loaded):
            self._history = history(self._tables, self.site, is_log_loaded=is_log_loaded)
            self._is_log_loaded = is_log_loaded
            if self._history.warning:
                log.warning(self._history.warning)
        return self._history

    def _read_log_first(self) -> None:
        """Have the event log read, for windows are followed by the rows that its entries name.

        One that is too long to wait for in memory, or that cannot be read, is loaded first.
        """
        reads_windows = any(isinstance(known[1], Window) for known in self._readings.values())
        is_due = reads_windows and EVENT_LOG in self._ahead
        if is_due and not self._ahead.wait_for_end(EVENT_LOG):
            self._load_alone(EVENT_LOG)

    def load(self, entity_type: EntityType, mode: LoadMode) -> tuple[LoadResult, Reading]:
        """Load one type, and with it those that were expected and wait.

        Raises:
            SiteError, TooManyLost, PipelineStepFailed, WarehouseError: it was not loaded; of a
                first load, whole packages are.
        """
        name = entity_type.name
        if name not in self._outcomes:
            known = self._readings.get(name)
            if name not in self._ahead or known is None or known[2] != mode:
                self._ahead.forget(name)
                self.expect([entity_type], mode)
            self._read_log_first()
            if name in self._outcomes:
                pass
            elif self._ahead.wait_for_end(name):
                self._load_together([name, *self._ahead.ended(self._readings)])
            else:
                self._load_alone(name)
        outcome = self._outcomes.pop(name)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def load_all(self, mode: LoadMode) -> Iterator[tuple[EntityType, Outcome]]:
        """Load all that is expected, those that have been read first."""
        waiting = {name: known[0] for name, known in self._readings.items() if known[2] == mode}
        self._read_log_first()
        for name in [name for name in waiting if name in self._outcomes]:
            yield waiting.pop(name), self._outcomes.pop(name)
        while waiting:
            ended, biggest = self._ahead.wait_for_any(waiting)
            if biggest is None:
                self._load_together(ended)
            else:
                self._load_alone(biggest)
            for name in [name for name in waiting if name in self._outcomes]:
                yield waiting.pop(name), self._outcomes.pop(name)

    def close(self) -> None:
        """Stop reading ahead."""
        self._ahead.close()

    # -- one package for several types

    def _load_together(self, names: Sequence[str]) -> None:
        chosen = list(dict.fromkeys(names))
        with self._locked(chosen):
            alone = set(self._brought_further(chosen))
            prepared: list[_Prepared] = []
            for name in chosen:
                if name in alone:
                    # It is read anew, from where the other load came to.
                    self._outcomes[name] = outcome_of(partial(self._load_anew, name))
                elif self.state(self._readings[name][0]).resume is not None:
                    self._outcomes[name] = outcome_of(partial(self._streamed, name))
                else:
                    load = self._type_load(name)
                    packages = outcome_of(partial(_in_memory, load))
                    self._ahead.forget(name)
                    if isinstance(packages, Exception):
                        self._outcomes[name] = packages
                    else:
                        prepared.append(_Prepared(name, load, packages))
            self._write_together(prepared)

    def _write_together(self, prepared: Sequence[_Prepared]) -> None:
        """A package that fails is tried again type by type: each has its own red or green."""
        small = [in_memory for in_memory in prepared if len(in_memory.packages) == 1]
        if len(small) > 1:
            pairs = [(in_memory.load, in_memory.packages[0]) for in_memory in small]
            then = partial(self._written_together, small)
            if isinstance(outcome_of(partial(self._write, pairs, then)), Exception):
                for in_memory in small:
                    self._outcomes.pop(in_memory.name, None)
        for in_memory in prepared:
            if in_memory.name not in self._outcomes:
                self._outcomes[in_memory.name] = outcome_of(partial(self._written, in_memory))

    def _written_together(self, small: Sequence[_Prepared], loaded: Mapping[str, int]) -> None:
        """The destination is still held: what follows is a few short statements for each type."""
        for in_memory in small:
            finished = partial(self._finished, in_memory.load, loaded[in_memory.load.table])
            self._outcomes[in_memory.name] = outcome_of(finished)

    def _written(self, prepared: _Prepared) -> tuple[LoadResult, Reading]:
        loaded = 0
        for package in prepared.packages:
            loaded += self._write([(prepared.load, package)])[prepared.load.table]
        return self._finished(prepared.load, loaded)

    # -- packages of its own

    def _load_alone(self, name: str) -> None:
        with self._locked([name]):
            again = self._brought_further([name])
            self._outcomes[name] = outcome_of(
                partial(self._load_anew if again else self._streamed, name)
            )

    def _load_anew(self, name: str) -> tuple[LoadResult, Reading]:
        entity_type, _, mode = self._readings[name]
        self._ahead.forget(name)
        self.expect([entity_type], mode)
        return self._streamed(name)

    def _streamed(self, name: str) -> tuple[LoadResult, Reading]:
        """Load one type, package by package.

        A first load that goes on where it was interrupted has rows from before: what changed since
        then is read and loaded at once, or the table would not be the site's after this run.
        """
        entity_type, _, mode = self._readings[name]
        load = self._type_load(name)
        loaded = 0
        try:
            for package in load.packages():
                loaded += self._write([(load, package)])[load.table]
        finally:
            self._ahead.forget(name)
        result, reading = self._finished(load, loaded)
        if load.before.resume is None:
            return result, reading
        self.expect([entity_type], LoadMode(census=mode.census))
        caught_up, since = self._streamed(name)
        since.include(reading)
        return replace(
            caught_up,
            channel=result.channel,
            why=f"{result.why}, and what changed since",
            rows_loaded=result.rows_loaded + caught_up.rows_loaded,
            schema_changes=result.schema_changes,
            cursor_before=result.cursor_before,
            version_before=result.version_before,
        ), since

    # -- both

    def _write(
        self,
        pairs: Sequence[tuple[TypeLoad, TypePackage]],
        then: Callable[[Mapping[str, int]], None] = lambda _loaded: None,
    ) -> dict[str, int]:
        loaded = write(self._tables, pairs, self.of_site, then)
        self.of_site = ()
        return loaded

    def _type_load(self, name: str) -> TypeLoad:
        entity_type, reading, mode = self._readings[name]
        batches = self._ahead.take(name)
        followed = self._follow_events(reading)
        state = self.state(entity_type)
        if isinstance(reading, EventLog):
            return EventLogLoad(self._tables, reading, batches, state, mode, self._rules, followed)
        return TypeLoad(self._tables, reading, batches, state, mode, self._rules, followed)

    def _follow_events(self, reading: Reading) -> EventPosition | None:
        """Have a window followed by the rows that new events name; gives how far they are."""
        known = self._readings.get(EVENT_LOG)
        event_log = known[1] if known else None
        if isinstance(reading, Window) and isinstance(event_log, EventLog) and event_log.followed:
            reading.read_again = frozenset(event_log.named[reading.entity_type.name])
            reading.shown_anew = event_log.shown_anew
            return event_log.followed
        return self._history.position if self._history else None

    def _finished(self, load: TypeLoad, loaded: int) -> tuple[LoadResult, Reading]:
        return finish(self._tables, load, loaded), load.reading

    @contextmanager
    def _locked(self, names: Collection[str]) -> Iterator[None]:
        tables = [self._readings[name][0].table for name in names]
        with self._tables.locked(tables):
            yield

    def _brought_further(self, names: Sequence[str]) -> list[str]:
        """Those whose table was loaded by another run since their states were read."""
        if self._tables.dialect.lock == "file":
            return []
        tables = {name: self._readings[name][0] for name in names}
        now = generations(self._tables, [entity_type.table for entity_type in tables.values()])
        return [
            name
            for name, entity_type in tables.items()
            if now[entity_type.table] != self.state(entity_type).generation
        ]


@dataclass
class _Prepared:
    """A type whose rows are in memory."""

    name: str
    load: TypeLoad
    packages: list[TypePackage]


def _in_memory(load: TypeLoad) -> list[TypePackage]:
    """The packages of a small type, with all their rows and their load state."""
    packages = []
    for package in load.packages():
        rows = list(package.rows)
        state = package.state()
        packages.append(TypePackage(package.disposition, rows, partial(_same, state)))
    return packages


def _same(state: LoadState) -> LoadState:
    return state


def outcome_of(action: Callable[[], T]) -> T | Exception:
    """What an action gives or raises: whatever goes wrong with one type is its own failure."""
    try:
        return action()
    except Exception as error:  # the others are loaded all the same
        log.debug("An entity type was not loaded", exc_info=True)
        return error
