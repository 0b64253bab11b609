"""Empty texts on their way into a database that is loaded by CSV.

dlt hands Arrow tables to Postgres as CSV, by `COPY ... FORCE_NULL`, for which an empty text and no
text are the same (dlt 1.31). As inserts they are two, which takes nearly four times as long (55,640
entries of an event log: 23.1 s instead of 6.2, measured): so only what has an empty text in it goes
that way.
"""

from __future__ import annotations

import dlt
import pyarrow as pa
import pyarrow.compute as pc
from dlt.common.schema.typing import TFileFormat
from dlt.common.typing import TDataItem

AS_A_RULE: TFileFormat = "csv"
TELLS_EMPTY_FROM_NULL: TFileFormat = "insert_values"


def as_it_is_loaded(rows: pa.Table) -> TDataItem:
    """The rows; where there is an empty text among them, with the word that CSV will not do.

    The word holds for all rows that the table has in the package.
    """
    if not has_empty_text(rows):
        return rows
    return dlt.mark.with_hints(rows, dlt.mark.make_hints(file_format=TELLS_EMPTY_FROM_NULL))


def has_empty_text(rows: pa.Table) -> bool:
    """Whether a text of any row is empty, which is not the same as none."""
    return any(
        pc.any(pc.equal(column, "")).as_py()
        for column in rows.columns
        if pa.types.is_string(column.type)
    )
