"""Instants, in seconds since 1970, UTC, and how the store and the event log spell them."""

from __future__ import annotations

from datetime import date, datetime, timezone
from functools import lru_cache

HOUR = 3_600
DAY = 24 * HOUR


def instant(at: int) -> str:
    """`2026-03-04T05:06:07Z`."""
    return f"{_day_text(at // DAY)}T{_time_text(at % DAY)}Z"


def event_instant(at: int) -> str:
    """`2026-03-04 05:06:07 UTC`, as the event log spells a retirement date."""
    return f"{_day_text(at // DAY)} {_time_text(at % DAY)} UTC"


def seconds(of: str) -> int:
    """The instant that is written as `2026-03-04T05:06:07Z`."""
    return int(datetime.strptime(of, "%Y-%m-%dT%H:%M:%S%z").timestamp())


def day(at: int) -> date:
    """The day of an instant, in UTC."""
    return datetime.fromtimestamp(at, timezone.utc).date()


@lru_cache(maxsize=4_096)
def _day_text(number: int) -> str:
    return day(number * DAY).isoformat()


def _time_text(second: int) -> str:
    return f"{second // HOUR:02}:{second // 60 % 60:02}:{second % 60:02}"
