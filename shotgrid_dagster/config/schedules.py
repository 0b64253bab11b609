"""When things run by themselves: the section `[schedules]` of `.dlt/config.toml`.

The time zone is the studio's, which the models go by too: `time_zone` among the site's settings.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from shotgrid_dagster.config.project import ProjectFile
from shotgrid_dagster.config.section import CanBe, Section
from shotgrid_dagster.config.values.clock import UTC, TimeZone


def _cron_line(line: str) -> str:
    from dagster import DagsterInvalidDefinitionError, ScheduleDefinition

    try:
        with warnings.catch_warnings():
            # Of a line such as `*/90 * * * *`, which fires at other times than it seems to.
            warnings.simplefilter("error", UserWarning)
            ScheduleDefinition(job_name="any", cron_schedule=line)
    except (DagsterInvalidDefinitionError, UserWarning):
        raise ValueError from None
    return line


CronLine = Annotated[
    str,
    AfterValidator(_cron_line),
    CanBe("a cron line of five parts, such as '*/15 * * * *'"),
]


class ScheduleSettings(Section):
    """Cron lines, all in the studio's own time zone."""

    SECTION: ClassVar[tuple[str, ...]] = ("schedules",)
    BORROWED: ClassVar[Mapping[str, tuple[str, ...]]] = {"time_zone": ProjectFile.SECTION}

    time_zone: TimeZone = UTC
    incremental: CronLine = Field(default="*/15 * * * *", description="When every_15_minutes runs.")
    census: CronLine = Field(default="30 1 * * *", description="When nightly_census runs.")
    full_refresh: CronLine = Field(
        default="0 4 * * 0", description="When weekly_full_refresh runs."
    )
    morning: CronLine = Field(default="0 7 * * 1-5", description="When every_morning runs.")
    publish: CronLine = Field(
        default="* * * * *",
        description="models_follow publishes what changed once between two of these times at most.",
    )


def read_schedule_settings(folder: Path | None = None) -> ScheduleSettings:
    """The hours of the project in a folder; what is not set has its default.

    Raises:
        SettingsError: a file is not TOML, a name is unknown, or a value is not possible.
    """
    # The sections are listed there, this one among them.
    from shotgrid_dagster.config.reading import read_section

    return read_section(ScheduleSettings, folder)
