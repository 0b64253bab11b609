"""The checks of the entity assets: red on a table that is not true, never because people edit."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from shotgrid_dagster.config.project import ProjectFile
from shotgrid_dagster.defs.assets.publish import PUBLISH_KEY
from shotgrid_dagster.defs.build import build_definitions
from shotgrid_dagster.defs.checks import CHECKS, EVENT_LOG_CHECKS, check_results
from shotgrid_dagster.defs.resources import ShotGridResource, WarehouseResource
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.source import audit as auditing
from shotgrid_dagster.source.audit import Audit, SiteCount
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.postgres import binaries, running_postgres
from shotgrid_dagster_tests.test_assets import Project, materialized
from shotgrid_dagster_tests.unindexed import drop_unique_ids

GOOD = Audit("whole", {"live": 10, "retired": 2}, SiteCount(10, 2), 0, 0, 0, ())


def evaluations(
    result: dg.ExecuteInProcessResult, table: str
) -> dict[str, dg.AssetCheckEvaluation]:
    return {
        evaluation.check_name: evaluation
        for evaluation in result.get_asset_check_evaluations()
        if evaluation.asset_key == dg.AssetKey(["shotgrid", table])
    }


def number(evaluation: dg.AssetCheckEvaluation, name: str) -> object:
    return evaluation.metadata[name].value


@pytest.fixture
def project(own_site: SandboxSite, tmp_path: Path) -> Project:
    return Project(own_site, tmp_path)


def test_every_entity_asset_has_the_same_checks_and_each_gives_a_number(project: Project) -> None:
    result = project.run("shotgrid/shots", "shotgrid/tasks")
    names = {check.name for check in CHECKS}
    for table in ("shots", "tasks"):
        found = evaluations(result, table)
        assert set(found) == names
        assert all(item.passed for item in found.values()), found
        for item in found.values():
            assert any(isinstance(value.value, int) for value in item.metadata.values()), item
    again = project.run("shotgrid/shots")
    assert all(evaluation.passed for evaluation in evaluations(again, "shots").values())
    assert set(evaluations(again, "shots")) == names


def test_the_counts_are_the_sites_own(project: Project) -> None:
    found = evaluations(project.run("shotgrid/shots"), "shots")["count_is_the_sites"]
    site = project.site.client()
    assert number(found, "live_on_the_site") == site.count("Shot")
    assert number(found, "retired_on_the_site") == site.count("Shot", retired=True)


def test_rows_that_people_make_while_a_type_is_read_turn_nothing_red(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = Editor(project.site.database)
    counted = auditing._counted

    def edited_before_the_count(*given: Any) -> SiteCount | None:
        editor.create("Shot", project=("Project", 3), code="made meanwhile")
        return counted(*given)

    monkeypatch.setattr(auditing, "_counted", edited_before_the_count)
    found = evaluations(project.run("shotgrid/shots"), "shots")["count_is_the_sites"]
    assert found.passed
    assert number(found, "edited_meanwhile") == 1


def test_a_site_that_gives_no_count_is_a_warning_and_the_rows_are_loaded(project: Project) -> None:
    project.site.fail("status", "/_summarize", status=403)
    result = project.run("shotgrid/shots")
    assert result.success
    found = evaluations(result, "shots")["count_is_the_sites"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "were not held against the site" in str(found.description)


def test_a_row_that_is_missing_turns_the_count_red(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = project.site.client().count("Shot")
    monkeypatch.setattr("shotgrid_dagster.site.client.Site.count", lambda *_, **how: (
        0 if how.get("where") else 7 if how.get("retired") else count + 3
    ))  # fmt: skip
    found = evaluations(project.run("shotgrid/shots"), "shots")["count_is_the_sites"]
    assert not found.passed
    assert found.severity is dg.AssetCheckSeverity.ERROR
    assert int(str(number(found, "rows_of_difference"))) >= 3


def test_a_blocking_check_stops_the_publication_and_not_the_load(project: Project) -> None:
    assert project.run("shotgrid/shots", "publish/warehouse").success
    # Twice the same id, in rows that no read touches: a load mends those that it reads.
    with duckdb.connect(str(project.file.database_path)) as connection:
        drop_unique_ids(connection, "shots")
        connection.execute(
            "insert into shotgun_software_data.shots "
            "select * replace (999999 as id, 'lost' as _sg_state) from shotgun_software_data.shots "
            "where id in (2, 3)"
        )
    Editor(project.site.database).update("Shot", 1, description="so that something is loaded")
    published = project.file.data_dir / "published.duckdb"
    before = published.stat().st_mtime_ns
    result = project.run("shotgrid/shots", "publish/warehouse")
    assert "shotgrid/shots" in materialized(result)
    assert PUBLISH_KEY.to_user_string() not in materialized(result)
    broken = evaluations(result, "shots")["ids_are_unique_and_not_null"]
    assert (broken.passed, number(broken, "rows_that_break_it")) == (False, 1)
    assert published.stat().st_mtime_ns == before


def test_a_new_field_is_a_warning_with_its_name() -> None:
    (found,) = (
        check_result
        for check_result in check_results(
            replace(GOOD, schema_changes=("+sg_new", "-sg_old")), CHECKS
        )
        if check_result.check_name == "schema_is_unchanged"
    )
    assert not found.passed
    assert found.severity is dg.AssetCheckSeverity.WARN
    assert found.description == "+sg_new, -sg_old"


def test_a_window_that_cannot_see_what_was_erased_only_warns() -> None:
    audit = replace(GOOD, channel="window", counted=SiteCount(9, 2))
    (found,) = (
        check_result
        for check_result in check_results(audit, CHECKS)
        if check_result.check_name == "count_is_the_sites"
    )
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "the next census does" in str(found.description)


def test_the_key_and_signed_addresses_are_found_in_what_a_load_brought(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = Editor(project.site.database)
    editor.update("Shot", 1, description=f"the key is {project.shotgrid.client_secret}")
    result = project.run("shotgrid/shots")
    found = evaluations(result, "shots")["nothing_secret"]
    assert (found.passed, number(found, "rows_with_secrets")) == (False, 1)
    assert str(project.shotgrid.client_secret) not in str(result.all_events)


def test_a_status_that_was_changed_without_an_entry_shows_as_a_break(
    own_site: SandboxSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    types = ("Shot", "EventLogEntry")
    project = Project(own_site, tmp_path)
    project.file = ProjectFile(data_dir=tmp_path / "data", entity_types=types)
    project.defs = build_definitions(project.file)
    editor = Editor(own_site.database)
    silent = Editor(own_site.database, as_script=True)
    assert project.run("shotgrid/event_log_entries").success
    (check,) = EVENT_LOG_CHECKS

    def breaks() -> object:
        found = evaluations(project.run("shotgrid/event_log_entries"), "event_log_entries")
        return number(found[check.name], "breaks")

    editor.update("Shot", 1, sg_status_list="ip")
    assert breaks() == 0
    silent.update("Shot", 1, sg_status_list="hld")
    editor.update("Shot", 1, sg_status_list="fin")
    assert breaks() == 1


# -- what follows by itself


def test_models_follow_their_tables(sandbox_site: SandboxSite, tmp_path: Path) -> None:
    project = Project(sandbox_site, tmp_path)

    def asked(cursor: Any = None) -> tuple[set[str], Any]:
        result = dg.evaluate_automation_conditions(
            project.defs,
            instance=project.instance,
            cursor=cursor,
        )
        keys = project.defs.resolve_all_asset_keys()
        models = {key for key in keys if key.path[0] == "models" and result.get_num_requested(key)}
        return {key.to_user_string() for key in models}, result.cursor

    nothing, cursor = asked()
    assert nothing == set()
    assert project.run("shotgrid/shots", "shotgrid/tasks", "shotgrid/steps").success
    first, cursor = asked(cursor)
    assert first >= {"models/dim_steps", "models/task_status_counts"}
    again, _ = asked(cursor)
    assert again == set()


def test_every_asset_has_an_owner_and_says_how_fresh_it_must_be(tmp_path: Path) -> None:
    for spec in build_definitions(ProjectFile(data_dir=tmp_path)).resolve_all_asset_specs():
        assert spec.owners, spec.key
        assert spec.freshness_policy, spec.key


def test_what_can_pass_later_is_tried_again_with_jitter(tmp_path: Path) -> None:
    for asset in build_definitions(ProjectFile(data_dir=tmp_path)).assets or ():
        assert isinstance(asset, dg.AssetsDefinition)
        policy = asset.op.retry_policy
        assert policy is not None
        assert policy.jitter is dg.Jitter.PLUS_MINUS


@pytest.mark.skipif(binaries() is None, reason="no Postgres server is installed")
def test_the_checks_ask_a_server_the_same_questions(
    sandbox_site: SandboxSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_postgres() as address:
        monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", address)
        project = Project(sandbox_site, tmp_path)
        project.file = ProjectFile(
            data_dir=tmp_path / "data",
            destination="postgres",
            entity_types=("Shot", "EventLogEntry"),
        )
        project.defs = build_definitions(project.file)
        project.shotgrid = ShotGridResource(
            warehouse=WarehouseResource(data_dir=str(tmp_path / "data"), destination="postgres"),
            site_url=sandbox_site.url,
            client_id=sandbox_site.client_id,
            client_secret=sandbox_site.client_secret,
        )
        result = project.run("shotgrid/shots", "shotgrid/event_log_entries")
    assert result.success
    for table in ("shots", "event_log_entries"):
        found = evaluations(result, table)
        assert found
        assert all(item.passed for item in found.values()), found
    log = evaluations(result, "event_log_entries")["status_intervals_join"]
    assert int(str(number(log, "status_changes"))) > 0
