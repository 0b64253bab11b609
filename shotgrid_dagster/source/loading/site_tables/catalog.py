"""The table that lists the loaded tables: `_sg_entity_types`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timezone

import pyarrow as pa
from dlt.common.pipeline import LoadInfo

from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.site.naming import label
from shotgrid_dagster.source.loading.load_result import LoadResult
from shotgrid_dagster.source.loading.packages.hints import schema_hints
from shotgrid_dagster.source.loading.packages.package import Package, TableRows
from shotgrid_dagster.source.tables.columns import TIMESTAMP
from shotgrid_dagster.source.tables.row_state import RowState

TABLE = "_sg_entity_types"

SCHEMA = pa.schema(
    [
        pa.field("table_name", pa.string(), nullable=False),
        ("entity_type", pa.string()),
        ("display_name", pa.string()),
        *((state.value, pa.int64()) for state in RowState),
        ("fields_read", pa.int64()),
        ("fields_skipped", pa.string()),
        ("fields_gone", pa.string()),
        ("fields_retyped", pa.string()),
        ("values_quarantined", pa.int64()),
        ("loaded_at", TIMESTAMP),
    ]
)


def update_catalog(tables: Tables, loaded: Collection[LoadResult]) -> LoadInfo | None:
    """Write the rows of those results that are news, or of all, if there is no catalog yet.

    None when there is nothing to write.

    Raises:
        dlt.pipeline.exceptions.PipelineStepFailed: the catalog is as it was.
    """
    news = [result for result in loaded if result.is_news]
    if len(news) < len(loaded) and TABLE not in tables.names():
        news = list(loaded)
    if not news:
        return None
    now = datetime.now(timezone.utc)
    rows = pa.Table.from_pylist([_row(result, now) for result in news], SCHEMA)
    part = TableRows(TABLE, SCHEMA, schema_hints(SCHEMA), "merge", ("table_name",), [rows])
    package = Package(tables, [part])
    package.extract()
    return package.load()


def _row(result: LoadResult, now: datetime) -> dict[str, object]:
    layout = result.layout
    return {
        "table_name": layout.table,
        "entity_type": label(layout.entity_type.name, ""),
        "display_name": layout.entity_type.display_name,
        **{state.value: result.rows.get(state, 0) for state in RowState},
        "fields_read": len(layout.fields_read),
        "fields_skipped": "; ".join(
            f"{label(s.field.name, '')}: {s.reason}" for s in layout.skipped
        )
        or None,
        "fields_gone": "; ".join(gone.field.name for gone in layout.gone) or None,
        "fields_retyped": "; ".join(layout.retyped) or None,
        "values_quarantined": result.quarantined,
        "loaded_at": now,
    }
