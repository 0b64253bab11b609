"""The notebook runs from top to bottom on a loaded project, before and after models are built."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from shotgrid_dagster_tests.project import ROOT, ProjectFolder, make_project

SAY = """
import runpy
app = runpy.run_path("notebooks/explore.py")["app"]
_, defined = app.run()
shots, built = defined["shots"], defined["burn_down"]
print("shots:", sorted(shots["code"])[:2], len(shots))
print("assets:", int(defined["assets_per_shot"]["assets"].sum()) > 0)
print("models:", None if built is None else len(built))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    project = make_project(tmp_path_factory.mktemp("notebook") / "project")
    project.set("entity_types", '["Project", "Shot", "Asset", "Step"]')
    shutil.copytree(ROOT / "notebooks", project.path / "notebooks")
    project.run("python shotgun_software_pipeline.py")
    (project.path / "say.py").write_text(SAY)
    return project


def test_it_opens_the_dataset_by_its_pipelines_name_and_finds_the_shots(
    project: ProjectFolder,
) -> None:
    said = project.run("python say.py")
    assert "shots: ['sh010_0010', 'sh010_0020'] 12" in said
    assert "assets: True" in said
    assert "models: None" in said


def test_it_asks_the_models_once_they_are_there(project: ProjectFolder) -> None:
    path = Path(project.path) / "data" / "shotgun_software.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema models")
        connection.execute(
            "create table models.burn_down as select id as project_id, date '2026-06-01' as day, "
            "true as is_working, 3 as tasks_open, 4 as tasks_done "
            "from shotgun_software_data.projects"
        )
        connection.execute(
            "create table models.time_in_status as select id as project_id, 'Task' as entity_type, "
            "'ip' as status, 1 as visits, 60.0 as working_minutes "
            "from shotgun_software_data.projects"
        )
    assert "models: 1" in project.run("python say.py")


def test_marimo_makes_a_page_of_it(project: ProjectFolder) -> None:
    project.run("marimo export html notebooks/explore.py -o page.html")
    page = (project.path / "page.html").read_text(encoding="utf-8")
    assert "A ShotGrid site in tables" in page
    assert "sh010_0010" in page
