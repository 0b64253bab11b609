"""Asking for one page of an entity type's rows by id, and seeing that it is what was asked for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Generic, Protocol, TypeVar

import msgspec

from shotgrid_dagster.site.errors import MalformedAnswer, SiteTooSlow
from shotgrid_dagster.site.http.address import API
from shotgrid_dagster.site.http.decoding import Answer
from shotgrid_dagster.site.http.transport import Transport, search_request
from shotgrid_dagster.site.naming import segment

log = logging.getLogger(__name__)

LARGEST_ID = 2**63 - 1
"""What a column of ids holds."""

LARGEST_PAGE = 5000
"""Rows: the most that a site gives in one page."""

SMALLEST_PAGE = 50
"""Rows: a site that is too slow for them is not asked for fewer."""

SLOW_TRIES = 2
"""How often a site may run out of time over a page before it is asked for fewer rows."""

Condition = Sequence[object] | Mapping[str, object]
"""One filter triple (path, relation, value), or a group of them in hash syntax."""


class Page(Protocol):
    """What a decoder makes of one page: enough to go on from it."""

    @property
    def ids(self) -> Sequence[int]:
        """The ids of its rows, in the site's order."""


P = TypeVar("P", bound=Page)


@dataclass(frozen=True)
class Found(Generic[P]):
    """A page that is in order."""

    answer: Answer[P]
    count: int
    first_id: int
    last_id: int
    """Of a page without rows, both are the id above which was asked."""
    is_full: bool
    """Whether there may be more rows behind it."""


class _Ids(msgspec.Struct):
    data: list[_Id]


class _Id(msgspec.Struct):
    id: int


_decode_ids = msgspec.json.Decoder(_Ids).decode


def options(*, retired: bool) -> dict[str, object]:
    """Read options: rows of archived projects always; retired rows only in a pass of their own."""
    read: dict[str, object] = {"include_archived_projects": True}
    if retired:
        read["return_only"] = "retired"
    return read


@dataclass
class Search(Generic[P]):
    """What a walk asks for, again and again.

    A site that runs out of time over a page, as it may with hundreds of fields, is asked for fewer
    rows at a time.
    """

    transport: Transport
    entity_type: str
    fields: list[str]
    decode: Callable[[bytes], P]
    retired: bool
    where: list[Condition]
    page_size: int
    """Rows; fewer than at first, when the site was too slow."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def page(self, after: int, until: int | None = None) -> Found[P]:
        """The first rows with ids above `after`, up to `until`.

        Raises:
            MalformedAnswer: their ids do not ascend, or are others.
            SiteError: the request failed for good.
        """
        while True:
            size = self.page_size
            request = search_request(self._path, self._body(after, until, self.fields, "id", size))
            slow_tries = SLOW_TRIES if size > SMALLEST_PAGE else None
            try:
                answer = self.transport.call(
                    request, self.transport.reads(self.decode), slow_tries=slow_tries
                )
            except SiteTooSlow:
                if size <= SMALLEST_PAGE:
                    raise
                self._ask_for_fewer_than(size)
            else:
                return self._in_order(answer, after, until, size)

    def newest(self, after: int) -> int:
        """The highest id that there is now; `after`, when none is above it."""
        body = self._body(after, None, ["id"], "-id", 1)
        rows = self.transport.post(self._path, body, _decode_ids).value.data
        return rows[0].id if rows else after

    @property
    def _path(self) -> str:
        return f"/entity/{segment(self.entity_type)}/_search"

    def _in_order(self, answer: Answer[P], after: int, until: int | None, size: int) -> Found[P]:
        """The page, if each id is above the one before, and none is outside of what was asked."""
        ids = answer.value.ids
        if not ids:
            return Found(answer, 0, after, after, is_full=False)
        wrong = next((pair for pair in pairwise((after, *ids)) if pair[1] <= pair[0]), None)
        if wrong is not None:
            raise self._refused(after, until, f"id {wrong[1]} comes behind id {wrong[0]}")
        if until is not None and ids[-1] > until:
            raise self._refused(after, until, f"id {ids[-1]} is among them")
        if ids[-1] > LARGEST_ID:
            raise MalformedAnswer(
                f"{self.transport.base_url}{API}{self._path} gave a row of {self.entity_type} the "
                f"id {ids[-1]}, which has more than 64 bits.",
                "None of these rows was loaded; tell the site's administrator.",
            )
        return Found(answer, len(ids), ids[0], ids[-1], is_full=len(ids) >= size)

    def _refused(self, after: int, until: int | None, why: str) -> MalformedAnswer:
        span = f"above id {after}" + ("" if until is None else f" and up to {until}")
        return MalformedAnswer(
            f"{self.transport.base_url}{API}{self._path} was asked for rows of {self.entity_type} "
            f"{span} in the order of their ids, but {why}: it seems to ignore filters or sorting.",
            "None of these rows was loaded; tell the site's administrator, and whoever runs a "
            "proxy on the way.",
        )

    def _ask_for_fewer_than(self, size: int) -> None:
        """A quarter of the rows; once, however many pages were too much at the same time."""
        with self._lock:
            if self.page_size == size:
                self.page_size = max(SMALLEST_PAGE, size // 4)
                log.warning(
                    "%s rows of %s take the site too long: asking for %s at a time",
                    f"{size:,}", self.entity_type, f"{self.page_size:,}",
                )  # fmt: skip

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
