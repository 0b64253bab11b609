"""What was not looked at is not passed: of every check, and after whatever went wrong."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from shotgrid_dagster.config.project import ProjectFile
from shotgrid_dagster.defs.assets import entities
from shotgrid_dagster.defs.build import build_definitions
from shotgrid_dagster.defs.checks import (
    CHECKS,
    EVENT_LOG_CHECKS,
    Check,
    check_results,
    nothing_to_check,
)
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.source import audit as auditing
from shotgrid_dagster.source.audit import Audit, Look, SiteCount
from shotgrid_dagster.source.whole_site import load_site
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.test_assets import Project
from shotgrid_dagster_tests.test_checks import evaluations, number

LOG = "event_log_entries"
GOOD = Audit("whole", {"live": 10}, SiteCount(10, 0), 0, 0, 0, ())
LOOKS = {
    Look.STATES: "states",
    Look.IDS: "ids",
    Look.SECRETS: "secrets",
    Look.STATUSES: "status_breaks",
}


@pytest.fixture(autouse=True)
def _no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entities, "RETRIES", dg.RetryPolicy(max_retries=1, delay=0))


@pytest.fixture
def project(own_site: SandboxSite, tmp_path: Path) -> Project:
    found = Project(own_site, tmp_path)
    found.file = ProjectFile(data_dir=tmp_path / "data", entity_types=("Shot", "EventLogEntry"))
    found.defs = build_definitions(found.file)
    return found


def passed(result: dg.ExecuteInProcessResult, table: str) -> dict[str, bool]:
    return {name: found.passed for name, found in evaluations(result, table).items()}


@pytest.mark.parametrize("check", [*CHECKS, *EVENT_LOG_CHECKS], ids=lambda check: check.name)
def test_each_check_says_what_it_looks_at_and_fails_when_that_could_not_be_seen(
    check: Check,
) -> None:
    if check.name in ("count_is_the_sites", "schema_is_unchanged"):
        assert check.looks is None  # held against the site's count, and against the load before
        return
    assert check.looks in LOOKS
    unseen = Audit(**{**vars(GOOD), "unlooked": {check.looks: "the server went away"}})
    (seen,), (found,) = check_results(GOOD, (check,)), check_results(unseen, (check,))
    assert (seen.passed, found.passed) == (True, False)
    assert found.severity is dg.AssetCheckSeverity.ERROR
    assert "the server went away" in str(found.description)


def test_what_the_site_did_not_count_is_not_passed() -> None:
    (check,) = (check for check in CHECKS if check.name == "count_is_the_sites")
    uncounted = Audit(**{**vars(GOOD), "counted": None, "not_counted": "403"})
    assert not check_results(uncounted, (check,))[0].passed


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.value)
def test_a_query_that_fails_fails_its_check_and_no_other_and_the_next_run_looks_again(
    project: Project, monkeypatch: pytest.MonkeyPatch, look: Look
) -> None:
    def fail(*_: object) -> Any:
        raise duckdb.IOException("the disk is away")

    with monkeypatch.context() as patch:
        patch.setattr(auditing._Look, LOOKS[look], fail)
        result = project.run(f"shotgrid/{LOG}")
    failed = {name for name, is_good in passed(result, LOG).items() if not is_good}
    assert failed == {check.name for check in (*CHECKS, *EVENT_LOG_CHECKS) if check.looks == look}
    again = project.run(f"shotgrid/{LOG}")
    assert all(passed(again, LOG).values())
    changes = number(evaluations(again, LOG)["status_intervals_join"], "status_changes")
    assert changes == status_changes(project)


def status_changes(project: Project) -> int:
    """All that the table has."""
    with duckdb.connect(str(project.file.database_path)) as connection:
        ((changes,),) = connection.execute(
            f"select count(*) from shotgun_software_data.{LOG} "
            "where attribute_name = 'sg_status_list' and _sg_change = 'attribute_change'"
        ).fetchall()
    assert changes
    return int(changes)


def test_a_step_that_is_tried_again_looks_at_what_its_first_try_loaded(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    Editor(project.site.database).update(
        "Shot", 1, description=f"the key is {project.shotgrid.client_secret}"
    )
    audit, tries = check_results, []

    def fails_once(*given: Any) -> list[dg.AssetCheckResult]:
        tries.append(1)
        if len(tries) <= 2:  # the first try of each of both
            raise ConnectionError("the database went away between the load and the checks")
        return audit(*given)

    monkeypatch.setattr(entities, "check_results", fails_once)
    result = project.run("shotgrid/shots", f"shotgrid/{LOG}")
    assert len(tries) > 2
    secret = evaluations(result, "shots")["nothing_secret"]
    assert (secret.passed, number(secret, "rows_with_secrets")) == (False, 1)
    statuses = evaluations(result, LOG)["status_intervals_join"]
    assert number(statuses, "status_changes") == status_changes(project)


def killed_before_the_checks(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(entities, "check_results", dies)
        project.run("shotgrid/shots")


def loaded_by_the_script(project: Project, _: pytest.MonkeyPatch) -> None:
    assert (
        load_site(project.site.settings(project.file.data_dir, entity_types=("Shot",))).failed == {}
    )


@pytest.mark.parametrize("unseen", [killed_before_the_checks, loaded_by_the_script])
def test_rows_that_no_check_has_seen_are_looked_at_by_the_next_run(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    unseen: Callable[[Project, pytest.MonkeyPatch], None],
) -> None:
    assert all(passed(project.run("shotgrid/shots"), "shots").values())
    editor = Editor(project.site.database)
    editor.update("Shot", 1, description=f"the key is {project.shotgrid.client_secret}")
    unseen(project, monkeypatch)
    found = evaluations(project.run("shotgrid/shots"), "shots")["nothing_secret"]
    assert (found.passed, number(found, "rows_with_secrets")) == (False, 1)
    # and it stays red as long as it is there, though nothing is loaded
    again = evaluations(project.run("shotgrid/shots"), "shots")["nothing_secret"]
    assert (again.passed, number(again, "rows_with_secrets")) == (False, 1)
    editor.update("Shot", 1, description="nothing")
    assert evaluations(project.run("shotgrid/shots"), "shots")["nothing_secret"].passed


def test_a_table_that_was_found_good_and_not_written_since_is_not_looked_at_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert all(passed(project.run("shotgrid/shots"), "shots").values())
    asked = []
    monkeypatch.setattr(auditing._Look, "ids", lambda *_: asked.append(1))
    assert all(passed(project.run("shotgrid/shots"), "shots").values())
    assert asked == []


def test_where_the_table_is_gone_every_check_fails(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> Any:
        raise auditing.TableGone("The table shots is gone.")

    monkeypatch.setattr(auditing._Look, "states", gone)
    result = project.run("shotgrid/shots")
    assert not result.success
    assert passed(result, "shots") == {check.name: False for check in CHECKS}


def test_an_entity_type_that_the_site_does_not_have_passes_nothing_and_stops_nothing(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    project = Project(own_site, tmp_path)
    own_site.edit("select 1")
    results = nothing_to_check(dg.AssetKey("x"), CHECKS)
    assert [(found.passed, found.severity) for found in results] == [
        (False, dg.AssetCheckSeverity.WARN)
    ] * len(CHECKS)
    assert project.run("shotgrid/shots").success


def test_where_nothing_is_published_no_check_of_it_passes(tmp_path: Path) -> None:
    def checks(destination: str) -> set[str]:
        defs = build_definitions(ProjectFile(data_dir=tmp_path, destination=destination))
        return {
            key.name
            for asset in defs.assets or ()
            if isinstance(asset, dg.AssetsDefinition)
            for key in asset.check_keys
            if key.asset_key.path[0] == "publish"
        }

    assert checks("duckdb") == {"link_targets_exist"}
    assert checks("postgres") == set()
