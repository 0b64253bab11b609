"""Days that are not as the working week says: holidays of the studio, overtime of a show."""

from __future__ import annotations

from datetime import date, timedelta

from shotgrid_dagster.sandbox.store.instants import day
from shotgrid_dagster.sandbox.studio.clock import NOW

HOLIDAYS = {(1, 1): "New Year", (5, 1): "May Day", (12, 25): "Christmas", (12, 26): "Boxing Day"}
"""Month and day -> why the studio is closed."""

OVERTIME_WEEKS = 3
"""So many Saturdays before now, the first show worked."""


def exceptions(first_show: int) -> dict[str, dict[str, tuple[bool, str]]]:
    """The exceptions as the site keeps them: project id or "" -> day -> working, description."""
    today = day(NOW)
    holidays = {
        date(year, *month_and_day).isoformat(): (False, why)
        for year in range(today.year - 10, today.year + 5)
        for month_and_day, why in HOLIDAYS.items()
    }
    saturday = today - timedelta(days=(today.weekday() - 5) % 7)
    overtime = {
        (saturday - timedelta(weeks=week)).isoformat(): (True, "Crunch")
        for week in range(OVERTIME_WEEKS)
    }
    return {"": holidays, str(first_show): overtime}
