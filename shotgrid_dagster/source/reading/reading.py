"""What all ways of reading an entity type have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa

from shotgrid_dagster.config.values.query_fields import Chosen
from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.site.request_stats import RequestStats
from shotgrid_dagster.site.search import Condition
from shotgrid_dagster.source.reading.census import Census, take_census
from shotgrid_dagster.source.reading.exclusions import leave_out
from shotgrid_dagster.source.reading.rebuilt import Rebuilt
from shotgrid_dagster.source.reading.scope import EVERYTHING, Scope
from shotgrid_dagster.source.reading.shown_anew import NOTHING, ShownAnew
from shotgrid_dagster.source.tables.columns import READ_AT, STATE, TIMESTAMP, Column, Layout, layout
from shotgrid_dagster.source.tables.decode import Decoded, PageDecoder
from shotgrid_dagster.source.tables.row_state import SHOWN, RowState
from shotgrid_dagster.source.tables.values import BadValue

IDS_AT_ONCE = 500
"""Ids in one `in` filter; no limit of a site was measured."""


@dataclass(frozen=True)
class Batch:
    """Some rows, ready to load, and about how many bytes they hold."""

    table: pa.Table
    nbytes: int
    mark: int = 0
    """Of the event log: up to this id it is complete with this batch."""


class Reading(ABC):
    """One reading of an entity type. Its facts are complete when `batches` has ended."""

    channel: str
    """How it is read, for people: whole, window, ..."""

    derived: tuple[Column, ...] = ()
    """Columns of our own that this channel makes from the row's fields."""
    derived_links: tuple[str, ...] = ()
    """Those of them that hold a list of links."""

    def __init__(self, site: Site, entity_type: EntityType, why: str = "") -> None:
        self.entity_type = entity_type
        self.why = why
        """Why this channel was chosen."""
        self.warning = ""
        """What is to be said aloud of it; then the load state is written, whatever was read."""
        self.shown_anew: ShownAnew = NOTHING
        """What new entries of the event log tell of rows that links show otherwise."""
        self.rows: Counter[str] = Counter()
        """State -> rows read."""
        self.refused: Counter[str] = Counter()
        """Field -> values that did not fit its column and were left empty."""
        self.bad: dict[int, tuple[BadValue, ...]] = {}
        """Row id -> such values, as the row was last read."""
        self.ids_read: list[pa.Array] = []
        """The ids of the rows that were read, a page at a time; of a table without such values,
        from the first one on."""
        self._notes_ids = False
        self.last_id = 0
        """The highest id that was seen."""
        self._site = site.counting()
        self._query_fields: Chosen = False
        self._rebuilt: Rebuilt | None = None
        self.scope: Scope = EVERYTHING
        self._held: Mapping[str, str] = {}
        self._takes_nul = True
        self._layout: Layout | None = None
        self._decode: PageDecoder | None = None

    @abstractmethod
    def batches(self) -> Iterator[Batch]:
        """Read, a page at a time.

        Raises:
            SiteError: the site refused, or failed for good.
        """

    @property
    def layout(self) -> Layout:
        """Known from the first batch on, or from the end when there is none."""
        assert self._layout is not None, "nothing was read yet"
        return self._layout

    @property
    def stats(self) -> RequestStats:
        """What this reading has cost the site."""
        return self._site.stats

    @property
    def started_at(self) -> datetime:
        """The site's own time (UTC) at the first answer."""
        assert self.stats.started_at is not None, "nothing was read yet"
        return self.stats.started_at

    @property
    def digest(self) -> str | None:
        """A fingerprint of the whole entity type; None when not all of it was read."""
        return None

    def keep_to(
        self,
        scope: Scope,
        held: Mapping[str, str],
        *,
        takes_nul: bool = True,
        had_bad: bool = False,
    ) -> None:
        """Say, before anything is read, what is read of the site, and what columns there are.

        Args:
            scope: fields that are left out, and projects.
            held: field -> kind of its columns in the table, see `Layout.kinds`.
            takes_nul: whether the destination holds texts with a NUL in them.
            had_bad: whether the rows in the table had values that did not fit.
        """
        self._notes_ids = had_bad
        self._takes_nul = takes_nul
        self.scope = scope
        self._held = held

    def rebuild(self, query_fields: Chosen) -> None:
        """Say, before anything is read, which query fields are rebuilt."""
        self._query_fields = query_fields

    @property
    def rebuilt(self) -> Rebuilt:
        """The query fields that are rebuilt; known when the layout is."""
        assert self._rebuilt is not None, "nothing was read yet"
        return self._rebuilt

    def prepare(self) -> None:
        """Ask for the fields, once.

        Raises:
            SettingsError: a field that is to be left out is none of this type.
        """
        if self._layout is not None:
            return
        fields = self._site.fields(self.entity_type.name)
        self.entity_type = leave_out(
            replace(self.entity_type, fields=fields), self.scope.exclude_fields
        )
        laid_out = layout(self.entity_type, self.derived, self._held)
        self._layout = replace(laid_out, derived_links=self.derived_links)
        self._decode = PageDecoder(self._layout, takes_nul=self._takes_nul)
        self._rebuilt = Rebuilt(self._site, self._layout, self._query_fields)

    def pages(
        self, state: RowState, *, after: int = 0, where: Sequence[Condition] = ()
    ) -> Iterator[Batch]:
        """The pages of one pass, live or retired, with our own columns."""
        self.prepare()
        assert self._decode is not None
        for answer in self._site.pages(
            self.entity_type.name,
            self.layout.field_names,
            self._decode,
            retired=state == RowState.RETIRED,
            after=after,
            where=[*where, *self.within],
        ):
            self._note_bad(answer.value)
            table = self._with_own_columns(answer.value.table, state, answer.at)
            yield Batch(self.rebuilt.fill(self.with_derived(table), state), answer.size)

    def _note_bad(self, page: Decoded) -> None:
        ids = page.table["id"].combine_chunks()
        self._notes_ids = self._notes_ids or bool(page.bad)
        if self._notes_ids:
            self.ids_read.append(ids)
        if self.bad:
            for id_ in ids.to_pylist():
                self.bad.pop(id_, None)
        for bad_value in page.bad:
            self.bad[bad_value.id] = (*self.bad.get(bad_value.id, ()), bad_value)
        self.refused.update(page.refused)

    @property
    def within(self) -> list[Condition]:
        """What rows fulfil that are in the scope."""
        return self.scope.conditions(self.entity_type)

    def outside(self, ids: Sequence[int]) -> set[int]:
        """Those ids that the site shows, live or retired, but that are not in the scope."""
        ids_outside: set[int] = set()
        if not self.within:
            return ids_outside
        for start in range(0, len(ids), IDS_AT_ONCE):
            where = [["id", "in", list(ids[start : start + IDS_AT_ONCE])]]
            shown = take_census(self._site, self.entity_type.name, where)
            ids_outside.update(shown.live.to_pylist(), shown.retired.to_pylist())
        return ids_outside

    def ids_of_any(self, conditions: Sequence[Condition]) -> set[int]:
        """The ids of the rows, live and retired, that fulfil one of some conditions.

        Raises:
            SiteError: the site refused, or failed for good.
        """
        any_of: Condition = {"logical_operator": "or", "conditions": list(conditions)}
        shown = take_census(self._site, self.entity_type.name, [any_of, *self.within])
        return {*shown.live.to_pylist(), *shown.retired.to_pylist()}

    def with_derived(self, rows: pa.Table) -> pa.Table:
        """The rows with the columns that are `derived` from their fields."""
        return rows

    def fetch(self, ids: Sequence[int]) -> pa.Table:
        """The rows with these ids as they are now, live or retired; fewer when some are gone.

        A row that is retired or revived between the two passes is in one of them, or in the second
        look that is taken for those that were in neither.
        """
        self.prepare()
        tables = [self.layout.arrow_schema.empty_table()]
        missing = set(ids)
        for state in (*SHOWN, *SHOWN):
            wanted = sorted(missing)
            for start in range(0, len(wanted), IDS_AT_ONCE):
                portion = wanted[start : start + IDS_AT_ONCE]
                for batch in self.pages(state, where=[["id", "in", portion]]):
                    tables.append(batch.table)
                    missing.difference_update(batch.table["id"].to_pylist())
            if not missing:
                break
        return pa.concat_tables(tables)

    def census(self) -> Census:
        """All ids that the site shows now."""
        return take_census(self._site, self.entity_type.name, self.within)

    def include(self, other: Reading) -> None:
        """Count what another reading of the type cost and met as this one's."""
        self.stats.include(other.stats)
        self.refused.update(other.refused)

    def note(self, table: pa.Table, state: RowState) -> None:
        """Count rows that are handed on."""
        self.rows[state] += table.num_rows
        if table.num_rows:
            self.last_id = max(self.last_id, table["id"][-1].as_py())

    def _with_own_columns(self, table: pa.Table, state: RowState, at: datetime) -> pa.Table:
        rows = table.num_rows
        return table.append_column(
            pa.field(STATE, pa.string()), pa.repeat(pa.scalar(state), rows)
        ).append_column(pa.field(READ_AT, TIMESTAMP), pa.repeat(pa.scalar(at, TIMESTAMP), rows))
