"""Names that are no settings, wherever they stand; and those that are dlt's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shotgrid_dagster.config.alerts import read_alert_settings
from shotgrid_dagster.config.project import read_project_file
from shotgrid_dagster.config.reports import read_report_settings
from shotgrid_dagster.config.schedules import read_schedule_settings
from shotgrid_dagster.config.settings import read_settings
from shotgrid_dagster.errors import SettingsError
from shotgrid_dagster_tests.config.folder import SOURCE, VARIABLE, settings_folder

READERS: tuple[Callable[[], object], ...] = (
    read_settings,
    read_project_file,
    read_schedule_settings,
    read_report_settings,
    read_alert_settings,
)


def refused(said: str) -> None:
    """Every reader refuses, whichever section it wants."""
    for read in READERS:
        with pytest.raises(SettingsError) as raised:
            read()
        assert said in str(raised.value)
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"{SOURCE}\npage_sise = 1", f"page_sise in {SOURCE} of "),
        (f"{SOURCE}\npage_sise = 1", "did you mean page_size?"),
        (f"{SOURCE}\nPAGE_SIZE = 1", "PAGE_SIZE in"),
        (f"{SOURCE}\nxyz = 1", "xyz in "),
        (f"{SOURCE}\ncensus = '1 1 * * *'", "is a setting of [schedules]: write it there."),
        (f"{SOURCE}\n[sources.shotgun_software_source.schedules]\n", "schedules in "),
        ("[schedules]\nmornings = '0 7 * * *'", "did you mean morning?"),
        ("[schedules]\ntime_zone = 'UTC'", "time_zone in [schedules] of "),
        ("[schedules]\ntime_zone = 'UTC'", f"is a setting of {SOURCE}: write it there."),
        ("[report]\nuploads = true", "did you mean upload?"),
        ("[alerts]\nwebhook = 'x'", "did you mean webhook_url?"),
        ("[schedule]\ncensus = '1 1 * * *'", "[schedule] in "),
        ("[schedule]\ncensus = '1 1 * * *'", "did you mean [schedules]?"),
        ("[Schedules]\n", "did you mean [schedules]?"),
        ("[reports]\nupload = true", "did you mean [report]?"),
        ("[alert]\n", "did you mean [alerts]?"),
        ("[source.shotgun_software_source]\n", "did you mean [sources]?"),
        ("[shotgun_software_source]\nsite_url = 'x'", f"did you mean {SOURCE}?"),
        ("[sources.shotgun_software_sources]\n", f"did you mean {SOURCE}?"),
        ("[sources.shotgun_software]\n", f"did you mean {SOURCE}?"),
        ("[sources.schedules]\n", "did you mean [schedules]?"),
        ("[my_pipeline.sources.shotgun_software_source]\n", f"did you mean {SOURCE}?"),
        ("site_url = 'x'", f"stands outside its section: write site_url below {SOURCE}."),
        ("site_ulr = 'x'", f"write site_url below {SOURCE}."),
        ("census = 'x'", "write census below [schedules]."),
        ("[sources]\nclient_id = 'x'", f"write client_id below {SOURCE}."),
        ("schedules = 5", "schedules in "),
        ("schedules = 5", "is a section: write [schedules] above its lines."),
        ("[sources]\nshotgun_software_source = 5", "is a section: write [sources.shotgun_"),
    ],
)
@pytest.mark.parametrize("file", ["config.toml", "secrets.toml"])
def test_a_name_that_nobody_reads_is_refused(
    content: str, said: str, file: str, tmp_path: Path
) -> None:
    settings_folder(tmp_path)
    (tmp_path / ".dlt" / file).write_text(content)
    refused(said)
    refused(file)


@pytest.mark.parametrize(
    "content",
    [
        "[runtime]\nlog_level = 'CRITICAL'\n[normalize.parquet_normalizer]\nadd_dlt_load_id = true",
        "[load]\ntruncate_staging_dataset = true\n[extract]\nworkers = 2\n[data_writer]\n",
        "[destination]\n[destination.postgres.credentials]\nhost = 'x'",
        "[destination.shotgun_software.credentials]\nread_only = true",
        "[sources.rest_api]\nsite_url = 'x'\npage_size = 'y'\n[sources.sql_database]\n",
        "[sources]\nsome_setting = 1",
        "[pipelines.mine]\n[my_pipeline.destination]\n[my_pipeline.sources.other]\nclient_id = 'a'",
        "[providers]\nenable_google_secrets = false\n[schema]\nnaming = 'snake_case'",
        "pipeline_name = 'x'\npipelines_dir = 'y'\ndestination_type = 'duckdb'\nprogress = 'log'",
        f"{SOURCE}\n[sources.shotgun_software_source.extract]\nworkers = 2",
    ],
)
def test_what_is_dlts_or_another_sources_is_let_be(content: str, tmp_path: Path) -> None:
    settings_folder(tmp_path, content)
    for read in READERS:
        read()


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        (f"{VARIABLE}PAGE_SZIE", f"did you mean {VARIABLE}PAGE_SIZE?"),
        (f"{VARIABLE}CENSUS", "did you mean SCHEDULES__CENSUS?"),
        (f"{VARIABLE}XYZ", "is not a setting: [sources.shotgun_software_source] has archived_"),
        (f"{VARIABLE}page_size", "is not read: write it in capitals."),
        (f"{VARIABLE.lower()}page_size", "is not read: write it in capitals."),
        ("SCHEDULES__MORNINGS", "did you mean SCHEDULES__MORNING?"),
        ("SCHEDULES__TIME_ZONE", f"did you mean {VARIABLE}TIME_ZONE?"),
        ("SCHEDULE__CENSUS", "is not read: did you mean SCHEDULES__CENSUS?"),
        ("REPORTS__UPLOAD", "is not read: did you mean REPORT__UPLOAD?"),
        ("ALERTS__WEBHOOK", "did you mean ALERTS__WEBHOOK_URL?"),
        ("SOURCES__SITE_URL", f"is not read: did you mean {VARIABLE}SITE_URL?"),
        ("SHOTGUN_SOFTWARE_SOURCE__SITE_URL", f"did you mean {VARIABLE}SITE_URL?"),
        ("SOURCES__SHOTGUN_SOFTWARE_SOURCES__SITE_URL", f"did you mean {VARIABLE}SITE_URL?"),
        ("SOURCES_SHOTGUN_SOFTWARE_SOURCE_SITE_URL", f"did you mean {VARIABLE}SITE_URL?"),
        (f"SHOTGUN_SOFTWARE_PIPELINE__{VARIABLE}SITE_URL", f"did you mean {VARIABLE}SITE_URL?"),
    ],
)
def test_a_variable_that_nobody_reads_is_refused(
    variable: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "hunter2")
    refused(f"the variable {variable} ")
    refused(said)


@pytest.mark.parametrize(
    "variable",
    [
        "DESTINATION__POSTGRES__CREDENTIALS",
        "SOURCES__REST_API__SITE_URL",
        "RUNTIME__LOG_LEVEL",
        "LOAD__TRUNCATE_STAGING_DATASET",
        f"{VARIABLE}EXTRACT__WORKERS",
        "SITE_URL",
        "PROJECTS",
        "REPORT",
        "REPORTS__FOLDER",
        "XPC_SERVICE_NAME",
        "__CF_USER_TEXT_ENCODING",
    ],
)
def test_variables_of_others_are_let_be(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "hunter2")
    for read in READERS:
        read()
    assert read_settings().projects == ()
