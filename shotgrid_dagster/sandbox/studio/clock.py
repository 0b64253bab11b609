"""Instants of the studio, in seconds since 1970, UTC. Nothing here reads the wall clock."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

HOUR = 3_600
DAY = 24 * HOUR

NOW = int(datetime(2026, 6, 1, 9, 0, 0, tzinfo=timezone.utc).timestamp())
"""When the studio was left: a Monday morning. Nothing in it happened later."""

SITE_OPENED = NOW - 900 * DAY
"""When the site was set up."""


def instant(at: int) -> str:
    """`2026-03-04T05:06:07Z`"""
    return f"{_day_text(at // DAY)}T{_time_text(at % DAY)}Z"


def event_instant(at: int) -> str:
    """`2026-03-04 05:06:07 UTC`, as the event log spells a retirement date."""
    return f"{_day_text(at // DAY)} {_time_text(at % DAY)} UTC"


def seconds(of: str) -> int:
    """The instant that is written as `2026-03-04T05:06:07Z`."""
    return int(datetime.strptime(of, "%Y-%m-%dT%H:%M:%S%z").timestamp())


def day(at: int) -> date:
    return datetime.fromtimestamp(at, timezone.utc).date()


@lru_cache(maxsize=4_096)
def _day_text(number: int) -> str:
    return day(number * DAY).isoformat()


def _time_text(second: int) -> str:
    return f"{second // HOUR:02}:{second // 60 % 60:02}:{second % 60:02}"


def later(rng: random.Random, at: int, count: int = 1) -> list[int]:
    """So many instants between `at` and now, in order, all of them different from `at`."""
    return sorted(rng.randint(min(at + 60, NOW), NOW) for _ in range(count))


def workday(start: date, days: int) -> date:
    """The working day (Mon-Fri) so many working days after `start`; a weekend counts as Monday."""
    if start.weekday() > 4:
        start += timedelta(days=7 - start.weekday())
    weeks, rest = divmod(start.weekday() + days, 5)
    return start + timedelta(days=7 * weeks + rest - start.weekday())
