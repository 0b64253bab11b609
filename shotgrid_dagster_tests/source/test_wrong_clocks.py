"""Clocks that are wrong, of the site and of the worker: no change is lost by them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.types import Message, Receive, Scope, Send

from shotgrid_dagster.sandbox.http.app import create_app
from shotgrid_dagster.sandbox.http.server import serve_in_thread
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.site.http.site_clock import SiteClock
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.source.test_channels import Copy

DAY = timedelta(days=1)

Dates = Callable[[int, str], str | None]
"""The number of an answer (from 0) and its `Date` -> the one that is sent; None: none."""


class WithDates:
    """An ASGI application around the site's, whose answers have other dates."""

    def __init__(self, app: Starlette) -> None:
        self.app = app
        self.state = app.state
        self.dates: Dates = lambda number, date: date
        self.answers = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send({**message, "headers": list(self._dated(dict(message["headers"])))})
            else:
                await send(message)

        await self.app(scope, receive, dated)

    def _dated(self, head: Mapping[bytes, bytes]) -> Iterator[tuple[bytes, bytes]]:
        for name, value in head.items():
            if name != b"date":
                yield name, value
        date = self.dates(self.answers, head[b"date"].decode())
        self.answers += 1
        if date is not None:
            yield b"date", date.encode()


@contextmanager
def with_dates(tiny_database: Path, folder: Path) -> Iterator[tuple[WithDates, Copy]]:
    database = Path(shutil.copy(tiny_database, folder / "site.sqlite"))
    app = WithDates(create_app(database))
    with serve_in_thread(database, app) as running:  # type: ignore[arg-type]  # ASGI all the same
        known = app.state.site.settings
        key = known["script_name"], known["script_key"]
        yield app, Copy(SandboxSite(running.url, *key, database, running.app), folder / "data")


def moved(date: str, by: timedelta) -> str:
    at = datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=timezone.utc)
    return format_datetime(at + by, usegmt=True)


@pytest.mark.parametrize(
    "dates",
    [
        pytest.param(lambda n, date: moved(date, DAY) if n == 3 else date, id="a day ahead, once"),
        pytest.param(lambda n, date: moved(date, DAY) if n < 6 else date, id="then it jumps back"),
        pytest.param(lambda n, date: moved(date, DAY), id="a day ahead, always"),
        pytest.param(lambda n, date: moved(date, -DAY) if n == 3 else date, id="a day late, once"),
        pytest.param(lambda n, date: None, id="no date at all"),
        pytest.param(lambda n, date: None if n < 6 else date, id="no date at first"),
        pytest.param(lambda n, date: "yesterday, about noon", id="no date that can be read"),
        pytest.param(lambda n, date: moved(date, n * DAY), id="each another"),
    ],
)
def test_edits_after_a_load_whose_dates_were_wrong_are_found(
    tiny_database: Path, tmp_path: Path, dates: Dates
) -> None:
    with with_dates(tiny_database, tmp_path) as (app, copy):
        app.dates = dates
        copy.load("Shot")
        app.dates = lambda _, date: date
        copy.editor.update("Shot", 1, description="said")
        shot = copy.load("Shot")["Shot"]
        assert (shot.channel, shot.rows_loaded) == ("window", 1)
        copy.editor.update("Shot", 2, description="said too")
        assert copy.load("Shot")["Shot"].rows_loaded == 1


@pytest.mark.parametrize("days", [-1, 1])
def test_edits_are_found_on_a_worker_whose_clock_is_a_day_wrong(
    tiny_database: Path, tmp_path: Path, days: int
) -> None:
    """The worker's clock is this machine's: so the whole site lives a day before it, or after."""

    def clock() -> datetime:
        return datetime.now(timezone.utc) + timedelta(days=days)

    with serve_over(tiny_database, tmp_path, clock) as copy:
        editor = Editor(copy.site.database, now=clock)
        for number in range(3):
            copy.load("Shot")
            editor.update("Shot", 1, description=f"said {number}")
        assert copy.load("Shot")["Shot"].rows_loaded == 1
        assert copy.rows("select description from shots where id = 1") == [("said 2",)]


@contextmanager
def serve_over(tiny_database: Path, folder: Path, clock: Callable[[], datetime]) -> Iterator[Copy]:
    database = Path(shutil.copy(tiny_database, folder / "site.sqlite"))
    app = create_app(database, clock=clock)
    with serve_in_thread(database, app) as running:
        known = app.state.site.settings
        key = known["script_name"], known["script_key"]
        yield Copy(SandboxSite(running.url, *key, database, app), folder / "data")


def loaded_with_a_cursor_to_come(site: SandboxSite, folder: Path) -> Copy:
    """A copy of the Shots, whose cursor is a day ahead."""
    copy = Copy(site, folder / "data")
    copy.load("Shot")
    ahead = (datetime.now(timezone.utc) + DAY).isoformat()
    copy.rows(f"update _sg_load_state set cursor = '{ahead}'")
    return copy


def test_a_cursor_that_is_still_to_come_is_pulled_back_with_a_warning(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    copy = loaded_with_a_cursor_to_come(own_site, tmp_path)
    copy.editor.update("Shot", 1, description="said")
    copy.site.edit("update shots set description = 'unstamped' where id = 2")
    result = copy.result("Shot")
    assert [warning for warning in result.warnings if "still to come" in warning]
    assert result.loaded["Shot"].why == "its cursor is still to come: all rows, once"
    assert result.loaded["Shot"].rows_loaded == 2
    again = copy.result("Shot")
    assert (again.loaded["Shot"].channel, again.warnings) == ("window", ())


def test_a_cursor_that_is_still_to_come_is_pulled_back_although_nothing_changed(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    copy = loaded_with_a_cursor_to_come(own_site, tmp_path)
    copy.load("Shot")
    assert copy.load("Shot")["Shot"].channel == "window"


def test_the_earliest_answer_tells_the_time_and_this_machine_bounds_it() -> None:
    own = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
    seconds = [100.0]
    clock = SiteClock(lambda: seconds[0], lambda: own + timedelta(seconds=seconds[0] - 100))
    assert clock.at(100.0) == own
    clock.heard(None)
    clock.heard(own + DAY)
    assert clock.at(100.0) == own + DAY
    assert clock.safely_at(100.0) == own + timedelta(seconds=60)
    seconds[0] = 110.0
    clock.heard(own + timedelta(seconds=15))
    assert clock.at(100.0) == clock.safely_at(100.0) == own + timedelta(seconds=5)
    assert not clock.is_ahead(own + DAY)
    assert clock.is_ahead(own + DAY + timedelta(seconds=80))


def test_the_settings_of_projects_are_asked_again_after_a_time_that_is_still_to_come() -> None:
    from shotgrid_dagster.source.loading.site_tables.site_settings import ProjectsRead

    now = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
    read: Any = ProjectsRead("same", now)
    assert read.holds(ProjectsRead("same", now + timedelta(hours=2)))
    assert not ProjectsRead("same", now + DAY).holds(read)
