"""All rows of an entity type, live and retired, as Arrow tables."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.site.tally import Tally
from shotgrid_dagster.source.columns import READ_AT, STATE, TIMESTAMP, Layout, layout
from shotgrid_dagster.source.decode import PageDecoder

LIVE, RETIRED, LOST = "live", "retired", "lost"


@dataclass(frozen=True)
class Batch:
    """Some rows, ready to load, and about how many bytes they hold."""

    table: pa.Table
    nbytes: int


class Snapshot:
    """One reading of a whole entity type. Its facts are complete when `batches` has ended."""

    def __init__(self, site: Site, entity_type: EntityType, excluded: Sequence[str] = ()) -> None:
        self.entity_type = entity_type
        self.tally = Tally()
        self.layout: Layout | None = None
        """Known from the first batch on, or from the end when there is none."""
        self.started_at: datetime | None = None
        """The site's own time (UTC) at the first answer."""
        self.rows: Counter[str] = Counter()
        """State -> rows read."""
        self.refused: Counter[str] = Counter()
        """Field -> values that did not fit its data type and were left empty."""
        self._site = site
        self._excluded = excluded
        self._ids: list[pa.Array] = []
        self._hash = hashlib.blake2b(digest_size=16)

    @property
    def digest(self) -> str:
        """A fingerprint of everything that was read; signatures and times of reading aside."""
        return self._hash.hexdigest()

    @property
    def ids(self) -> pa.Array:
        """The ids of all rows read."""
        return pa.concat_arrays([*self._ids, pa.array([], pa.int64())])

    def batches(self) -> Iterator[Batch]:
        """Read the fields, then the live rows, then the retired ones.

        A row that is retired in between is in both passes: it stays live, as it was read first, and
        the next run finds it retired.

        Raises:
            SiteError: the site refused, or failed for good.
        """
        fields = self._site.fields(self.entity_type.name, self.tally)
        self.entity_type = replace(self.entity_type, fields=fields)
        self.layout = layout(self.entity_type, self._excluded)
        self._hash.update(repr(self.layout.arrow_schema.names).encode())
        decode = PageDecoder(self.layout)
        for state in (LIVE, RETIRED):
            live_ids = self.ids if state == RETIRED else None
            for answer in self._site.pages(
                self.entity_type.name,
                self.layout.field_names,
                decode,
                self.tally,
                retired=state == RETIRED,
            ):
                self.started_at = self.started_at or answer.at
                table = answer.value.table
                self.refused.update(answer.value.refused)
                if live_ids is not None and len(live_ids):
                    table = table.filter(pc.invert(pc.is_in(table["id"], value_set=live_ids)))
                if not table.num_rows:
                    continue
                self._note(table, state)
                yield Batch(self._with_own_columns(table, state, answer.at), answer.size)

    def _note(self, table: pa.Table, state: str) -> None:
        self.rows[state] += table.num_rows
        self._ids.append(table["id"].combine_chunks())
        self._hash.update(state.encode())
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table.combine_chunks())
        self._hash.update(sink.getvalue())

    def _with_own_columns(self, table: pa.Table, state: str, at: datetime) -> pa.Table:
        rows = table.num_rows
        return table.append_column(
            pa.field(STATE, pa.string()), pa.repeat(pa.scalar(state), rows)
        ).append_column(pa.field(READ_AT, TIMESTAMP), pa.repeat(pa.scalar(at, TIMESTAMP), rows))
