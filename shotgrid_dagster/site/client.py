"""A ShotGrid site: what it has, how much of it, and its rows. It only reads."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import lru_cache, partial
from typing import Any

import msgspec

from shotgrid_dagster.site.documents import decode_entity_types, decode_fields, decode_named
from shotgrid_dagster.site.errors import UNCHANGED, MalformedAnswer, RequestRefused, SiteError
from shotgrid_dagster.site.http.address import base_url
from shotgrid_dagster.site.http.decoding import Answer
from shotgrid_dagster.site.http.retry_policy import RetryPolicy
from shotgrid_dagster.site.http.site_clock import SiteClock
from shotgrid_dagster.site.http.transport import Transport
from shotgrid_dagster.site.id_ranges import ReadAhead, pages_ahead
from shotgrid_dagster.site.naming import segment
from shotgrid_dagster.site.request_stats import RequestStats
from shotgrid_dagster.site.rows import RowPage
from shotgrid_dagster.site.schema import EntityType, Field, SiteSchema, by_name
from shotgrid_dagster.site.search import LARGEST_PAGE, Condition, P, options
from shotgrid_dagster.site.summary import Summarized, Summary, summarized
from shotgrid_dagster.site.walk import walk
from shotgrid_dagster.site.work_days import WorkDay, decode_work_days

_decode_rows = msgspec.json.Decoder(RowPage).decode


class Site:
    """One site as one script sees it. Safe to use from several threads.

    Args:
        site_url: a bare host, or a URL with or without `/api/v1`.
        client_id: the script's name.
        client_secret: the script's key.
        page_size: rows a page, 1 to 5,000.
        concurrency: requests under way at once; with more than one, the pages of a long walk are
            read ahead.
        retry_policy: how long a failing request is tried again.

    Raises:
        AddressRefused: `site_url` cannot be a site. Nothing has been sent by then.
    """

    def __init__(
        self,
        site_url: str,
        client_id: str,
        client_secret: str,
        *,
        page_size: int = LARGEST_PAGE,
        concurrency: int = 1,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        self.url = base_url(site_url)
        self.script = client_id
        """The name of the script that reads."""
        self.page_size = page_size
        self.transport = Transport(
            self.url,
            client_id,
            client_secret,
            retry_policy=retry_policy,
            at_once=concurrency if concurrency > 1 else None,
        )
        """For calls that are no question; see `uploads`."""
        # Of most projects a site says the same, byte for byte.
        self._fields_in = lru_cache(maxsize=8)(decode_fields)
        self._work_days_in = lru_cache(maxsize=2)(decode_work_days)
        self._ahead: ReadAhead | None = None
        if concurrency > 1:
            pages = pages_ahead(concurrency, page_size)
            threads = ThreadPoolExecutor(pages, thread_name_prefix="walk-ahead")
            self._ahead = ReadAhead(threads, pages)

    def close(self) -> None:
        """Send nothing more of what would be read ahead."""
        if self._ahead is not None:
            self._ahead.executor.shutdown(wait=False, cancel_futures=True)

    @property
    def stats(self) -> RequestStats:
        """What the requests of this object have cost; those of `counting` count apart."""
        return self.transport.stats

    @property
    def clock(self) -> SiteClock:
        """The site's clock, by all answers of the run."""
        return self.transport.clock

    def counting(self, stats: RequestStats | None = None, *, can_wait: bool = False) -> Site:
        """The same site, for one piece of work whose requests are counted apart.

        Args:
            stats: counts them; new ones by default.
            can_wait: whether they let the other requests of the run go first.
        """
        view = copy.copy(self)
        view.transport = self.transport.counting(stats or RequestStats(), can_wait=can_wait)
        return view

    def about(self) -> Mapping[str, object]:
        """What the site says of itself: `site_name`, `shotgun_version`, ..."""
        return self.transport.get("", decode_named)

    def caller(self) -> tuple[str, int]:
        """Who the site takes this script for: as `created_by` names it, ("ApiUser", 7).

        Raises:
            MalformedAnswer: the site does not say it.
        """
        return self.transport.caller()

    def preferences(self) -> Mapping[str, object]:
        """The site's preferences by name; some are JSON inside a string."""
        return self.transport.get("/preferences", decode_named)

    def work_days(
        self, first: date, last: date, *, project_id: int | None = None
    ) -> tuple[WorkDay, ...]:
        """Every day from `first` to `last`, both included: of the studio, or of a project."""
        params = {"start_date": first.isoformat(), "end_date": last.isoformat()}
        if project_id is not None:
            params["project_id"] = str(project_id)
        return self.transport.get("/schedule/work_day_rules", self._work_days_in, params)

    # -- the schema

    def entity_types(self) -> list[EntityType]:
        """The entity types that the site has switched on, without their fields."""
        return self.transport.get("/schema", decode_entity_types)

    def fields(self, entity_type: str, *, project_id: int | None = None) -> tuple[Field, ...]:
        """The fields of one entity type; of a project, `hidden_values` are those it hides.

        Raises:
            RequestRefused: the site has no such entity type.
        """
        params = None if project_id is None else {"project_id": str(project_id)}
        return self.transport.get(f"/schema/{segment(entity_type)}/fields", self._fields_in, params)

    def discover(
        self,
        *,
        concurrency: int = 4,
        on_progress: Callable[[EntityType], object] = lambda _: None,
    ) -> SiteSchema:
        """The whole schema: one request per entity type, a few at a time."""
        entity_types = self.entity_types()

        def with_fields(entity_type: EntityType) -> EntityType:
            known = replace(entity_type, fields=self.fields(entity_type.name))
            on_progress(known)
            return known

        with ThreadPoolExecutor(max_workers=concurrency) as threads:
            return SiteSchema(self.url, by_name(list(threads.map(with_fields, entity_types))))

    # -- rows, and how many

    def pages(
        self,
        entity_type: str,
        fields: Sequence[str],
        decode: Callable[[bytes], P],
        *,
        retired: bool = False,
        after: int = 0,
        where: Sequence[Condition] = (),
    ) -> Iterator[Answer[P]]:
        """The pages of an entity type in id order, live rows or (`retired`) retired ones only."""
        return walk(
            self.transport,
            entity_type,
            fields,
            decode,
            retired=retired,
            after=after,
            where=where,
            page_size=self.page_size,
            ahead=self._ahead,
        )

    def rows(
        self,
        entity_type: str,
        fields: Sequence[str],
        *,
        retired: bool = False,
        where: Sequence[Condition] = (),
    ) -> Iterator[dict[str, Any]]:
        """The rows of an entity type as flat dicts: for scripts, where speed does not matter."""
        for page in self.pages(entity_type, fields, _decode_rows, retired=retired, where=where):
            for row in page.value.data:
                yield row.values()

    def count(
        self, entity_type: str, *, retired: bool = False, where: Sequence[Condition] = ()
    ) -> int:
        """How many rows the site says it has, live or (`retired`) retired."""
        counted = self._of_ids(entity_type, "count", retired, where)
        if counted is None:
            raise SiteError(f"{self.url} gave no count of {entity_type}.")
        return counted

    def newest_id(self, entity_type: str) -> int:
        """The highest id of the live rows; 0 when there are none."""
        return self._of_ids(entity_type, "maximum", False, ()) or 0

    def summarize(
        self,
        entity_type: str,
        summary: Summary,
        *,
        group_by: str | None = None,
        retired: bool = False,
        where: Sequence[Condition] = (),
    ) -> Summarized:
        """A summary of the live or (`retired`) retired rows, as a whole and by a field's values.

        Raises:
            RequestRefused: the site cannot summarize so.
        """
        body: dict[str, object] = {
            "filters": {"logical_operator": "and", "conditions": list(where)},
            "summary_fields": [summary.as_json()],
            "options": options(retired=retired),
        }
        if group_by is not None:
            body["grouping"] = [{"field": group_by, "type": "exact", "direction": "asc"}]
        decode = partial(summarized, summary.field)
        answer = self.transport.post(
            f"/entity/{segment(entity_type)}/_summarize", body, decode
        ).value
        if answer is None:
            raise RequestRefused(
                f"{self.url} gives no {summary.type} of {entity_type}.{summary.field}."
            )
        return answer

    def _of_ids(
        self, entity_type: str, kind: str, retired: bool, where: Sequence[Condition]
    ) -> int | None:
        """One number about the ids of an entity type, as the site works it out."""
        whole = self.summarize(entity_type, Summary("id", kind), retired=retired, where=where).whole
        if whole is not None and (isinstance(whole, bool) or not isinstance(whole, int)):
            raise MalformedAnswer(
                f"{self.url} gave {whole!r} for the {kind} of the ids of {entity_type}.",
                f"{UNCHANGED}: tell the site's administrator.",
            )
        return whole
