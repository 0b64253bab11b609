"""Signed addresses of stored files: new on every read, good for 15 minutes, for one method."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

MEDIA = "/media"
"""Where stored files stand, below the site's address."""
EXPIRES_SECONDS = 900
_STAMP = "%Y%m%dT%H%M%SZ"


def signature(key: str, now: datetime, method: str = "GET") -> str:
    """The query that opens every stored file to one method for 15 minutes from `now` (UTC)."""
    date, nonce = now.strftime(_STAMP), secrets.token_hex(16)
    return urlencode(
        {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"sandbox/{date[:8]}/us-west-2/s3/aws4_request",
            "X-Amz-Date": date,
            "X-Amz-Expires": EXPIRES_SECONDS,
            "X-Amz-Security-Token": nonce,
            "X-Amz-SignedHeaders": "host",
            "X-Amz-Signature": _digest(key, method, date, str(EXPIRES_SECONDS), nonce),
        }
    )


def is_open(query: Mapping[str, str], key: str, now: datetime, method: str = "GET") -> bool:
    """Whether a query opens stored files: signed with the site's key, and not expired."""
    date, seconds = query.get("X-Amz-Date", ""), query.get("X-Amz-Expires", "")
    expected = _digest(key, method, date, seconds, query.get("X-Amz-Security-Token", ""))
    if not hmac.compare_digest(expected, query.get("X-Amz-Signature", "")):
        return False
    signed_at = datetime.strptime(date, _STAMP).replace(tzinfo=timezone.utc)
    return now < signed_at + timedelta(seconds=int(seconds))


def _digest(key: str, method: str, date: str, seconds: str, nonce: str) -> str:
    text = f"{method}\n{date}\n{seconds}\n{nonce}"
    return hmac.new(key.encode(), text.encode(), "sha256").hexdigest()
