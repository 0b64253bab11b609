"""The dashboard in a real browser: what is drawn is what the site's own tables say."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from shotgrid_dagster.dashboard.pictures import css_color
from shotgrid_dagster.dashboard.questions import Models, NothingToShow
from shotgrid_dagster_tests.browser import chromium, why_no_browser
from shotgrid_dagster_tests.models.conftest import House
from shotgrid_dagster_tests.models.truth import DONE, LEFT_OUT, Truth, day, link_id
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
  if (label && node.nodeName === 'path') marks.push([label, node.getAttribute('fill')]);
  if (node.shadowRoot) walk(node.shadowRoot);
  for (const child of node.childNodes) walk(child);
};
walk(document.body);
return [texts.join(' | '), marks];
"""
"""All texts on the page and all marks of its charts, in shadow trees too."""


@pytest.fixture(scope="module")
def models(house: House, tmp_path_factory: pytest.TempPathFactory) -> Models:
    """The lived-in studio as readers have it: a copy of the database."""
    (file,) = house.rows("select path from duckdb_databases() where path like '%.duckdb'")
    house.connection.execute("checkpoint")
    copy = tmp_path_factory.mktemp("readers") / "published.duckdb"
    shutil.copy(str(file["path"]), copy)
    return Models(copy)


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


def seen(browser: WebDriver) -> tuple[str, list[tuple[str, str]]]:
    """What is on the page once every title is: a chart's title is drawn with its marks."""

    def look(driver: WebDriver) -> object:
        texts, marks = driver.execute_script(SEEN)
        is_drawn = all(title in texts for title in TITLES)
        return (texts, [tuple(mark) for mark in marks]) if is_drawn else None

    return WebDriverWait(browser, 90).until(look)  # type: ignore[return-value, arg-type]


@pytest.mark.skipif(bool(why_no_browser()), reason=str(why_no_browser()))
def test_what_is_drawn_is_what_the_site_says(house: House, truth: Truth, models: Models) -> None:
    show = house.story["show"]
    tasks = {
        id_: row
        for id_, row in truth.live("Task").items()
        if link_id(row, "project") == show and row["sg_status_list"] not in LEFT_OUT
    }
    done = sum(row["sg_status_list"] in DONE for row in tasks.values())
    late = sum(
        bool(row["due_date"])
        and day(row["due_date"]) < truth.today
        and row["sg_status_list"] not in DONE
        for row in tasks.values()
    )
    steps = {id_: row["code"] for id_, row in truth.live("Step").items()}
    statuses = {row["code"]: row for row in truth.live("Status").values()}
    bars = Counter(
        (steps[row["step"]["id"]], row["sg_status_list"])
        for row in tasks.values()
        if link_id(row, "entity", "Shot")
    )
    with dashboard(models.database) as address, chromium() as browser:
        browser.get(address)
        texts, marks = seen(browser)
    assert f"tasks done | {done:,} of {len(tasks):,}" in texts
    assert f"tasks late | {late:,}" in texts
    assert "slipped in 7 days | 1" in texts
    drawn = {}
    for label, fill in marks:
        parts = dict(part.split(": ", 1) for part in label.split("; ") if ": " in part)
        if {"step", "status", "tasks"} <= set(parts):
            drawn[parts["step"], parts["status"]] = (int(parts["tasks"]), fill)
    expected = {}
    for (step, code), many in bars.items():
        status = statuses.get(code)
        name = status["name"] if status else "no status"
        fill = css_color(status["bg_color"] if status else None)
        expected[step, name] = (many, fill)
    assert {key: (many, re.sub(r"\s", "", fill)) for key, (many, fill) in drawn.items()} == expected


def test_the_questions_of_a_project_without_anything_are_answered_too(
    house: House, models: Models
) -> None:
    project = house.story["project of a day"]
    assert models.headlines(project) == {
        "shots": 0, "shots_done": 0, "tasks": 1, "tasks_done": 1, "tasks_late": 0,
        "slipped_lately": 0, "kick_back_rate": None,
    }  # fmt: skip
    assert models.statuses_by_step(project).empty
    assert models.turnaround(project).empty
    assert models.slipped(project).empty
    assert models.burn_down(project)["tasks_done"].tolist()[-1] == 1
    assert models.projects()["One Day"] == project


def test_without_a_database_or_models_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NothingToShow, match="run `make demo` first"):
        Models.of_project(tmp_path, tmp_path / "shotgun_software.duckdb")
    import duckdb

    duckdb.connect(str(tmp_path / "published.duckdb")).close()
    with pytest.raises(NothingToShow, match="is not built"):
        Models.of_project(tmp_path, tmp_path / "other.duckdb").projects()
