"""The access token of one script: minted with its key, renewed in time."""

from __future__ import annotations

import base64
import re
import threading
import time
from urllib.parse import urlencode

import msgspec

from shotgrid_dagster.site.errors import UNCHANGED, KeyRefused, MalformedAnswer
from shotgrid_dagster.site.http.answers import error_text
from shotgrid_dagster.site.http.connection import Connection
from shotgrid_dagster.site.http.decoding import decoded
from shotgrid_dagster.site.http.messages import Request
from shotgrid_dagster.site.http.refusals import AUTH, refuse
from shotgrid_dagster.site.http.transient import TransientError

FORM = "application/x-www-form-urlencoded"

_SENDABLE = re.compile(r"[!-~]+")

RENEW_BEFORE = 60.0
"""A token lives 600 s; one with less than this left is renewed first."""


class Tokens:
    """The token of one script, for all the threads of a run."""

    def __init__(self, client_id: str, client_secret: str) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._lock = threading.Lock()
        self._token: str | None = None
        self._token_until = 0.0

    def bearer(self, connection: Connection) -> str:
        """A token that lives for a minute at least, minted when there is none.

        Raises:
            KeyRefused: the site does not know the key.
            TransientError, SiteError: no answer, or another refusal.
        """
        with self._lock:
            if self._token is None or time.monotonic() > self._token_until - RENEW_BEFORE:
                try:
                    self._mint(connection)
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

    def _mint(self, connection: Connection) -> None:
        form = urlencode(
            {
                "grant_type": "client_credentials",
                "client_id": self._client_id,
                "client_secret": self._client_secret,
            }
        )
        request = Request("POST", AUTH, body=form.encode(), content_type=FORM)
        reply = connection.send(request)
        if reply.status in (400, 401) and (said := error_text(reply.raw)):
            raise KeyRefused(
                f"{reply.base_url} refused the script key ({said.rstrip('.')}). Check client_id "
                "(the script's name, not a person's login) and client_secret (its key, not a "
                "personal access token): Admin > Scripts on the site."
            )
        refuse(reply, self._client_id)
        grant = decoded(reply, _decode_grant)
        if not _SENDABLE.fullmatch(grant.access_token):
            raise MalformedAnswer(
                f"{reply.url} gave an access token that no header can hold: it is empty, or has "
                "other than Latin letters, digits and signs in it.",
                f"{UNCHANGED}: tell the site's administrator, and whoever runs a proxy on the way.",
            )
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


_decode_grant = msgspec.json.Decoder(_Grant).decode
