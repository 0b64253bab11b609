"""Watching a site: which entity types changed since the last look, by its events or in silence.

A script's writes leave entries only if its account is set to log them, which is off by default.
So a few entity types a look are also asked for rows that are stamped later than the newest entry
about them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from shotgrid_dagster.site import Site
from shotgrid_dagster.site.errors import RequestRefused
from shotgrid_dagster.source.watching.asked import Asked
from shotgrid_dagster.source.watching.event_feed import (
    Budget,
    Event,
    Position,
    first_position,
    look,
    silent_change,
)
from shotgrid_dagster.source.watching.side_effects import touched

SILENT_AT_ONCE = 5
"""Entity types a look that are asked for silent changes: one request each."""

SETTLED = timedelta(seconds=60)
"""A row stamped later than the newest entry about its type, by more than this, and longer ago than
this, was changed without an entry."""


class Cursor(msgspec.Struct, frozen=True):
    """What is kept between two looks, as JSON."""

    position: Position
    began: datetime
    """The site's time at the first look."""
    asked: int = 0
    """How often something was asked for: makes each run key one of a kind."""
    waiting: dict[str, bool] = msgspec.field(default_factory=dict)
    """Entity type -> whether it takes a census, of what changed while its last run was at work."""
    runs: tuple[Asked, ...] = ()
    """Those that were asked for and are not known to have ended well."""
    failures: int = 0
    """How many runs in a row, the one before that included, did not end well."""
    given_up: dict[str, bool] = msgspec.field(default_factory=dict)
    """What so many runs did not load that it waits for the next change of anything."""
    known: dict[str, datetime] = msgspec.field(default_factory=dict)
    """Entity type -> up to when its changes are accounted for, by an entry or by a look."""
    turn: int = 0
    """Which entity types are asked next for silent changes."""

    def to_json(self) -> str:
        """The cursor as a text, which `from_json` reads."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str | None) -> Cursor | None:
        """The cursor in a text; None when there is none, or one that cannot be read.

        Then the watching begins anew.
        """
        try:
            return msgspec.json.decode(text, type=cls) if text else None
        except msgspec.MsgspecError:
            return None


@dataclass(frozen=True)
class Sighting:
    """What one look found."""

    cursor: Cursor
    """Where the next look goes on."""
    changed: Mapping[str, bool]
    """Entity type that is loaded -> whether it takes a census."""
    events: Sequence[Event] = ()
    late: int = 0
    not_loaded: Sequence[str] = ()
    """Entity types that changed and that nobody loads."""
    silent: Sequence[str] = ()
    """Those whose rows changed without an entry."""
    is_complete: bool = True
    went_back: bool = False
    """Whether the site went back to an older state: then all that is loaded is asked for."""
    is_first: bool = False


def watch(
    site: Site,
    cursor: Cursor | None,
    loaded: Collection[str],
    stamped: Sequence[str],
    budget: Budget,
) -> Sighting:
    """Look once. The first look replays nothing: it only notes where the log ends.

    Args:
        site: the site.
        cursor: what the last look left.
        loaded: the entity types that have an asset.
        stamped: those of them whose rows have `updated_at`, in an order that stays.
        budget: what it may cost.

    Raises:
        SiteError: the site refused, or failed for good; nothing moved on.
    """
    if cursor is None:
        position = first_position(site, budget)
        began = budget.stats.started_at
        assert began is not None, "the site was not asked"
        return Sighting(Cursor(position, began), {}, is_first=True)
    seen = look(site, cursor.position, budget)
    known = dict(cursor.known)
    for event in seen.events:
        if event.at is not None:
            until = event.at + SETTLED
            known[event.entity_type] = max(until, known.get(event.entity_type, until))
    turn, silent = _in_silence(site, cursor, known, stamped, budget)
    changed = touched(seen.events)
    if seen.went_back:
        changed = dict.fromkeys(loaded, False)
    for name in silent:
        changed.setdefault(name, False)
    wanted = {name: census for name, census in changed.items() if name in loaded}
    for name, census in cursor.waiting.items():
        if name in loaded:
            wanted[name] = wanted.get(name, False) or census
    return Sighting(
        cursor=msgspec.structs.replace(
            cursor, position=seen.position, known=known, turn=turn, waiting={}
        ),
        changed=wanted,
        events=seen.events,
        late=seen.late,
        not_loaded=sorted(set(changed) - set(loaded)),
        silent=silent,
        is_complete=seen.is_complete,
        went_back=seen.went_back,
    )


def _in_silence(
    site: Site,
    cursor: Cursor,
    known: dict[str, datetime],
    stamped: Sequence[str],
    budget: Budget,
) -> tuple[int, list[str]]:
    """The next turn, and the types with silent changes, which are noted in `known`."""
    now = budget.stats.started_at
    assert now is not None, "the site was not asked"
    counted = site.counting(budget.stats)
    silent: list[str] = []
    turn = cursor.turn
    for _ in range(min(SILENT_AT_ONCE, len(stamped))):
        if budget.is_spent:
            break
        entity_type = stamped[turn % len(stamped)]
        turn = (turn + 1) % len(stamped)
        after = known.get(entity_type, cursor.began)
        before = now - SETTLED
        if after >= before:
            continue
        try:
            newest = silent_change(counted, entity_type, after, before)
        except RequestRefused:
            continue  # not on this site, or without `updated_at`
        if newest is not None:
            known[entity_type] = newest
            silent.append(entity_type)
    return turn, silent
