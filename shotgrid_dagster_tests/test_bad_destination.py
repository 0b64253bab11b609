"""A destination that cannot be used, as the script, the check and the assets tell it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from shotgrid_dagster.cli.check_destination import destination_section
from shotgrid_dagster.cli.findings import Level, shown
from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.postgres import binaries, running_postgres
from shotgrid_dagster_tests.project import ProjectFolder, make_project

DESTINATION = "SOURCES__SHOTGUN_SOFTWARE_SOURCE__DESTINATION"
CREDENTIALS = "DESTINATION__POSTGRES__CREDENTIALS"
MATERIALIZE = "dagster asset materialize -m shotgrid_dagster.definitions --select shotgrid/shots"

FAULTS = {
    "no bucket": (
        {DESTINATION: "filesystem"},
        "The destination filesystem is not set up, bucket_url is not set: add these lines to "
        ".dlt/secrets.toml, with your own values.",
        '[destination.filesystem] bucket_url = "s3://your-bucket/shotgrid"',
    ),
    "no credentials": (
        {DESTINATION: "postgres"},
        "The destination postgres is not set up, database, password, username and host are not "
        "set: add these lines",
        '[destination.postgres.credentials] host = "db.studio.example"',
    ),
    "no package": (
        {DESTINATION: "mssql"},
        "The destination mssql needs a package that is not installed: run "
        '`pip install "dlt[mssql]"`.',
        "",
    ),
    "wrong password": (
        {DESTINATION: "postgres"},
        'failed: FATAL: password authentication failed for user "loader". Check '
        "[destination.postgres]",
        "",
    ),
    "no such host": (
        {DESTINATION: "postgres", CREDENTIALS: "postgresql://loader:hunter2@127.0.0.1:9/db"},
        "Connection refused. Check [destination.postgres]",
        "",
    ),
}
"""What is wrong -> the variables, the sentence, the lines to add."""


@pytest.fixture(scope="module")
def wants_password() -> Iterator[str]:
    """A Postgres that takes nobody without a password."""
    if binaries() is None:
        pytest.skip("there is no PostgreSQL server on this machine to start")
    with running_postgres() as address:
        connection = psycopg2.connect(address)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("alter role loader password 'the real one'")
            cursor.execute("show hba_file")
            (hba,) = cursor.fetchone() or ("",)
            rule = "select 'host all all 127.0.0.1/32 scram-sha-256'"
            cursor.execute(f"copy ({rule}) to '{hba}'")
            cursor.execute("select pg_reload_conf()")
        connection.close()
        yield address.replace("loader:loader", "loader:hunter2")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    project = make_project(tmp_path_factory.mktemp("destinations") / "project")
    project.set("entity_types", '["Shot"]')
    return project


def variables(fault: str, request: pytest.FixtureRequest) -> dict[str, str]:
    set_, _, _ = FAULTS[fault]
    if fault == "wrong password":
        return {**set_, CREDENTIALS: request.getfixturevalue("wants_password")}
    return set_


def as_one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("fault", FAULTS)
def test_the_script_ends_with_the_sentence_and_the_lines_to_add(
    fault: str, project: ProjectFolder, request: pytest.FixtureRequest
) -> None:
    output = project.run(
        "python shotgun_software_pipeline.py", expect=1, environment=variables(fault, request)
    )
    _, sentence, lines = FAULTS[fault]
    assert output.startswith("Error: The destination ")
    assert sentence in as_one_line(output)
    assert lines in as_one_line(output)
    assert "hunter2" not in output
    assert "Traceback" not in output


@pytest.mark.parametrize("fault", FAULTS)
def test_the_check_says_the_same_and_fails(
    fault: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_ = variables(fault, request)
    monkeypatch.chdir(tmp_path)
    for name, value in set_.items():
        monkeypatch.setenv(name, value)
    section = destination_section(Settings(data_dir=tmp_path, destination=set_[DESTINATION]))
    (finding,) = section.findings
    _, sentence, lines = FAULTS[fault]
    assert finding.level is Level.FAILS
    assert sentence in as_one_line(finding.text)
    assert lines in as_one_line(shown(section))
    assert "hunter2" not in finding.text


@pytest.mark.parametrize("fault", ["no bucket", "wrong password"])
def test_an_asset_fails_with_the_same_sentence(
    fault: str, project: ProjectFolder, request: pytest.FixtureRequest
) -> None:
    output = project.run(MATERIALIZE, expect=1, environment=variables(fault, request))
    _, sentence, lines = FAULTS[fault]
    assert sentence in as_one_line(output)
    assert lines in as_one_line(output)
    assert "hunter2" not in output


def test_the_check_as_a_command_tries_the_destination_and_exits_with_1(
    project: ProjectFolder, sandbox_site: SandboxSite
) -> None:
    key = {
        f"SOURCES__SHOTGUN_SOFTWARE_SOURCE__{name}": value
        for name, value in (
            ("SITE_URL", sandbox_site.url),
            ("CLIENT_ID", sandbox_site.client_id),
            ("CLIENT_SECRET", sandbox_site.client_secret),
        )
    }
    output = project.run(
        "shotgrid-dagster check", expect=1, environment={**key, DESTINATION: "filesystem"}
    )
    assert "FAILS The destination filesystem is not set up" in as_one_line(output)
    assert "one thing above (FAILS)" in output


def test_a_database_that_somebody_loads_into_is_left_alone_and_said(tmp_path: Path) -> None:
    with Warehouse(tmp_path, who="run 1234").loading():
        (finding,) = destination_section(Settings(data_dir=tmp_path)).findings
    assert finding.level is Level.NOTE
    assert finding.text.startswith("duckdb: run 1234 (process ")
    (finding,) = destination_section(Settings(data_dir=tmp_path)).findings
    assert finding.level is Level.OK
