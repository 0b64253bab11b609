"""How far the entries of the event log were followed: an id, and the gaps below it. Pure.

Never by a stamp: a site's entries may be back-dated. Ids are handed out early and committed late,
so an entry may still appear in a gap.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

MOST_GAPS = 300
"""Gaps that are kept. Where there are more, less counts as followed: some rows are read again."""


@dataclass(frozen=True)
class EventPosition:
    """Up to `newest`, all entries were followed but those in the gaps."""

    newest: int
    gaps: tuple[tuple[int, int], ...] = ()
    """The first and the last missing id of each, in order."""
    at: datetime | None = None
    """When the newest was made: another entry with its id is of another history of the site."""

    def has(self, id_: int) -> bool:
        """Whether an entry was followed."""
        return id_ <= self.newest and not any(first <= id_ <= last for first, last in self.gaps)

    @property
    def first_missing(self) -> int:
        """The lowest id that was not followed."""
        return self.gaps[0][0] if self.gaps else self.newest + 1

    def moved_on(self, made: Sequence[tuple[int, datetime | None]], settled: int) -> EventPosition:
        """The position when more entries (id, when made), in the order of their ids, are followed.

        `settled`: up to this id no other will come any more.
        """
        known = sorted({id_ for id_, _ in made})
        gaps = list(_narrowed(self.gaps, known))
        newest = self.newest
        for id_ in known:
            if id_ > newest:
                if id_ > newest + 1:
                    gaps.append((newest + 1, id_ - 1))
                newest = id_
        at = dict(made).get(newest, self.at if newest == self.newest else None)
        open_ = sorted((max(first, settled + 1), last) for first, last in gaps if last > settled)
        return _with_few_gaps(EventPosition(newest, tuple(open_), at))

    def to_json(self) -> str:
        """As `from_json` takes it."""
        at = self.at and self.at.isoformat()
        return json.dumps({"newest": self.newest, "gaps": self.gaps, "at": at})

    @classmethod
    def from_json(cls, text: str | None) -> EventPosition | None:
        """The position in a text; None when there is none."""
        if not text:
            return None
        known = json.loads(text)
        at = known["at"] and datetime.fromisoformat(known["at"])
        gaps = tuple((int(first), int(last)) for first, last in known["gaps"])
        return cls(int(known["newest"]), gaps, at)


def position_of(made: Sequence[tuple[int, datetime | None]], settled: int) -> EventPosition | None:
    """The position behind these entries (id, when made), whose ids ascend; None without any."""
    above = [entry for entry in made if entry[0] > settled]
    at_mark = dict(made).get(settled)
    if not made:
        return None
    return EventPosition(settled, (), at_mark).moved_on(above, settled)


def _with_few_gaps(position: EventPosition) -> EventPosition:
    if len(position.gaps) <= MOST_GAPS:
        return position
    kept = position.gaps[:MOST_GAPS]
    return EventPosition(position.gaps[MOST_GAPS][0] - 1, kept)


def _narrowed(gaps: Iterable[tuple[int, int]], came: Sequence[int]) -> Iterable[tuple[int, int]]:
    """The gaps without the ids that came."""
    for first, last in gaps:
        start = first
        for id_ in came:
            if start <= id_ <= last:
                if id_ > start:
                    yield start, id_ - 1
                start = id_ + 1
        if start <= last:
            yield start, last
