"""Takes the docs' pictures of the Dagster UI: `python -m shotgrid_dagster_tests.screenshots`.

It loads the sandbox site into a project of its own and opens a headless Chromium on `dagster dev`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By

from shotgrid_dagster_tests.browser import chromium, why_no_browser
from shotgrid_dagster_tests.project import ROOT, make_project
from shotgrid_dagster_tests.test_ui import dagster_dev

SIZE = (1500, 900)
TALL = (1500, 1220)
"""For the graph, whose groups stand above each other."""

PAGES = {
    "asset-graph": "/asset-groups",
    "asset": "/assets/shotgrid/shots?view=overview",
    "checks": "/assets/shotgrid/shots?view=checks&checkDetail=count_is_the_sites",
    "model": "/assets/models/shot_progress?view=overview",
    "publish": "/assets/publish/warehouse?view=overview",
    "automation": "/automation",
    "events": "/assets/shotgrid/event_log_entries?view=events",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "docs", help="folder of the pictures")
    parser.add_argument("--only", nargs="*", default=["asset-graph", "asset"], choices=PAGES)
    parser.add_argument("--size", default="studio", help="size of the sandbox site")
    chosen = parser.parse_args()
    if missing := why_no_browser():
        parser.exit(1, f"{missing}\n")
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder) / "project")
        project.set("sandbox_size", f'"{chosen.size}"')
        project.run("shotgrid-dagster demo")
        for _ in range(2):
            project.run("shotgrid-dagster sandbox advance --days 1 --size " + chosen.size)
            project.run('dagster asset materialize -m shotgrid_dagster.definitions --select "*"')
        with dagster_dev(project) as address, chromium(*SIZE) as driver:
            for name in chosen.only:
                driver.set_window_size(*(TALL if name == "asset-graph" else SIZE))
                take(driver, f"{address}{PAGES[name]}", chosen.to / f"{name}.png")


def take(driver: WebDriver, address: str, path: Path) -> None:
    """One picture, when the page has stopped changing."""
    driver.get(address)
    before, seen = "", driver.find_element(By.TAG_NAME, "body").text
    for _ in range(20):
        time.sleep(1.5)
        before, seen = seen, driver.find_element(By.TAG_NAME, "body").text
        if seen == before and "Loading" not in seen:
            break
    driver.save_screenshot(str(path))
    print(path)


if __name__ == "__main__":
    main()
