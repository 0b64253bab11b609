"""What the destination remembers of earlier loads: read once, before anything is loaded.

It is kept in dlt's resource state, which dlt stores beside the tables: a wiped working folder or a
new machine goes on from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from dlt.common.destination.client import WithStateSync
from dlt.common.destination.exceptions import DestinationUndefinedEntity
from dlt.common.versioned_state import decompress_state
from dlt.destinations.exceptions import DatabaseUndefinedRelation
from dlt.destinations.sql_client import WithSqlClient

from shotgrid_dagster.config.project import SOURCE
from shotgrid_dagster.destination.warehouse import PIPELINE, Warehouse
from shotgrid_dagster.site.naming import LONGEST, with_digest
from shotgrid_dagster.source.reading.event_targets import event_targets
from shotgrid_dagster.source.reading.snapshot import Resume
from shotgrid_dagster.source.tables.columns import STATE


@dataclass(frozen=True)
class LoadState:
    """The last load of one entity type, as far as it came."""

    cursor: str | None = None
    """When the last complete reading began, in the site's time (ISO 8601); None: there was none."""
    digest: str | None = None
    """What that reading found; None when it did not read the whole type."""
    columns: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    """Field -> the kind of its columns in the table; fields that are gone included."""
    layout: str | None = None
    """The digest of the layout: when it changes, columns are described anew."""
    scope: str = ""
    """Which projects were read, see `Scope.digest`."""
    quarantined: int = 0
    """Values of this type in the quarantine table."""
    last_id: int = 0
    """The highest id that was loaded; for the event log, its low-water mark."""
    resume: Resume | None = None
    """Where a first load goes on that did not come to its end."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """State -> rows in the table."""
    named: tuple[int, ...] = ()
    """Ids that events name which were loaded since the cursor."""

    @property
    def is_loaded(self) -> bool:
        """Whether the type was read from end to end once."""
        return self.cursor is not None

    @property
    def since(self) -> datetime:
        """The cursor as a time."""
        assert self.cursor is not None
        return datetime.fromisoformat(self.cursor)

    @classmethod
    def of_state(cls, state: Mapping[str, Any], table: str) -> LoadState:
        """The memory in a pipeline's state."""
        resources = state.get("sources", {}).get(source_name(table), {}).get("resources", {})
        kept = resources.get(table, {})
        resume = kept.get("resume")
        return cls(
            cursor=kept.get("cursor"),
            digest=kept.get("digest"),
            columns=tuple(kept.get("columns", ())),
            fields=kept.get("fields", {}),
            layout=kept.get("layout"),
            scope=kept.get("scope", ""),
            quarantined=kept.get("quarantined", 0),
            last_id=kept.get("last_id", 0),
            resume=Resume(**resume) if resume else None,
        )

    def to_state(self) -> dict[str, Any]:
        """What is kept of it."""
        resume = self.resume
        return {
            "cursor": self.cursor,
            "digest": self.digest,
            "columns": list(self.columns),
            "fields": dict(self.fields),
            "layout": self.layout,
            "scope": self.scope,
            "quarantined": self.quarantined,
            "last_id": self.last_id,
            "resume": asdict(resume) if resume else None,
        }


def pipeline_name(table: str) -> str:
    """Each entity type has a pipeline of its own: dlt keeps a pipeline's state in one row, and two
    that shared a name would lose each other's."""
    return _short(f"{PIPELINE}__{table}", table)


def source_name(table: str) -> str:
    """And a source of its own, so that the schema that dlt restores holds one table, not all."""
    return _short(f"{SOURCE}_{table}", table)


def _short(name: str, table: str) -> str:
    """dlt takes names of up to 64 characters; a long one ends in a hash of its table."""
    return name if len(name) <= LONGEST else with_digest(name, table)


def remember(
    warehouse: Warehouse, entity_types: Mapping[str, str], page_size: int
) -> dict[str, LoadState]:
    """The states of those tables that were loaded before; `entity_types` is table -> type.

    Only of types that do not fit in a page is it looked up which rows events name: the others are
    read whole.
    """
    states: dict[str, LoadState] = {}
    with (
        warehouse.pipeline(PIPELINE) as pipeline,
        warehouse.opened(),
        pipeline.destination_client() as client,
    ):
        if not isinstance(client, WithStateSync):
            return {}
        for table, entity_type in entity_types.items():
            load_state = stored_memory(client, table)
            if load_state is None:
                continue
            if not warehouse.is_files and isinstance(client, WithSqlClient):
                rows = count_rows_by_state(client, table)
                if rows is None:
                    # Somebody dropped the table: it is loaded as for the first time.
                    continue
                named: tuple[int, ...] = ()
                if load_state.cursor and sum(rows.values()) > page_size:
                    named = event_targets(client, entity_type, load_state.cursor)
                load_state = replace(load_state, rows=rows, named=named)
            states[table] = load_state
    return states


def stored_memory(client: WithStateSync, table: str) -> LoadState | None:
    """What the destination remembers of one table, its rows aside; None: it was never loaded."""
    state = stored_state(client, pipeline_name(table))
    return None if state is None else LoadState.of_state(state, table)


def stored_state(client: WithStateSync, pipeline: str) -> Mapping[str, Any] | None:
    """What the destination has of a pipeline's state; None: nothing was ever loaded by it."""
    try:
        stored = client.get_stored_state(pipeline)
    except DestinationUndefinedEntity:
        return None
    return None if stored is None else decompress_state(stored.state)


def count_rows_by_state(client: WithSqlClient, table: str) -> dict[str, int] | None:
    """State -> rows in the table; None when there is no such table."""
    name = client.sql_client.make_qualified_table_name(table)
    try:
        counted = client.sql_client.execute_sql(
            f"select {STATE}, count(*) from {name} group by {STATE}"
        )
    except DatabaseUndefinedRelation:
        return None
    return {str(state): int(rows) for state, rows in counted or ()}
