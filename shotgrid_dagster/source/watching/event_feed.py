"""What the site's event log says is new, without loading it: what the sensor asks.

Ids are handed out early and committed late. So besides the entries above the newest id that was
seen, the gaps below it are asked for again, until the entry behind a gap is older than the
holdback. The low-water mark is the id below the oldest gap. All of it is bounded: entries, requests
and seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from shotgrid_dagster.site import Site
from shotgrid_dagster.site.request_stats import RequestStats
from shotgrid_dagster.site.rows import PageOf
from shotgrid_dagster.site.search import Condition
from shotgrid_dagster.source.reading.event_log import EVENT_LOG, HOLDBACK

LOOK_BACK = 2000
"""Ids below the newest among which the first look searches for gaps: on a real site, entries 10,000
ids down were all there, and among the newest 700 there were nine gaps."""

GAPS = 300
"""Gaps that are kept; beyond them the oldest are given up, as the load does not depend on them."""

_EVENT_TYPE = re.compile(r"^Shotgun_(?P<entity_type>\w+)_(?P<kind>Change|New|Retirement|Revival)$")
"""Logins, downloads and the like change no row."""


class _Attributes(msgspec.Struct, gc=False):
    event_type: str | None = None
    attribute_name: str | None = None
    created_at: datetime | None = None


class _Entry(msgspec.Struct, gc=False):
    id: int
    attributes: _Attributes


_FIELDS = ("event_type", "attribute_name", "created_at")
_decode: Callable[[bytes], PageOf[_Entry]] = msgspec.json.Decoder(PageOf[_Entry]).decode


@dataclass(frozen=True)
class Event:
    """One entry, as far as it matters: what changed, not to what."""

    id: int
    entity_type: str
    kind: str
    """Change, New, Retirement or Revival."""
    attribute: str | None
    at: datetime | None


class Gap(msgspec.Struct, frozen=True):
    """Ids that were not there when the entry behind them was."""

    first: int
    last: int
    behind: datetime | None
    """When the entry behind was made."""


class Position(msgspec.Struct, frozen=True):
    """How far the log was looked at."""

    newest: int
    gaps: tuple[Gap, ...] = ()
    newest_at: datetime | None = None
    """When the newest was made; None: it is no entry that was seen."""

    @property
    def low_water(self) -> int:
        """Up to here nothing will come any more."""
        return min((gap.first - 1 for gap in self.gaps), default=self.newest)


@dataclass
class Budget:
    """What one look may cost the site. Time is passed in."""

    entries: int
    requests: int
    until: float
    clock: Callable[[], float]
    stats: RequestStats = field(default_factory=RequestStats)

    @property
    def is_spent(self) -> bool:
        """Whether the entries, the requests or the time that a look may take are used up."""
        return (
            self.entries <= 0 or self.stats.requests >= self.requests or self.clock() >= self.until
        )


@dataclass(frozen=True)
class Look:
    """What was found, and from where to go on."""

    position: Position
    events: tuple[Event, ...] = ()
    late: int = 0
    """Of the events, those that appeared behind the newest."""
    is_complete: bool = True
    """False: the budget was spent; the rest is found by the next look."""
    went_back: bool = False
    """Whether the newest entry that was seen is there no more, or is another one: the site was
    restored from a backup, or the script sees less. Then watching begins anew."""


def first_position(site: Site, budget: Budget) -> Position:
    """Where to begin: at the newest entry, with the gaps among those just below it.

    Raises:
        SiteError: the site refused, or failed for good.
    """
    newest = site.counting(budget.stats).newest_id(EVENT_LOG)
    position = look(site, Position(max(0, newest - LOOK_BACK)), budget).position
    # If there was no time for the gaps, they are given up: nothing that was before is replayed.
    return position if position.newest >= newest else Position(newest)


def look(site: Site, position: Position, budget: Budget) -> Look:
    """The entries that were not there at the last look.

    Raises:
        SiteError: the site refused, or failed for good.
    """
    late: list[_Entry] = []
    if position.gaps and not budget.is_spent:
        ranges = [["id", "between", [gap.first, gap.last]] for gap in position.gaps]
        where: Condition = {"logical_operator": "or", "conditions": ranges}
        late = list(_entries(site, position.low_water, budget, [where]))
    # The newest that was seen must still be there: it is asked for too.
    again = 1 if position.newest_at is not None else 0
    new = list(_entries(site, position.newest - again, budget))
    if again and new and new[0].id == position.newest:
        went_back = new[0].attributes.created_at != position.newest_at
        new = new[1:]
    else:
        went_back = bool(again)
    if went_back:
        return Look(first_position(site, budget), went_back=True)
    now = budget.stats.started_at
    assert now is not None, "the site was not asked"
    return Look(
        position=moved_on(position, late, new, now),
        events=tuple(event for entry in (*late, *new) if (event := as_event(entry)) is not None),
        late=len(late),
        is_complete=not budget.is_spent,
    )


def moved_on(
    position: Position, late: Sequence[_Entry], new: Sequence[_Entry], now: datetime
) -> Position:
    """The position after some entries; both sequences are in id order."""
    gaps = list(_narrowed(position.gaps, [entry.id for entry in late]))
    newest, newest_at = position.newest, position.newest_at
    latest = newest_at
    for entry in new:
        # A stamp may be back-dated: an entry is no older than those before it. And what is seen
        # was made by now, though the site's clock may have been a second ahead of this estimate.
        made = entry.attributes.created_at
        if made is not None and (latest is None or made > latest):
            latest = min(made, now)
        if entry.id > newest + 1:
            gaps.append(Gap(newest + 1, entry.id - 1, latest))
        newest, newest_at = entry.id, made
    open_ = [gap for gap in gaps if gap.behind is None or gap.behind > now - HOLDBACK]
    return Position(newest, tuple(open_[-GAPS:]), newest_at)


def as_event(entry: _Entry) -> Event | None:
    """What an entry is about; None: nothing that is in a table (a login, a page's settings)."""
    of = entry.attributes
    match = _EVENT_TYPE.match(of.event_type or "")
    if match is None:
        return None
    return Event(entry.id, match["entity_type"], match["kind"], of.attribute_name, of.created_at)


def _entries(
    site: Site, after: int, budget: Budget, where: Sequence[Condition] = ()
) -> Iterator[_Entry]:
    counted = site.counting(budget.stats)
    for answer in counted.pages(EVENT_LOG, _FIELDS, _decode, after=after, where=where):
        yield from answer.value.data
        budget.entries -= len(answer.value.data)
        if budget.is_spent:
            return


def _narrowed(gaps: Iterable[Gap], came: Sequence[int]) -> Iterator[Gap]:
    """The gaps without the ids that came."""
    for gap in gaps:
        first = gap.first
        for id_ in came:
            if first <= id_ <= gap.last:
                if id_ > first:
                    yield _part(gap, first, id_ - 1)
                first = id_ + 1
        if first <= gap.last:
            yield _part(gap, first, gap.last)


def _part(gap: Gap, first: int, last: int) -> Gap:
    return msgspec.structs.replace(gap, first=first, last=last)


# -- rows that changed although no entry says so


class _Stamp(msgspec.Struct, gc=False):
    updated_at: datetime | None = None


class _Stamped(msgspec.Struct, gc=False):
    id: int
    attributes: _Stamp


_decode_stamps: Callable[[bytes], PageOf[_Stamped]] = msgspec.json.Decoder(PageOf[_Stamped]).decode


def silent_change(
    site: Site, entity_type: str, after: datetime, before: datetime
) -> datetime | None:
    """The newest `updated_at` of live rows between two times; None: no row has one. One request.

    Raises:
        RequestRefused: the type has no `updated_at`, or is not on the site.
        SiteError: the site refused, or failed for good.
    """
    where = [
        ["updated_at", "greater_than", _iso(after)],
        ["updated_at", "less_than", _iso(before)],
    ]
    pages = site.pages(entity_type, ("updated_at",), _decode_stamps, where=where)
    page = next(pages, None)
    stamps = [row.attributes.updated_at for row in page.value.data] if page else []
    return max((stamp for stamp in stamps if stamp is not None), default=None)


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
