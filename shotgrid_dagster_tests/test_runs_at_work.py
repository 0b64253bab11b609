"""What became of runs that were asked for: by locks and load states, not by what records say."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)

from shotgrid_dagster.defs import runs_at_work, sensors
from shotgrid_dagster.defs.resources import ShotGridResource, WarehouseResource
from shotgrid_dagster.destination.loads_at_work import loads_at_work
from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.source.session import LoadSession
from shotgrid_dagster.source.watching.watch import Cursor
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.project import make_project
from shotgrid_dagster_tests.test_sensors import Watched, reason, tables

SHOTS = {"shots", "event_log_entries"}
MATERIALIZE = ("dagster", "asset", "materialize", "-m", "shotgrid_dagster.definitions", "--select")


@pytest.fixture
def watched(own_site: SandboxSite, tmp_path: Path) -> Watched:
    watched = Watched(own_site, tmp_path)
    watched.tick()
    return watched


@pytest.fixture
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a run does not do at once, it will never do."""
    for name in ("SECONDS_OF_SILENCE", "SECONDS_TO_START", "SECONDS_UNSEEN"):
        monkeypatch.setattr(runs_at_work, name, -1.0)


def change(watched: Watched) -> dg.RunRequest:
    """Edit a Shot; the run that the sensor asks for."""
    Editor(watched.site.database).update("Shot", 1, description=str(time.monotonic()))
    (request,) = watched.tick().run_requests or ()
    return request


def run_of(
    watched: Watched, request: dg.RunRequest, status: dg.DagsterRunStatus, location: str = "ours"
) -> dg.DagsterRun:
    """The run's record, as the daemon makes it."""
    selection = set(request.asset_selection or ())
    job = watched.defs.resolve_implicit_global_asset_job_def().get_subset(asset_selection=selection)
    there = RegisteredCodeLocationOrigin(location)
    code = RepositoryPythonOrigin("python", ModuleCodePointer("ours", "defs"), None, None, None)
    return watched.instance.create_run_for_job(
        job,
        status=status,
        asset_selection=frozenset(selection),
        tags={"dagster/run_key": str(request.run_key)},
        remote_job_origin=RemoteJobOrigin(
            RemoteRepositoryOrigin(there, "__repository__"), job.name
        ),
        job_code_origin=JobPythonOrigin(job.name, code),
    )


def loaded(watched: Watched, *entity_types: str) -> None:
    """Load some types, as a run does whose record says something else."""
    time.sleep(1.1)  # the site's time is in whole seconds
    settings = watched.shotgrid.settings().changed(entity_types=entity_types)
    with LoadSession(settings) as session:
        for entity_type in entity_types:
            assert session.load(entity_type)


Fate = Callable[[Watched, dg.DagsterRun], object]

FATES: dict[str, tuple[dg.DagsterRunStatus, Fate]] = {
    "failed": (
        dg.DagsterRunStatus.STARTED,
        lambda watched, run: watched.instance.report_run_failed(run),
    ),
    "cancelled": (
        dg.DagsterRunStatus.STARTED,
        lambda watched, run: watched.instance.report_run_canceled(run),
    ),
    "its record was deleted": (
        dg.DagsterRunStatus.STARTED,
        lambda watched, run: watched.instance.delete_run(run.run_id),
    ),
    "killed, and says that it has started": (dg.DagsterRunStatus.STARTED, lambda *_: None),
    "killed while it was cancelled": (
        dg.DagsterRunStatus.STARTED,
        lambda watched, run: watched.instance.report_run_canceling(run),
    ),
    "queued, and never started": (dg.DagsterRunStatus.QUEUED, lambda *_: None),
    "starting, and never started": (dg.DagsterRunStatus.STARTING, lambda *_: None),
    "made, and never launched": (dg.DagsterRunStatus.NOT_STARTED, lambda *_: None),
}


@pytest.mark.usefixtures("no_patience")
@pytest.mark.parametrize("fate", FATES)
def test_what_a_run_did_not_load_is_asked_for_again_however_it_ended(
    fate: str, watched: Watched
) -> None:
    status, happens = FATES[fate]
    request = change(watched)
    happens(watched, run_of(watched, request, status))
    again = watched.tick()
    assert tables(again) == SHOTS
    (second,) = again.run_requests or ()
    assert second.run_key != request.run_key


@pytest.mark.usefixtures("no_patience")
@pytest.mark.parametrize("fate", FATES)
def test_what_another_run_loaded_since_is_not_asked_for_again(fate: str, watched: Watched) -> None:
    status, happens = FATES[fate]
    happens(watched, run_of(watched, change(watched), status))
    loaded(watched, "Shot")
    assert watched.asked() == set()
    cursor = Cursor.from_json(watched.cursor)
    assert cursor is not None
    assert cursor.runs == ()


@pytest.mark.usefixtures("no_patience")
def test_what_was_loaded_before_the_change_is_asked_for_again(watched: Watched) -> None:
    loaded(watched, "Shot")
    time.sleep(1.1)
    run = run_of(watched, change(watched), dg.DagsterRunStatus.STARTED)
    watched.instance.report_run_canceled(run)
    assert watched.asked() == SHOTS


@pytest.mark.usefixtures("no_patience")
def test_only_what_is_not_loaded_is_asked_for_and_a_census_always(watched: Watched) -> None:
    editor = Editor(watched.site.database)
    editor.update("Task", 1, content="said")
    editor.retire("Shot", 1)
    (request,) = watched.tick().run_requests or ()
    assert tables(dg.SensorResult([request])) >= {"tasks", "shots", "versions"}
    watched.instance.report_run_canceled(run_of(watched, request, dg.DagsterRunStatus.STARTED))
    loaded(watched, "Task", "Shot", "Version")
    again = watched.tick()
    assert tables(again) == {"versions", "event_log_entries"}
    (second,) = again.run_requests or ()
    assert second.run_config["ops"]["shotgrid__versions"]["config"] == {"census": True}


@pytest.mark.usefixtures("no_patience")
def test_a_run_that_ended_well_is_not_doubted(watched: Watched) -> None:
    run = run_of(watched, change(watched), dg.DagsterRunStatus.STARTED)
    watched.instance.handle_new_event(_success_of(run))
    assert watched.asked() == set()


def _success_of(run: dg.DagsterRun) -> dg.EventLogEntry:
    return dg.EventLogEntry(
        error_info=None,
        level=20,
        user_message="",
        run_id=run.run_id,
        timestamp=time.time(),
        job_name=run.job_name,
        dagster_event=dg.DagsterEvent(
            event_type_value=dg.DagsterEventType.RUN_SUCCESS.value, job_name=run.job_name
        ),
    )


@pytest.mark.usefixtures("no_patience")
def test_a_load_that_holds_its_lock_is_waited_for_however_long_it_says_nothing(
    watched: Watched, tmp_path: Path
) -> None:
    request = change(watched)
    run = run_of(watched, request, dg.DagsterRunStatus.STARTED)
    with Warehouse(tmp_path / "data", who=f"run {run.run_id[:8]}").loading():
        Editor(watched.site.database).update("Shot", 1, description="two")
        waits = watched.tick()
        assert not waits.run_requests
        assert f"Run {run.run_id[:8]} is still at work" in reason(waits)
    assert watched.asked() == SHOTS


def test_a_run_that_has_just_begun_is_waited_for_without_a_lock(watched: Watched) -> None:
    run = run_of(watched, change(watched), dg.DagsterRunStatus.STARTED)
    Editor(watched.site.database).update("Shot", 1, description="two")
    assert f"Run {run.run_id[:8]} is still at work" in reason(watched.tick())


@pytest.mark.usefixtures("no_patience")
def test_what_was_given_up_comes_along_with_the_next_change_of_anything(watched: Watched) -> None:
    request = change(watched)
    for _ in range(sensors.MOST_FAILURES):
        watched.instance.report_run_canceled(run_of(watched, request, dg.DagsterRunStatus.STARTED))
        (request,) = watched.tick().run_requests or ()
    watched.instance.report_run_canceled(run_of(watched, request, dg.DagsterRunStatus.STARTED))
    assert watched.asked() == set()
    Editor(watched.site.database).update("Task", 1, content="another")
    assert watched.asked() == {"tasks", *SHOTS}


@pytest.mark.usefixtures("no_patience")
def test_a_database_that_is_being_written_is_not_waited_for_and_nothing_is_forgotten(
    watched: Watched, tmp_path: Path
) -> None:
    run = run_of(watched, change(watched), dg.DagsterRunStatus.STARTED)
    watched.instance.report_run_canceled(run)
    with Warehouse(tmp_path / "data").writing():
        started = time.monotonic()
        assert watched.asked() == set()
        assert time.monotonic() - started < 10
    assert watched.asked() == SHOTS


def test_runs_of_another_code_location_are_not_waited_for(watched: Watched, tmp_path: Path) -> None:
    ours = run_of(watched, change(watched), dg.DagsterRunStatus.STARTED)
    request = dg.RunRequest("theirs", asset_selection=[dg.AssetKey(["shotgrid", "shots"])])
    run_of(watched, request, dg.DagsterRunStatus.STARTED, location="theirs")
    warehouse = Warehouse(tmp_path / "data")
    at_work = runs_at_work.runs_at_work(watched.instance, warehouse, ["shots"], "ours")
    assert [run.run_id for run in at_work] == [ours.run_id]
    at_work = runs_at_work.runs_at_work(watched.instance, warehouse, ["shots"], None)
    assert len(at_work) == 2


# -- real processes


def test_a_run_whose_process_was_killed_is_not_waited_for(
    own_site: SandboxSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real run of Dagster, `kill -9` while it loads: its record says STARTED for ever."""
    monkeypatch.setattr(runs_at_work, "SECONDS_OF_SILENCE", 1.0)
    project = make_project(tmp_path / "project")
    project.set("entity_types", '["Project", "Shot", "Task", "EventLogEntry"]')
    watched = Watched(own_site, project.path)
    watched.instance = dg.DagsterInstance.from_config(str(project.path / ".dagster"))
    watched.tick()
    own_site.fail("latency", "/entity/shots", seconds=20.0)
    prefix = "SOURCES__SHOTGUN_SOFTWARE_SOURCE__"
    process = subprocess.Popen(
        [*MATERIALIZE, "shotgrid/shots"],
        cwd=project.path,
        env={
            **project.environment,
            f"{prefix}SITE_URL": own_site.url,
            f"{prefix}CLIENT_ID": own_site.client_id,
            f"{prefix}CLIENT_SECRET": own_site.client_secret,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    warehouse = Warehouse(project.path / "data")
    try:
        until = time.monotonic() + 60
        while warehouse.loader() is None:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.1)
        time.sleep(1.5)  # longer than the silence
        Editor(own_site.database).update("Shot", 1, description="while it loads")
        assert "is still at work" in reason(watched.tick())
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    own_site.recover()
    (run,) = watched.instance.get_runs()
    assert run.status is dg.DagsterRunStatus.STARTED
    assert warehouse.loader() is None
    until = time.monotonic() + 20
    while not (asked := watched.asked()):
        assert time.monotonic() < until
        time.sleep(0.5)
    assert asked == SHOTS
    assert watched.instance.get_runs()[0].status is dg.DagsterRunStatus.STARTED


def test_in_postgres_the_locks_of_the_server_tell_who_loads(
    own_site: SandboxSite, tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", postgres)
    elsewhere = Warehouse(tmp_path / "another machine", "postgres", who="run 1234")
    here = Warehouse(tmp_path / "here", "postgres")
    assert not loads_at_work(here, ["shots"]).are_there
    with Tables(elsewhere) as opened, opened.locked(["shots"]):
        assert loads_at_work(here, ["shots", "tasks"]).who == ("run 1234",)
        assert not loads_at_work(here, ["tasks"]).are_there
    assert not loads_at_work(here, ["shots"]).are_there


@pytest.mark.usefixtures("no_patience")
def test_a_destination_that_does_not_answer_leaves_the_look_for_the_next_tick(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.shotgrid = ShotGridResource(
        warehouse=WarehouseResource(
            data_dir=watched.shotgrid.warehouse.data_dir, destination="postgres"
        ),
        site_url=watched.site.url,
        client_id=watched.site.client_id,
        client_secret=watched.site.client_secret,
    )
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", "postgresql://a:b@127.0.0.1:9/x")
    run = run_of(watched, change(watched), dg.DagsterRunStatus.STARTED)
    watched.instance.report_run_canceled(run)
    before = watched.cursor
    assert "What was loaded is not known" in reason(watched.tick())
    assert watched.cursor == before
