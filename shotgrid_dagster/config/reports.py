"""What becomes of the weekly reports: the section `[report]` of `.dlt/config.toml`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from shotgrid_dagster.config.project import config_path, project_dir
from shotgrid_dagster.config.schedules import known_section
from shotgrid_dagster.errors import SettingsError

SECTION = "report"


@dataclass(frozen=True)
class ReportSettings:
    """The settings of the reports."""

    upload: bool = False
    """Whether each is put on its project on the site, as a file in place of the last one."""


def read_report_settings(folder: Path | None = None) -> ReportSettings:
    """The settings of the project in a folder; what is not set has its default.

    Raises:
        SettingsError: a name is not a setting, or its value is neither true nor false.
    """
    folder = (folder or project_dir()).absolute()
    section = known_section(folder, SECTION, [field.name for field in fields(ReportSettings)])
    for name, value in section.items():
        if not isinstance(value, bool):
            raise SettingsError(
                f"{name} in [{SECTION}] of {config_path(folder)} must be true or false."
            )
    return ReportSettings(**section)
