"""Reading all rows of an entity type: by id, a page at a time.

A row's id never changes, so a walk by `id greater_than last` neither skips nor repeats a row
while people edit, which offset paging does. `links.next` is not used: a site sends it for ever,
on empty pages too (measured on a real site).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from shotgrid_dagster.site.errors import MalformedAnswer
from shotgrid_dagster.site.tally import Tally
from shotgrid_dagster.site.transport import Answer, Transport

LARGEST_PAGE = 5000
"""Rows: the most that a site gives in one page."""

Condition = Sequence[object] | Mapping[str, object]
"""One filter triple (path, relation, value), or a group of them in hash syntax."""


class Page(Protocol):
    """What a decoder makes of one page: enough to go on from it."""

    @property
    def count(self) -> int: ...

    @property
    def last_id(self) -> int | None: ...


P = TypeVar("P", bound=Page)


def options(*, retired: bool) -> dict[str, object]:
    """Read options: rows of archived projects always; retired rows only in a pass of their own."""
    read: dict[str, object] = {"include_archived_projects": True}
    if retired:
        read["return_only"] = "retired"
    return read


def walk(
    transport: Transport,
    entity_type: str,
    fields: Sequence[str],
    decode: Callable[[bytes], P],
    tally: Tally,
    *,
    retired: bool = False,
    after: int = 0,
    where: Sequence[Condition] = (),
    page_size: int = LARGEST_PAGE,
) -> Iterator[Answer[P]]:
    """The pages of one entity type in id order, from the row behind id `after`.

    Ends on a page with fewer rows than it may have. `where` narrows it by further conditions.

    Raises:
        SiteError: a request failed for good, or a page did not move the walk on.
    """
    path = f"/entity/{entity_type}/_search"
    while True:
        answer = transport.post(
            path,
            {
                "filters": {
                    "logical_operator": "and",
                    "conditions": [["id", "greater_than", after], *where],
                },
                "fields": list(fields),
                "sort": "id",
                "page": {"size": page_size},
                "options": options(retired=retired),
            },
            decode,
            tally,
        )
        page = answer.value
        if page.count:
            yield answer
        if page.count < page_size:
            return
        if page.last_id is None or page.last_id <= after:
            raise MalformedAnswer(
                f"{transport.base_url} answered {path} with rows at or before id {after} that "
                "were not asked for: it seems to ignore filters or sorting."
            )
        after = page.last_id
