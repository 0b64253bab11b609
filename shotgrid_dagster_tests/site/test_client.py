"""The client against the sandbox, over real HTTP."""

import sqlite3
import threading
from contextlib import closing
from random import Random
from typing import Any

import msgspec
import pytest
import requests

from shotgrid_dagster.site import Site
from shotgrid_dagster.site.errors import (
    CannotConnect,
    KeyRefused,
    NoPermission,
    NotAShotGridSite,
    RequestRefused,
    SiteTooSlow,
    SiteUnavailable,
)
from shotgrid_dagster.site.http.retry_policy import RetryPolicy
from shotgrid_dagster.site.id_ranges import pages_ahead
from shotgrid_dagster.site.rows import RowPage
from shotgrid_dagster_tests.conftest import SandboxSite

IMPATIENT = RetryPolicy(tries=3, first_tries=3, first_wait=0.01, longest_wait=0.05)
PAGES = msgspec.json.Decoder(RowPage).decode


def in_database(site: SandboxSite, query: str) -> int:
    with closing(sqlite3.connect(site.database)) as connection:
        return int(connection.execute(query).fetchone()[0])


@pytest.mark.parametrize("page_size", [1, 7, 500, 5000])
def test_a_walk_sees_every_row_once_whatever_the_page_size(
    sandbox_site: SandboxSite, page_size: int
) -> None:
    site = sandbox_site.client(page_size=page_size)
    ids = [row["id"] for row in site.rows("Shot", ["code"])]
    assert ids == sorted(set(ids))
    assert len(ids) == site.count("Shot") > 10


def test_retired_rows_come_in_a_pass_of_their_own(sandbox_site: SandboxSite) -> None:
    site = sandbox_site.client()
    live = {row["id"] for row in site.rows("Shot", ["code"])}
    retired = {row["id"] for row in site.rows("Shot", ["code"], retired=True)}
    assert retired
    assert not live & retired
    assert len(retired) == site.count("Shot", retired=True)
    assert len(live | retired) == in_database(sandbox_site, "select count(*) from shots")


def test_rows_of_archived_projects_are_read_and_counted(sandbox_site: SandboxSite) -> None:
    site = sandbox_site.client()
    archived = {row["id"] for row in site.rows("Project", ["archived"]) if row["archived"]}
    assert archived
    projects = {row["project"]["id"] for row in site.rows("Shot", ["project"])}
    assert archived & projects


def test_a_walk_goes_on_from_an_id_and_ends_although_next_never_does(
    sandbox_site: SandboxSite,
) -> None:
    site = sandbox_site.client(page_size=5)
    pages = list(site.pages("Shot", ["code"], PAGES, after=3))
    assert pages[0].value.data[0].id > 3
    assert all("next" in str(page.value.links) for page in pages)
    assert site.stats.requests <= len(pages) + 2  # the token, and maybe one empty page


def test_the_schema_has_every_entity_type_and_every_field(sandbox_site: SandboxSite) -> None:
    schema = sandbox_site.client().discover()
    assert {"Shot", "Task", "EventLogEntry", "CustomEntity07"} <= set(schema.entity_types)
    shot = schema.entity_types["Shot"]
    assert {field.name: field.data_type for field in shot.fields}["sg_sequence"] == "entity"
    assert schema == sandbox_site.client().discover(concurrency=1)


def test_a_token_that_ends_in_the_middle_is_renewed_once_and_the_walk_goes_on(
    own_site: SandboxSite,
) -> None:
    own_site.fail("status", "_search", status=401, nth=3, times=1)
    site = own_site.client(page_size=2)
    pages = list(site.pages("Shot", ["code"], PAGES))
    assert sum(page.value.count for page in pages) == site.count("Shot")
    assert site.stats.retries == 0


def test_a_token_that_is_refused_again_and_again_is_said_and_not_tried_for_ever(
    own_site: SandboxSite,
) -> None:
    own_site.fail("status", "_search", status=401)
    with pytest.raises(KeyRefused, match="is the script still active"):
        list(own_site.client().rows("Shot", ["code"]))


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("status", {"status": 500}),
        ("status", {"status": 502}),
        ("status", {"status": 503}),
        ("status", {"status": 504}),
        ("status", {"status": 429, "retry_after": "0"}),
        ("status", {"status": 429}),
        ("reset", {}),
        ("truncated", {}),
        ("html", {}),
    ],
)
def test_a_fault_that_passes_costs_a_retry_and_no_row(
    own_site: SandboxSite, kind: str, how: dict[str, Any]
) -> None:
    site = own_site.client(page_size=4, retry_policy=IMPATIENT)
    site.count("Shot")
    own_site.fail(kind, "_search", nth=2, times=2, **how)
    walking = site.counting()
    pages = list(walking.pages("Shot", ["code"], PAGES))
    own_site.recover()
    assert sum(page.value.count for page in pages) == site.count("Shot")
    assert walking.stats.retries == 2
    assert walking.stats.seconds_waited >= 0
    assert site.stats.retries == 0


@pytest.mark.parametrize("kind", ["links_missing", "links_malformed"])
def test_links_that_are_not_there_or_no_links_cost_nothing_because_they_are_not_used(
    own_site: SandboxSite, kind: str
) -> None:
    site = own_site.client(page_size=4, retry_policy=IMPATIENT)
    count = site.count("Shot")
    own_site.fail(kind, "_search")
    assert len(list(site.rows("Shot", ["code"]))) == count
    assert site.stats.retries == 0


def test_what_a_piece_of_work_costs_is_counted_apart(sandbox_site: SandboxSite) -> None:
    site = sandbox_site.client()
    site.count("Shot")
    one, other = site.counting(), site.counting()
    one.count("Shot")
    other.count("Shot")
    other.count("Task")
    assert (one.stats.requests, other.stats.requests) == (1, 2)
    assert site.stats.requests == 2  # the token, and a count
    assert one.stats.started_at is not None


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_fault_that_stays_is_said_after_the_last_try(own_site: SandboxSite, status: int) -> None:
    own_site.fail("status", "_search", status=status)
    with pytest.raises(SiteUnavailable, match=f"in 3 tries.*HTTP {status}.*run it again"):
        list(own_site.client(retry_policy=IMPATIENT).rows("Shot", ["code"]))


def test_a_page_instead_of_json_is_named(own_site: SandboxSite) -> None:
    own_site.fail("html", "_search")
    with pytest.raises(NotAShotGridSite, match="a page instead of JSON"):
        list(own_site.client(retry_policy=IMPATIENT).rows("Shot", ["code"]))


def test_retries_have_a_budget_for_the_whole_run(own_site: SandboxSite) -> None:
    own_site.fail("status", "_search", status=503)
    site = own_site.client(
        retry_policy=RetryPolicy(tries=50, first_tries=50, first_wait=0, longest_wait=0, budget=4)
    )
    with pytest.raises(SiteUnavailable):
        list(site.pages("Shot", ["code"], PAGES))
    assert site.stats.retries == 4


def test_the_site_is_asked_no_sooner_than_it_says(own_site: SandboxSite) -> None:
    own_site.fail("status", "_search", status=429, retry_after="1", times=1)
    site = own_site.client()
    assert list(site.pages("Shot", ["code"], PAGES))
    assert site.stats.seconds_waited >= 1


def test_a_wrong_key_is_said_with_where_to_find_the_right_one(sandbox_site: SandboxSite) -> None:
    site = Site(sandbox_site.url, sandbox_site.client_id, "wrong-hunter2")
    with pytest.raises(KeyRefused, match="refused the script key.*client_secret") as refused:
        site.entity_types()
    assert "hunter2" not in str(refused.value)


def test_a_wrong_host_is_said() -> None:
    site = Site("https://no-such-studio.invalid", "a", "b", retry_policy=IMPATIENT)
    with pytest.raises(CannotConnect, match=r"no-such-studio\.invalid was never reached"):
        site.entity_types()


def test_a_closed_port_is_said() -> None:
    site = Site("http://127.0.0.1:9", "a", "b", retry_policy=IMPATIENT)
    with pytest.raises(CannotConnect, match="connection refused"):
        site.entity_types()


def test_an_unknown_entity_type_is_refused_without_a_retry(sandbox_site: SandboxSite) -> None:
    site = sandbox_site.client()
    with pytest.raises(RequestRefused, match="Nonsense"):
        site.fields("Nonsense")
    assert site.stats.retries == 0


def test_a_403_is_a_matter_of_permission(own_site: SandboxSite) -> None:
    own_site.fail("status", "_search", status=403)
    with pytest.raises(NoPermission, match="may not POST"):
        list(own_site.client(retry_policy=IMPATIENT).rows("Shot", ["code"]))


def test_a_row_that_is_retired_between_two_pages_takes_no_other_row_with_it(
    own_site: SandboxSite,
) -> None:
    site = own_site.client(page_size=3)
    before = {row["id"] for row in site.rows("Shot", ["code"])}
    seen: set[object] = set()
    for page in site.pages("Shot", ["code"], PAGES):
        if not seen:
            first = page.value.data[0].id
            own_site.edit(
                "update shots set _retired_at = '2026-01-01T00:00:00Z' where id = ?", first
            )
        seen |= {row.id for row in page.value.data}
    assert seen == before


@pytest.mark.parametrize("retired", [False, True])
@pytest.mark.parametrize("page_size", [1, 2, 7, 5000])
def test_a_walk_that_reads_ahead_gives_the_same_rows_in_the_same_order(
    own_site: SandboxSite, page_size: int, retired: bool
) -> None:
    # Ids with wide gaps, as a site has them where many rows were erased.
    own_site.edit("update shots set id = id + 900000 where id % 3 = 0")
    own_site.edit("update shots set _retired_at = '2026-01-01T00:00:00Z' where id % 2 = 0")
    rows = [
        list(
            own_site.client(page_size=page_size, concurrency=concurrency).rows(
                "Shot", ["code"], retired=retired
            )
        )
        for concurrency in (1, 4)
    ]
    assert len(rows[0]) > 5
    assert rows[0] == rows[1]


@pytest.mark.parametrize("seed", range(12))
def test_a_gap_between_ids_costs_a_walk_that_reads_ahead_a_few_calls_however_wide_it_is(
    own_site: SandboxSite, seed: int
) -> None:
    chance = Random(seed)
    own_site.edit("delete from tasks where _retired_at is not null")
    shift, gaps, moved = 0, 0, []
    for row in own_site.client().rows("Task", ["content"]):
        gap = chance.choice([0] * 40 + [1, 10, 1000, 10**6])
        shift, gaps = shift + gap, gaps + bool(gap)
        moved.append((int(str(row["id"])), shift))
    for id_, by in reversed(moved):
        own_site.edit("update tasks set id = ? where id = ?", id_ + by, id_)
    page_size, concurrency = chance.choice([3, 7, 20, 60]), chance.choice([2, 4, 6])
    site = own_site.client(page_size=page_size, concurrency=concurrency)
    pages = list(site.pages("Task", ["content"], PAGES))
    ids = [row.id for page in pages for row in page.value.data]
    assert ids == [id_ + by for id_, by in moved]
    a_gap = pages_ahead(concurrency, page_size) + 2
    assert site.stats.requests < 2 * len(ids) / page_size + a_gap * gaps + 5


def test_a_walk_that_reads_ahead_has_several_pages_under_way_and_no_more_than_allowed(
    own_site: SandboxSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = own_site.client().count("HumanUser")
    own_site.fail("latency", "_search", seconds=0.1)
    send, lock, under_way = requests.Session.request, threading.Lock(), [0]
    most = 0

    def counted(*given: Any, **how: Any) -> Any:
        nonlocal most
        with lock:
            under_way[0] += 1
            most = max(most, under_way[0])
        try:
            return send(*given, **how)
        finally:
            with lock:
                under_way[0] -= 1

    monkeypatch.setattr(requests.Session, "request", counted)
    site = own_site.client(page_size=1, concurrency=4)
    pages = list(site.pages("HumanUser", ["login"], PAGES))
    assert sum(page.value.count for page in pages) == count
    assert most == 4
    # A few more than one a row: the newest id, and stretches without a row.
    assert site.stats.requests < 2 * count + 10


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_site_that_runs_out_of_time_over_a_page_is_asked_for_fewer_rows(
    own_site: SandboxSite, concurrency: int, caplog: pytest.LogCaptureFixture
) -> None:
    count = own_site.client().count("Task")
    own_site.fail("latency", "_search", seconds_per_row=0.005)
    retry_policy = RetryPolicy(first_wait=0.01, answer_seconds=0.6)
    site = own_site.client(retry_policy=retry_policy, page_size=300, concurrency=concurrency)
    ids = [row["id"] for row in site.rows("Task", ["content"])]
    assert len(ids) == count
    assert ids == sorted(ids)
    assert "300 rows of Task take the site too long: asking for 75 at a time" in caplog.text


def test_a_site_that_is_too_slow_for_the_smallest_page_is_given_up(own_site: SandboxSite) -> None:
    own_site.fail("hang", "_search")
    retry_policy = RetryPolicy(first_wait=0.01, answer_seconds=0.05, tries=2, first_tries=2)
    with pytest.raises(SiteTooSlow, match="no answer within 0.05 s"):
        list(own_site.client(retry_policy=retry_policy, page_size=300).rows("Task", ["content"]))
    assert own_site.app.state.requests["POST /entity/Task/_search"] == 2 + 2 + 2


def test_a_walk_that_reads_ahead_says_what_failed(own_site: SandboxSite) -> None:
    own_site.fail("status", "_search", status=403, nth=4)
    with pytest.raises(NoPermission, match="may not POST"):
        list(own_site.client(page_size=1, concurrency=4).rows("Shot", ["code"]))


def test_pages_by_number_would_have_lost_one(own_site: SandboxSite) -> None:
    """What the walk by id is for: the same edit, the way that a generated pipeline pages."""
    token = requests.post(
        f"{own_site.url}/api/v1/auth/access_token",
        data={
            "grant_type": "client_credentials",
            "client_id": own_site.client_id,
            "client_secret": own_site.client_secret,
        },
        timeout=10,
    ).json()["access_token"]
    before = {row["id"] for row in own_site.client().rows("Shot", ["code"])}
    archived = "options[include_archived_projects]"
    seen: set[object] = set()
    for number in range(1, len(before)):
        page = requests.get(
            f"{own_site.url}/api/v1/entity/shots",
            params={"page[size]": "3", "page[number]": str(number), archived: "true"},
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        ).json()["data"]
        if number == 1:
            own_site.edit(
                "update shots set _retired_at = '2026-01-01T00:00:00Z' where id = ?", page[0]["id"]
            )
        seen |= {row["id"] for row in page}
    assert len(before - seen) == 1
