"""All ids of an entity type, live and retired, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from shotgrid_dagster.site import Site
from shotgrid_dagster.site.rows import PageOf
from shotgrid_dagster.site.search import Condition
from shotgrid_dagster.source.tables.columns import STATE
from shotgrid_dagster.source.tables.row_state import SHOWN, RowState


class _Id(msgspec.Struct, gc=False):
    id: int


@dataclass(frozen=True)
class Census:
    """The ids that the site shows."""

    live: pa.Array
    retired: pa.Array

    def against(self, held: pa.Table) -> tuple[list[int], list[int]]:
        """What a table (`id`, `_sg_state`) has wrong: ids to read again, and ids that are gone."""
        known = {
            state: held.filter(pc.equal(held[STATE], state))["id"].combine_chunks()
            for state in SHOWN
        }
        live, retired = known[RowState.LIVE], known[RowState.RETIRED]
        again = [*_missing(self.live, live), *_missing(self.retired, retired)]
        shown = pa.concat_arrays([self.live, self.retired])
        gone = [*_missing(live, shown), *_missing(retired, shown)]
        return sorted(set(again)), sorted(gone)


def take_census(site: Site, entity_type: str, where: Sequence[Condition] = ()) -> Census:
    """Ask for all ids (that fulfil `where`), live first.

    Raises:
        SiteError: the site refused, or failed for good.
    """
    decode = msgspec.json.Decoder(PageOf[_Id]).decode

    def ids(retired: bool) -> pa.Array:
        shown = [
            row.id
            for answer in site.pages(entity_type, ["id"], decode, retired=retired, where=where)
            for row in answer.value.data
        ]
        return pa.array(shown, pa.int64())

    return Census(ids(retired=False), ids(retired=True))


def _missing(ids: pa.Array, there: pa.Array) -> list[int]:
    missing: list[int] = ids.filter(pc.invert(pc.is_in(ids, value_set=there))).to_pylist()
    return missing
