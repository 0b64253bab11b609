"""Reading all rows of an entity type: by id, a page at a time.

A row's id never changes, so a walk by `id greater_than last` neither skips nor repeats a row
while people edit, which offset paging does. `links.next` is not used: a site sends it for ever,
on empty pages too (measured on a real site).

A long walk need not wait for one page to ask for the next: between the ids that it has reached and
the newest, it asks for several stretches of ids at once, and hands their pages on in id order.

A site that runs out of time over a page, as it may with hundreds of fields, is asked for fewer rows
at a time.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import msgspec

from shotgrid_dagster.site.errors import MalformedAnswer, SiteTooSlow
from shotgrid_dagster.site.http.transport import Answer, Transport
from shotgrid_dagster.site.request_stats import RequestStats

log = logging.getLogger(__name__)

LARGEST_PAGE = 5000
"""Rows: the most that a site gives in one page."""

SMALLEST_PAGE = 50
"""Rows: a site that is too slow for them is not asked for fewer."""

SLOW_TRIES = 2
"""How often a site may run out of time over a page before it is asked for fewer rows."""

STEPS = 2
"""Full pages that are read one after the other before several are asked for at once."""

FILL = 0.9
"""How full a page of a stretch is meant to be: one that is full may have left rows out, which costs
another call."""

AHEAD_ROWS = 20_000
"""Rows that a walk may have under way or waiting, where pages are small."""

Condition = Sequence[object] | Mapping[str, object]
"""One filter triple (path, relation, value), or a group of them in hash syntax."""


class Page(Protocol):
    """What a decoder makes of one page: enough to go on from it."""

    @property
    def count(self) -> int: ...

    @property
    def first_id(self) -> int | None: ...

    @property
    def last_id(self) -> int | None: ...


P = TypeVar("P", bound=Page)


def options(*, retired: bool) -> dict[str, object]:
    """Read options: rows of archived projects always; retired rows only in a pass of their own."""
    read: dict[str, object] = {"include_archived_projects": True}
    if retired:
        read["return_only"] = "retired"
    return read


@dataclass(frozen=True)
class Ahead:
    """Where a walk has its pages read, and how many of them may be under way or waiting."""

    executor: Executor
    pages: int


def pages_ahead(concurrency: int, page_size: int) -> int:
    """How many pages of a walk may be under way or waiting: a page for each request that may be
    sent at once, and while some are decoded or wait for an earlier one, the next ones are asked
    for; up to three times as many, as long as they are small."""
    return max(concurrency, min(3 * concurrency, AHEAD_ROWS // page_size))


def walk(
    transport: Transport,
    entity_type: str,
    fields: Sequence[str],
    decode: Callable[[bytes], P],
    stats: RequestStats,
    *,
    retired: bool = False,
    after: int = 0,
    where: Sequence[Condition] = (),
    page_size: int = LARGEST_PAGE,
    ahead: Ahead | None = None,
) -> Iterator[Answer[P]]:
    """The pages of one entity type in id order, from the row behind id `after`.

    Ends on a page with fewer rows than it may have. `where` narrows it by further conditions.
    Without `ahead`, one page is asked for at a time.

    Raises:
        SiteError: a request failed for good, or a page did not move the walk on.
    """
    search = _Search(
        transport, entity_type, list(fields), decode, stats, retired, list(where), page_size
    )
    begun, rows, pages = after, 0, 0
    while True:
        answer, is_full = search.page(after)
        if answer.value.count:
            yield answer
        if not is_full:
            return
        after = search.last_id(answer.value, after)
        rows += answer.value.count
        pages += 1
        if ahead is not None and pages % STEPS == 0:
            stretches = _IdRanges(search, ahead, rows / (after - begun))
            reached = yield from stretches.walk(after, search.newest(after))
            if reached is None:
                return
            after = begun = reached
            rows = 0


@dataclass
class _Stretch(Generic[P]):
    """The rows with ids above `low`, up to `top` (None: all that there are)."""

    low: int
    top: int | None
    page: Future[tuple[Answer[P], bool]] | None = None
    """The first of them, once they are asked for."""


@dataclass
class _IdRanges(Generic[P]):
    """Several pages of a long walk asked for at once, and handed on in id order."""

    search: _Search[P]
    ahead: Ahead
    density: float
    """Rows an id, where it was last seen."""
    _queue: deque[_Stretch[P]] = field(default_factory=deque)
    """In id order, without a gap; those that are not asked for yet are cut before they are."""

    def walk(self, after: int, newest: int) -> Generator[Answer[P], None, int | None]:
        """The pages of the rows above `after`: up to the newest, and the page behind it, which has
        what was made since. Gives the last id, or None when no row is left behind it."""
        width = self._width(self.density)
        if after < newest:
            self._queue.append(_Stretch(after, newest))
        self._queue.append(_Stretch(newest, None))
        try:
            while True:  # the one without a top comes last
                self._ask(width)
                stretch = self._queue.popleft()
                assert stretch.page is not None
                answer, is_full = stretch.page.result()
                low, top, count = stretch.low, stretch.top, answer.value.count
                last = low
                if count:
                    last = self.search.last_id(answer.value, low, top)
                    yield answer
                if top is None:
                    return last if is_full else None
                if not is_full:
                    width = self._width(count / (top - low))
                    continue
                if last < top:
                    self._queue.appendleft(_Stretch(last, top))
                first = answer.value.first_id or low
                width = self._width(count / (last + 1 - first))
        finally:
            for item in self._queue:
                if item.page is not None:
                    item.page.cancel()

    def _ask(self, width: float) -> None:
        """Ask for the next pages, for each of so many ids at most."""
        at = 0
        while at < min(len(self._queue), self.ahead.pages):
            one = self._queue[at]
            if one.page is None:
                if one.top is not None and one.top > one.low + width:
                    middle = one.low + int(width)
                    self._queue.insert(at + 1, _Stretch(middle, one.top))
                    one.top = middle
                one.page = self.ahead.executor.submit(self.search.page, one.low, one.top)
            at += 1

    def _width(self, density: float) -> float:
        """The ids of the next stretches, after one that had so many rows an id. Fewer as soon as
        the rows are denser, but more only when they have been further apart twice: a page that is
        full of rows takes another call for those that it left out. After two stretches without a
        row, all ids that there are: however wide the gap is, one page is behind it."""
        dense = max(density, self.density)
        self.density = density
        return max(1, round(FILL * self.search.page_size / dense)) if dense else math.inf


class _Ids(msgspec.Struct):
    data: list[_Id]


class _Id(msgspec.Struct):
    id: int


@dataclass
class _Search(Generic[P]):
    """What a walk asks for, again and again."""

    transport: Transport
    entity_type: str
    fields: list[str]
    decode: Callable[[bytes], P]
    stats: RequestStats
    retired: bool
    where: list[Condition]
    page_size: int
    """Rows; fewer than at first, when the site was too slow."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def path(self) -> str:
        return f"/entity/{self.entity_type}/_search"

    def page(self, after: int, until: int | None = None) -> tuple[Answer[P], bool]:
        """The first rows with ids above `after`, up to `until`; whether there may be more."""
        while True:
            size = self.page_size
            body = self._body(after, until, self.fields, "id", size)
            slow_tries = SLOW_TRIES if size > SMALLEST_PAGE else None
            try:
                answer = self.transport.post(
                    self.path, body, self.decode, self.stats, slow_tries=slow_tries
                )
            except SiteTooSlow:
                if size <= SMALLEST_PAGE:
                    raise
                self._ask_for_fewer_than(size)
            else:
                return answer, answer.value.count >= size

    def _ask_for_fewer_than(self, size: int) -> None:
        """A quarter of the rows; once, however many pages were too much at the same time."""
        with self._lock:
            if self.page_size == size:
                self.page_size = max(SMALLEST_PAGE, size // 4)
                log.warning(
                    "%s rows of %s take the site too long: asking for %s at a time",
                    f"{size:,}", self.entity_type, f"{self.page_size:,}",
                )  # fmt: skip

    def newest(self, after: int) -> int:
        """The highest id that there is now; `after`, when none is above it."""
        decode = msgspec.json.Decoder(_Ids).decode
        body = self._body(after, None, ["id"], "-id", 1)
        found = self.transport.post(self.path, body, decode, self.stats).value.data
        return found[0].id if found else after

    def last_id(self, page: P, after: int, until: int | None = None) -> int:
        """The last id of a page with rows.

        Raises:
            MalformedAnswer: it is not among those that were asked for.
        """
        last = page.last_id
        if last is None or last <= after or (until is not None and last > until):
            asked = f"above id {after}" + ("" if until is None else f" and up to {until}")
            raise MalformedAnswer(
                f"{self.transport.base_url} answered {self.path}, which asked for rows {asked}, "
                "with others: it seems to ignore filters or sorting."
            )
        return last

    def _body(
        self, after: int, until: int | None, fields: list[str], sort: str, size: int
    ) -> dict[str, object]:
        ids: list[Condition] = [["id", "greater_than", after]]
        if until is not None:
            # Ids are whole numbers: a real site is known to take `less_than` on them.
            ids.append(["id", "less_than", until + 1])
        return {
            "filters": {"logical_operator": "and", "conditions": [*ids, *self.where]},
            "fields": fields,
            "sort": sort,
            "page": {"size": size},
            "options": options(retired=self.retired),
        }
