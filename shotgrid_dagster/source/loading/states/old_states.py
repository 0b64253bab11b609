"""The load states of databases made by version 0.1.0, which kept them in dlt's pipeline state.

Each entity type had a dlt pipeline of its own then. What is found here is stored anew, as a row of
`_sg_load_state`, by the next load of the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dlt.common.destination.client import WithStateSync
from dlt.common.destination.exceptions import DestinationUndefinedEntity
from dlt.common.versioned_state import decompress_state

from shotgrid_dagster.config.project import SOURCE
from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.destination.warehouse import PIPELINE
from shotgrid_dagster.site.naming import LONGEST, with_digest
from shotgrid_dagster.source.reading.load_state import LoadState
from shotgrid_dagster.source.reading.snapshot import Resume


def old_states(tables: Tables, of: Iterable[str]) -> dict[str, LoadState]:
    """Table -> its state, of those tables that version 0.1.0 loaded."""
    states: dict[str, LoadState] = {}
    with tables.opened(), tables.pipeline.destination_client() as client:
        if not isinstance(client, WithStateSync):
            return {}
        for table in of:
            try:
                stored = client.get_stored_state(_short(f"{PIPELINE}__{table}", table))
            except DestinationUndefinedEntity:
                return {}
            if stored is not None:
                states[table] = _from_state(decompress_state(stored.state), table)
    return states


def _from_state(state: Mapping[str, Any], table: str) -> LoadState:
    source = _short(f"{SOURCE}_{table}", table)
    resources = state.get("sources", {}).get(source, {}).get("resources", {})
    kept = resources.get(table, {})
    resume = kept.get("resume")
    return LoadState(
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


def _short(name: str, table: str) -> str:
    """The name as dlt takes it: up to 64 characters; a long one ends in a hash of its table."""
    return name if len(name) <= LONGEST else with_digest(name, table)
