"""When things run by themselves: the section `[schedules]` of `.dlt/config.toml`.

The time zone is the studio's, which the models go by too: `time_zone` among the site's settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dagster import DagsterInvalidDefinitionError, ScheduleDefinition

from shotgrid_dagster.config.project import SOURCE, config_path, project_dir, read_config_file
from shotgrid_dagster.errors import SettingsError

SECTION = "schedules"
TIME_ZONE = "time_zone"


@dataclass(frozen=True)
class ScheduleSettings:
    """Cron lines, all in the studio's own time zone."""

    time_zone: str = "UTC"
    """An IANA name: Europe/Berlin."""
    incremental: str = "*/15 * * * *"
    census: str = "30 1 * * *"
    full_refresh: str = "0 4 * * 0"
    morning: str = "0 7 * * 1-5"
    publish: str = "* * * * *"
    """`models_follow` publishes what changed once between two of these times at most."""


def read_schedule_settings(folder: Path | None = None) -> ScheduleSettings:
    """The hours of the project in a folder; what is not set has its default.

    Raises:
        SettingsError: a name is not a setting, or its value is no time zone or cron line.
    """
    folder = (folder or project_dir()).absolute()
    path = config_path(folder)
    names = [field.name for field in fields(ScheduleSettings) if field.name != TIME_ZONE]
    section = known_section(folder, SECTION, names)
    for name, value in section.items():
        if not isinstance(value, str):
            raise SettingsError(f"{name} in [{SECTION}] of {path} must be a text.")
    content = read_config_file(folder)
    time_zone = (
        content.get("sources", {}).get(SOURCE, {}).get(TIME_ZONE, ScheduleSettings.time_zone)
    )
    hours = ScheduleSettings(time_zone=str(time_zone), **section)
    _check(hours, path)
    return hours


def known_section(folder: Path, section: str, names: Sequence[str]) -> dict[str, Any]:
    """A section of the settings file in which only these names may stand.

    Raises:
        SettingsError: another one does; the message has the nearest that is known.
    """
    path = config_path(folder)
    found = read_config_file(folder).get(section, {})
    if not isinstance(found, dict):
        raise SettingsError(f"{section} in {path} is a section: write [{section}] above its lines.")
    for name in found:
        if name not in names:
            near = get_close_matches(name, names, n=1) or names
            raise SettingsError(
                f"{name} in [{section}] of {path} is not a setting: there is {', '.join(near)}."
            )
    return found


def _check(hours: ScheduleSettings, path: Path) -> None:
    try:
        ZoneInfo(hours.time_zone)
    except (ValueError, OSError, LookupError):
        raise SettingsError(
            f"time_zone in [sources.{SOURCE}] of {path} is {hours.time_zone!r}: it is a name such "
            "as 'Europe/Berlin'."
        ) from None
    for field in fields(ScheduleSettings):
        line = getattr(hours, field.name)
        if field.name == TIME_ZONE:
            continue
        try:
            ScheduleDefinition(job_name="any", cron_schedule=line)
        except DagsterInvalidDefinitionError:
            raise SettingsError(
                f"{field.name} in [{SECTION}] of {path} is {line!r}: it is a cron line of five "
                "parts, such as '*/15 * * * *'."
            ) from None
