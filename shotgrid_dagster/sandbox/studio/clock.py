"""The time of the studio. Nothing here reads the wall clock."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta, timezone

from shotgrid_dagster.sandbox.store.instants import DAY

NOW = int(datetime(2026, 6, 1, 9, 0, 0, tzinfo=timezone.utc).timestamp())
"""When the studio was left, in seconds since 1970: a Monday morning. Nothing in it is later."""

SITE_OPENED = NOW - 900 * DAY
"""When the site was set up."""


def later(rng: random.Random, at: int, count: int = 1) -> list[int]:
    """So many instants between `at` and now, in order, all of them different from `at`."""
    return sorted(rng.randint(min(at + 60, NOW), NOW) for _ in range(count))


def workday(start: date, days: int) -> date:
    """The working day (Mon-Fri) so many working days after `start`; a weekend counts as Monday."""
    if start.weekday() > 4:
        start += timedelta(days=7 - start.weekday())
    weeks, rest = divmod(start.weekday() + days, 5)
    return start + timedelta(days=7 * weeks + rest - start.weekday())
