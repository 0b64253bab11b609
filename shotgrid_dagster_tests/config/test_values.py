"""A value that cannot be: one sentence with the setting, its place, the value, what it can be."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from shotgrid_dagster.config.alerts import AlertSettings, read_alert_settings
from shotgrid_dagster.config.project import ProjectFile, read_project_file
from shotgrid_dagster.config.reports import read_report_settings
from shotgrid_dagster.config.schedules import ScheduleSettings, read_schedule_settings
from shotgrid_dagster.config.settings import Settings, read_settings
from shotgrid_dagster.errors import SettingsError
from shotgrid_dagster.site.errors import AddressRefused
from shotgrid_dagster_tests.config.folder import SOURCE, VARIABLE, settings_folder

OF_THE_SOURCE = [
    ("page_size = 5001", "is 5001: it can be a whole number, 1 to 5000."),
    ("page_size = 0", "is 0: it can be a whole number, 1 to 5000."),
    ('page_size = "many"', "is 'many': it can be a whole number, 1 to 5000."),
    ("page_size = true", "is true: it can be a whole number, 1 to 5000."),
    ("page_size = 7.5", "is 7.5: it can be a whole number, 1 to 5000."),
    ("page_size = {a = 1}", "is {'a': 1}: it can be a whole number, 1 to 5000."),
    ("concurrency = 0", "is 0: it can be a whole number, 1 to 16."),
    ("most_retries = -1", "is -1: it can be a whole number, 0 or more."),
    ("most_requests = -1", "is -1: it can be a whole number, 0 or more."),
    ("most_lost = 2", "is 2: it can be a number, 0 to 1."),
    ("most_lost = nan", "is nan: it can be a number, 0 to 1."),
    ("most_lost = true", "is true: it can be a number, 0 to 1."),
    ("overlap = -1", "is -1: it can be a number, 0 or more."),
    ("overlap = inf", "is inf: it can be a number, 0 or more."),
    ('on_lost = "drop"', "is 'drop': it can be 'mark' or 'delete'."),
    (
        'sandbox_size = "huge"',
        "is 'huge': it can be 'tiny', 'studio', 'medium' or 'large'.",
    ),
    ('archived_projects = "yes"', "is 'yes': it can be true or false."),
    ("demo_projects = 1", "is 1: it can be true or false."),
    ("data_dir = 5", "is 5: it can be the path of a folder."),
    ('data_dir = ""', "is '': it can be the path of a folder."),
    ("client_id = 5", "is 5: it can be a text."),
    ('entity_types = "Shot"', "is 'Shot': it can be a list of names such as ['Shot', 'Task']."),
    ('entity_types = [""]', "is ['']: it can be a list of names such as ['Shot', 'Task']."),
    ("entity_types = [7]", "is [7]: it can be a list of names such as ['Shot', 'Task']."),
    ('exclude_fields = "email"', "is 'email': it can be a list of names such as"),
    ('projects = "Blue Harvest"', "is 'Blue Harvest': it can be a list of names and ids"),
    ("projects = [true]", "is [True]: it can be a list of names and ids"),
    ('time_zone = "Berlin"', "is 'Berlin': it can be a name such as 'Europe/Berlin'."),
    ('time_zone = "/etc"', "is '/etc': it can be a name such as 'Europe/Berlin'."),
    ('work_starts = "9"', "is '9': it can be a time such as '09:00'."),
    ('work_starts = "25:00"', "is '25:00': it can be a time such as '09:00'."),
    ("work_starts = 09:00:00", "it can be a time such as '09:00'."),
    ('query_fields = "some"', "is 'some': it can be true, false or a list of fields"),
    ('query_fields = ["Shot"]', "is ['Shot']: it can be true, false or a list of fields"),
    (
        'destination = "duckbd"',
        "is 'duckbd': dlt has no such destination, did you mean 'duckdb'?",
    ),
    ('destination = "Postgres"', "did you mean 'postgres'?"),
    ('destination = "snowflakes"', "did you mean 'snowflake'?"),
    ('destination = "paper"', "dlt has no such destination, there are athena, "),
]


@pytest.mark.parametrize(("line", "said"), OF_THE_SOURCE)
def test_a_value_in_the_file_that_cannot_be(line: str, said: str, tmp_path: Path) -> None:
    settings_folder(tmp_path, f"{SOURCE}\n{line}\n")
    with pytest.raises(SettingsError) as raised:
        read_settings()
    name = line.partition(" ")[0]
    place = f"{SOURCE} of {tmp_path / '.dlt' / 'config.toml'}"
    assert str(raised.value).startswith(f"{name} in {place} is ")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("PAGE_SIZE", "many", "is 'many': it can be a whole number"),
        ("PAGE_SIZE", "", "is '': it can be a whole number"),
        ("MOST_LOST", "5%", "is '5%': it can be a number, 0 to 1"),
        ("DEMO_PROJECTS", "no", "is 'no': it can be true or false"),
        ("ENTITY_TYPES", '["Shot"', "it can be a list of names"),
        ("ENTITY_TYPES", "[1]", "is [1]: it can be a list of names"),
        ("QUERY_FIELDS", "yes", "is ['yes']: it can be true, false or a list"),
        ("DESTINATION", "duckbd", "did you mean 'duckdb'?"),
        ("TIME_ZONE", "Berlin", "it can be a name such as 'Europe/Berlin'"),
    ],
)
def test_a_variables_value_that_cannot_be(
    name: str, text: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{VARIABLE}{name}", text)
    with pytest.raises(SettingsError) as raised:
        read_settings()
    assert str(raised.value).startswith(f"{name.lower()} in the variable {VARIABLE}{name} is ")
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('morning = "at seven"', "is 'at seven': it can be a cron line of five parts"),
        ('census = "99 1 * * *"', "is '99 1 * * *': it can be a cron line"),
        ('census = "0 0 31 2 *"', "is '0 0 31 2 *': it can be a cron line"),
        ('census = "*/90 * * * *"', "is '*/90 * * * *': it can be a cron line"),
        ('census = "* * * * * *"', "it can be a cron line"),
        ('publish = ""', "is '': it can be a cron line"),
        ("census = 3", "is 3: it can be a cron line"),
    ],
)
def test_an_hour_that_is_none(line: str, said: str, tmp_path: Path) -> None:
    folder = settings_folder(tmp_path, f"[schedules]\n{line}\n")
    with pytest.raises(
        SettingsError, match=r"^\w+ in \[schedules\] of .*config.toml is "
    ) as raised:
        read_schedule_settings(folder)
    assert said in str(raised.value)


def test_the_hours_time_zone_is_told_of_where_it_stands(tmp_path: Path) -> None:
    folder = settings_folder(tmp_path, f'{SOURCE}\ntime_zone = "Berlin"\n')
    with pytest.raises(SettingsError, match=r"time_zone in \[sources\..* is 'Berlin': it can be"):
        read_schedule_settings(folder)


def test_a_report_is_uploaded_or_not(tmp_path: Path) -> None:
    folder = settings_folder(tmp_path, '[report]\nupload = "yes"\n')
    with pytest.raises(SettingsError, match=r"is 'yes': it can be true or false"):
        read_report_settings(folder)


def test_an_address_that_is_none_is_told_with_its_place(tmp_path: Path) -> None:
    settings_folder(tmp_path, f'{SOURCE}\nsite_url = "my studio"\n')
    with pytest.raises(AddressRefused, match=r"is not an address: .* \(it stands in \[sources"):
        read_settings()


def test_the_first_of_two_is_told(tmp_path: Path) -> None:
    settings_folder(tmp_path, f"{SOURCE}\npage_size = 0\nconcurrency = 0\n")
    with pytest.raises(SettingsError, match="page_size in .* is 0"):
        read_settings()


def test_what_is_given_is_held_against_the_same_ranges() -> None:
    with pytest.raises(SettingsError, match="^page_size is 0: it can be a whole number, 1 to 5000"):
        read_settings(page_size=0)
    with pytest.raises(SettingsError, match="^concurrency is 17: it can be"):
        Settings(concurrency=17)
    with pytest.raises(
        SettingsError, match="page_sise is not a setting of .*did you mean page_siz"
    ):
        read_settings(page_sise=7)
    with pytest.raises(SettingsError, match="^destination is 'duckbd'"):
        ProjectFile().changed(destination="duckbd")
    with pytest.raises(SettingsError, match="^census is 'never'"):
        ScheduleSettings(census="never")


def test_settings_are_frozen() -> None:
    settings = Settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.page_size = 7


def test_a_data_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    for data_dir, said in (
        ("taken", "a folder cannot be there, because it is a file"),
        ("taken/below", f"a folder cannot be there, because {tmp_path / 'taken'} is a file"),
    ):
        settings_folder(tmp_path, f'{SOURCE}\ndata_dir = "{data_dir}"\n')
        with pytest.raises(SettingsError) as raised:
            read_settings()
        assert str(raised.value) == f"data_dir is {str(tmp_path / data_dir)!r}: {said}."


# -- secrets


def test_a_secret_is_shown_nowhere() -> None:
    settings = Settings(
        site_url="studio.example", client_id="a", client_secret=SecretStr("hunter2")
    )
    alerts = AlertSettings(webhook_url=SecretStr("https://chat.example/hunter2"))
    shown = (settings, settings.model_dump(), settings.model_dump_json(), alerts, dict(settings))
    assert "hunter2" not in f"{shown} {shown!r} {settings} {alerts}"
    assert settings.key == "hunter2"


@pytest.mark.parametrize(
    ("read", "section", "line"),
    [
        (read_settings, SOURCE, 'client_secret = ["hunter2"]'),
        (read_alert_settings, "[alerts]", 'webhook_url = "hunter2"'),
        (read_alert_settings, "[alerts]", 'webhook_url = ["https://hunter2"]'),
    ],
)
def test_a_secret_that_cannot_be_is_told_without_its_value(
    read: type, section: str, line: str, tmp_path: Path
) -> None:
    settings_folder(tmp_path, secrets=f"{section}\n{line}\n")
    with pytest.raises(SettingsError, match="is not possible: it can be a") as raised:
        read()
    assert "hunter2" not in str(raised.value)
    assert "secrets.toml" in str(raised.value)


@pytest.mark.parametrize(
    ("section", "line"),
    [(SOURCE, 'client_secret = "k"'), ("[alerts]", 'webhook_url = "https://k"')],
)
def test_a_secret_in_the_open_file_is_refused(section: str, line: str, tmp_path: Path) -> None:
    settings_folder(tmp_path, f"{section}\n{line}\n")
    with pytest.raises(
        SettingsError, match="config.toml is a secret: move it to .dlt/secrets.toml"
    ):
        (read_settings if section == SOURCE else read_alert_settings)()


def test_the_secrets_file_is_read_and_goes_before_the_other(tmp_path: Path) -> None:
    settings_folder(
        tmp_path,
        f'{SOURCE}\nsite_url = "studio.example"\nclient_id = "a"\nentity_types = ["Shot"]\n',
        f'{SOURCE}\nclient_id = "b"\nclient_secret = "hunter2"\nentity_types = ["Task"]\n',
    )
    settings = read_settings()
    assert (settings.client_id, settings.key) == ("b", "hunter2")
    assert settings.entity_types == read_project_file().entity_types == ("Task",)
