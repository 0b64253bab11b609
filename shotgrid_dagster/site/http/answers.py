"""Reading what stands around an answer's data: its error texts, its waits, its time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

import msgspec


class _ErrorEntry(msgspec.Struct):
    title: str | None = None
    detail: str | None = None


class _ErrorBody(msgspec.Struct):
    errors: list[_ErrorEntry]


def error_text(raw: bytes) -> str:
    """The site's own words in an error body, or nothing when it is no ShotGrid error."""
    try:
        errors = msgspec.json.decode(raw, type=_ErrorBody).errors
    except msgspec.DecodeError:
        return ""
    texts = [error.detail or error.title or "" for error in errors]
    return " ".join(text for text in texts if text)


def page_title(raw: bytes) -> str:
    """The title of a web page, in brackets; nothing when it has none."""
    title = re.search(rb"<title>\s*([^<]{1,80})", raw, re.IGNORECASE)
    return f" ({title.group(1).decode(errors='replace').strip()!r})" if title else ""


def retry_after(head: Mapping[str, str]) -> float | None:
    """`Retry-After` in seconds; it may be a number or a date."""
    value = head.get("Retry-After", "")
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        now = site_time(head) or datetime.now(timezone.utc).replace(microsecond=0)
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None


def site_time(head: Mapping[str, str]) -> datetime | None:
    """The site's time (UTC) in the `Date` header; None when there is none that can be read."""
    try:
        return parsedate_to_datetime(head["Date"]).astimezone(timezone.utc)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
