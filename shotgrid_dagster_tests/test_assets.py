"""Materializing through Dagster: one op an entity type, each with its own red or green."""

import json
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
import yaml

from shotgrid_dagster.config.project import ProjectFile
from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.defs.assets import entities
from shotgrid_dagster.defs.build import MODELS, build_definitions
from shotgrid_dagster.defs.resources import ShotGridResource, WarehouseResource
from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.site import EntityType
from shotgrid_dagster.site.naming import table_name
from shotgrid_dagster.source.loading.loader import Loader
from shotgrid_dagster.source.reading.channel import LoadMode
from shotgrid_dagster_tests.conftest import ROOT, SandboxSite

FEW = ("Project", "Step", "Shot", "Task", "Sequence", "Status")
MODELS_OF_FEW = {
    f"models/{name}"
    for name in (
        "calendar", "calendar_in_utc", "dim_projects", "dim_statuses", "dim_steps", "shot_progress",
        "status_defaults", "status_meanings", "task_status_counts",
    )
}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A retry waits ten seconds in production."""
    monkeypatch.setattr(entities, "RETRIES", dg.RetryPolicy(max_retries=1, delay=0))


class Project:
    """A project folder over one site, and its definitions."""

    def __init__(self, site: SandboxSite, folder: Path, models: Path = MODELS) -> None:
        self.site = site
        self.file = ProjectFile(data_dir=folder / "data", entity_types=FEW)
        self.defs = build_definitions(self.file, models)
        self.warehouse = WarehouseResource(data_dir=str(self.file.data_dir))
        self.instance = dg.DagsterInstance.ephemeral()
        self.shotgrid = ShotGridResource(
            warehouse=self.warehouse,
            site_url=site.url,
            client_id=site.client_id,
            client_secret=site.client_secret,
        )

    def settings(self) -> Settings:
        """With the entity types that a project file would name."""
        return self.site.settings(self.file.data_dir, entity_types=FEW)

    def run(self, *selection: str, run_config: object = None) -> dg.ExecuteInProcessResult:
        assets = [
            asset for asset in self.defs.assets or () if isinstance(asset, dg.AssetsDefinition)
        ]
        resources = {**(self.defs.resources or {}), "shotgrid": self.shotgrid}
        return dg.materialize(
            assets,
            selection=list(selection) or None,
            resources=resources,
            instance=self.instance,
            raise_on_error=False,
            run_config=run_config,
        )

    def metadata(self, result: dg.ExecuteInProcessResult, key: str) -> dict[str, Any]:
        (event,) = (
            event
            for event in result.get_asset_materialization_events()
            if event.asset_key == dg.AssetKey(key.split("/"))
        )
        return {name: entry.value for name, entry in event.materialization.metadata.items()}

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.file.database_path)) as connection:
            return connection.execute(sql).fetchall()


def materialized(result: dg.ExecuteInProcessResult) -> set[str]:
    events = result.get_asset_materialization_events()
    return {event.asset_key.to_user_string() for event in events if event.asset_key}


def failures(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    found = {}
    for event in result.all_events:
        if event.is_step_failure and event.step_key:
            error = event.step_failure_data.error
            found[event.step_key] = error.message if error else ""
    return found


def test_everything_lands_and_the_models_follow(sandbox_site: SandboxSite, tmp_path: Path) -> None:
    project = Project(sandbox_site, tmp_path)
    result = project.run()
    assert result.success, failures(result)
    entities = {f"shotgrid/{table_name(name)}" for name in FEW}
    assert (
        materialized(result)
        == entities | {"shotgrid/site_settings", "publish/warehouse"} | MODELS_OF_FEW
    )
    site = sandbox_site.client()
    ((shots,),) = project.query("select count(*) from models.shot_progress")
    assert shots == site.count("Shot")
    ((tasks,),) = project.query("select sum(task_count) from models.task_status_counts")
    assert tasks == site.count("Task")


def test_shot_progress_says_what_the_sites_own_tasks_say(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    project = Project(sandbox_site, tmp_path)
    assert project.run().success
    expected: dict[int, list[str | None]] = {}
    for task in sandbox_site.client().rows("Task", ["entity", "sg_status_list"]):
        link = task["entity"]
        if link and link["type"] == "Shot" and task["sg_status_list"] not in ("omt", "na"):
            expected.setdefault(link["id"], []).append(task["sg_status_list"])
    built = project.query("select shot_id, task_count, tasks_done from models.shot_progress")
    assert {row[0]: row[1:] for row in built if row[1]} == {
        shot: (len(statuses), sum(status in ("fin", "apr", "cmpt") for status in statuses))
        for shot, statuses in expected.items()
    }


def test_a_materialization_has_the_same_metadata_whether_rows_came_or_not(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    project = Project(sandbox_site, tmp_path)
    first = project.metadata(project.run("shotgrid/shots"), "shotgrid/shots")
    again = project.metadata(project.run("shotgrid/shots"), "shotgrid/shots")
    assert set(first) == set(again)
    assert first["rows_loaded"] == first["dagster/row_count"] == again["dagster/row_count"] != 0
    assert again["rows_loaded"] == 0
    assert again["cursor_before"] == again["cursor_after"] == first["cursor_after"]
    assert int(str(first["requests"])) >= 3
    assert first["rows_retired"] == sandbox_site.client().count("Shot", retired=True)


def test_a_full_refresh_by_run_config_loads_every_row_again(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    project = Project(sandbox_site, tmp_path)
    first = project.metadata(project.run("shotgrid/shots"), "shotgrid/shots")
    config = {"ops": {"shotgrid__shots": {"config": {"full_refresh": True}}}}
    again = project.metadata(project.run("shotgrid/shots", run_config=config), "shotgrid/shots")
    assert again["rows_loaded"] == first["rows_loaded"]
    assert again["dagster/row_count"] == first["dagster/row_count"]


def test_with_one_type_failing_the_others_land_and_what_follows_them_goes_on(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    own_site.fail("status", "/entity/Shot/", status=403)
    project = Project(own_site, tmp_path)
    result = project.run()
    assert not result.success
    assert materialized(result) == {
        "shotgrid/projects",
        "shotgrid/steps",
        "shotgrid/tasks",
        "shotgrid/sequences",
        "shotgrid/statuses",
        "shotgrid/site_settings",
        *(MODELS_OF_FEW - {"models/shot_progress"}),
    }
    assert set(failures(result)) == {"shotgrid__shots"}
    assert "Shot was not loaded" in failures(result)["shotgrid__shots"]


def test_a_refused_key_is_one_sentence_at_each_asset_and_is_not_retried(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    project = Project(sandbox_site, tmp_path)
    project.shotgrid = ShotGridResource(
        warehouse=project.warehouse,
        site_url=sandbox_site.url,
        client_id=sandbox_site.client_id,
        client_secret="hunter2",
    )
    result = project.run("shotgrid/shots", "shotgrid/tasks")
    said = failures(result)
    assert set(said) == {"shotgrid__shots", "shotgrid__tasks"}
    assert all("refused the script key" in text and "hunter2" not in text for text in said.values())
    assert not any(event.is_step_up_for_retry for event in result.all_events)


def test_a_type_that_the_site_does_not_have_is_no_error_before_its_schema_is_known(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    project = Project(sandbox_site, tmp_path)
    project.file = ProjectFile(data_dir=tmp_path / "data", entity_types=("Shot", "ClientUser"))
    project.defs = build_definitions(project.file)
    result = project.run()
    assert result.success
    assert {"shotgrid/shots", "shotgrid/site_settings", "models/status_defaults"} == materialized(
        result
    )


def test_a_model_that_breaks_its_promise_is_not_swapped_in(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    models.mkdir()
    text = "-- One row per shot.\n-- column shot_id: the shot\n-- test: unique(shot_id)\n"
    (models / "m.sql").write_text(f"{text}select id as shot_id from shots")
    assert Project(sandbox_site, tmp_path, models).run().success
    (models / "m.sql").write_text(f"{text}select 1 as shot_id from shots")
    project = Project(sandbox_site, tmp_path, models)
    result = project.run()
    assert not result.success
    assert "models/m" not in materialized(result)
    assert "unique(shot_id)" in failures(result)["models__m"]
    checks = [
        evaluation
        for evaluation in result.get_asset_check_evaluations()
        if evaluation.asset_key == dg.AssetKey(["models", "m"])
    ]
    assert [(check.passed, check.metadata["rows_that_break_it"].value) for check in checks] == [
        (False, 1)
    ]
    ((distinct,),) = project.query("select count(distinct shot_id) from models.m")
    site = sandbox_site.client()
    assert distinct == site.count("Shot") + site.count("Shot", retired=True)


def test_a_model_whose_tables_are_not_loaded_says_what_to_materialize_first(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    project = Project(sandbox_site, tmp_path)
    project.file.data_dir.mkdir()
    said = failures(project.run("models/shot_progress"))["models__shot_progress"]
    assert "Materialize shotgrid/shots, models/status_meanings, shotgrid/tasks first" in said


def test_no_key_token_or_signature_is_in_anything_that_a_run_leaves(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    project = Project(sandbox_site, tmp_path)
    result = project.run()
    said = json.dumps([str(event) for event in result.all_events])
    for secret in (sandbox_site.client_secret, "X-Amz-Signature", "Bearer ", "eyJ0eXAi"):
        assert secret not in said
        for path in project.file.data_dir.rglob("*"):
            assert not path.is_file() or secret.encode() not in path.read_bytes(), path


def test_the_scheduled_job_reads_all_types_ahead_and_loads_them(
    sandbox_site: SandboxSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected: list[list[str]] = []
    expect = Loader.expect

    def noted(self: Loader, entity_types: Iterable[EntityType], mode: LoadMode) -> None:
        some = list(entity_types)
        expected.append([item.name for item in some])
        expect(self, some, mode)

    monkeypatch.setattr(Loader, "expect", noted)
    project = Project(sandbox_site, tmp_path)
    result = scheduled(project, "load_everything", monkeypatch)
    assert len(materialized(result)) == len(FEW) + 2 + len(MODELS_OF_FEW)
    assert [sorted(item) for item in expected] == [sorted(FEW)]


def scheduled(
    project: Project, job: str, monkeypatch: pytest.MonkeyPatch
) -> dg.ExecuteInProcessResult:
    """A run of one of the jobs, as its schedule starts it."""
    monkeypatch.setattr(project.shotgrid.__class__, "settings", lambda self: project.settings())
    definitions = dg.Definitions(
        assets=project.defs.assets,
        jobs=project.defs.jobs,
        resources={**(project.defs.resources or {}), "shotgrid": project.shotgrid},
        executor=dg.in_process_executor,
    )
    result = definitions.resolve_job_def(job).execute_in_process(instance=project.instance)
    assert result.success
    return result


def test_the_scheduled_job_does_not_ask_each_project_for_its_settings_every_time(
    own_site: SandboxSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(own_site, tmp_path)
    asked, said = [], []
    for job in ("load_everything", "load_everything", "take_census"):
        own_site.app.state.requests.clear()
        result = scheduled(project, job, monkeypatch)
        asked.append(own_site.app.state.requests["GET /schedule/work_day_rules"])
        facts = project.metadata(result, "shotgrid/site_settings")
        said.append(facts["rows_work_days"])
    every_project = asked[0]
    assert every_project > 2
    assert asked == [every_project, 1, every_project]
    assert len(set(said)) == 1, said


def test_the_headline_numbers_of_a_model_are_metadata_that_the_ui_plots(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    project = Project(own_site, tmp_path)
    first = project.metadata(project.run(), "models/shot_progress")
    ((shots, done),) = project.query(
        "select count(*), count(*) filter (done_ratio = 1) from models.shot_progress"
    )
    assert (first["shots"], first["shots_done"]) == (shots, done)
    own_site.edit(
        "update tasks set sg_status_list = 'fin', updated_at = '2026-06-02T09:00:00Z'"
        " where entity__type = 'Shot' and entity__id = (select max(id) from shots"
        " where _retired_at is null)"
    )
    after = project.metadata(project.run(), "models/shot_progress")
    assert after["shots"] == shots
    assert int(str(after["shots_done"])) == int(str(done)) + 1


def test_the_sites_settings_are_tables_that_people_can_open(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    project = Project(sandbox_site, tmp_path)
    said = project.metadata(project.run("shotgrid/site_settings"), "shotgrid/site_settings")
    assert int(str(said["rows_work_days"])) > 365
    assert said["rows_preferences"] == 17
    ((hours,),) = project.query(
        "select value from shotgun_software_data._sg_preferences where name = 'hours_per_day'"
    )
    assert hours == "8.0"
    ((days,),) = project.query("select count(*) from shotgun_software_data._sg_work_days")
    assert days == said["rows_work_days"]
    again = project.metadata(project.run("shotgrid/site_settings"), "shotgrid/site_settings")
    assert again["rows_work_days"] == days


def test_settings_that_did_not_change_are_not_loaded_again_and_a_dropped_table_is(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    project = Project(sandbox_site, tmp_path)

    def loads() -> object:
        assert project.run("shotgrid/site_settings").success
        sql = "select count(distinct load_id) from shotgun_software_data._dlt_loads"
        return project.query(f"{sql} where schema_name = 'shotgun_software_source'")[0][0]

    assert [loads(), loads()] == [1, 1]
    project.query("drop table shotgun_software_data._sg_work_days")
    assert loads() == 2
    assert project.query("select count(*) > 365 from shotgun_software_data._sg_work_days") == [
        (True,)
    ]


def test_a_wait_that_the_site_asks_for_is_in_the_run_s_log_and_in_the_metadata(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    project = Project(own_site, tmp_path)
    logs = yaml.safe_load((ROOT / ".dagster" / "dagster.yaml").read_text())["python_logs"]
    own_site.fail("status", "Shot/_search", status=429, retry_after="1", times=1)
    with dg.DagsterInstance.local_temp(overrides={"python_logs": logs}) as instance:
        project.instance = instance
        result = project.run("shotgrid/shots")
        assert result.success
        said = [log.user_message for log in instance.all_logs(result.run_id)]
    assert any("waiting 1.0 s, as the site asks" in text for text in said)
    assert float(str(project.metadata(result, "shotgrid/shots")["seconds_waited"])) >= 1


def test_a_run_that_comes_second_says_in_its_own_log_for_whom_it_waits_and_then_loads(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    project = Project(sandbox_site, tmp_path)
    with dg.DagsterInstance.local_temp() as instance:
        project.instance = instance

        def said() -> list[str]:
            return [
                entry.user_message
                for run in instance.get_runs()
                for entry in instance.all_logs(run.run_id)
            ]

        def waits() -> bool:
            return any("waits to load: run abcd1234 (process" in text for text in said())

        results: list[dg.ExecuteInProcessResult] = []
        run = threading.Thread(target=lambda: results.append(project.run("shotgrid/shots")))
        with Warehouse(project.file.data_dir, who="run abcd1234").loading():
            run.start()
            while run.is_alive() and not waits():
                time.sleep(0.1)
        run.join()
        assert waits(), said()
    assert results[0].success, failures(results[0])
