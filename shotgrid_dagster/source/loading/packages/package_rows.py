"""The rows of one load package, out of a reading that may be longer."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from shotgrid_dagster.source.reading.reading import Batch

PACKAGE_ROWS = 200_000
"""Rows of one package of a first load: what an interruption can cost. DuckDB keeps rows in groups
of 122,880, and where a package ends with a group that is less than half full, writes that and its
neighbours anew, which takes 100 MB more (measured)."""


class PackageRows:
    """The rows of one package a page at a time."""

    def __init__(
        self, batches: Iterator[Batch], held: pa.Array | None, *, is_bounded: bool = True
    ) -> None:
        self._batches = batches
        self._is_bounded = is_bounded
        self._held = held
        self.last: Batch | None = None
        """The last batch that was taken."""
        self.ended = False
        """Whether the reading came to its end with it."""

    def tables(self) -> Iterator[pa.Table]:
        """The rows that are not held yet, without empty tables."""
        rows = 0
        while rows < PACKAGE_ROWS or not self._is_bounded:
            batch = next(self._batches, None)
            if batch is None:
                self.ended = True
                return
            self.last = batch
            rows += batch.table.num_rows
            fresh = _without(batch.table, self._held) if self._held else batch.table
            if fresh.num_rows:
                yield fresh


def _without(table: pa.Table, ids: pa.Array) -> pa.Table:
    return table.filter(pc.invert(pc.is_in(table["id"], value_set=ids)))
