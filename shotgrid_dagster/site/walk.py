"""Reading all rows of an entity type: by id, a page at a time.

A row's id never changes, so a walk by `id greater_than last` neither skips nor repeats a row
while people edit, which offset paging does. `links.next` is not used: a site sends it for ever,
on empty pages too (measured on a real site). A page whose ids do not ascend is refused, so no row
is handed on twice.

A long walk need not wait for one page to ask for the next: see `id_ranges`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from shotgrid_dagster.site.http.decoding import Answer
from shotgrid_dagster.site.http.transport import Transport
from shotgrid_dagster.site.id_ranges import IdRangeWalk, ReadAhead
from shotgrid_dagster.site.search import LARGEST_PAGE, Condition, P, Search

STEPS = 2
"""Full pages that are read one after the other before several are asked for at once."""


def walk(
    transport: Transport,
    entity_type: str,
    fields: Sequence[str],
    decode: Callable[[bytes], P],
    *,
    retired: bool = False,
    after: int = 0,
    where: Sequence[Condition] = (),
    page_size: int = LARGEST_PAGE,
    ahead: ReadAhead | None = None,
) -> Iterator[Answer[P]]:
    """The pages of one entity type in id order, from the row behind id `after`.

    Ends on a page with fewer rows than it may have. `where` narrows it by further conditions.
    Without `ahead`, one page is asked for at a time.

    Raises:
        MalformedAnswer: the ids of a page do not ascend; it is not handed on.
        SiteError: a request failed for good.
    """
    search = Search(transport, entity_type, list(fields), decode, retired, list(where), page_size)
    begun, rows, pages = after, 0, 0
    while True:
        page = search.page(after)
        if page.count:
            yield page.answer
        if not page.is_full:
            return
        after = page.last_id
        rows += page.count
        pages += 1
        if ahead is not None and pages % STEPS == 0:
            ranges = IdRangeWalk(search, ahead, rows / (after - begun))
            reached = yield from ranges.pages(after, search.newest(after))
            if reached is None:
                return
            after = begun = reached
            rows = 0
