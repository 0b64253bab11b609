"""A ShotGrid site: what it has, how much of it, and its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import msgspec

from shotgrid_dagster.site.errors import (
    NoAnswer,
    NoPermission,
    RequestRefused,
    SiteError,
    SiteUnavailable,
)
from shotgrid_dagster.site.http.address import base_url
from shotgrid_dagster.site.http.transport import Answer, RetryPolicy, Transport
from shotgrid_dagster.site.request_stats import RequestStats
from shotgrid_dagster.site.rows import RowPage
from shotgrid_dagster.site.schema import (
    EntityType,
    Field,
    SiteSchema,
    by_name,
    entity_types_from,
    fields_from,
)
from shotgrid_dagster.site.summary import Summarized, Summary, summarized
from shotgrid_dagster.site.uploads.storage import Held, Storage
from shotgrid_dagster.site.uploads.target import DEFAULT_SIZES, Sizes, Target, Uploaded
from shotgrid_dagster.site.uploads.upload import Upload
from shotgrid_dagster.site.walk import LARGEST_PAGE, Ahead, Condition, P, options, pages_ahead, walk
from shotgrid_dagster.site.work_days import WorkDay, decode_work_days


class _Schema(msgspec.Struct):
    data: dict[str, dict[str, object]]


class _Summaries(msgspec.Struct):
    summaries: dict[str, int | None]


class _Summary(msgspec.Struct):
    data: _Summaries


class _Preferences(msgspec.Struct):
    data: dict[str, object]


class _About(msgspec.Struct):
    data: dict[str, object]


class Site:
    """One site as one script sees it. Safe to use from several threads.

    Args:
        site_url: a bare host, or a URL with or without `/api/v1`.
        client_id: the script's name.
        client_secret: the script's key.
        page_size: rows a page, 1 to 5,000.
        concurrency: requests under way at once; with more than one, the pages of a long walk are
            read ahead.

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
        self._patience = retry_policy or RetryPolicy()
        self._transport = Transport(
            self.url,
            client_id,
            client_secret,
            retry_policy=self._patience,
            at_once=concurrency if concurrency > 1 else None,
        )
        # Of most projects a site says the same, byte for byte.
        self._fields_in = lru_cache(maxsize=8)(_decode_fields)
        self._work_days_in = lru_cache(maxsize=2)(decode_work_days)
        self._ahead: Ahead | None = None
        if concurrency > 1:
            pages = pages_ahead(concurrency, page_size)
            threads = ThreadPoolExecutor(pages, thread_name_prefix="walk-ahead")
            self._ahead = Ahead(threads, pages)

    def close(self) -> None:
        """Send nothing more of what would be read ahead."""
        if self._ahead is not None:
            self._ahead.executor.shutdown(wait=False, cancel_futures=True)

    def about(self, stats: RequestStats | None = None) -> dict[str, object]:
        """What the site says of itself: `site_name`, `shotgun_version`, ..."""
        decode = msgspec.json.Decoder(_About).decode
        return self._transport.get("", decode, stats or RequestStats()).value.data

    def entity_types(self, stats: RequestStats | None = None) -> list[EntityType]:
        """The entity types that the site has switched on, without their fields."""
        answer = self._transport.get("/schema", _decode_schema, stats or RequestStats())
        return entity_types_from(answer.value)

    def fields(
        self, entity_type: str, stats: RequestStats | None = None, *, project_id: int | None = None
    ) -> tuple[Field, ...]:
        """The fields of one entity type; of a project, `hidden_values` are those it hides.

        Raises:
            RequestRefused: the site has no such entity type.
        """
        path = f"/schema/{entity_type}/fields"
        params = None if project_id is None else {"project_id": str(project_id)}
        return self._transport.get(path, self._fields_in, stats or RequestStats(), params).value

    def preferences(self, stats: RequestStats | None = None) -> dict[str, object]:
        """The site's preferences by name; some are JSON inside a string."""
        decode = msgspec.json.Decoder(_Preferences).decode
        return self._transport.get("/preferences", decode, stats or RequestStats()).value.data

    def work_days(
        self,
        first: date,
        last: date,
        stats: RequestStats | None = None,
        *,
        project_id: int | None = None,
    ) -> tuple[WorkDay, ...]:
        """Every day from `first` to `last`, both included: of the studio, or of a project."""
        params = {"start_date": first.isoformat(), "end_date": last.isoformat()}
        if project_id is not None:
            params["project_id"] = str(project_id)
        path = "/schedule/work_day_rules"
        return self._transport.get(path, self._work_days_in, stats or RequestStats(), params).value

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

    def pages(
        self,
        entity_type: str,
        fields: Sequence[str],
        decode: Callable[[bytes], P],
        stats: RequestStats | None = None,
        *,
        retired: bool = False,
        after: int = 0,
        where: Sequence[Condition] = (),
    ) -> Iterator[Answer[P]]:
        """The pages of an entity type in id order, live rows or (`retired`) retired ones only."""
        return walk(
            self._transport,
            entity_type,
            fields,
            decode,
            stats or RequestStats(),
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
        decode = msgspec.json.Decoder(RowPage).decode
        for page in self.pages(entity_type, fields, decode, retired=retired, where=where):
            for row in page.value.data:
                yield row.values()

    def count(
        self,
        entity_type: str,
        *,
        retired: bool = False,
        where: Sequence[Condition] = (),
        stats: RequestStats | None = None,
    ) -> int:
        """How many rows the site says it has, live or (`retired`) retired."""
        counted = self._summary(entity_type, "count", retired, where, stats)
        if counted is None:
            raise SiteError(f"{self.url} gave no count of {entity_type}.")
        return counted

    def newest_id(self, entity_type: str, *, stats: RequestStats | None = None) -> int:
        """The highest id of the live rows; 0 when there are none."""
        return self._summary(entity_type, "maximum", False, (), stats) or 0

    def summarize(
        self,
        entity_type: str,
        summary: Summary,
        *,
        group_by: str | None = None,
        where: Sequence[Condition] = (),
        stats: RequestStats | None = None,
    ) -> Summarized:
        """A summary of the live rows, as a whole and by the values of a field.

        Raises:
            RequestRefused: the site cannot summarize so.
        """
        body: dict[str, object] = {
            "filters": {"logical_operator": "and", "conditions": list(where)},
            "summary_fields": [summary.as_json()],
            "options": options(retired=False),
        }
        if group_by is not None:
            body["grouping"] = [{"field": group_by, "type": "exact", "direction": "asc"}]
        path, decode = f"/entity/{entity_type}/_summarize", partial(summarized, summary.field)
        answer = self._transport.post(path, body, decode, stats or RequestStats()).value
        if answer is None:
            raise RequestRefused(
                f"{self.url} gives no {summary.type} of {entity_type}.{summary.field}."
            )
        return answer

    def upload(
        self,
        entity_type: str,
        id: int,
        file: Path | str,
        field: str | None = None,
        *,
        display_name: str | None = None,
        sizes: Sizes = DEFAULT_SIZES,
        stats: RequestStats | None = None,
    ) -> Uploaded:
        """Put a file on a row, and prove that it arrived.

        Args:
            entity_type, id: the row.
            file: a file on this machine; it is read in pieces, however big it is.
            field: the field that gets it (what it held before is replaced); without one it is one
                more attachment of the row.
            display_name: what the attachment is called on the site; the file's name by default.
            sizes: above which size it is sent in parts, and compared at its ends only.

        Raises:
            UploadRefused, NoPermission, SiteUnavailable: nothing was changed.
            UploadUncertain, BytesLost: something may have been; see `upload.Upload.run`.
        """
        target, path = Target(entity_type, id, field), Path(file)
        return Upload(
            self,
            self._transport,
            self._patience,
            target,
            path,
            display_name=display_name,
            sizes=sizes,
            stats=stats,
        ).run()

    def holds(
        self,
        entity_type: str,
        id: int,
        field: str,
        file: Path | str,
        *,
        stats: RequestStats | None = None,
    ) -> bool:
        """Whether a field's file is the same, byte by byte, as one on this machine."""
        path, stats = Path(file), stats or RequestStats()
        address = self._transport.media_address(f"/entity/{entity_type}/{id}/{field}", stats)
        if address is None:
            return False
        with closing(Storage(self._patience, stats)) as storage:
            return storage.compare(address, path, path.stat().st_size) is Held.SAME

    def caller(self, stats: RequestStats | None = None) -> tuple[str, int]:
        """Who the site takes this script for: as `created_by` names it, ("ApiUser", 7).

        Raises:
            MalformedAnswer: the site does not say it.
        """
        return self._transport.caller(stats or RequestStats())

    def retire(self, entity_type: str, id: int, *, stats: RequestStats | None = None) -> bool:
        """Retire a row, which the site's administrator can revive: beside `upload`, all that
        writes.

        False: the site shows no such row. It was retired before, or by a try of this call whose
        answer was lost.

        Raises:
            NoPermission: the script may not.
            NoAnswer: no answer came, however often it was tried: the row may be retired or not.
        """
        try:
            return self._transport.retire(f"/entity/{entity_type}/{id}", stats or RequestStats())
        except RequestRefused as error:
            if "by this user" not in str(error):
                raise
            raise NoPermission(
                f"The script may not delete {entity_type} {id}: {error} Give its permission role "
                "the right to, or use another script."
            ) from None
        except SiteUnavailable as error:
            raise NoAnswer(
                f"{entity_type} {id} may be retired, or not: {error.without_advice} Run it again "
                "to be sure."
            ) from None

    def _summary(
        self,
        entity_type: str,
        kind: str,
        retired: bool,
        where: Sequence[Condition],
        stats: RequestStats | None,
    ) -> int | None:
        """One number about the ids of an entity type, as the site works it out."""
        answer = self._transport.post(
            f"/entity/{entity_type}/_summarize",
            {
                "filters": {"logical_operator": "and", "conditions": list(where)},
                "summary_fields": [{"field": "id", "type": kind}],
                "options": options(retired=retired),
            },
            msgspec.json.Decoder(_Summary).decode,
            stats or RequestStats(),
        )
        return answer.value.data.summaries.get("id")


def _decode_schema(raw: bytes) -> Mapping[str, Mapping[str, object]]:
    return msgspec.json.decode(raw, type=_Schema).data


def _decode_fields(raw: bytes) -> tuple[Field, ...]:
    return fields_from(_decode_schema(raw))
