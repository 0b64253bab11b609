"""The settings, as `shotgrid-dagster check` shows them."""

from __future__ import annotations

from collections.abc import Sequence

from shotgrid_dagster.cli.findings import Finding, Level, Section
from shotgrid_dagster.config.alerts import read_alert_settings
from shotgrid_dagster.config.reports import read_report_settings
from shotgrid_dagster.config.schedules import read_schedule_settings
from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.errors import SettingsError


def wrong_sections() -> list[str]:
    """A sentence for each section beside the site's own in which something is not possible."""
    problems = []
    for read in (read_schedule_settings, read_report_settings, read_alert_settings):
        try:
            read()
        except SettingsError as error:
            problems.append(str(error))
    return problems


def settings_section(settings: Settings, problems: Sequence[str] = ()) -> Section:
    """The site's settings, one a line, the key masked; and what is wrong with the others."""
    width = max(map(len, type(settings).model_fields))
    findings = tuple(Finding(Level.FAILS, problem) for problem in problems)
    lines = (f"{name.ljust(width)}  {_written(value)}" for name, value in settings)
    return Section("Settings", findings, tuple(lines))


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        value = ", ".join(map(str, value))
    # A secret writes itself as stars.
    return str(value) if value not in (None, "") else "-"
