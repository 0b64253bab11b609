"""A run that did not do all of its work is red, in Dagster and in the script."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import duckdb
import pytest

from shotgrid_dagster.defs.alerts import failure_sentence
from shotgrid_dagster.defs.assets import entities
from shotgrid_dagster.source.publishing.published import PUBLISHED
from shotgrid_dagster.source.whole_site import CATALOG, load_site
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.test_assets import Project

SHOTS_AND_TASKS = ("shotgrid/shots", "shotgrid/tasks")


@pytest.fixture(autouse=True)
def _no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A retry waits ten seconds in production."""
    monkeypatch.setattr(entities, "RETRIES", dg.RetryPolicy(max_retries=1, delay=0))


def broken_catalog(project: Project) -> None:
    """Where the catalog should be is a view, which nobody can load into."""
    project.file.data_dir.mkdir()
    project.query("create schema shotgun_software_data")
    project.query("create view shotgun_software_data._sg_entity_types as select 1 as x")


def listed(project: Project) -> list[tuple[object, ...]]:
    return project.query("select table_name from shotgun_software_data._sg_entity_types order by 1")


def test_a_run_of_dagster_whose_catalog_fails_is_red_and_the_next_makes_up_for_it(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    """A failure in the teardown of a resource would leave it green."""
    project = Project(sandbox_site, tmp_path)
    broken_catalog(project)
    result = project.run(*SHOTS_AND_TASKS)
    assert not result.success
    (said,) = [failure_sentence(event) for event in result.all_events if event.is_step_failure]
    assert said.startswith("What was loaded is loaded, but not all that follows from it")
    for table in ("shots", "tasks"):
        ((rows,),) = project.query(f"select count(*) from shotgun_software_data.{table}")
        assert rows > 0

    project.query("drop view shotgun_software_data._sg_entity_types")
    assert project.run(*SHOTS_AND_TASKS).success
    assert listed(project) == [("shots",), ("tasks",)]


def test_a_script_whose_catalog_fails_says_so_among_the_failures_and_what_it_loaded_too(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    project = Project(sandbox_site, tmp_path)
    broken_catalog(project)
    settings = project.settings()
    result = load_site(settings)
    assert set(result.failed) == {CATALOG}
    assert len(result.loaded) == len(settings.entity_types)

    project.query("drop view shotgun_software_data._sg_entity_types")
    assert load_site(settings).failed == {}
    assert len(listed(project)) == len(settings.entity_types)


def test_the_public_pipeline_that_cannot_be_written_is_a_failure_of_the_run(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    project = Project(sandbox_site, tmp_path)
    project.file.data_dir.mkdir()
    (project.file.data_dir / "pipelines").write_text("a file where a folder should be")
    result = load_site(project.settings())
    assert set(result.failed) == {CATALOG}
    dagster = project.run("shotgrid/tasks", run_config={"ops": {"shotgrid__tasks": FULL}})
    assert not dagster.success


def test_a_link_view_that_cannot_be_made_keeps_runs_red_until_it_is_there(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    """Its rows are loaded before it is made: the runs after that find nothing new."""
    project = Project(sandbox_site, tmp_path)
    project.file.data_dir.mkdir()
    project.query("create schema shotgun_software_data")
    project.query("create table shotgun_software_data.shots__assets (x integer)")
    for _ in range(2):
        assert not project.run("shotgrid/shots").success
    project.query("drop table shotgun_software_data.shots__assets")
    assert project.run("shotgrid/shots").success
    ((links,),) = project.query("select count(*) from shotgun_software_data.shots__assets")
    assert links > 0


FULL = {"config": {"full_refresh": True}}


def test_the_last_step_that_loads_writes_the_catalog_once_and_before_the_copy_is_made(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    project = Project(sandbox_site, tmp_path)
    assert project.run(*SHOTS_AND_TASKS, "publish/warehouse").success
    loads = "select count(distinct _dlt_load_id) from shotgun_software_data._sg_entity_types"
    assert project.query(loads) == [(1,)]
    with duckdb.connect(str(project.file.data_dir / PUBLISHED)) as connection:
        published = connection.execute(
            "select table_name from shotgun_software_data._sg_entity_types order by 1"
        ).fetchall()
    assert published == listed(project) == [("shots",), ("tasks",)]
