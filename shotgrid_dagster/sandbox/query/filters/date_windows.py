"""Dates in filters: how they are written, and what a relative one means. All in UTC."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta, timezone

SECONDS = "%Y-%m-%dT%H:%M:%SZ"
UNITS = ("HOUR", "DAY", "WEEK", "MONTH", "YEAR")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_STAMP = re.compile(
    r"\d{4}-\d\d-\d\d(T\d\d:\d\d(?P<s>:\d\d)?(\.\d+)?(?P<zone>Z|[+-]\d\d:?\d\d)?)?", re.I
)


def day(text: str) -> str | None:
    """A date as it is stored; None when it is not `YYYY-MM-DD`."""
    try:
        return date.fromisoformat(text).isoformat() if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def second(text: str) -> str | None:
    """A time as it is stored, `2026-03-04T05:06:07Z`; None when it is not ISO 8601.

    Fractions are dropped, no offset means UTC, a date alone means midnight.
    """
    match = _STAMP.fullmatch(text)
    if match is None:
        return None
    if "T" not in text.upper():
        return None if day(text) is None else f"{text}T00:00:00Z"
    zone = (match["zone"] or "Z").upper()
    zone = "+00:00" if zone == "Z" else f"{zone[:3]}:{zone[-2:]}"
    try:
        moment = datetime.fromisoformat(f"{text[:16]}{match['s'] or ':00'}{zone}")
        return moment.astimezone(timezone.utc).strftime(SECONDS)
    except (ValueError, OverflowError):
        return None


def moved(moment: datetime, count: int, unit: str) -> datetime:
    """`moment` moved by `count` units; the last day of a month stays one in a shorter month."""
    if unit in ("MONTH", "YEAR"):
        months = moment.year * 12 + moment.month - 1 + count * (12 if unit == "YEAR" else 1)
        year, month = min(max(months // 12, 1), 9999), months % 12 + 1
        last = calendar.monthrange(year, month)[1]
        return moment.replace(year=year, month=month, day=min(moment.day, last))
    step = {"HOUR": timedelta(hours=1), "DAY": timedelta(days=1), "WEEK": timedelta(weeks=1)}
    try:
        return moment + step[unit] * count
    except OverflowError:
        return moment.replace(year=9999 if count > 0 else 1)


def calendar_bucket(unit: str, offset: int, now: datetime) -> tuple[datetime, datetime]:
    """First moment of the day, week (from Monday), month or year, and of the next one."""
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "WEEK":
        start -= timedelta(days=start.weekday())
    elif unit == "MONTH":
        start = start.replace(day=1)
    elif unit == "YEAR":
        start = start.replace(month=1, day=1)
    return moved(start, offset, unit), moved(start, offset + 1, unit)
