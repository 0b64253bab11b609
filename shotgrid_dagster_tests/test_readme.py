"""The README is true: its commands run. What it names exists: see `test_documents.py`."""

import os
import re
import signal
import sqlite3
import subprocess
from pathlib import Path

import duckdb
import pytest

from shotgrid_dagster_tests.project import ROOT, ProjectFolder, make_project

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(bash|python|sql)\n(.*?)```", README, re.S)

ELSEWHERE = {
    "make dev": "test_ui.py starts the same command and opens a browser on it",
    "make dashboard": "models/test_dashboard.py starts the same app and opens a browser on it",
    "make test": "this is it",
    "make help": "a list",
}
"""Commands that are not run here, and why."""

AS_IN_THE_MAKEFILE = {"make demo": "shotgrid-dagster demo"}
"""What a target runs once everything is installed."""


PRINTED_BY = {False: "archived", True: "is LOADED and contains no failed jobs"}
"""What a snippet prints that looks at what is loaded, and one that loads."""


def commands() -> list[str]:
    lines = [
        line.split("  #")[0].strip()
        for language, block in BLOCKS
        if language == "bash"
        for line in block.splitlines()
    ]
    return [line for line in lines if line and line.split("  ")[0].strip() not in ELSEWHERE]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    return make_project(tmp_path_factory.mktemp("readme") / "project")


@pytest.mark.timeout(500)
def test_every_command_runs_in_the_order_of_the_page(project: ProjectFolder) -> None:
    found = commands()
    assert found[0] == "make demo"
    assert len(found) >= 7
    for command in found:
        output = project.run(AS_IN_THE_MAKEFILE.get(command, command))
        assert "Traceback" not in output, f"{command}\n{output}"
        if command == "make demo":
            assert "tables," in output
            assert "select" in output
        if command.endswith('--select "*"'):
            # The demo has loaded it all: every type is looked at, and none has a row to load.
            assert output.count("nothing new") > 40
            assert not re.search(r"[1-9]\d* loaded", output)


def test_the_makefile_runs_what_is_tested_here() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target, command in AS_IN_THE_MAKEFILE.items():
        recipe = re.search(rf"^{target.removeprefix('make ')}:.*\n((?:\t.*\n)+)", makefile, re.M)
        assert recipe is not None
        assert command in recipe.group(1)


def test_the_python_and_the_sql_run_on_what_the_demo_loaded(project: ProjectFolder) -> None:
    for language, block in BLOCKS:
        if language == "python":
            (project.path / "snippet.py").write_text(block)
            printed = project.run("python snippet.py")
            assert PRINTED_BY["pipeline.run" in block] in printed
        elif language == "sql":
            database = project.path / "data" / "shotgun_software.duckdb"
            with duckdb.connect(str(database), read_only=True) as connection:
                assert connection.execute(block).fetchall()


def test_the_queries_of_the_demo_have_answers(project: ProjectFolder) -> None:
    from shotgrid_dagster.cli.report import QUERIES

    database = project.path / "data" / "shotgun_software.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        for question, sql in QUERIES:
            assert connection.execute(sql).fetchall(), question


def test_dlts_own_dashboard_opens(project: ProjectFolder) -> None:
    with subprocess.Popen(
        [
            "dlt",
            "pipeline",
            "--pipelines-dir",
            "data/pipelines",
            "shotgun_software_pipeline",
            "show",
        ],
        cwd=project.path,
        env=project.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as show:
        assert show.stdout is not None
        address = r"https?://(localhost|127\.0\.0\.1):\d+"
        assert any(re.search(address, line) for line in show.stdout)
        os.killpg(show.pid, signal.SIGKILL)


def test_the_sandboxs_own_database_is_what_the_tables_were_made_from(
    project: ProjectFolder,
) -> None:
    (site,) = (project.path / "data" / "sandbox").glob("*.sqlite")
    connection = sqlite3.connect(site)
    ((there,),) = connection.execute("select count(*) from versions").fetchall()
    connection.close()
    with duckdb.connect(
        str(Path(project.path) / "data" / "shotgun_software.duckdb"), read_only=True
    ) as here:
        assert here.execute("select count(*) from shotgun_software_data.versions").fetchone() == (
            there,
        )
