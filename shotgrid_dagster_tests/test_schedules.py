"""When things run: the studio's time zone, also on the days when the clocks change."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise, takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from shotgrid_dagster.config.project import ProjectFile
from shotgrid_dagster.config.schedules import ScheduleSettings, read_schedule_settings
from shotgrid_dagster.defs.build import build_definitions
from shotgrid_dagster.defs.resources import modes_in
from shotgrid_dagster.source.reading.channel import LoadMode

BERLIN = ZoneInfo("Europe/Berlin")
CHANGES = (datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 10, 25, tzinfo=BERLIN))
"""Days of 23 and of 25 hours."""


def schedules(hours: ScheduleSettings, folder: Path) -> dict[str, dg.ScheduleDefinition]:
    defs = build_definitions(
        ProjectFile(data_dir=folder, entity_types=("Shot", "Task")), hours=hours
    )
    return {
        schedule_def.name: schedule_def for schedule_def in defs.get_repository_def().schedule_defs
    }


def ticks(schedule: dg.ScheduleDefinition, day: datetime, days: int = 3) -> list[datetime]:
    """When the daemon starts runs, from the day before on."""
    assert isinstance(schedule.cron_schedule, str)
    start = day - timedelta(days=1)
    end = (start + timedelta(days=days)).timestamp()
    found = schedule_execution_time_iterator(
        start.timestamp(), schedule.cron_schedule, schedule.execution_timezone
    )
    return [
        item.astimezone(BERLIN) for item in takewhile(lambda item: item.timestamp() < end, found)
    ]


@pytest.mark.parametrize("day", CHANGES)
@pytest.mark.parametrize("at", ["30 1 * * *", "30 2 * * *"])
def test_a_nightly_census_runs_once_a_day_when_the_clocks_change(
    day: datetime, at: str, tmp_path: Path
) -> None:
    nightly = schedules(ScheduleSettings(time_zone="Europe/Berlin", census=at), tmp_path)[
        "nightly_census"
    ]
    assert set(Counter(tick.date() for tick in ticks(nightly, day)).values()) == {1}


@pytest.mark.parametrize("day", CHANGES)
def test_an_incremental_run_starts_every_quarter_of_an_hour_when_the_clocks_change(
    day: datetime, tmp_path: Path
) -> None:
    often = schedules(ScheduleSettings(time_zone="Europe/Berlin"), tmp_path)["every_15_minutes"]
    found = [tick.timestamp() for tick in ticks(often, day)]
    assert {after - before for before, after in pairwise(found)} == {900.0}


@pytest.mark.parametrize("day", CHANGES)
def test_the_morning_begins_at_the_studios_own_seven_o_clock(day: datetime, tmp_path: Path) -> None:
    hours = ScheduleSettings(time_zone="Europe/Berlin", morning="0 7 * * *")
    found = ticks(schedules(hours, tmp_path)["every_morning"], day)
    assert [(item.hour, item.minute) for item in found] == [(7, 0)] * 3


def test_the_nightly_run_takes_a_census_of_all_types_and_the_weekly_one_reads_all_anew(
    tmp_path: Path,
) -> None:
    for name, mode in (
        ("nightly_census", LoadMode(census=True)),
        ("weekly_full_refresh", LoadMode(full_refresh=True)),
    ):
        schedule = schedules(ScheduleSettings(), tmp_path)[name]
        with dg.build_schedule_context(scheduled_execution_time=datetime(2026, 5, 1)) as context:
            data = schedule.evaluate_tick(context)
        (request,) = data.run_requests or ()
        assert modes_in(request.run_config) == {"shots": mode, "tasks": mode}


def test_the_morning_makes_models_copy_reports_and_dashboards_and_the_quarter_of_an_hour_no_pages(
    tmp_path: Path,
) -> None:
    defs = build_definitions(ProjectFile(data_dir=tmp_path))
    every = {key.to_user_string() for key in defs.resolve_all_asset_keys()}
    pages = {"publish/production_report", "publish/dashboard_pages"}
    entities = {key for key in every if key.startswith("shotgrid/")}

    def made_by(job: str) -> set[str]:
        keys = defs.resolve_job_def(job).asset_layer.selected_asset_keys
        return {key.to_user_string() for key in keys}

    assert made_by("build_for_the_morning") == every - entities
    assert pages | {"publish/warehouse", "models/task_facts"} <= made_by("build_for_the_morning")
    assert made_by("load_everything") == every - pages


def project(folder: Path, lines: str, time_zone: str = "UTC") -> Path:
    (folder / ".dlt").mkdir()
    (folder / ".dlt" / "config.toml").write_text(
        f'[sources.shotgun_software_source]\ntime_zone = "{time_zone}"\n[schedules]\n{lines}\n'
    )
    return folder


def test_the_hours_are_set_in_one_place(tmp_path: Path) -> None:
    lines = 'morning = "0 9 * * *"\npublish = "*/10 * * * *"'
    hours = read_schedule_settings(project(tmp_path, lines, "Asia/Tokyo"))
    assert hours == ScheduleSettings(
        time_zone="Asia/Tokyo", morning="0 9 * * *", publish="*/10 * * * *"
    )
    found = schedules(hours, tmp_path / "data")
    assert {item.execution_timezone for item in found.values()} == {"Asia/Tokyo"}
