"""The load states that a destination keeps: read with a few queries for all tables of a run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.source.loading.quarantine_table import TABLE as QUARANTINE
from shotgrid_dagster.source.loading.states import state_table
from shotgrid_dagster.source.loading.states.old_states import old_states
from shotgrid_dagster.source.reading.event_position import EventPosition
from shotgrid_dagster.source.reading.event_targets import LOG, event_targets, held_shown_anew
from shotgrid_dagster.source.reading.load_state import LoadState
from shotgrid_dagster.source.reading.shown_anew import NOTHING, ShownAnew
from shotgrid_dagster.source.tables.columns import LOAD_ID, STATE

KEPT = 3
"""Generations of a table's state that stay; what is older is deleted."""


def read_states(
    tables: Tables, entity_types: Mapping[str, str], page_size: int
) -> dict[str, LoadState]:
    """The states of those tables that are there; `entity_types` is table -> type.

    Only of types that do not fit in a page is it looked up which rows events name: the others are
    read whole.
    """
    with tables.opened():
        there = tables.names()
        has_log = LOG in there
        # A table that somebody dropped is loaded as for the first time.
        loaded = [table for table in entity_types if table in there]
        tables.forget_missing(set(entity_types) - there if there else set())
        states = {table: LoadState() for table in loaded}
        stored = stored_states(tables, [*loaded, LOG] if has_log else loaded, there)
        log_columns = stored.get(LOG, LoadState()).columns
        states |= {table: stored[table] for table in loaded if table in stored}
        counts = tables.count_by(STATE, loaded)
        quarantined = tables.count_by("table_name", [QUARANTINE] if QUARANTINE in there else [])
        in_quarantine = quarantined.get(QUARANTINE, {})
        told: dict[EventPosition | None, ShownAnew] = {}
        for table, state in states.items():
            rows = counts[table]
            named: tuple[int, ...] = ()
            is_big = sum(rows.values()) > page_size
            if has_log and state.cursor and is_big:
                type_ = entity_types[table]
                named = event_targets(tables, type_, state.followed, state.cursor)
            shown_anew = NOTHING
            if has_log and state.cursor and (is_big or table == LOG):
                if state.followed not in told:
                    told[state.followed] = held_shown_anew(tables, state.followed, log_columns)
                shown_anew = told[state.followed]
            states[table] = replace(
                state,
                rows=rows,
                named=named,
                shown_anew=shown_anew,
                quarantined=in_quarantine.get(table, 0),
            )
    return states


def stored_states(
    tables: Tables, of: Iterable[str], there: Collection[str] | None = None
) -> dict[str, LoadState]:
    """Table -> its newest state, as it was stored; `there` are the destination's tables."""
    wanted = set(of)
    there = tables.names() if there is None else there
    states: dict[str, LoadState] = {}
    if state_table.TABLE in there:
        for row in _rows(tables):
            table = str(row["table_name"])
            state = LoadState.from_row(row)
            known = states.get(table)
            if table in wanted and (known is None or state.generation > known.generation):
                states[table] = state
    without = wanted.difference(states)
    if without and "_dlt_pipeline_state" in there:
        states |= old_states(tables, without)
    return states


def generations(tables: Tables, of: Collection[str]) -> dict[str, int]:
    """Table -> the generation of its newest state; 0 where there is none."""
    states = stored_states(tables, of)
    return {table: states[table].generation if table in states else 0 for table in of}


def delete_old_states(tables: Tables, states: Mapping[str, LoadState]) -> None:
    """Delete the states that nobody asks for any more; `states` are the newest."""
    if tables.dialect.is_files:
        return
    for table, state in states.items():
        if state.generation > KEPT and state.generation % KEPT == 0:
            tables.rows(
                f"delete from {{{state_table.TABLE}}} where table_name = %s and generation < %s",
                table,
                state.generation - KEPT,
            )


def _rows(tables: Tables) -> list[dict[str, object]]:
    """The rows of complete loads, with the columns that are there: older tables have fewer."""
    complete = tables.complete_loads()
    if complete is not None:
        rows = tables.all_columns(state_table.TABLE).to_pylist()
        return [row for row in rows if row[LOAD_ID] in complete]
    return tables.records(
        f"select s.* from {{{state_table.TABLE}}} as s "
        f"join {{_dlt_loads}} as l on l.load_id = s.{LOAD_ID} where l.status = 0"
    )
