"""The rows of an entity type that changed since a cursor, that are new, or that events name.

`updated_at` alone misses changes in many ways, so it is never alone: rows with ids above the
highest seen come by id (imports may be back-dated), and rows that the loaded event log names are
read again (a retirement need not move `updated_at`). What still slips through, a census or a full
refresh finds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

import pyarrow as pa

from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.site.search import Condition
from shotgrid_dagster.source.reading.reading import Batch, Reading
from shotgrid_dagster.source.tables.row_state import SHOWN


class Window(Reading):
    """One reading of what is new or changed.

    Args:
        since: the site's time when the last load began.
        overlap: seconds before it that are read again: stamps are whole seconds, and a change may
            be committed after the second that it carries.
        above: the highest id that was loaded.
        named: ids to read again whatever their stamps say.
        columns: those of the last load; when a field is new, all rows are read for its values.
    """

    channel = "window"

    def __init__(
        self,
        site: Site,
        entity_type: EntityType,
        why: str,
        *,
        since: datetime,
        overlap: float,
        above: int,
        named: Sequence[int] = (),
        columns: Collection[str] = (),
    ) -> None:
        super().__init__(site, entity_type, why)
        self._from = since - timedelta(seconds=overlap)
        self._above = above
        self._named = named
        self._columns = columns
        self.read_again: frozenset[int] = frozenset()
        """Ids that events name which were read beside it: these rows are read after it."""
        self.last_id = above

    def batches(self) -> Iterator[Batch]:
        """Read live rows, retired rows, and those that events name.

        Each row comes once, as it was last seen.
        """
        self.prepare()
        stamp = self._from.strftime("%Y-%m-%dT%H:%M:%SZ")
        new_or_changed: dict[str, object] = {
            "logical_operator": "or",
            "conditions": [
                ["updated_at", "greater_than", stamp],
                ["id", "greater_than", self._above],
            ],
        }
        where: list[Condition] = [new_or_changed]
        if new := [
            column.name for column in self.layout.columns if column.name not in self._columns
        ]:
            self.why = f"all rows, for the new column {new[0]}"
            where = []
        seen: set[int] = set()
        # Retired rows first: a row that is retired in between is then in neither pass, and found by
        # its event or by the next window, but never in both with the older state last.
        for state in reversed(SHOWN):
            for batch in self.pages(state, where=where):
                ids = batch.table["id"].to_pylist()
                fresh = pa.array([id_ not in seen for id_ in ids], pa.bool_())
                seen.update(ids)
                table = batch.table.filter(fresh)
                if table.num_rows:
                    self.note(table, state)
                    yield Batch(table, batch.nbytes)
        again = [id_ for id_ in self._named if id_ not in seen]
        if again:
            table = self.fetch(again)
            if table.num_rows:
                yield Batch(table, table.nbytes)
