"""What people get wrong: one clear sentence, an exit code that is not zero, the old data kept."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.project import ProjectFolder, make_project

COMMAND = "python shotgun_software_pipeline.py"
SITE = "SOURCES__SHOTGUN_SOFTWARE_SOURCE__SITE_URL"
SCRIPT = "SOURCES__SHOTGUN_SOFTWARE_SOURCE__CLIENT_ID"
KEY = "SOURCES__SHOTGUN_SOFTWARE_SOURCE__CLIENT_SECRET"


@pytest.fixture
def project(tmp_path: Path) -> ProjectFolder:
    project = make_project(tmp_path / "project")
    project.set("entity_types", '["Shot", "Sequence"]')
    return project


def said(project: ProjectFolder, environment: Mapping[str, str] | None = None) -> str:
    """The one sentence of a command that fails."""
    output = project.run(COMMAND, expect=1, environment=environment)
    assert "Traceback" not in output, output
    (sentence,) = (line for line in output.splitlines() if line.startswith("Error: "))
    return sentence


def test_a_missing_key_is_named_with_the_file_to_put_it_into(project: ProjectFolder) -> None:
    sentence = said(project, {SITE: "studio.example"})
    assert "client_id is not set" in sentence
    assert ".dlt/secrets.toml" in sentence
    assert KEY.replace("SECRET", "ID") in sentence


def test_plain_http_to_another_host_is_refused(project: ProjectFolder) -> None:
    sentence = said(project, {SITE: "http://studio.example", SCRIPT: "a", KEY: "b"})
    assert "write https://" in sentence


def test_a_wrong_host_is_said(project: ProjectFolder) -> None:
    project.set("concurrency", "1")
    sentence = said(project, {SITE: "http://127.0.0.1:9", SCRIPT: "a", KEY: "b"})
    assert "connection refused. Check site_url" in sentence


def test_a_wrong_key_is_said_and_not_shown(
    project: ProjectFolder, sandbox_site: SandboxSite
) -> None:
    sentence = said(project, {SITE: sandbox_site.url, SCRIPT: "nobody", KEY: "hunter2"})
    assert "Can't authenticate script 'nobody'" in sentence
    assert "Admin > Scripts" in sentence
    assert "hunter2" not in sentence


def test_a_page_instead_of_json_is_said(project: ProjectFolder, own_site: SandboxSite) -> None:
    own_site.fail("html")
    key = {SITE: own_site.url, SCRIPT: own_site.client_id, KEY: own_site.client_secret}
    assert "a page instead of JSON" in said(project, environment=key)


def test_an_entity_type_that_the_key_may_not_see_fails_alone(
    project: ProjectFolder, own_site: SandboxSite
) -> None:
    own_site.fail("status", "/entity/Shot/", status=403)
    key = {SITE: own_site.url, SCRIPT: own_site.client_id, KEY: own_site.client_secret}
    assert "Shot was not loaded" in said(project, environment=key)
    output = project.run(COMMAND, expect=1, environment=key)
    assert "sequences: " in output


def test_a_full_disk_is_said_and_the_old_data_is_still_there(
    project: ProjectFolder, own_site: SandboxSite
) -> None:
    key = {SITE: own_site.url, SCRIPT: own_site.client_id, KEY: own_site.client_secret}
    project.run(COMMAND, environment=key)
    before = project.run("shotgrid-dagster report")
    own_site.edit("update shots set description = ?", "x" * 3_000_000)
    # No file may grow beyond 20 MB: what a full disk looks like from inside.
    output = project.run(f"trap '' XFSZ; ulimit -f 20000; {COMMAND}", expect=1, environment=key)
    assert "Error: Shot was not loaded. The disk is full" in output, output
    assert project.run("shotgrid-dagster report") == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said(project: ProjectFolder) -> None:
    project.path.chmod(0o500)
    assert "cannot" in said(project)


def test_a_report_without_data_says_what_to_do(project: ProjectFolder) -> None:
    output = project.run("shotgrid-dagster report", expect=1)
    assert "run `make demo` first" in output
    assert "Traceback" not in output


def test_a_run_through_dagster_fails_with_the_same_sentence_and_a_non_zero_exit(
    project: ProjectFolder, sandbox_site: SandboxSite
) -> None:
    command = "dagster asset materialize -m shotgrid_dagster.definitions --select shotgrid/shots"
    key = {SITE: sandbox_site.url, SCRIPT: "nobody", KEY: "hunter2"}
    output = project.run(command, expect=1, environment=key)
    assert "Shot was not loaded." in output
    assert "Can't authenticate script 'nobody'" in output
    assert "hunter2" not in output
