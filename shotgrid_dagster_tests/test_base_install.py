"""What works where the package is installed without its extras."""

from pathlib import Path

import pytest

from shotgrid_dagster_tests.project import ProjectFolder, make_project
from shotgrid_dagster_tests.without_pandas import without_pandas


@pytest.fixture
def hidden(tmp_path: Path) -> dict[str, str]:
    return without_pandas(tmp_path / "hiding")


@pytest.fixture
def project(tmp_path: Path, hidden: dict[str, str]) -> ProjectFolder:
    project = make_project(tmp_path / "project")
    project.set("entity_types", '["Project", "Step", "Department"]')
    said = project.run("python -c 'import pandas'", expect=1, environment=hidden)
    assert "No module named 'pandas'" in said
    return project


def test_the_pipeline_loads_without_pandas(project: ProjectFolder, hidden: dict[str, str]) -> None:
    assert "projects: 6 rows" in project.run(
        "python shotgun_software_pipeline.py", environment=hidden
    )


def test_dagster_materializes_an_asset_and_a_model_without_pandas(
    project: ProjectFolder, hidden: dict[str, str]
) -> None:
    command = "dagster asset materialize -m shotgrid_dagster.definitions --select"
    said = project.run(f"{command} '+models/dim_steps'", environment=hidden)
    assert "dim_steps: 36 rows built" in said
