"""The Dagster UI in a real browser: an asset is materialized; its numbers, checks, automation."""

import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from shotgrid_dagster_tests.browser import chromium, why_no_browser
from shotgrid_dagster_tests.project import BIN, ProjectFolder, make_project


@contextmanager
def dagster_dev(project: ProjectFolder) -> Iterator[str]:
    """`dagster dev` over a project, as `make dev` starts it; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = project.path / "dagster-dev.log"
    # A shell's background job ignores SIGINT, and Dagster would copy that to SIGTERM.
    command = ["env", "--default-signal=INT,TERM", str(BIN / "dagster"), "dev"]
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [*command, "--workspace", "workspace.yaml", "--host", "127.0.0.1", "--port", str(port)],
            cwd=project.path,
            env=project.environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        ) as process,
    ):
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(address, process, log)
            yield address
        finally:
            process.terminate()
            process.wait(30)


def wait_for(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(120):
        assert process.poll() is None, log.read_text(errors="replace")
        try:
            with urllib.request.urlopen(f"{address}/server_info", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise AssertionError(f"dagster dev did not answer:\n{log.read_text(errors='replace')}")


def clickable(driver: WebDriver, text: str, seconds: float = 60) -> WebElement:
    """The button that says `text`, when it is there and can be clicked."""
    path = f"//button[normalize-space()='{text}' and not(@disabled)]"

    def found(_: WebDriver) -> WebElement | Literal[False]:
        buttons = driver.find_elements(By.XPATH, path)
        return next((button for button in buttons if button.is_displayed()), False)

    return WebDriverWait(driver, seconds).until(found)


def shows(driver: WebDriver, *texts: str, seconds: float = 60) -> None:
    """Wait until a page shows all of these texts."""

    def all_there(_: WebDriver) -> bool:
        page = driver.find_element(By.TAG_NAME, "body").text
        return all(text in page for text in texts)

    WebDriverWait(driver, seconds).until(all_there, f"the page does not show {texts}")


def row_count_in(driver: WebDriver, seconds: float) -> str:
    """The row count on an asset's page, as soon as its run has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(5)
        driver.refresh()
        time.sleep(3)
        page = driver.find_element(By.TAG_NAME, "body").text
        if found := re.search(r"Row count\s+([\d,]+)", page):
            return found.group(1)
    driver.save_screenshot("asset-without-row-count.png")
    raise AssertionError(f"no row count on the page:\n{page}")


@pytest.mark.skipif(why_no_browser() is not None, reason=str(why_no_browser()))
def page_when(driver: WebDriver, pattern: str, seconds: float = 60) -> str:
    """The text of the page, once it matches."""
    until = time.monotonic() + seconds
    while not re.search(pattern, text := driver.find_element(By.TAG_NAME, "body").text):
        assert time.monotonic() < until, text
        time.sleep(0.2)
    return text


def test_one_asset_is_materialized_in_the_ui_and_shows_its_row_count(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    project.run("shotgrid-dagster discover")
    with dagster_dev(project) as address, chromium() as driver:
        driver.get(f"{address}/assets/shotgrid/shots?view=overview")
        clickable(driver, "Materialize").click()
        shown = row_count_in(driver, seconds=120)
        page = page_when(driver, r"Latest check results\s+5\b")
        assert "production-technology" in page
        driver.get(f"{address}/assets/shotgrid/shots?view=checks&checkDetail=count_is_the_sites")
        shows(driver, "rows_of_difference", "Plots", "as many live and retired rows")
        driver.get(f"{address}/automation")
        shows(driver, "every_15_minutes", "nightly_census", "site_changes", "models_follow")
        listed = project.run("shotgrid-dagster report")
    (line,) = (item for item in listed.splitlines() if item.startswith("shots "))
    assert shown == line.split()[1]
