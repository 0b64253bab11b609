"""The table of load states, in the destination itself.

Whatever pipeline, process or machine loaded a table: one query tells how far.
"""

from __future__ import annotations

import pyarrow as pa

TABLE = "_sg_load_state"

SCHEMA = pa.schema(
    [
        pa.field("table_name", pa.string(), nullable=False),
        pa.field("generation", pa.int64(), nullable=False),
        ("cursor", pa.string()),
        ("digest", pa.string()),
        ("columns", pa.string()),
        ("fields", pa.string()),
        ("layout", pa.string()),
        ("scope", pa.string()),
        ("quarantined", pa.int64()),
        ("last_id", pa.int64()),
        ("resume", pa.string()),
        ("events_followed", pa.string()),
    ]
)
"""The columns of `_sg_load_state`: a row a load and table. The row of the highest generation whose
load is complete in `_dlt_loads` counts."""
