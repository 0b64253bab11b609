"""What the destination remembers of earlier loads: read once, before anything is loaded.

It is kept in dlt's resource state, which dlt stores beside the tables: a wiped working folder or a
new machine goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dlt.common.destination.client import WithStateSync
from dlt.common.destination.exceptions import DestinationUndefinedEntity
from dlt.common.versioned_state import decompress_state
from dlt.destinations.sql_client import WithSqlClient
from dlt.pipeline.pipeline import Pipeline

from shotgrid_dagster.source.columns import STATE
from shotgrid_dagster.source.project import SOURCE
from shotgrid_dagster.source.warehouse import PIPELINE, Warehouse


@dataclass(frozen=True)
class Memory:
    """The last load of one entity type."""

    digest: str | None = None
    """What was read then; None: nothing was loaded yet."""
    cursor: str | None = None
    """When that load began, in the site's time."""
    columns: tuple[str, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    """State -> rows in the table."""


def pipeline_name(table: str) -> str:
    """Each entity type has a pipeline of its own: dlt keeps a pipeline's state in one row, and two
    that shared a name would lose each other's."""
    return f"{PIPELINE}__{table}"


def source_name(table: str) -> str:
    """And a source of its own, so that the schema that dlt restores holds one table, not all."""
    return f"{SOURCE}_{table}"


def remember(warehouse: Warehouse, tables: Iterable[str]) -> dict[str, Memory]:
    """The memories of those tables that were loaded before."""
    memories: dict[str, Memory] = {}
    with (
        warehouse.pipeline(PIPELINE) as pipeline,
        warehouse.writing(),
        pipeline.destination_client() as client,
    ):
        if not isinstance(client, WithStateSync):
            return {}
        for table in tables:
            try:
                stored = client.get_stored_state(pipeline_name(table))
            except DestinationUndefinedEntity:
                return {}
            if stored is not None:
                rows = {} if warehouse.is_files else _counted(client, table)
                memories[table] = of_state(decompress_state(stored.state), table, rows)
    return memories


def of_state(state: Mapping[str, Any], table: str, rows: Mapping[str, int]) -> Memory:
    """The memory in a pipeline's state."""
    resources = state.get("sources", {}).get(source_name(table), {}).get("resources", {})
    kept = resources.get(table, {})
    return Memory(kept.get("digest"), kept.get("cursor"), tuple(kept.get("columns", ())), rows)


def count_states(pipeline: Pipeline, table: str) -> dict[str, int]:
    """State -> rows in the table."""
    return dict(pipeline.dataset()(_COUNT.format(table)).fetchall())


_COUNT = f"select {STATE}, count(*) from {{}} group by {STATE}"


def _counted(client: object, table: str) -> dict[str, int]:
    """The same without the table's schema, over an open connection."""
    if not isinstance(client, WithSqlClient):
        return {}
    name = client.sql_client.make_qualified_table_name(table)
    counted = client.sql_client.execute_sql(_COUNT.format(name)) or ()
    return dict(counted)
