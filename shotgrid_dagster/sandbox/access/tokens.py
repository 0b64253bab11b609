"""Bearer and refresh tokens: HS256 JWTs with the claims that a real site signs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import jwt

from shotgrid_dagster.sandbox.access.rights import EVERYTHING, Rights
from shotgrid_dagster.sandbox.errors import unauthorized

ACCESS_SECONDS = 600
REFRESH_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Caller:
    """Who asks: a row of ApiUser or HumanUser, perhaps in another person's name."""

    type: str
    id: int
    sudo_as_login: str | None = None
    auth_type: str = "api_key"
    session_uuid: str | None = None
    rights: Rights = EVERYTHING
    """What the caller may do now; a token does not say it."""


@dataclass(frozen=True)
class Refresh:
    """What a refresh token says: whose it is, and its own id, which is good once."""

    caller: Caller
    token_id: str


def access_token(caller: Caller, host: str, key: str, now: int, seconds: int) -> str:
    """A bearer for `seconds` from `now` (epoch seconds)."""
    return _signed(caller, host, key, now, seconds, "access")


def refresh_token(caller: Caller, host: str, key: str, now: int) -> str:
    """A refresh token for a day from `now` (epoch seconds)."""
    return _signed(caller, host, key, now, REFRESH_SECONDS, "refresh")


def read_access_token(token: str, key: str, now: int) -> Caller:
    """Who the bearer is. Raises the 401 of a malformed, foreign or expired token."""
    return _caller(_claims(token, key, now, "access"))


def read_refresh_token(token: str, key: str, now: int) -> Refresh:
    """What the refresh token says. Raises the 401 of a malformed, foreign or expired one."""
    claims = _claims(token, key, now, "refresh")
    return Refresh(_caller(claims), str(claims["jti"]))


def _signed(caller: Caller, host: str, key: str, now: int, seconds: int, use: str) -> str:
    claims = {
        "iss": host,
        "aud": host,
        "exp": now + seconds,
        "iat": now,
        "jti": uuid.uuid4().hex,
        "user": {"type": caller.type, "id": caller.id},
        "sudo_as_login": caller.sudo_as_login,
        "auth_type": caller.auth_type,
        "session_uuid": caller.session_uuid,
    }
    return jwt.encode(claims, key, algorithm="HS256", headers={"use": use})


def _claims(token: str, key: str, now: int, use: str) -> dict[str, object]:
    # The clock is the site's, which a test may set: PyJWT would compare with the real one.
    try:
        decoded = jwt.decode_complete(
            token,
            key,
            algorithms=["HS256"],
            options={"verify_exp": False, "verify_aud": False, "verify_iat": False},
        )
    except jwt.InvalidTokenError:
        raise unauthorized() from None
    claims: dict[str, object] = decoded["payload"]
    expiry = claims.get("exp")
    if decoded["header"].get("use") != use or not isinstance(expiry, int) or expiry <= now:
        raise unauthorized()
    return claims


def _caller(claims: dict[str, object]) -> Caller:
    user = claims["user"]
    assert isinstance(user, dict)
    login, session = claims["sudo_as_login"], claims["session_uuid"]
    return Caller(
        type=str(user["type"]),
        id=int(user["id"]),
        sudo_as_login=None if login is None else str(login),
        auth_type=str(claims["auth_type"]),
        session_uuid=None if session is None else str(session),
    )
