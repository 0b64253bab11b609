"""Answers that no site should give: what is refused at once, tried again, or does not matter.

| answer | what happens |
|---|---|
| ids that do not ascend, in a page or across pages | refused at once, and not handed on |
| JSON of another shape | refused at once |
| JSON that broke off, a web page | tried again |
| a count that is no whole number | refused at once |
| `links` of any kind, keys that nobody knows, a summary without groups | does not matter |
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import msgspec
import pytest

from shotgrid_dagster.site import EntityType, Field, Site
from shotgrid_dagster.site.errors import MalformedAnswer, SiteError, SiteUnavailable
from shotgrid_dagster.site.rows import PageOf, RowPage
from shotgrid_dagster.site.search import Page
from shotgrid_dagster.source.tables.columns import layout
from shotgrid_dagster.source.tables.decode import PageDecoder
from shotgrid_dagster_tests.site.stub_site import Ids, StubSite, stub_site

SEARCH = "/entity/Shot/_search"


class OnlyId(msgspec.Struct):
    id: int


FIELDS = (Field("code", "Code", "text"), Field("sg_sequence", "Sequence", "entity"))
DECODERS: dict[str, Callable[[bytes], Page]] = {
    "rows": msgspec.json.Decoder(RowPage).decode,
    "ids": msgspec.json.Decoder(PageOf[OnlyId]).decode,
    "tables": PageDecoder(layout(EntityType("Shot", "Shot", FIELDS))),
}
"""All that is made of pages: rows for scripts, a census, tables."""


@pytest.fixture
def stub() -> Iterator[StubSite]:
    with stub_site() as site:
        yield site


def walked(site: Site, decoder: str = "ids") -> Iterator[int]:
    for page in site.pages("Shot", ["code", "sg_sequence"], DECODERS[decoder]):
        yield from page.value.ids


# -- ids


def _from(search: dict[str, Any]) -> int:
    return int(search["filters"]["conditions"][0][2])


OUT_OF_ORDER: dict[str, Ids] = {
    "a page backwards": lambda ids, search: ids[::-1],
    "two rows changed places": lambda ids, search: [*ids[:1], *ids[1:][::-1]],
    "an id twice, side by side": lambda ids, search: [*ids[:2], *ids[1:]],
    "an id twice, apart": lambda ids, search: [*ids, *ids[:1]],
    "the last row of the page before": lambda ids, search: [_from(search), *ids],
    "always the first page": lambda ids, search: [1, 2, 3, 4],
    "a row of long ago behind the others": lambda ids, search: [*ids, 1],
}
"""What a site that ignores sorting or filters, or an offset behind a proxy's cache, may send."""


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("name", OUT_OF_ORDER)
def test_a_page_whose_ids_do_not_ascend_is_refused_at_once_and_never_handed_on(
    stub: StubSite, name: str, concurrency: int, decoder: str
) -> None:
    def spoilt_from_9_on(ids: list[int], search: dict[str, Any]) -> list[int]:
        is_page = search["sort"] == "id" and _from(search) >= 8 and len(ids) > 2
        return OUT_OF_ORDER[name](ids, search) if is_page else ids

    stub.spoilt_ids = spoilt_from_9_on
    site = stub.client(page_size=4, concurrency=concurrency)
    seen: list[int] = []
    refused = re.escape(f"{stub.url}/api/v1.1{SEARCH} was asked for rows of Shot above id")
    with pytest.raises(MalformedAnswer, match=refused):
        seen.extend(walked(site, decoder))
    assert seen[:8] == list(range(1, 9))
    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) < 20
    assert site.stats.retries == 0
    site.close()


@pytest.mark.parametrize("size", [1, 4, 5000])
def test_the_last_page_is_looked_at_like_the_others(stub: StubSite, size: int) -> None:
    stub.spoilt_ids = lambda ids, search: [*ids, ids[-1]] if ids and ids[-1] == 20 else ids
    seen: list[int] = []
    with pytest.raises(MalformedAnswer, match="id 20 comes behind id 20"):
        seen.extend(walked(stub.client(page_size=size)))
    assert 20 not in seen


def test_rows_above_the_ids_that_were_asked_for_are_refused(stub: StubSite) -> None:
    """Several pages are asked for at once: a row of the next one would come twice."""

    def ignores_until(ids: list[int], search: dict[str, Any]) -> list[int]:
        is_range = len(search["filters"]["conditions"]) > 1
        return [*ids, *range(ids[-1] + 1, ids[-1] + 3)] if is_range and ids else ids

    stub.spoilt_ids = ignores_until
    site = stub.client(page_size=2, concurrency=4)
    with pytest.raises(MalformedAnswer, match=r"and up to \d+ .* but id \d+ is among them"):
        list(walked(site))
    site.close()


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("ids", [range(1, 21), [3], [], range(7, 4000, 199), [1, 10**12]])
def test_a_walk_over_a_site_in_order_gives_all_rows_once(
    stub: StubSite, ids: list[int], concurrency: int
) -> None:
    stub.ids = ids
    site = stub.client(page_size=3, concurrency=concurrency)
    assert list(walked(site)) == list(ids)
    site.close()


# -- shapes

ROW = {"id": 1, "attributes": {"code": "a"}, "relationships": {}}
PAGES_OF_ANOTHER_SHAPE: dict[str, bytes] = {
    "data is an object": b'{"data": {}, "links": {}}',
    "data is one row": json.dumps({"data": ROW}).encode(),
    "data is null": b'{"data": null, "links": {}}',
    "data is a text": b'{"data": "[]", "links": {}}',
    "data is missing": b'{"links": {}}',
    "an error with 200": b'{"errors": [{"title": "no"}]}',
    "a list": b"[]",
    "null": b"null",
    "a text": b'"done"',
    "a null row": json.dumps({"data": [ROW, None]}).encode(),
    "a row without an id": json.dumps({"data": [{**ROW, "id": None}]}).encode(),
    "an id that is a text": json.dumps({"data": [{**ROW, "id": "x1"}]}).encode(),
    "a byte order mark": b"\xef\xbb\xbf" + json.dumps({"data": [ROW]}).encode(),
}
ROWS_OF_ANOTHER_SHAPE: dict[str, bytes] = {
    "relationships are null": json.dumps({"data": [{**ROW, "relationships": None}]}).encode(),
    "relationships are missing": b'{"data": [{"id": 1, "attributes": {}}]}',
    "relationships are a list": json.dumps({"data": [{**ROW, "relationships": []}]}).encode(),
    "attributes are null": json.dumps({"data": [{**ROW, "attributes": None}]}).encode(),
}
"""Nobody who asks for ids alone looks there."""

BAD_PAGES = [
    (decoder, name, body)
    for decoder in DECODERS
    for name, body in {
        **PAGES_OF_ANOTHER_SHAPE,
        **({} if decoder == "ids" else ROWS_OF_ANOTHER_SHAPE),
    }.items()
]


@pytest.mark.parametrize(
    ("decoder", "body"),
    [(decoder, body) for decoder, _, body in BAD_PAGES],
    ids=[f"{decoder}: {name}" for decoder, name, _ in BAD_PAGES],
)
def test_a_page_of_another_shape_is_an_error_at_once_with_the_address_in_it(
    stub: StubSite, decoder: str, body: bytes
) -> None:
    stub.spoilt_body = lambda path, right: body if path == SEARCH else right
    site = stub.client()
    said = re.escape(f"{stub.url}/api/v1.1{SEARCH} answered with JSON of another shape")
    with pytest.raises(MalformedAnswer, match=said):
        list(walked(site, decoder))
    assert stub.requests[SEARCH] == 1
    assert site.stats.retries == 0


QUESTIONS: dict[str, tuple[str, Callable[[Site], object]]] = {
    "the token": ("/auth/access_token", lambda site: site.count("Shot")),
    "about": ("", lambda site: site.about()),
    "entity types": ("/schema", lambda site: site.entity_types()),
    "fields": ("/schema/Shot/fields", lambda site: site.fields("Shot")),
    "preferences": ("/preferences", lambda site: site.preferences()),
    "work days": (
        "/schedule/work_day_rules",
        lambda site: site.work_days(date(2026, 1, 1), date(2026, 1, 2)),
    ),
    "a count": ("/entity/Shot/_summarize", lambda site: site.count("Shot")),
    "the newest id": ("/entity/Shot/_summarize", lambda site: site.newest_id("Shot")),
}
SHAPES = [b'{"data": null}', b'{"data": "x"}', b"{}", b"[]", b"null", b"\xef\xbb\xbf{}"]


@pytest.mark.parametrize("body", SHAPES, ids=str)
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_other_answer_of_another_shape_is_an_error_at_once_too(
    stub: StubSite, question: str, body: bytes
) -> None:
    path, ask = QUESTIONS[question]
    stub.spoilt_body = lambda asked, right: body if asked == path else right
    site = stub.client()
    with pytest.raises(MalformedAnswer, match=re.escape(f"{stub.url}/api/v1.1{path} answered")):
        ask(site)
    assert stub.requests[path] == 1
    assert site.stats.retries == 0


@pytest.mark.parametrize("number", ["'5'", "true", "1.5", "[]", "{}", "1e400"])
@pytest.mark.parametrize("ask", [Site.count, Site.newest_id])
def test_a_number_of_rows_or_an_id_that_is_no_whole_number_is_an_error_at_once(
    stub: StubSite, ask: Callable[[Site, str], int], number: str
) -> None:
    body = f'{{"data": {{"summaries": {{"id": {number}}}}}}}'.replace("'", '"').encode()
    stub.spoilt_body = lambda path, right: body if path.endswith("/_summarize") else right
    with pytest.raises(MalformedAnswer):
        ask(stub.client(), "Shot")
    assert stub.requests["/entity/Shot/_summarize"] == 1


@pytest.mark.parametrize("groups", ["", ', "groups": null', ', "groups": []'])
def test_a_summary_of_all_rows_needs_no_groups(stub: StubSite, groups: str) -> None:
    body = f'{{"data": {{"summaries": {{"id": 7}}{groups}}}}}'.encode()
    stub.spoilt_body = lambda path, right: body if path.endswith("/_summarize") else right
    assert stub.client().count("Shot") == 7


# -- what may pass


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("left", [0.0, 0.01, 0.3, 0.5, 0.9, 0.999])
def test_json_that_broke_off_is_asked_for_again(stub: StubSite, left: float, decoder: str) -> None:
    def cut_once(path: str, right: bytes) -> bytes:
        is_first = path == SEARCH and stub.requests[SEARCH] == 1
        return right[: int(len(right) * left)] if is_first else right

    stub.spoilt_body = cut_once
    site = stub.client()
    assert list(walked(site, decoder)) == list(stub.ids)
    assert site.stats.retries == 1


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        (b'{"data": {', MalformedAnswer, "with broken JSON .*3 tries"),
        (b'{"data": {}} and more', MalformedAnswer, "with broken JSON .*3 tries"),
        (b"<html><title>Sign in</title>", SiteUnavailable, "'Sign in'.*3 tries"),
        (b"\xef\xbb\xbf<html><title>Sign in</title>", SiteUnavailable, "'Sign in'.*3 tries"),
    ],
    ids=str,
)
def test_what_stays_broken_is_said_after_the_last_try(
    stub: StubSite, body: bytes, error: type[SiteError], said: str
) -> None:
    site = stub.client()
    site.count("Shot")
    stub.spoilt_body = lambda path, right: body
    with pytest.raises(error, match=said):
        site.entity_types()
    assert site.stats.retries == 2


# -- what does not matter


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize(
    "other",
    [
        {},
        {"links": None},
        {"links": "/next"},
        {"links": [1]},
        {"links": {"next": None}},
        {"links": {}, "meta": {"x": 1}},
        {"included": []},
    ],
    ids=str,
)
def test_links_and_what_nobody_knows_do_not_matter(
    stub: StubSite, other: dict[str, Any], decoder: str
) -> None:
    def with_other(path: str, right: bytes) -> bytes:
        if path != SEARCH:
            return right
        return json.dumps({"data": json.loads(right)["data"], **other}).encode()

    stub.spoilt_body = with_other
    site = stub.client(page_size=6)
    assert list(walked(site, decoder)) == list(stub.ids)
    assert site.stats.retries == 0
