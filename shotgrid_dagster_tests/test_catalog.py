"""The list of tables, `_sg_entity_types`, is of the run that published it."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.source.whole_site import load_site
from shotgrid_dagster_tests import own_processes
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.test_assets import Project

Run = Callable[[SandboxSite, Path, pytest.MonkeyPatch], Callable[[], bool]]


def in_one_process(site: SandboxSite, folder: Path, _: pytest.MonkeyPatch) -> Callable[[], bool]:
    project = Project(site, folder)
    return lambda: project.run(*own_processes.SELECTION).success


def a_process_a_step(
    site: SandboxSite, folder: Path, patch: pytest.MonkeyPatch
) -> Callable[[], bool]:
    section = "SOURCES__SHOTGUN_SOFTWARE_SOURCE__"
    patch.setenv(own_processes.FOLDER, str(folder / "data"))
    patch.setenv(f"{section}SITE_URL", site.url)
    patch.setenv(f"{section}CLIENT_ID", site.client_id)
    patch.setenv(f"{section}CLIENT_SECRET", site.client_secret)
    instance = dg.DagsterInstance.local_temp(str(folder))

    def run() -> bool:
        with dg.execute_job(dg.reconstructable(own_processes.job), instance) as result:
            return result.success

    return run


def by_the_script_and_then_published_alone(
    site: SandboxSite, folder: Path, _: pytest.MonkeyPatch
) -> Callable[[], bool]:
    project = Project(site, folder)

    def run() -> bool:
        settings = site.settings(folder / "data", entity_types=("Shot", "Step"))
        return load_site(settings).failed == {} and project.run("publish/warehouse").success

    return run


@pytest.mark.parametrize(
    "runs", [in_one_process, a_process_a_step, by_the_script_and_then_published_alone]
)
def test_the_copy_lists_the_tables_of_the_run_that_made_it(
    own_site: SandboxSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: Run
) -> None:
    run = runs(own_site, tmp_path, monkeypatch)

    def listed() -> dict[str, tuple[int, int]]:
        assert run()
        # by another name each time: one process sees a path as one database
        link = tmp_path / f"read-{len(list(tmp_path.glob('read-*')))}.duckdb"
        link.hardlink_to(tmp_path / "data" / "published.duckdb")
        with duckdb.connect(str(link), read_only=True) as connection:
            return {
                table: (live, retired)
                for table, live, retired in connection.execute(
                    "select table_name, live, retired from shotgun_software_data._sg_entity_types"
                ).fetchall()
            }

    client = own_site.client()
    shots = client.count("Shot"), client.count("Shot", retired=True)
    steps = client.count("Step"), client.count("Step", retired=True)
    assert listed() == {"shots": shots, "steps": steps}
    Editor(own_site.database).retire("Shot", 1)
    assert listed() == {"shots": (shots[0] - 1, shots[1] + 1), "steps": steps}


def test_the_catalog_is_written_once_a_run(own_site: SandboxSite, tmp_path: Path) -> None:
    assert Project(own_site, tmp_path).run(*own_processes.SELECTION).success
    with duckdb.connect(str(tmp_path / "data" / "shotgun_software.duckdb")) as connection:
        ((loads,),) = connection.execute(
            "select count(distinct loaded_at) from shotgun_software_data._sg_entity_types"
        ).fetchall()
    assert loads == 1
