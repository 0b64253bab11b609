"""Rows that are no longer on the site: neither live nor retired.

They may have been erased, or the key may no longer see them. Nobody can tell the two apart, so the
rows stay and are marked; and when too many vanish at once, nothing is done but to say so.
"""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from dlt.pipeline.pipeline import Pipeline

from shotgrid_dagster.source.columns import LOAD_ID, READ_AT, STATE, TIMESTAMP, Layout
from shotgrid_dagster.source.snapshot import LOST


class TooManyLost(Exception):
    """So many rows vanished at once that it looks like lost permission; nothing was changed."""


def lost_rows(
    pipeline: Pipeline, layout: Layout, seen: pa.Array, at: datetime | None, most_lost: float
) -> pa.Table | None:
    """The rows of the table whose ids were not seen, marked `lost`; None when there are none new.

    Args:
        pipeline: one that has the table's schema.
        layout: the table.
        seen: the ids of all rows that the site showed, live or retired.
        at: the site's time at the start of the read.
        most_lost: the share of the table's rows that may vanish at once; one row always may.

    Raises:
        TooManyLost: more than that vanished.
    """
    dataset = pipeline.dataset()
    held: pa.Table = dataset(f"select id, {STATE} from {layout.table}").arrow()
    held = held.filter(pc.not_equal(held[STATE], LOST))
    gone = held.filter(pc.invert(pc.is_in(held["id"], value_set=seen)))
    if not gone.num_rows:
        return None
    if gone.num_rows > max(1, int(held.num_rows * most_lost)):
        raise TooManyLost(
            f"{gone.num_rows} of {held.num_rows} rows of {layout.entity_type.name} are no longer "
            "visible, and are not retired: this looks like lost permission. Nothing was changed. "
            "Check what the script may see; if the rows are really gone, set most_lost to "
            f"{min(1.0, gone.num_rows / held.num_rows + 0.01):.2f} for one run."
        )
    ids = ", ".join(str(one) for one in gone["id"].to_pylist())
    rows: pa.Table = dataset(f"select * from {layout.table} where id in ({ids})").arrow()
    marked = {name: rows[name] for name in rows.column_names if name != LOAD_ID}
    marked[STATE] = pa.repeat(pa.scalar(LOST), rows.num_rows)
    marked[READ_AT] = pa.repeat(pa.scalar(at, TIMESTAMP), rows.num_rows)
    types = {one.name: one.type for one in layout.arrow_schema}
    table = pa.table(marked)
    return table.cast(
        pa.schema([pa.field(one.name, types.get(one.name, one.type)) for one in table.schema])
    )
