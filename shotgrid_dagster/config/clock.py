"""The studio's working time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timezone
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class StudioClock:
    """When a working day begins, and in which time zone its days are."""

    time_zone: str = "UTC"
    """An IANA name: `Europe/London`."""
    work_starts: str = "09:00"
    """Local time. How long a day's work is, the site says (`hours_per_day`)."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def at(self, day: date, local: time) -> datetime:
        """The instant of a local time, in UTC; one that a clock change skips is moved past it."""
        return datetime.combine(day, local, self.zone).astimezone(timezone.utc)
