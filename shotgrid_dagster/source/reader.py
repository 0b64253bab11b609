"""Reads the entity types of one run: the pages of all of them at once, a type at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.site.read_ahead import ReadAhead
from shotgrid_dagster.source.snapshot import Batch, Snapshot


class Reader:
    """Snapshots of entity types; those that were `expect`ed are read ahead."""

    def __init__(self, site: Site, concurrency: int = 4) -> None:
        self.site = site
        self._ahead: ReadAhead[Batch] = ReadAhead(threads=concurrency)
        self._snapshots: dict[str, Snapshot] = {}

    def expect(self, entity_types: Iterable[EntityType]) -> None:
        """Say which types will be read, in about this order."""
        for entity_type in entity_types:
            snapshot = Snapshot(self.site, entity_type)
            self._snapshots[entity_type.name] = snapshot
            self._ahead.announce(entity_type.name, snapshot.batches)

    def read(self, entity_type: EntityType) -> tuple[Snapshot, Iterator[Batch]]:
        """The snapshot of a type and its batches; a second call reads anew."""
        if entity_type.name not in self._ahead:
            self.expect([entity_type])
        return self._snapshots[entity_type.name], self._ahead.take(entity_type.name)

    def close(self) -> None:
        self._ahead.close()
