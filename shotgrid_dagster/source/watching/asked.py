"""What was asked for, and what of it the destination does not have yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.source.loading.states.load_states import stored_states
from shotgrid_dagster.source.reading.load_state import LoadState

PATIENCE = 2.0
"""Seconds that another program, which has the DuckDB file open, is waited for."""


class Asked(msgspec.Struct, frozen=True):
    """One run that was asked for."""

    run_key: str
    types: dict[str, bool]
    """Entity type -> whether it takes a census."""
    site_time: datetime
    """The site's time (UTC) at the look that found the changes."""
    asked_at: float
    """This machine's time, in seconds since 1970."""


def not_loaded(asked: Asked, states: Mapping[str, LoadState]) -> dict[str, bool]:
    """What of it was not loaded since, by whichever run: entity type -> whether with a census.

    Args:
        asked: the run.
        states: entity type -> its newest load state in the destination. One that a census is due
            for tells nothing of it: it is asked for again.
    """
    return {
        name: census
        for name, census in asked.types.items()
        if census or not _is_loaded_since(states.get(name), asked.site_time)
    }


def states_of(tables: Tables, table_of: Mapping[str, str]) -> dict[str, LoadState]:
    """Entity type -> its newest load state; `table_of` is entity type -> table.

    Raises:
        WarehouseError: the destination cannot be opened.
    """
    stored = stored_states(tables, table_of.values())
    return {name: stored[table] for name, table in table_of.items() if table in stored}


def _is_loaded_since(state: LoadState | None, at: datetime) -> bool:
    """Whether a reading that began later is loaded: the cursor is when it began, by the site."""
    return state is not None and state.is_loaded and state.since > at
