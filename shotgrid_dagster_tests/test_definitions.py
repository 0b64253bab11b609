"""What Dagster loads: without network, without credentials, without a saved schema."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from shotgrid_dagster.config.project import ProjectFile
from shotgrid_dagster.defs.assets.standard_types import GROUPS, STANDARD_TYPES
from shotgrid_dagster.defs.build import MODELS, build_definitions
from shotgrid_dagster.site import EntityType, SiteSchema
from shotgrid_dagster_tests.conftest import SandboxSite

STOCK_TABLES = {EntityType(name, name).table for name in STANDARD_TYPES}


def keys(defs: dg.Definitions) -> set[str]:
    return {key.to_user_string() for key in defs.resolve_all_asset_keys()}


def test_without_a_saved_schema_the_stock_types_have_assets(tmp_path: Path) -> None:
    found = keys(build_definitions(ProjectFile(data_dir=tmp_path)))
    models = {path.stem for path in MODELS.glob("*.sql")}
    assert {"shot_progress", "status_history", "burn_down"} <= models
    assert found == {
        *(f"shotgrid/{table}" for table in STOCK_TABLES),
        "shotgrid/site_settings",
        *(f"models/{model}" for model in models),
        "publish/warehouse",
        "publish/production_report",
        "publish/dashboard_pages",
    }


def test_with_a_saved_schema_exactly_the_sites_types_have_assets(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    project = ProjectFile(data_dir=tmp_path)
    schema = sandbox_site.client().discover()
    schema.save(project.schema_path)
    tables = {
        entity_type.table
        for entity_type in schema.entity_types.values()
        if project.loads(entity_type.name)
    }
    found = keys(build_definitions(project))
    assert {key for key in found if key.startswith("shotgrid/")} == {
        f"shotgrid/{table}" for table in (*tables, "site_settings")
    }
    assert "shotgrid/custom_entity07s" in found
    assert "shotgrid/page_settings" not in found


def test_the_same_schema_makes_the_same_definitions(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    project = ProjectFile(data_dir=tmp_path)
    sandbox_site.client().discover().save(project.schema_path)

    def described() -> list[object]:
        specs = build_definitions(project).resolve_all_asset_specs()
        return [
            (spec.key, spec.group_name, spec.description, spec.metadata)
            for spec in sorted(specs, key=lambda item: item.key)
        ]

    assert described() == described()


def test_a_chosen_few_entity_types_leave_the_other_assets_and_their_models_out(
    tmp_path: Path,
) -> None:
    found = keys(
        build_definitions(ProjectFile(data_dir=tmp_path, entity_types=("Shot", "Project")))
    )
    assert {key for key in found if key.startswith("shotgrid/")} == {
        "shotgrid/shots",
        "shotgrid/projects",
        "shotgrid/site_settings",
    }
    assert {key for key in found if key.startswith("publish/")} == {"publish/warehouse"}
    assert {"models/calendar", "models/dim_projects"} <= found
    assert "models/shot_progress" not in found


def test_every_asset_says_what_it_is_where_it_belongs_and_what_its_columns_are(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    project = ProjectFile(data_dir=tmp_path)
    sandbox_site.client().discover().save(project.schema_path)
    for spec in build_definitions(project).resolve_all_asset_specs():
        assert spec.description
        assert spec.kinds
        if spec.key.path[0] == "shotgrid":
            assert spec.group_name in GROUPS
            assert "dagster/table_name" in spec.metadata
        if spec.key.path[0] == "shotgrid" and spec.key.path[1] != "site_settings":
            assert "dagster/column_schema" in spec.metadata
            assert spec.metadata["dagster/table_name"]


def test_a_custom_entity_type_is_called_what_the_studio_calls_it(tmp_path: Path) -> None:
    project = ProjectFile(data_dir=tmp_path)
    schema = SiteSchema("x", {"CustomEntity07": EntityType("CustomEntity07", "Lens Grid", ())})
    schema.save(project.schema_path)
    (spec,) = (
        spec
        for spec in build_definitions(project).resolve_all_asset_specs()
        if spec.key.path == ["shotgrid", "custom_entity07s"]
    )
    assert "Lens Grid" in str(spec.description)
    assert spec.group_name == "custom"


def test_loading_the_definitions_asks_no_network_and_reads_no_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setenv("SOURCES__SHOTGUN_SOFTWARE_SOURCE__SITE_URL", "https://studio.example")
    dg.Definitions.validate_loadable(build_definitions(ProjectFile(data_dir=tmp_path)))


def test_everything_ships_stopped(tmp_path: Path) -> None:
    repository = build_definitions(ProjectFile(data_dir=tmp_path)).get_repository_def()
    assert repository.schedule_defs
    for schedule in repository.schedule_defs:
        assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    assert {sensor_def.name for sensor_def in repository.sensor_defs} == {
        "site_changes",
        "models_follow",
        "failed_runs",
    }
    for sensor in repository.sensor_defs:
        assert sensor.default_status is dg.DefaultSensorStatus.STOPPED


@pytest.mark.parametrize(
    "command",
    [
        ["dagster", "definitions", "validate", "-m", "shotgrid_dagster.definitions"],
        ["dg", "check", "defs"],
    ],
)
def test_dagsters_own_commands_find_the_definitions_good(command: list[str]) -> None:
    tool = Path(sys.executable).with_name(command[0])
    done = subprocess.run(
        [str(tool), *command[1:]],
        capture_output=True,
        text=True,
        env={**os.environ, "DAGSTER_HOME": ""},
        cwd=Path(__file__).parent.parent,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
