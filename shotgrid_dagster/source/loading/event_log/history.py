"""Where the types of a run stand in the site's history, which its event log tells.

The ids of a site's events only grow, unless the site was restored from a backup: then its newest
event is older than the newest that is held, or another one has its id. What was read of any type
since is no longer the site's, and no stamp tells of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone

import pyarrow as pa

from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.site import Site
from shotgrid_dagster.site.errors import SiteError
from shotgrid_dagster.source.loading.states.load_states import stored_states
from shotgrid_dagster.source.reading.event_ids import MADE_AT, event_ids
from shotgrid_dagster.source.reading.event_log import EVENT_LOG
from shotgrid_dagster.source.reading.event_position import EventPosition, position_of
from shotgrid_dagster.source.reading.event_targets import LOG
from shotgrid_dagster.source.reading.load_state import LoadState
from shotgrid_dagster.source.tables.columns import STATE
from shotgrid_dagster.source.tables.row_state import RowState

TAIL = 20
"""Of the newest entries that are held, so many are looked for on the site."""

LOOK_BACK = 2000
"""Ids below the newest in which there may be gaps; see `event_feed.LOOK_BACK`."""

STEP = 1000
"""Ids of the first look for where the site went back to; each further one goes back ten times as
far."""

Made = dict[int, datetime | None]
"""Id -> when the entry was made (UTC)."""


@dataclass(frozen=True)
class History:
    """The event log, as it was when the run began."""

    position: EventPosition | None = None
    """All that happened up to there is in whatever the run reads. None: no log can be read."""
    back_to: int | None = None
    """The newest entry that is held and still the site's, if the site went back; else None."""
    warning: str = ""
    """What is to be said of it."""


def history(tables: Tables, site: Site, *, is_log_loaded: bool) -> History:
    """Look at the event log that is held and, if the run loads it, at the site's.

    A log that cannot be read, whyever, is none: its own load says why.
    """
    held, mark = _held_tail(tables)
    if held is None:
        if not is_log_loaded:
            return History()
        try:
            newest = site.newest_id(EVENT_LOG)
            seen = event_ids(site, max(0, newest - LOOK_BACK), newest)
        except SiteError:
            return History()
        settled = max(0, newest - LOOK_BACK)
        return History(position_of(list(seen.items()), settled) or EventPosition(0))
    position = position_of(list(held.items()), mark)
    if position is None or not is_log_loaded:
        return History(position)
    tail = dict(list(held.items())[-TAIL:])
    try:
        there = event_ids(site, min(tail) - 1, position.newest)
        if _is_same(position.newest, tail, there):
            return History(position)
        back_to = _back_to(tables, site, position.newest)
    except SiteError:
        return History(position)
    return History(
        EventPosition(back_to, (), held.get(back_to)),
        back_to,
        f"The event log of {site.url} went back: entry {position.newest} is held, and the site has "
        f"it no longer, or another one with its id; the newest that both have is {back_to}. The "
        "site was restored from a backup, or the script sees less than before. The log is read "
        f"again behind entry {back_to}, every other type whole, and what the site does not have is "
        f"marked {RowState.LOST}.",
    )


def stale(tables: Tables, now: History, states: Iterable[LoadState]) -> list[LoadState]:
    """Those of the states that were made in a history which is no longer the site's."""
    of = [state for state in states if state.is_loaded]
    if now.back_to is not None:
        back_to = now.back_to
        return [state for state in of if not state.followed or state.followed.newest > back_to]
    if now.position is None:
        return []
    asked = {
        state.followed.newest
        for state in of
        if state.followed and state.followed.newest != now.position.newest
    }
    others = [state for state in of if state.followed and state.followed.newest not in asked]
    entries = {now.position.newest: (now.position.at, RowState.LIVE)} if others else {}
    if asked:
        rows = tables.read_rows(LOG, pa.array(sorted(asked), pa.int64()))
        made = _times(rows) if MADE_AT in rows.column_names else [None] * rows.num_rows
        for id_, at, row_state in zip(
            rows["id"].to_pylist(), made, rows[STATE].to_pylist(), strict=True
        ):
            entries[id_] = at, RowState(row_state)
    return [state for state in of if state.followed and _is_other(state.followed, entries)]


def _is_other(
    followed: EventPosition, entries: dict[int, tuple[datetime | None, RowState]]
) -> bool:
    if followed.newest not in entries:
        return False
    at, row_state = entries[followed.newest]
    is_other_time = bool(at and followed.at and at != followed.at)
    return row_state == RowState.LOST or is_other_time


def _held_tail(tables: Tables) -> tuple[Made | None, int]:
    """The newest entries that are held, those above the low-water mark included, and that mark.

    None: the log was not loaded.
    """
    with tables.opened():
        there = tables.names()
        state = stored_states(tables, [LOG], there).get(LOG) if LOG in there else None
        if state is None or not state.is_loaded or not state.last_id:
            return None, 0
        return _held(tables, state, state.last_id - STEP), state.last_id


def _held(tables: Tables, state: LoadState, after: int) -> Made:
    dated = [MADE_AT] if MADE_AT in state.columns else []
    rows = tables.read_columns(LOG, ["id", STATE, *dated], after=max(0, after))
    rows = rows.sort_by("id")
    made = _times(rows) if dated else [None] * rows.num_rows
    return {
        id_: at
        for id_, at, row_state in zip(
            rows["id"].to_pylist(), made, rows[STATE].to_pylist(), strict=True
        )
        if row_state == RowState.LIVE
    }


def _times(rows: pa.Table) -> list[datetime | None]:
    return [at and at.astimezone(timezone.utc) for at in rows[MADE_AT].to_pylist()]


def _is_same(id_: int, held: Made, there: Made) -> bool:
    if id_ not in there:
        return False
    return not held[id_] or not there[id_] or held[id_] == there[id_]


def _back_to(tables: Tables, site: Site, newest: int) -> int:
    """The newest entry that both the table and the site have; 0: none."""
    with tables.opened():
        state = stored_states(tables, [LOG])[LOG]
    until, step = newest, STEP
    while until > 0:
        after = max(0, newest - step)
        with tables.opened():
            held = _held(tables, state, after)
        there = event_ids(site, after, until)
        same = [id_ for id_ in there if id_ in held and _is_same(id_, held, there)]
        if same:
            return max(same)
        until, step = after, step * 10
    return 0
