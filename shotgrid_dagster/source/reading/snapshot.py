"""All rows of an entity type, live and retired."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.source.reading.reading import Batch, Reading
from shotgrid_dagster.source.tables.columns import READ_AT, STAMP, STATE
from shotgrid_dagster.source.tables.row_state import SHOWN, RowState


@dataclass(frozen=True)
class Resume:
    """Where an interrupted first load goes on: in which pass, and behind which id."""

    state: str = RowState.LIVE.value
    after: int = 0
    started_at: str | None = None
    """When the load began, in the site's time (ISO 8601)."""


class Snapshot(Reading):
    """One reading of a whole entity type."""

    channel = "whole"

    def __init__(
        self, site: Site, entity_type: EntityType, why: str = "", resume: Resume | None = None
    ) -> None:
        super().__init__(site, entity_type, why)
        self._resume = resume
        self._ids: list[pa.Array] = []
        self._hash: hashlib.blake2b | None = hashlib.blake2b(digest_size=16)

    @property
    def digest(self) -> str | None:
        """A fingerprint of everything that was read; signatures and times of reading aside."""
        if self._resume or self._hash is None:
            return None
        whole = self._hash.copy()
        whole.update(
            repr(sorted(self.bad.items(), key=lambda entry: entry[0])).encode(errors="replace")
        )
        return whole.hexdigest()

    @property
    def is_complete(self) -> bool:
        """Whether `ids` are all the ids of the type."""
        return self._resume is None

    @property
    def ids(self) -> pa.Array:
        """The ids of all rows read."""
        return pa.concat_arrays([*self._ids, pa.array([], pa.int64())])

    def batches(self) -> Iterator[Batch]:
        """Read the live rows, then the retired ones.

        A row that is retired in between is in both passes: it stays live, as it was read first, and
        the next run finds it retired.
        """
        self.prepare()
        if self._hash is not None:
            self._hash.update(self.layout.digest.encode())
        resume = self._resume or Resume()
        for state in SHOWN[SHOWN.index(RowState(resume.state)) :]:
            live_ids = self.ids if state == RowState.RETIRED else None
            after = resume.after if state == resume.state else 0
            for batch in self.pages(state, after=after):
                table = batch.table
                if live_ids is not None and table.num_rows:
                    # Among millions of ids, those of a page: the other way round takes 50 MB.
                    both = live_ids.filter(pc.is_in(live_ids, value_set=table["id"]))
                    table = table.filter(pc.invert(pc.is_in(table["id"], value_set=both)))
                if table.num_rows:
                    self.note(table, state)
                    yield Batch(table, batch.nbytes)

    def note(self, table: pa.Table, state: RowState) -> None:
        """Count the rows of a page, and keep their ids and a hash of their values."""
        super().note(table, state)
        self._ids.append(table["id"].combine_chunks())
        if self._hash is not None and not self._is_read_by_window_later:
            self._hash.update(state.encode())
            values = table.drop_columns([STATE, READ_AT]).combine_chunks()
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, values.schema) as stream:
                stream.write_table(values)
            self._hash.update(sink.getvalue())
        else:
            self._hash = None

    @property
    def _is_read_by_window_later(self) -> bool:
        """Whether so many rows have been read that nobody will ask for their digest."""
        is_big = sum(self.rows.values()) > self._site.page_size
        return is_big and STAMP in {column.name for column in self.layout.columns}
