"""Every setting can be a variable, in a run and when definitions load alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from shotgrid_dagster.config.alerts import read_alert_settings
from shotgrid_dagster.config.names import variable_of
from shotgrid_dagster.config.project import ProjectFile, read_project_file
from shotgrid_dagster.config.reading import SECTIONS
from shotgrid_dagster.config.reports import read_report_settings
from shotgrid_dagster.config.schedules import ScheduleSettings, read_schedule_settings
from shotgrid_dagster.config.section import Section
from shotgrid_dagster.config.settings import Settings, read_settings
from shotgrid_dagster.defs.build import build_definitions
from shotgrid_dagster_tests.config.folder import SOURCE, VARIABLE, settings_folder

SHOWN = [
    ("data_dir", "copy", Path("copy")),
    ("destination", "postgres", "postgres"),
    ("entity_types", "Shot, Task", ("Shot", "Task")),
    ("entity_types", '["Shot"]', ("Shot",)),
    ("entity_types", "", ()),
    ("exclude_fields", "HumanUser.email,*.sg_pay*", ("HumanUser.email", "*.sg_pay*")),
    ("site_url", "sandbox", "sandbox"),
    ("client_id", "5", "5"),
    ("client_secret", "hunter2", "hunter2"),
    ("sandbox_size", "tiny", "tiny"),
    ("page_size", "7", 7),
    ("concurrency", "2", 2),
    ("projects", '["Blue Harvest", 70]', ("Blue Harvest", "70")),
    ("projects", "Blue Harvest,70", ("Blue Harvest", "70")),
    ("archived_projects", "false", False),
    ("template_projects", "False", False),
    ("demo_projects", "FALSE", False),
    ("most_retries", "7", 7),
    ("most_requests", "7", 7),
    ("most_lost", "0.5", 0.5),
    ("on_lost", "delete", "delete"),
    ("overlap", "7.5", 7.5),
    ("time_zone", "Asia/Tokyo", "Asia/Tokyo"),
    ("work_starts", "10:30", "10:30"),
    ("query_fields", "true", True),
    ("query_fields", "Shot.sg_a,Shot.sg_b", ("Shot.sg_a", "Shot.sg_b")),
    ("incremental", "1 1 * * *", "1 1 * * *"),
    ("census", "1 1 * * *", "1 1 * * *"),
    ("full_refresh", "1 1 * * *", "1 1 * * *"),
    ("morning", "1 1 * * *", "1 1 * * *"),
    ("publish", "1 1 * * *", "1 1 * * *"),
    ("upload", "true", True),
    ("webhook_url", "https://chat.example/hunter2", "https://chat.example/hunter2"),
]
"""Setting, what the variable says, what the setting is."""

READERS: dict[type[Section], Callable[[], Section]] = {
    Settings: read_settings,
    ScheduleSettings: read_schedule_settings,
    type(read_report_settings()): read_report_settings,
    type(read_alert_settings()): read_alert_settings,
}


def home(name: str) -> type[Section]:
    return next(section for section in SECTIONS if name in section.own_settings())


def value_of(settings: Section, name: str) -> object:
    value = getattr(settings, name)
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


def test_all_settings_are_in_the_table_below() -> None:
    every = {name for section in SECTIONS for name in section.own_settings()}
    assert {name for name, _, _ in SHOWN} == every


@pytest.mark.parametrize(("name", "text", "expected"), SHOWN)
def test_a_variable_is_honoured(
    name: str, text: str, expected: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable_of(home(name), name), text)
    if isinstance(expected, Path):
        expected = tmp_path / expected
    assert value_of(READERS[home(name)](), name) == expected
    if name in ProjectFile.model_fields:
        assert value_of(read_project_file(), name) == expected


def test_a_variable_goes_before_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings_folder(
        tmp_path,
        f'{SOURCE}\nentity_types = ["Task"]\npage_size = 5\n[schedules]\ncensus = "2 2 * * *"\n',
    )
    monkeypatch.setenv(f"{VARIABLE}ENTITY_TYPES", "Shot")
    monkeypatch.setenv("SCHEDULES__CENSUS", "1 1 * * *")
    assert read_settings().entity_types == read_project_file().entity_types == ("Shot",)
    assert read_settings().page_size == 5
    assert read_schedule_settings().census == "1 1 * * *"


def test_what_is_given_goes_before_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{VARIABLE}PAGE_SIZE", "7")
    assert read_settings(page_size=8, concurrency=None).page_size == 8


def test_a_script_may_set_them_in_dlts_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    import dlt
    from dlt.common.configuration.container import Container
    from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

    providers = Container()[PluggableRunContext].providers
    with providers["config.toml"].preserve(), providers["secrets.toml"].preserve():  # type: ignore[attr-defined]  # of files alone
        dlt.config["sources.shotgun_software_source.page_size"] = 9
        dlt.secrets["sources.shotgun_software_source.client_secret"] = "hunter2"
        settings = read_settings()
    assert (settings.page_size, settings.key) == (9, "hunter2")
    assert read_settings().page_size == 5000


def test_assets_are_those_that_the_variables_name_and_runs_load_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{VARIABLE}DATA_DIR", str(tmp_path / "copy"))
    monkeypatch.setenv(f"{VARIABLE}ENTITY_TYPES", "Shot,HumanUser")
    monkeypatch.setenv(f"{VARIABLE}EXCLUDE_FIELDS", "HumanUser.email")
    defs = build_definitions(read_project_file())
    keys = {key.to_user_string() for key in defs.resolve_all_asset_keys()}
    loaded = {key for key in keys if key.startswith("shotgrid/")}
    assert loaded == {"shotgrid/shots", "shotgrid/human_users", "shotgrid/site_settings"}
    shotgrid = (defs.resources or {})["shotgrid"]
    of_a_run = shotgrid.settings()
    assert of_a_run.entity_types == ("Shot", "HumanUser")
    assert of_a_run.exclude_fields == ("HumanUser.email",)
    assert of_a_run.data_dir == tmp_path / "copy"
    assert isinstance(defs, dg.Definitions)
