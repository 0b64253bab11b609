"""How an entity type is read this time, and why."""

from __future__ import annotations

from dataclasses import dataclass

from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.source.reading.event_log import EVENT_LOG, EventLog
from shotgrid_dagster.source.reading.event_position import EventPosition
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
    events: EventPosition | None = None,
    went_back_to: int | None = None,
) -> Reading:
    """The cheapest channel that keeps the type true.

    A type that fits in one page is read whole, which is the cheapest and the truest. A bigger one
    is read by window, if its rows have a stamp.

    `events`: those that happened before. `went_back_to`: of the event log, the newest entry that
    is still the site's, if it is not the newest that is held; None: it is.
    """
    if entity_type.name == EVENT_LOG:
        why, after = _part_of_log(load_state, mode, scope)
        if went_back_to is not None and load_state.last_id:
            after = min(after, went_back_to)
            why = f"from id {after} on, for the site went back"
            return EventLog(site, entity_type, why, after, events, went_back=True)
        return EventLog(
            site,
            entity_type,
            why,
            after,
            events,
            columns=load_state.columns,
            is_refresh=mode.full_refresh and load_state.is_loaded,
        )
    if not load_state.is_loaded:
        why = "goes on where it was interrupted" if load_state.resume else "first load"
        return Snapshot(site, entity_type, why, load_state.resume)
    if mode.full_refresh:
        return Snapshot(site, entity_type, "full refresh")
    if site.clock.is_ahead(load_state.since):
        snapshot = Snapshot(site, entity_type, "its cursor is still to come: all rows, once")
        snapshot.warning = (
            f"The cursor of {entity_type.name}, {load_state.cursor}, is still to come by the clock "
            "of the site: an answer had a wrong time once, or the clock was set back. The type is "
            "read whole, once, and its cursor is pulled back."
        )
        return snapshot
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


def _part_of_log(load_state: LoadState, mode: LoadMode, scope: str) -> tuple[str, int]:
    """Why it is read how far, and behind which entry."""
    if mode.full_refresh or not load_state.last_id:
        return "from the first entry on", 0
    if load_state.scope != scope:
        return "other projects than before: from the first entry", 0
    return f"from id {load_state.last_id} on", load_state.last_id
