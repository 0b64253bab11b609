"""The access token of one script: minted with its key, renewed in time."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlencode

import msgspec

from shotgrid_dagster.site.errors import KeyRefused
from shotgrid_dagster.site.http.address import API
from shotgrid_dagster.site.http.answers import error_text
from shotgrid_dagster.site.http.exchange import JSON, Reply
from shotgrid_dagster.site.http.refusals import AUTH, TransientError, refuse, unreadable
from shotgrid_dagster.site.request_stats import RequestStats

FORM = "application/x-www-form-urlencoded"

RENEW_BEFORE = 60.0
"""A token lives 600 s; one with less than this left is renewed first."""


class Send(Protocol):
    """How a request is sent; see `Transport`."""

    def __call__(
        self,
        method: str,
        path: str,
        stats: RequestStats,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        body: bytes | None,
    ) -> Reply: ...


class Tokens:
    """The token of one script, for all the threads of a run."""

    def __init__(self, base_url: str, client_id: str, client_secret: str, send: Send) -> None:
        self._base_url = base_url
        self._client_id = client_id
        self._client_secret = client_secret
        self._send = send
        self._lock = threading.Lock()
        self._token: str | None = None
        self._token_until = 0.0

    def bearer(self, stats: RequestStats) -> str:
        """A token that lives for a minute at least, minted when there is none.

        Raises:
            KeyRefused: the site does not know the key.
            TransientError, SiteError: no answer, or another refusal.
        """
        with self._lock:
            if self._token is None or time.monotonic() > self._token_until - RENEW_BEFORE:
                try:
                    self._mint(stats)
                except TransientError as failure:
                    failure.path = AUTH
                    raise
            assert self._token is not None
            return self._token

    def forget(self, token: str) -> None:
        """The site does not take it: the next one is another."""
        with self._lock:
            if self._token == token:
                self._token = None

    def _mint(self, stats: RequestStats) -> None:
        form = urlencode(
            {
                "grant_type": "client_credentials",
                "client_id": self._client_id,
                "client_secret": self._client_secret,
            }
        )
        status, head, raw = self._send(
            "POST",
            AUTH,
            stats,
            {"Content-Type": FORM, "Accept": JSON},
            None,
            form.encode(),
        )
        if status in (400, 401) and (said := error_text(raw)):
            raise KeyRefused(
                f"{self._base_url} refused the script key ({said.rstrip('.')}). Check client_id "
                "(the script's name, not a person's login) and client_secret (its key, not a "
                "personal access token): Admin > Scripts on the site."
            )
        refuse(self._base_url, self._client_id, status, head, raw, f"POST {API}{AUTH}")
        try:
            grant = msgspec.json.decode(raw, type=_Grant)
        except msgspec.DecodeError as error:
            raise TransientError(unreadable(self._base_url, head, raw, AUTH, error)) from error
        self._token = grant.access_token
        self._token_until = time.monotonic() + grant.expires_in


def whose(token: str) -> tuple[str, int]:
    """The type and id of the row that the site knows a token's script as.

    Raises:
        ValueError: the token does not say it.
    """
    try:
        claims = token.split(".")[1]
        padded = claims + "=" * (-len(claims) % 4)
        user = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=_Claims).user
    except (IndexError, msgspec.DecodeError) as error:
        raise ValueError("no claims") from error
    return user.type, user.id


class _User(msgspec.Struct):
    type: str
    id: int


class _Claims(msgspec.Struct):
    user: _User


class _Grant(msgspec.Struct):
    access_token: str
    expires_in: float = 600.0
