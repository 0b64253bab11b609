"""The daemon really running: an edit on the site is in the table within a minute."""

import time
from pathlib import Path

import pytest

from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster_tests.project import make_project
from shotgrid_dagster_tests.test_ui import dagster_dev

WITHIN = 60.0
"""Seconds from the edit to the row in the table: what the README promises."""

SETTLING = 60.0
"""Seconds until the daemon has evaluated the sensor for the first time."""


def value(database: Path, sql: str) -> object:
    """One value of the database, by whoever may open it at the moment."""
    import duckdb

    for _ in range(100):
        try:
            with duckdb.connect(str(database), read_only=True) as connection:
                found = connection.execute(sql).fetchone()
                return found[0] if found else None
        except duckdb.IOException:
            time.sleep(0.05)
    raise AssertionError(f"{database} could not be opened in 5 s")


@pytest.mark.timeout(280)
def test_an_edit_on_the_site_is_in_the_table_within_a_minute(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    project.set("entity_types", '["Shot", "Version", "Project", "EventLogEntry"]')
    project.run("shotgrid-dagster discover")
    project.run('dagster asset materialize -m shotgrid_dagster.definitions --select "*"')
    database = project.path / "data" / "shotgun_software.duckdb"
    editor = Editor(project.path / "data" / "sandbox" / "tiny.sqlite")
    project.run("dagster sensor start site_changes -w workspace.yaml")
    with dagster_dev(project):
        wait_for_first_look(project.path / "dagster-dev.log")
        started = time.monotonic()
        editor.update("Shot", 1, description="edited with the sensor on")
        query = "select description from shotgun_software_data.shots where id = 1"
        while value(database, query) != "edited with the sensor on":
            seconds = time.monotonic() - started
            assert seconds < WITHIN, (project.path / "dagster-dev.log").read_text()[-4000:]
            time.sleep(0.5)
    print(f"in the table after {time.monotonic() - started:.1f} s")


def wait_for_first_look(log: Path) -> None:
    until = time.monotonic() + SETTLING
    while "watching begins behind entry" not in log.read_text(errors="replace"):
        assert time.monotonic() < until, log.read_text(errors="replace")[-4000:]
        time.sleep(0.5)
