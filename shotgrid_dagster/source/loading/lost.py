"""Rows that are no longer on the site: neither live nor retired.

They may have been erased, or the key may no longer see them. Nobody can tell the two apart, so the
rows stay and are marked; and when too many vanish at once, nothing is done but to say so.
"""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from shotgrid_dagster.errors import ShotGridDagsterError
from shotgrid_dagster.source.tables.columns import LOAD_ID, READ_AT, STATE, TIMESTAMP, Layout
from shotgrid_dagster.source.tables.row_state import ASIDE, RowState


class TooManyLost(ShotGridDagsterError):
    """So many rows vanished at once that it looks like lost permission; nothing was changed."""


def not_lost(held: pa.Table) -> pa.Table:
    """The rows (`id`, `_sg_state`) that the site showed when they were last read."""
    return held.filter(pc.invert(pc.is_in(held[STATE], value_set=pa.array(ASIDE, pa.string()))))


def refuse_too_many(layout: Layout, gone: int, held: int, most_lost: float) -> None:
    """Stop when more than a share of the rows vanished at once; one row always may.

    Raises:
        TooManyLost: with what to check.
    """
    if gone > max(1, int(held * most_lost)):
        share = min(1.0, gone / held + 0.01)
        raise TooManyLost(
            f"{gone} of {held} rows of {layout.entity_type.name} are no longer visible, and are "
            "not retired: this looks like lost permission. Nothing was changed. Check what the "
            "script may see; if the rows are really gone, set most_lost to "
            f"{share:.2f} for one run."
        )


def marked(rows: pa.Table, layout: Layout, state: RowState, at: datetime) -> pa.Table:
    """Rows of the table, as they were, in the state that they have now."""
    columns = {name: rows[name] for name in rows.column_names if name != LOAD_ID}
    columns[STATE] = pa.repeat(pa.scalar(state), rows.num_rows)
    columns[READ_AT] = pa.repeat(pa.scalar(at, TIMESTAMP), rows.num_rows)
    types = {field.name: field.type for field in layout.arrow_schema}
    table = pa.table(columns)
    fields = [pa.field(field.name, types.get(field.name, field.type)) for field in table.schema]
    return table.cast(pa.schema(fields))
