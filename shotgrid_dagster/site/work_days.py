"""What the site says of calendar days."""

from __future__ import annotations

from datetime import date

import msgspec


class WorkDay(msgspec.Struct, frozen=True):
    """What the site's work-day rules say of one day."""

    date: date
    working: bool
    reason: str | None = None
    """STUDIO_WORK_WEEK, STUDIO_EXCEPTION, PROJECT_WORK_WEEK, PROJECT_EXCEPTION, ..."""
    description: str | None = None


class _WorkDays(msgspec.Struct):
    data: tuple[WorkDay, ...]


def decode_work_days(raw: bytes) -> tuple[WorkDay, ...]:
    """The days of one answer.

    Raises:
        msgspec.DecodeError: it is not JSON, or no list of days.
    """
    return msgspec.json.decode(raw, type=_WorkDays).data
