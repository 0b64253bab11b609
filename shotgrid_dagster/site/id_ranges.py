"""Several pages of a long walk asked for at once, and handed on in id order.

Between the ids that a walk has reached and the newest, the ids are cut into ranges of which each
is meant to fill one page.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Generic

from shotgrid_dagster.site.http.decoding import Answer
from shotgrid_dagster.site.search import Found, P, Search

FILL = 0.9
"""How full the page of a range is meant to be: one that is full may have left rows out, which costs
another call."""

AHEAD_ROWS = 20_000
"""Rows that a walk may have under way or waiting, where pages are small."""


@dataclass(frozen=True)
class ReadAhead:
    """The threads that ask for the pages of walks.

    And how many pages of one walk may be under way or waiting.
    """

    executor: Executor
    pages: int


def pages_ahead(concurrency: int, page_size: int) -> int:
    """How many pages of a walk may be under way or waiting.

    A page for each request that may be sent at once, and while some are decoded or wait for an
    earlier one, the next ones are asked for; up to three times as many, as long as they are small.
    """
    return max(concurrency, min(3 * concurrency, AHEAD_ROWS // page_size))


@dataclass
class IdRange(Generic[P]):
    """The rows with ids above `low`, up to `top` (None: all that there are)."""

    low: int
    top: int | None
    page: Future[Found[P]] | None = None
    """The first of them, once they are asked for."""


@dataclass
class IdRangeWalk(Generic[P]):
    """A walk on from where one page after the other has come to.

    Args:
        search: asks for a page.
        ahead: where, and how many.
        density: rows an id, where it was last seen.
    """

    search: Search[P]
    ahead: ReadAhead
    density: float
    _queue: deque[IdRange[P]] = field(default_factory=deque)
    """In id order, without a gap; those that are not asked for yet are cut before they are."""

    def pages(self, after: int, newest: int) -> Generator[Answer[P], None, int | None]:
        """The pages of the rows above `after`, up to the newest, and the page behind it.

        That page has what was made since. Gives the last id, or None when no row is left behind it.
        """
        width = self._width(self.density)
        if after < newest:
            self._queue.append(IdRange(after, newest))
        self._queue.append(IdRange(newest, None))
        try:
            while True:  # the one without a top comes last
                self._ask(width)
                id_range = self._queue.popleft()
                assert id_range.page is not None
                page = id_range.page.result()
                if page.count:
                    yield page.answer
                low, top = id_range.low, id_range.top
                if top is None:
                    return page.last_id if page.is_full else None
                if not page.is_full:
                    width = self._width(page.count / (top - low))
                    continue
                if page.last_id < top:
                    self._queue.appendleft(IdRange(page.last_id, top))
                width = self._width(page.count / (page.last_id + 1 - page.first_id))
        finally:
            for id_range in self._queue:
                if id_range.page is not None:
                    id_range.page.cancel()

    def _ask(self, width: float) -> None:
        """Ask for the next pages, for each of so many ids at most."""
        position = 0
        while position < min(len(self._queue), self.ahead.pages):
            id_range = self._queue[position]
            if id_range.page is None:
                if id_range.top is not None and id_range.top > id_range.low + width:
                    middle = id_range.low + int(width)
                    self._queue.insert(position + 1, IdRange(middle, id_range.top))
                    id_range.top = middle
                id_range.page = self.ahead.executor.submit(
                    self.search.page, id_range.low, id_range.top
                )
            position += 1

    def _width(self, density: float) -> float:
        """The ids of the next ranges, after one that had so many rows an id.

        Fewer as soon as the rows are denser, but more only when they have been further apart twice:
        a page that is full of rows takes another call for those that it left out. After two ranges
        without a row, all ids that there are: however wide the gap is, one page is behind it.
        """
        dense = max(density, self.density)
        self.density = density
        return max(1, round(FILL * self.search.page_size / dense)) if dense else math.inf
