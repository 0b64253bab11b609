"""What becomes of the weekly reports: the section `[report]` of `.dlt/config.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from shotgrid_dagster.config.section import Section


class ReportSettings(Section):
    """The settings of the reports."""

    SECTION: ClassVar[tuple[str, ...]] = ("report",)

    upload: bool = Field(
        default=False,
        description='Whether each is also put on its project on the site, as the file "Production '
        'report.html", in place of the last one. The only setting that lets the project write to a '
        "site.",
    )


def read_report_settings(folder: Path | None = None) -> ReportSettings:
    """The settings of the project in a folder; what is not set has its default.

    Raises:
        SettingsError: a file is not TOML, a name is unknown, or a value is not possible.
    """
    # The sections are listed there, this one among them.
    from shotgrid_dagster.config.reading import read_section

    return read_section(ReportSettings, folder)
