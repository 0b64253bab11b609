"""`POST /auth/access_token`: four grants, credentials from a form body or from the query string."""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from shotgrid_dagster.sandbox.access import tokens
from shotgrid_dagster.sandbox.access.rights import rights_of
from shotgrid_dagster.sandbox.access.tokens import Caller
from shotgrid_dagster.sandbox.errors import (
    UNAUTHORIZED,
    ApiError,
    invalid,
    unauthorized,
    unsupported_content_type,
)

FORM = "application/x-www-form-urlencoded"
SUDO = "sudo_as_login:"


@dataclass
class Authority:
    """Who may sign in, and the key that tokens are signed with.

    People cannot sign in unless their password or session token is handed in.
    """

    script_keys: Mapping[str, str]
    """Script name (`ApiUser.firstname`) -> key."""
    signing_key: str
    access_seconds: int = tokens.ACCESS_SECONDS
    passwords: Mapping[str, str] = field(default_factory=dict)
    """Login -> password."""
    session_tokens: Mapping[str, str] = field(default_factory=dict)
    """Session token -> login."""
    clock: Callable[[], float] = time.time
    _spent: set[str] = field(default_factory=set)

    def caller(self, authorization: str | None, connection: sqlite3.Connection) -> Caller:
        """Who sent this `Authorization` header, with the rights that the caller has now.

        Raises the 401 of a missing or bad bearer, and of one whose owner is retired.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise unauthorized()
        caller = tokens.read_access_token(token.strip(), self.signing_key, int(self.clock()))
        rights = rights_of(caller.type, caller.id, caller.sudo_as_login, connection)
        if rights is None:
            raise unauthorized()
        return replace(caller, rights=rights)

    def grant(
        self, arguments: Mapping[str, str], host: str, connection: sqlite3.Connection
    ) -> dict[str, object]:
        """The answer to a token request. Raises the refusals of the token endpoint."""
        grants = {
            "client_credentials": self._script,
            "password": self._person,
            "session_token": self._session,
            "refresh_token": self._refresh,
        }
        grant = grants.get(arguments.get("grant_type", ""))
        if grant is None:
            raise invalid("Unsupported grant_type")
        caller = grant(arguments, connection)
        for word in arguments.get("scope", "").split():
            if word.startswith(SUDO):
                caller = _in_the_name_of(word[len(SUDO) :], caller, connection)
        now = int(self.clock())
        key = self.signing_key
        return {
            "token_type": "Bearer",
            "access_token": tokens.access_token(caller, host, key, now, self.access_seconds),
            "expires_in": self.access_seconds,
            "refresh_token": tokens.refresh_token(caller, host, key, now),
        }

    def _script(self, arguments: Mapping[str, str], connection: sqlite3.Connection) -> Caller:
        name, key = _required(arguments, "client_id", "client_secret")
        row = connection.execute(
            "select id from api_users where firstname = ? and _retired_at is null", (name,)
        ).fetchone()
        if row is None or self.script_keys.get(name) != key:
            raise ApiError(400, UNAUTHORIZED, f"Can't authenticate script '{name}'")
        return Caller("ApiUser", row[0])

    def _person(self, arguments: Mapping[str, str], connection: sqlite3.Connection) -> Caller:
        login, password = _required(arguments, "username", "password")
        row = _active_person(login, connection)
        if row is None or self.passwords.get(login) != password:
            raise ApiError(400, UNAUTHORIZED, f"Can't authenticate user '{login}'.")
        return _signed_in(row)

    def _session(self, arguments: Mapping[str, str], connection: sqlite3.Connection) -> Caller:
        (token,) = _required(arguments, "session_token")
        row = _active_person(self.session_tokens.get(token, ""), connection)
        if row is None:
            text = f"Can't authenticate session token ending with '{token[-4:]}'"
            raise ApiError(400, UNAUTHORIZED, text)
        return _signed_in(row)

    def _refresh(self, arguments: Mapping[str, str], _: sqlite3.Connection) -> Caller:
        (token,) = _required(arguments, "refresh_token")
        refresh = tokens.read_refresh_token(token, self.signing_key, int(self.clock()))
        if refresh.token_id in self._spent:
            raise unauthorized()
        self._spent.add(refresh.token_id)
        return refresh.caller


def grant_arguments(content_type: str | None, query: str, body: bytes) -> dict[str, str]:
    """The arguments of a token request: the query string, and over it the form body.

    A body must be a form, or have no content type. A form that is labelled JSON is a 400, real
    JSON a 415.
    """
    kind = (content_type or FORM).split(";")[0].strip().lower()
    if kind == "application/json" and body:
        try:
            json.loads(body)
        except ValueError:
            raise invalid("Invalid JSON body") from None
    if kind != FORM and (body or kind != "application/json"):
        raise unsupported_content_type(kind, (FORM,))
    form = body.decode("utf-8", "replace")
    return dict(parse_qsl(query, keep_blank_values=True)) | dict(
        parse_qsl(form, keep_blank_values=True)
    )


def _required(arguments: Mapping[str, str], *names: str) -> list[str]:
    if not all(arguments.get(name) for name in names):
        raise invalid("Missing or invalid authentication arguments")
    return [arguments[name] for name in names]


def _active_person(login: str, connection: sqlite3.Connection) -> int | None:
    row = connection.execute(
        "select id from human_users where login = ? and _retired_at is null"
        " and sg_status_list = 'act'",
        (login,),
    ).fetchone()
    return None if row is None else int(row[0])


def _signed_in(person: int) -> Caller:
    return Caller("HumanUser", person, None, "session_token", str(uuid.uuid4()))


def _in_the_name_of(login: str, caller: Caller, connection: sqlite3.Connection) -> Caller:
    """The caller in the name of a person, who must be active and allow it. Emails do not match."""
    row = connection.execute(
        "select sg_status_list, can_impersonate_this_user from human_users"
        " where login = ? and _retired_at is null",
        (login,),
    ).fetchone()
    problem = None
    if row is None:
        problem = f"unknown or retired user: '{login}'"
    elif row[0] != "act":
        problem = f"inactive user account: '{login}'"
    elif not row[1]:
        problem = f"user account has 'can_impersonate_this_user' turned off: '{login}'"
    if problem is not None:
        raise ApiError(400, UNAUTHORIZED, f"Cannot 'sudo' - {problem}")
    return Caller(caller.type, caller.id, login, caller.auth_type, caller.session_uuid)
