"""The project as a component: a YAML file in a project of `dg`, really loaded."""

import os
import re
import subprocess
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from shotgrid_dagster.config.project import ProjectFile
from shotgrid_dagster.defs.build import build_definitions
from shotgrid_dagster.defs.resources import ShotGridResource
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.project import BIN, ROOT
from shotgrid_dagster_tests.test_definitions import keys

DEFINITIONS = """
from pathlib import Path
from dagster import definitions, load_from_defs_folder

@definitions
def defs():
    return load_from_defs_folder(path_within_project=Path(__file__).parent)
"""


def dg_project(folder: Path, attributes: str) -> Path:
    """A project as `dg` scaffolds it, with one component; gives the component's file.

    The folder's name is the package's: Python keeps what it has imported, so each test has its own.
    """
    package = folder.name
    file = folder / package / "defs" / "shotgrid" / "defs.yaml"
    file.parent.mkdir(parents=True)
    (folder / package / "__init__.py").touch()
    (folder / package / "defs" / "__init__.py").touch()
    (folder / package / "definitions.py").write_text(DEFINITIONS)
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "{package}"\nversion = "0.1.0"\n\n[tool.dg]\n'
        f'directory_type = "project"\n\n[tool.dg.project]\nroot_module = "{package}"\n'
    )
    file.write_text(
        f"type: shotgrid_dagster.component.ShotGridComponent\n\nattributes:\n{attributes}"
    )
    return file


def load(file: Path, monkeypatch: pytest.MonkeyPatch) -> dg.Definitions:
    """What Dagster makes of the project that the file is in."""
    folder = file.parents[3]
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.chdir(folder)
    return dg.load_from_defs_folder(path_within_project=folder)


def test_the_component_makes_what_the_project_itself_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = dg_project(tmp_path / "same_studio", "  data_dir: copy\n")
    found = load(file, monkeypatch)
    ours = build_definitions(ProjectFile(data_dir=tmp_path / "same_studio" / "copy"))
    assert keys(found) == keys(ours)
    repository = found.get_repository_def()
    assert {schedule_def.name for schedule_def in repository.schedule_defs} == {
        schedule_def.name for schedule_def in ours.get_repository_def().schedule_defs
    }
    assert repository.has_sensor_def("site_changes")


def test_the_yaml_of_the_readme_is_a_component(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shown,) = re.findall(r"```yaml\n(type: .*?)```", (ROOT / "README.md").read_text(), re.S)
    file = dg_project(tmp_path / "from_readme", "")
    file.write_text(shown)
    assert "shotgrid/sequences" in keys(load(file, monkeypatch))


def test_attributes_go_before_the_settings_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = dg_project(
        tmp_path / "own_hours",
        '  entity_types: [Shot, Project]\n  time_zone: Europe/Berlin\n  census: "5 2 * * *"\n',
    )
    settings = tmp_path / "own_hours" / ".dlt" / "config.toml"
    settings.parent.mkdir()
    settings.write_text(
        '[sources.shotgun_software_source]\nentity_types = ["Task"]\ntime_zone = "UTC"\n'
        '[schedules]\ncensus = "0 0 * * *"\nmorning = "30 6 * * *"\n'
    )
    found = load(file, monkeypatch)
    loaded = {key for key in keys(found) if key.startswith("shotgrid/")}
    assert loaded == {"shotgrid/shots", "shotgrid/projects", "shotgrid/site_settings"}
    schedules = {
        schedule_def.name: schedule_def for schedule_def in found.get_repository_def().schedule_defs
    }
    assert schedules["nightly_census"].cron_schedule == "5 2 * * *"
    assert schedules["nightly_census"].execution_timezone == "Europe/Berlin"
    assert schedules["every_morning"].cron_schedule == "30 6 * * *"
    shotgrid = (found.resources or {})["shotgrid"]
    assert isinstance(shotgrid, ShotGridResource)
    of_a_run = shotgrid.settings()
    assert of_a_run.entity_types == ("Shot", "Project")
    assert of_a_run.time_zone == "Europe/Berlin"
    assert of_a_run.data_dir == tmp_path / "own_hours" / "data"


def test_a_run_reads_the_site_and_fills_the_folder_that_the_yaml_names(
    sandbox_site: SandboxSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = "SOURCES__SHOTGUN_SOFTWARE_SOURCE__"
    monkeypatch.setenv(f"{section}CLIENT_ID", sandbox_site.client_id)
    monkeypatch.setenv(f"{section}CLIENT_SECRET", sandbox_site.client_secret)
    file = dg_project(
        tmp_path / "real_run",
        f"  site_url: {sandbox_site.url}\n  data_dir: copy\n  entity_types: [Shot]\n",
    )
    found = load(file, monkeypatch)
    job = found.resolve_job_def("take_census")
    assert job.execute_in_process(instance=dg.DagsterInstance.ephemeral()).success
    database = tmp_path / "real_run" / "copy" / "shotgun_software.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        (rows,) = connection.execute(
            "select count(*) from shotgun_software_data.shots"
        ).fetchone() or (0,)
        tables = connection.execute(
            "select table_name from information_schema.tables where table_name = 'tasks'"
        ).fetchall()
    assert rows > 0
    assert not tables


def test_a_misspelt_key_is_told_with_its_place_and_the_nearest_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = dg_project(tmp_path / "misspelt", "  data_dir: data\n  entity_tipes: [Shot]\n")
    with pytest.raises(Exception, match="Error while loading component") as raised:
        load(file, monkeypatch)
    said = str(raised.value.__cause__)
    assert f"attributes.entity_tipes at {file}:5" in said
    assert (
        "entity_tipes is not an attribute of ShotGridComponent: did you mean entity_types?" in said
    )


def test_a_value_of_another_type_is_told_as_dagster_tells_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = dg_project(tmp_path / "mistyped", "  site_url: [not, a, text]\n")
    with pytest.raises(Exception, match="Error while loading component") as raised:
        load(file, monkeypatch)
    assert re.search(rf"attributes.site_url\S* at {file}:4", str(raised.value.__cause__))


def test_dgs_own_check_accepts_the_file_and_points_at_a_misspelt_key(tmp_path: Path) -> None:
    file = dg_project(tmp_path / "checked", "  entity_types: [Shot]\n")
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}

    def check() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(BIN / "dg"), "check", "defs"],
            cwd=tmp_path / "checked",
            env={**environment, "DAGSTER_HOME": "", "COLUMNS": "300"},
            capture_output=True,
            text=True,
            timeout=100,
        )

    good = check()
    assert good.returncode == 0, good.stdout + good.stderr
    file.write_text(file.read_text().replace("entity_types", "entity_tipes"))
    wrong = check()
    assert wrong.returncode != 0
    assert f"{file}:4" in wrong.stdout
    assert "'entity_tipes' is not one of ['site_url', " in wrong.stdout
