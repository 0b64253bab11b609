"""The small load under the public pipeline name that makes the whole dataset visible.

Each entity type is loaded by a pipeline of its own (one shared name would lose cursors: dlt keeps a
pipeline's state in one row, and the last writer wins). What people open is
`dlt.pipeline("shotgun_software_pipeline")`: its schema is given all the tables here, and it loads
one table itself, `_sg_entity_types`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timezone

import dlt
import pyarrow as pa
from dlt.common.pipeline import LoadInfo
from dlt.common.schema.typing import TColumnSchema, TTableSchema
from dlt.common.schema.utils import new_table
from dlt.extract import DltResource
from dlt.extract.source import DltSource
from dlt.pipeline.pipeline import Pipeline
from filelock import FileLock

from shotgrid_dagster.config.project import SOURCE
from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.source.loading import quarantine
from shotgrid_dagster.source.loading.entity_resource import (
    DLT_TYPES,
    column_hints,
    in_its_format,
    source_of,
    write_disposition,
)
from shotgrid_dagster.source.loading.held_settings import dlt_tables
from shotgrid_dagster.source.loading.load_result import LoadResult
from shotgrid_dagster.source.loading.site_settings import TABLES as SITE_TABLES
from shotgrid_dagster.source.tables.columns import TIMESTAMP, Layout
from shotgrid_dagster.source.tables.row_state import RowState

TABLE = "_sg_entity_types"

_SCHEMA = pa.schema(
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


def update_catalog(
    warehouse: Warehouse, loaded: Mapping[str, LoadResult], *, site_settings: bool = False
) -> LoadInfo | None:
    """Make the tables of this run's entity types visible under the public pipeline name; None
    when they are already, as they are.

    `site_settings`: whether the tables of the site's settings were loaded too.
    """
    if not loaded and not site_settings:
        return None
    warehouse.data_dir.mkdir(parents=True, exist_ok=True)
    with FileLock(warehouse.data_dir / "catalog.lock"):
        pipeline = warehouse.public_pipeline()
        known = {name for item in pipeline.schemas.values() for name in item.tables}
        news = [result for result in loaded.values() if result.is_news or TABLE not in known]
        if site_settings and not known.issuperset(SITE_TABLES):
            tables = dlt_tables()
        elif news:
            tables = []
        else:
            return None
        tables += [
            new_table(
                result.layout.table, write_disposition="merge", columns=_dlt_columns(result.layout)
            )
            for result in news
        ]
        if quarantine.TABLE not in known and any(result.quarantined for result in news):
            tables.append(quarantine.dlt_table())
        with warehouse.opened():
            return _load(warehouse, pipeline, news, tables)


def _load(
    warehouse: Warehouse,
    pipeline: Pipeline,
    news: Collection[LoadResult],
    tables: Collection[TTableSchema],
) -> LoadInfo:
    if pipeline.has_pending_data:
        pipeline.abort_packages()
    pipeline.sync_destination()
    source = _catalog_source(news, warehouse.destination)
    for table in tables:
        if warehouse.is_files:
            table["table_format"] = "delta"
        source.schema.update_table(table)
    return pipeline.run(source)


def _catalog_source(news: Collection[LoadResult], destination: str) -> DltSource:
    now = datetime.now(timezone.utc)

    def rows() -> Iterator[pa.Table]:
        yield pa.Table.from_pylist([_row(result, now) for result in news], _SCHEMA)

    resource: DltResource = dlt.resource(
        rows,
        name=TABLE,
        primary_key="table_name",
        write_disposition=write_disposition(destination),
    )
    return source_of(in_its_format(resource, destination), SOURCE)


def _row(one: LoadResult, now: datetime) -> dict[str, object]:
    layout = one.layout
    return {
        "table_name": layout.table,
        "entity_type": layout.entity_type.name,
        "display_name": layout.entity_type.display_name,
        **{state.value: one.rows.get(state, 0) for state in RowState},
        "fields_read": len(layout.fields_read),
        "fields_skipped": "; ".join(f"{s.field.name}: {s.reason}" for s in layout.skipped) or None,
        "fields_gone": "; ".join(item.field.name for item in layout.gone) or None,
        "fields_retyped": "; ".join(layout.retyped) or None,
        "values_quarantined": one.quarantined,
        "loaded_at": now,
    }


def _dlt_columns(layout: Layout) -> list[TColumnSchema]:
    hints = column_hints(layout)
    columns: list[TColumnSchema] = []
    for column in (*layout.columns, *layout.gone_columns):
        hint: TColumnSchema = {**hints[column.name]}
        hint.setdefault("data_type", DLT_TYPES[column.type])
        if column.name == "id":
            hint["primary_key"] = True
        columns.append(hint)
    return columns
