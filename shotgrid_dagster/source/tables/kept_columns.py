"""The values of fields that are read no longer, carried over when their rows are rewritten.

A merge replaces whole rows: what is not among the columns that were read would be emptied.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from shotgrid_dagster.source.tables.columns import Column


def carried_over(read: pa.Table, held: pa.Table, columns: Sequence[Column]) -> pa.Table:
    """The rows of `read` with the columns that `held` has for the same ids.

    They are null for new rows. Ids in `held` are unique.
    """
    if not columns or not read.num_rows:
        return read
    at = pc.index_in(read["id"], value_set=held["id"].combine_chunks())
    for column in columns:
        if column.name in held.column_names:
            values = held[column.name].combine_chunks().take(at.combine_chunks())
            read = read.append_column(pa.field(column.name, column.type), values.cast(column.type))
    return read
