"""How an entity type is read this time, and why."""

from __future__ import annotations

from dataclasses import dataclass

from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.source.reading.event_log import EVENT_LOG, EventLog
from shotgrid_dagster.source.reading.load_state import LoadState
from shotgrid_dagster.source.reading.reading import Reading
from shotgrid_dagster.source.reading.snapshot import Snapshot
from shotgrid_dagster.source.reading.window import Window
from shotgrid_dagster.source.tables.columns import STAMP
from shotgrid_dagster.source.tables.row_state import SHOWN


@dataclass(frozen=True)
class LoadMode:
    """What a run asks for beyond the ordinary."""

    full_refresh: bool = False
    """Read and load every row anew."""
    census: bool = False
    """Compare all ids, live and retired, with the table."""


ORDINARY = LoadMode()


def choose(
    site: Site,
    entity_type: EntityType,
    load_state: LoadState,
    mode: LoadMode,
    overlap: float,
    scope: str = "",
) -> Reading:
    """The cheapest channel that keeps the type true.

    A type that fits in one page is read whole, which is the cheapest and the truest. A bigger one
    is read by window, if its rows have a stamp.
    """
    if entity_type.name == EVENT_LOG:
        if mode.full_refresh or not load_state.last_id:
            return EventLog(site, entity_type, "from the first entry on")
        if load_state.scope != scope:
            return EventLog(site, entity_type, "other projects than before: from the first entry")
        return EventLog(site, entity_type, f"from id {load_state.last_id} on", load_state.last_id)
    if not load_state.is_loaded:
        why = "goes on where it was interrupted" if load_state.resume else "first load"
        return Snapshot(site, entity_type, why, load_state.resume)
    if mode.full_refresh:
        return Snapshot(site, entity_type, "full refresh")
    if load_state.scope != scope:
        return Snapshot(site, entity_type, "other projects than before")
    if sum(load_state.rows.get(state, 0) for state in SHOWN) <= site.page_size:
        return Snapshot(site, entity_type, "fits in one page")
    if STAMP not in load_state.columns:
        return Snapshot(site, entity_type, f"its rows have no {STAMP}")
    return Window(
        site,
        entity_type,
        f"more than a page of {site.page_size}",
        since=load_state.since,
        overlap=overlap,
        above=load_state.last_id,
        named=load_state.named,
        columns=load_state.columns,
    )
