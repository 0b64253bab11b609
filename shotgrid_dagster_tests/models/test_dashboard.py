"""The dashboard in a real browser: what is drawn is what the site's own tables say."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Literal

import duckdb
import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from shotgrid_dagster.dashboard.folder import page_name
from shotgrid_dagster.dashboard.questions import Models, NothingToShow
from shotgrid_dagster.dashboard.static import Exported, export_all
from shotgrid_dagster_tests.browser import chromium, why_no_browser
from shotgrid_dagster_tests.models.conftest import House
from shotgrid_dagster_tests.models.drawn import Mark, Project, assert_drawn
from shotgrid_dagster_tests.models.truth import Truth
from shotgrid_dagster_tests.project import BIN, ROOT

APP = ROOT / "shotgrid_dagster" / "dashboard" / "app.py"

SEEN = """
const texts = [], marks = [];
const walk = (node) => {
  if (node.nodeType === 3) {
    if (node.textContent.trim()) texts.push(node.textContent.trim());
    return;
  }
  if (['STYLE', 'SCRIPT'].includes(node.nodeName)) return;
  const label = node.getAttribute && node.getAttribute('aria-label');
  if (label && node.nodeName === 'path')
    marks.push([label, node.getAttribute('fill'), node.getAttribute('d')]);
  if (node.shadowRoot) walk(node.shadowRoot);
  for (const child of node.childNodes) walk(child);
};
walk(document.body);
return [texts.join(' | '), marks];
"""
"""All texts on the page and all marks of its charts, in shadow trees too."""


@contextmanager
def dashboard(database: Path, *arguments: str) -> Iterator[str]:
    """The app as `make dashboard` starts it; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(BIN / "marimo"), "run", str(APP), "--headless", "--no-token"]
    place = ["--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(
        [*command, *place, "--", "--database", str(database), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(120):
                assert process.poll() is None
                try:
                    urllib.request.urlopen(f"{address}/health", timeout=2).close()
                    break
                except OSError:
                    time.sleep(0.25)
            yield address
        finally:
            process.terminate()
            process.wait(30)


TITLES = (
    "Shots by step and status",
    "Burn-down",
    "Review turnaround of versions",
    "Bid against logged",
    "Workload against capacity",
    "What slipped in the last seven days",
)


def seen(browser: WebDriver) -> tuple[str, list[Mark]]:
    """What is on the page once every title is: a chart's title is drawn with its marks."""

    def look(driver: WebDriver) -> tuple[str, list[Mark]] | Literal[False]:
        texts, marks = driver.execute_script(SEEN)
        is_drawn = all(title in texts for title in TITLES)
        return (texts, [tuple(mark) for mark in marks]) if is_drawn else False

    return WebDriverWait(browser, 90).until(look)


def assert_page(project: Project, texts: str, marks: list[Mark]) -> None:
    """Every tile, every chart and the table."""
    numbers = project.headlines()
    rate = numbers["kick_back_rate"]
    assert rate is not None
    for label, number in (
        ("shots done", f"{numbers['shots_done']:,} of {numbers['shots']:,}"),
        ("tasks done", f"{numbers['tasks_done']:,} of {numbers['tasks']:,}"),
        ("tasks late", f"{numbers['tasks_late']:,}"),
        ("slipped in 7 days", f"{numbers['slipped_lately']:,}"),
        ("reviews kicked back", f"{rate:.0%}"),
    ):
        assert f"{label} | {number} |" in texts
    assert numbers["slipped_lately"] == 1
    assert "revived | slipped | 2026-10-09 | 2026-10-28 | 19 |" in texts
    assert_drawn(project, marks)


needs_a_browser = pytest.mark.skipif(bool(why_no_browser()), reason=str(why_no_browser()))


@pytest.fixture
def show(house: House, truth: Truth) -> Project:
    """The project in which everything happened."""
    return Project(truth, house.story["show"], erased=[house.story["erased"]])


@needs_a_browser
def test_what_is_drawn_is_what_the_site_says(show: Project, models: Models) -> None:
    with dashboard(models.database) as address, chromium() as browser:
        browser.get(address)
        texts, marks = seen(browser)
    assert_page(show, texts, marks)


@contextmanager
def serving_files(folder: Path) -> Iterator[str]:
    """Any web server: it gives out the files of a folder."""
    handler = partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@needs_a_browser
def test_an_exported_page_shows_the_same_from_any_web_server_and_is_made_again_only_when_it_changes(
    show: Project, models: Models, tmp_path: Path
) -> None:
    database = Path(shutil.copy(models.database, tmp_path / "published.duckdb"))
    only_one_runs = f"update models.dim_projects set is_running = (project_id = {show.id})"
    with duckdb.connect(str(database)) as connection:
        connection.execute(only_one_runs)
    folder = tmp_path / "dashboards"
    folder.mkdir()
    (folder / "9_not_ours.html").write_text("somebody else's")
    (name,) = Models(database).projects()
    page = page_name(show.id, name)
    assert export_all(Models(database), folder) == Exported([page], [], [])
    with serving_files(folder) as address, chromium() as browser:
        browser.get(f"{address}/{page}")
        texts, marks = seen(browser)
        fetched = browser.execute_script(
            "return performance.getEntriesByType('resource').map(one => one.name)"
        )
    assert_page(show, texts, marks)
    assert [item for item in fetched if not item.startswith(address)] == []
    assert export_all(Models(database), folder) == Exported([], [page], [])
    with duckdb.connect(str(database)) as connection:
        connection.execute("update models.dim_projects set is_running = false")
    assert export_all(Models(database), folder) == Exported([], [], [page])
    assert [file.name for file in folder.iterdir()] == ["9_not_ours.html"]


def test_the_questions_of_a_project_without_anything_are_answered_too(
    house: House, models: Models
) -> None:
    project = house.story["project of a day"]
    assert models.headlines(project) == {
        "shots": 0, "shots_done": 0, "tasks": 1, "tasks_done": 1, "tasks_late": 0,
        "slipped_lately": 0, "kick_back_rate": None,
    }  # fmt: skip
    assert models.statuses_by_step(project).num_rows == 0
    assert models.turnaround(project).num_rows == 0
    assert models.slipped(project).num_rows == 0
    assert models.burn_down(project)["tasks_done"].to_pylist()[-1] == 1
    assert models.projects()["One Day"] == project


def test_without_a_database_or_models_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NothingToShow, match="run `make demo` first"):
        Models.of_project(tmp_path, tmp_path / "shotgun_software.duckdb")
    duckdb.connect(str(tmp_path / "published.duckdb")).close()
    with pytest.raises(NothingToShow, match="is not built"):
        Models.of_project(tmp_path, tmp_path / "other.duckdb").projects()
