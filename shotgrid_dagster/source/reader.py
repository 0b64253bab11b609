"""Reads the entity types of one run, the pages of all of them at once, and loads one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from shotgrid_dagster.config.query_fields import Chosen
from shotgrid_dagster.config.rules import Rules
from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.site.prefetch import Prefetch
from shotgrid_dagster.source.garbage import spare_what_is_there
from shotgrid_dagster.source.loading.free_memory import give_back_big_blocks
from shotgrid_dagster.source.loading.load import load_reading
from shotgrid_dagster.source.loading.load_result import LoadResult
from shotgrid_dagster.source.loading.load_state import LoadState, remember
from shotgrid_dagster.source.reading.channel import LoadMode, choose
from shotgrid_dagster.source.reading.reading import Batch, Reading
from shotgrid_dagster.source.reading.scope import EVERYTHING, Scope


class Reader:
    """Readings of entity types; those that were `expect`ed are read ahead.

    Args:
        site: the site.
        warehouse: the destination, which remembers how far each type was loaded.
        concurrency: requests under way at once.
        overlap: seconds before the cursor that a window reads again.
        scope: what is read of the site.
        query_fields: those that are rebuilt, see `query_fields.Chosen`.
    """

    def __init__(
        self,
        site: Site,
        warehouse: Warehouse,
        concurrency: int,
        overlap: float,
        scope: Scope = EVERYTHING,
        query_fields: Chosen = False,
    ) -> None:
        give_back_big_blocks()
        spare_what_is_there()
        self.site = site
        self._query_fields = query_fields
        self._warehouse = warehouse
        self._overlap = overlap
        self.scope = scope
        self._ahead: Prefetch[Batch] = Prefetch(threads=concurrency)
        self._memories: dict[str, LoadState] = {}
        self._readings: dict[str, tuple[Reading, LoadMode]] = {}

    def load_state(self, entity_type: EntityType) -> LoadState:
        """What was remembered of a type when it was expected; nothing, if it was never loaded."""
        return self._memories.get(entity_type.table, LoadState())

    def expect(self, entity_types: Iterable[EntityType], mode: LoadMode) -> None:
        """Say which types will be read, in about this order."""
        expected = list(entity_types)
        tables = {item.table: item.name for item in expected}
        self._memories |= remember(self._warehouse, tables, self.site.page_size)
        for entity_type in expected:
            load_state = self.load_state(entity_type)
            reading = choose(
                self.site, entity_type, load_state, mode, self._overlap, self.scope.digest
            )
            reading.keep_to(
                self.scope,
                load_state.fields,
                takes_nul=self._warehouse.takes_nul,
                had_bad=load_state.quarantined > 0,
            )
            reading.rebuild(self._query_fields)
            self._readings[entity_type.name] = reading, mode
            self._ahead.announce(entity_type.name, reading.batches)

    def read(self, entity_type: EntityType, mode: LoadMode) -> tuple[Reading, Iterator[Batch]]:
        """The reading of a type and its batches; a second call reads anew."""
        name = entity_type.name
        if name in self._ahead and self._readings[name][1] != mode:
            self._ahead.forget(name)
        if name not in self._ahead:
            self.expect([entity_type], mode)
        return self._readings[name][0], self._ahead.take(name)

    def load(
        self, entity_type: EntityType, mode: LoadMode, rules: Rules
    ) -> tuple[LoadResult, Reading]:
        """Read and load one type.

        A first load that goes on where it was interrupted has rows from before: what changed since
        then is read and loaded at once, or the table would not be the site's after this run.

        Raises:
            SiteError, TooManyLost, PipelineStepFailed: see `load_reading`.
        """
        reading, batches = self.read(entity_type, mode)
        load_state = self.load_state(entity_type)
        loaded = load_reading(self._warehouse, reading, batches, load_state, mode, rules)
        if load_state.resume is None:
            return loaded, reading
        then = LoadMode(census=mode.census)
        self.expect([entity_type], then)
        since, batches = self.read(entity_type, then)
        caught_up = load_reading(
            self._warehouse, since, batches, self.load_state(entity_type), then, rules
        )
        since.include(reading)
        return replace(
            caught_up,
            channel=loaded.channel,
            why=f"{loaded.why}, and what changed since",
            rows_loaded=loaded.rows_loaded + caught_up.rows_loaded,
            schema_changes=loaded.schema_changes,
            cursor_before=loaded.cursor_before,
        ), since

    def close(self) -> None:
        self._ahead.close()
