"""No key, token or signature in anything that a run leaves behind, whether it ends well or not."""

from pathlib import Path

import duckdb
import pytest

from shotgrid_dagster_tests.artefacts import secrets_in
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.project import ProjectFolder, make_project

PREFIX = "SOURCES__SHOTGUN_SOFTWARE_SOURCE__"
PLAIN = "python shotgun_software_pipeline.py"
DAGSTER = (
    "dagster asset materialize -m shotgrid_dagster.definitions "
    '--select "shotgrid/shots,shotgrid/versions,shotgrid/attachments"'
)


def run(project: ProjectFolder, site: SandboxSite, command: str, expect: int, key: str) -> None:
    """Run with all logs on, and keep what is printed among the artefacts."""
    scratch = project.path / "scratch"
    scratch.mkdir(exist_ok=True)
    output = project.run(
        command,
        expect=expect,
        environment={
            "TMPDIR": str(scratch),
            "RUNTIME__LOG_LEVEL": "DEBUG",
            f"{PREFIX}SITE_URL": site.url,
            f"{PREFIX}CLIENT_ID": site.client_id,
            f"{PREFIX}CLIENT_SECRET": key,
        },
    )
    with (project.path / "printed.txt").open("a") as printed:
        printed.write(output)


@pytest.fixture
def project(tmp_path: Path) -> ProjectFolder:
    project = make_project(tmp_path / "project")
    project.set("entity_types", '["Shot", "Version", "Attachment"]')
    return project


def test_no_secret_is_in_any_artefact_of_runs_that_end_well_and_that_fail(
    project: ProjectFolder, own_site: SandboxSite
) -> None:
    key = own_site.client_secret
    run(project, own_site, f"shotgrid-dagster discover && {DAGSTER}", 0, key)
    # A signature where none is expected: in a column of numbers, and so in the quarantine.
    signed = '"https://media.example/a.jpg?X-Amz-Signature=s3cret"'
    own_site.edit("update shots set sg_cut_in = ? where id = 1", signed)
    run(project, own_site, PLAIN, 0, key)
    wrong = "hunter2-hunter2"
    run(project, own_site, DAGSTER, 1, wrong)
    own_site.fail("status", "/entity/(Shot|Version)/", status=403)
    run(project, own_site, PLAIN, 1, key)
    own_site.fail("truncated", "auth/access_token")
    run(project, own_site, PLAIN, 1, key)
    own_site.recover()
    own_site.edit("update shots set description = ?", "x" * 3_000_000)
    # No file may grow beyond 20 MB: dlt fails in the middle of its load.
    run(project, own_site, f"trap '' XFSZ; ulimit -f 20000; {PLAIN}", 1, key)

    assert secrets_in(project.path, key) == []
    assert secrets_in(project.path, wrong) == []
    printed = (project.path / "printed.txt").read_text()
    for said in ("Can't authenticate", "may not", "broken JSON", "The disk is full"):
        assert said in printed
    database = project.path / "data" / "shotgun_software.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        quarantined = "select value from shotgun_software_data._sg_quarantine"
        assert connection.execute(quarantined).fetchall() == [("https://media.example/a.jpg",)]


def test_a_secret_that_is_planted_is_found_wherever_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("the key is hunter2")
    with duckdb.connect(str(tmp_path / "b.duckdb")) as connection:
        connection.execute("create table t as select 'X-Amz-Signature=1' as url from range(5000)")
    (tmp_path / "c.txt").write_text("Bearer eyJhbGciOiJI.eyJzdWIiOiIx.abcdefghijkl")
    found = secrets_in(tmp_path, "hunter2")
    assert {"a.log: key", "b.duckdb (t): signature", "c.txt: token"} <= set(found)
