"""A slip in a file, and settings that cannot be, as each first command tells them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shotgrid_dagster.config.toml_files import read_toml
from shotgrid_dagster.errors import SettingsError
from shotgrid_dagster_tests.project import ProjectFolder, make_project

DEFINITIONS = "dagster asset list -m shotgrid_dagster.definitions"
BACKFILL = "dagster asset list -m shotgrid_dagster.backfill"
SCRIPT = "python shotgun_software_pipeline.py"
FIRST_COMMANDS = (
    "shotgrid-dagster check",
    "shotgrid-dagster discover",
    "shotgrid-dagster demo",
    "shotgrid-dagster report",
    SCRIPT,
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a = 1\n[sources\n", "(at line 2, column 9)"),
        (b'a = "x\n', "(at line 1, column 7)"),
        (b"a = 1\nb\n", "(at line 2, column 2)"),
        (b"a = 1\na = 2\n", "(at line 2, column 6)"),
        (b"[a]\nb = 1\n[a]\n", "(at line 3, column 3)"),
        (b"a = 1\nb = [1,\n", "(at line 2, the end of the file)"),
        (b"a = 1\n# caf\xe9\n", "no UTF-8 (at line 2, column 6)"),
    ],
)
def test_a_slip_is_told_with_its_file_and_line(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as raised:
        read_toml(path)
    assert str(raised.value).startswith(f"{path} is not valid TOML: ")
    assert str(raised.value).endswith(f"{said}.")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        read_toml(tmp_path)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    return make_project(tmp_path_factory.mktemp("files") / "project")


@pytest.fixture
def broken(project: ProjectFolder, request: pytest.FixtureRequest) -> Iterator[str]:
    """A file with a slip, and its sentence."""
    path = project.path / ".dlt" / request.param
    before = path.read_text() if path.exists() else ""
    path.write_text("a = 1\n[sources\n")
    yield f"{path} is not valid TOML: Expected ']' at the end of a table declaration (at line 2"
    path.write_text(before)


@pytest.mark.parametrize("broken", ["config.toml", "secrets.toml"], indirect=True)
def test_every_first_command_tells_of_a_slip_in_one_sentence(
    project: ProjectFolder, broken: str
) -> None:
    for command in FIRST_COMMANDS:
        output = project.run(command, expect=1)
        assert output.startswith(f"Error: {broken}"), output
        assert len(output.splitlines()) == 1
    for command in (DEFINITIONS, BACKFILL):
        output = project.run(command, expect=1)
        assert f"SettingsError: {broken}" in output
        assert "TomlProviderReadException" not in output


@pytest.fixture
def own_project(tmp_path: Path) -> ProjectFolder:
    return make_project(tmp_path / "project")


def test_the_script_and_the_check_refuse_what_cannot_be(own_project: ProjectFolder) -> None:
    own_project.set("page_sise", "100")
    for command in (SCRIPT, "shotgrid-dagster check"):
        output = own_project.run(command, expect=1)
        assert output.startswith("Error: page_sise in [sources.shotgun_software_source] of ")
        assert output.rstrip().endswith("is not a setting: did you mean page_size?")


def test_the_script_knows_dlts_destinations(own_project: ProjectFolder) -> None:
    output = own_project.run(f"{SCRIPT} --destination duckbd", expect=1)
    said = "Error: destination is 'duckbd': dlt has no such destination, did you mean 'duckdb'?"
    assert output.rstrip() == said


def test_the_check_looks_at_all_sections(own_project: ProjectFolder) -> None:
    config = own_project.path / ".dlt" / "config.toml"
    lines = config.read_text().replace("30 1 * * *", "99 1 * * *")
    config.write_text(lines.replace("upload = false", "upload = 1"))
    output = " ".join(
        own_project.run(
            "shotgrid-dagster check", expect=1, environment={"ALERTS__WEBHOOK_URL": "hunter2"}
        ).split()
    )
    assert f"FAILS census in [schedules] of {config} is '99 1 * * *': it can be a cron" in output
    assert f"FAILS upload in [report] of {config} is 1: it can be true or false." in output
    assert "FAILS webhook_url in the variable ALERTS__WEBHOOK_URL is not possible" in output
    assert "hunter2" not in output
    assert "3 things above (FAILS)" in output
    refused = own_project.run("shotgrid-dagster demo", expect=1)
    assert refused.startswith("Error: census in [schedules] of ")
