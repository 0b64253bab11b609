"""The site's own time: its rows, its events and its `Date` agree, and it runs on."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Timer

import pytest
import requests

from shotgrid_dagster.sandbox.store import database as store
from shotgrid_dagster.sandbox.store.site_clock import SiteClock, real_time
from shotgrid_dagster.sandbox.workdays.days import advance
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster_tests.conftest import SandboxSite, in_studio_time, serving
from shotgrid_dagster_tests.sandbox.client import Client

STUDIO_LEFT = datetime(2026, 6, 1, 9, tzinfo=timezone.utc)
"""When the last row of the made-up studio was written."""


@pytest.fixture
def fresh(tiny_database: Path, tmp_path: Path) -> Path:
    """A studio whose clock nobody has looked at."""
    return in_studio_time(Path(shutil.copy(tiny_database, tmp_path / "fresh.sqlite")))


def date_of(site: SandboxSite) -> datetime:
    answer = requests.get(f"{site.url}/api/v1", timeout=10)
    return parsedate_to_datetime(answer.headers["Date"]).astimezone(timezone.utc)


def test_a_new_site_begins_where_its_rows_end(fresh: Path) -> None:
    with serving(fresh) as site:
        assert timedelta() <= date_of(site) - STUDIO_LEFT < timedelta(minutes=1)
        client = Client.signed_in(site.url, site.app)
        later = [["created_at", "greater_than", date_of(site).isoformat()]]
        assert client.ids("event_log_entries", later) == []


def test_its_time_runs_on_in_real_seconds_whether_it_is_served_or_not(fresh: Path) -> None:
    now = [datetime(2031, 1, 1, tzinfo=timezone.utc)]
    with closing(store.connect(fresh)) as connection:
        assert SiteClock(real_time=lambda: now[0]).look(connection) == STUDIO_LEFT
    now[0] += timedelta(days=2, seconds=5)
    with closing(store.connect(fresh)) as connection:
        later = SiteClock(real_time=lambda: now[0]).look(connection)
    assert later == STUDIO_LEFT + timedelta(days=2, seconds=5)


def test_days_that_pass_at_once_put_a_served_site_s_time_forward(fresh: Path) -> None:
    with serving(fresh) as site:
        before = date_of(site)
        progress = advance(fresh, 3)
        after = date_of(site)
        assert timedelta(days=3) <= after - before < timedelta(days=3, minutes=1)
        client = Client.signed_in(site.url, site.app)
        (newest,) = client.search(
            "event_log_entries", [], sort="-id", page={"size": 1}, fields="created_at"
        ).json()["data"]
        assert before.isoformat()[:19] < newest["attributes"]["created_at"] < progress.now
    with serving(fresh) as site:
        assert timedelta() <= date_of(site) - after < timedelta(minutes=1)


def test_rows_that_a_day_wrote_are_stamped_behind_every_date_before_it(fresh: Path) -> None:
    with serving(fresh) as site:
        before = date_of(site)
        advance(fresh, 1)
        client = Client.signed_in(site.url, site.app)
        for slug in ("tasks", "notes", "time_logs"):
            found = client.search(
                slug, [["updated_at", "greater_than", STUDIO_LEFT.isoformat()]], fields="updated_at"
            )
            stamps = [row["attributes"]["updated_at"] for row in found.json()["data"]]
            assert stamps, slug
            assert min(stamps) > before.strftime("%Y-%m-%dT%H:%M:%SZ")
            assert max(stamps) < date_of(site).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_write_by_the_api_and_one_behind_its_back_have_the_site_s_time(fresh: Path) -> None:
    with serving(fresh) as site:
        advance(fresh, 2)
        client = Client.signed_in(site.url, site.app)
        before = date_of(site)
        address = f"{site.url}/api/v1/entity/shots/1"
        client.session.put(address, json={"description": "by the API"}, timeout=10)
        Editor(fresh).update("Shot", 2, description="behind its back")
        after = date_of(site)
        for shot in (1, 2):
            stamp = client.row("shots", shot)["attributes"]["updated_at"]
            assert before <= datetime.fromisoformat(stamp.replace("Z", "+00:00")) <= after


def test_a_write_that_waited_for_a_day_to_be_worked_is_stamped_after_it(fresh: Path) -> None:
    with serving(fresh) as site, closing(store.connect(fresh)) as worker:
        client = Client.signed_in(site.url, site.app)
        worker.execute("begin immediate")
        worker.execute("update _site set value = value + 86400 where name = '_clock_ahead'")
        Timer(0.3, worker.execute, ["commit"]).start()
        begun = time.monotonic()
        address = f"{site.url}/api/v1/entity/shots/1"
        client.session.put(address, json={"description": "waited"}, timeout=10)
        assert time.monotonic() - begun > 0.2
        stamp = client.row("shots", 1)["attributes"]["updated_at"]
        assert stamp >= "2026-06-02T09:00:00Z"


def test_a_site_of_version_0_1_0_keeps_the_real_time(fresh: Path) -> None:
    with closing(sqlite3.connect(fresh)) as connection, connection:
        connection.execute("delete from _site where name = 'clock_starts_at'")
    with serving(fresh) as site:
        assert abs(date_of(site) - real_time()) < timedelta(minutes=1)
        advance(fresh, 1)
        ahead = date_of(site) - real_time()
        assert timedelta(hours=23, minutes=59) < ahead < timedelta(days=1, minutes=1)
