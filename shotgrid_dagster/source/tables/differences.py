"""Which of the rows that were read are new or other than those in the table."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from shotgrid_dagster.source.tables.columns import READ_AT


def changed(read: pa.Table, held: pa.Table) -> pa.Table:
    """The rows of `read` that are not in `held`, or differ there.

    The time of reading does not count. Both have unique ids; `held` may lack columns, which counts
    as a difference.
    """
    if not held.num_rows or not read.num_rows:
        return read
    names = [name for name in read.column_names if name != READ_AT]
    if any(name not in held.column_names for name in names):
        return read
    read = read.sort_by("id")
    known = pc.is_in(read["id"], value_set=held["id"].combine_chunks())
    both = read.filter(known)
    held = held.filter(pc.is_in(held["id"], value_set=both["id"].combine_chunks())).sort_by("id")
    same = pa.array([True] * both.num_rows, pa.bool_())
    for name in names:
        same = pc.and_(same, _equal(both[name], held[name].cast(both[name].type)))
    different = both.filter(pc.invert(same))
    return pa.concat_tables([different, read.filter(pc.invert(known))])


def _equal(left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.Array:
    """Element by element; null equals null."""
    left, right = left.combine_chunks(), right.combine_chunks()
    equal = pc.fill_null(pc.equal(left, right), False)
    return pc.or_(equal, pc.and_(pc.is_null(left), pc.is_null(right)))
