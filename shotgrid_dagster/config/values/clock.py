"""The studio's working time, and what a time zone and an hour can be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timezone
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from shotgrid_dagster.config.section import CanBe


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        # A folder of zones, a path, a name that is none.
        raise ValueError from None
    return name


def _local_time(text: str) -> str:
    if not re.fullmatch(r"\d\d:\d\d(:\d\d)?", text):
        raise ValueError
    try:
        time.fromisoformat(text)
    except ValueError:
        raise ValueError from None
    return text


TimeZone = Annotated[
    str,
    AfterValidator(_time_zone),
    CanBe("a name such as 'Europe/Berlin'"),
    Field(description="The studio's time zone, an IANA name; the site does not say it."),
]
UTC = "UTC"
"""The time zone that is not set."""

LocalTime = Annotated[str, AfterValidator(_local_time), CanBe("a time such as '09:00'")]


@dataclass(frozen=True)
class StudioClock:
    """When a working day begins, and in which time zone its days are."""

    time_zone: str
    """An IANA name: `Europe/London`."""
    work_starts: str
    """Local time. How long a day's work is, the site says (`hours_per_day`)."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.time_zone)

    def at(self, day: date, local: time) -> datetime:
        """The instant of a local time, in UTC; one that a clock change skips is moved past it."""
        return datetime.combine(day, local, self.zone).astimezone(timezone.utc)
