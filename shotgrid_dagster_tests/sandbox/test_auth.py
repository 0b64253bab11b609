from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests

from shotgrid_dagster.sandbox.access.auth import Authority
from shotgrid_dagster.sandbox.http.app import create_app
from shotgrid_dagster.sandbox.http.server import serve_in_thread
from shotgrid_dagster_tests.sandbox.client import Client, only_error, refusal
from shotgrid_dagster_tests.sandbox.small_site import KEY, SCRIPT, SIGNING_KEY

CREDENTIALS = {"grant_type": "client_credentials", "client_id": SCRIPT, "client_secret": KEY}
FORM = "application/x-www-form-urlencoded"


def token_request(client: Client, **options: Any) -> requests.Response:
    address = f"{client.url}/api/v1/auth/access_token"
    return requests.post(address, timeout=10, **options)


def test_a_script_gets_a_bearer_for_600_seconds(client: Client) -> None:
    answer = client.grant(**CREDENTIALS)
    assert answer.status_code == 200
    token = answer.json()
    assert list(token) == ["token_type", "access_token", "expires_in", "refresh_token"]
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 600)


def test_the_bearer_is_an_hs256_jwt_with_the_measured_claims(client: Client) -> None:
    token = client.grant(**CREDENTIALS).json()["access_token"]
    claims = jwt.decode(token, SIGNING_KEY, ["HS256"], options={"verify_aud": False})
    assert set(claims) == {
        "iss", "aud", "exp", "iat", "jti", "user", "sudo_as_login", "auth_type", "session_uuid",
    }  # fmt: skip
    assert claims["user"] == {"type": "ApiUser", "id": 1}
    assert (claims["auth_type"], claims["sudo_as_login"]) == ("api_key", None)
    assert claims["session_uuid"] is None
    assert claims["exp"] - claims["iat"] == 600
    assert claims["aud"] == client.url.split("//")[1]


def test_credentials_in_the_query_string_with_an_empty_body_are_taken(client: Client) -> None:
    assert token_request(client, params=CREDENTIALS).status_code == 200


def test_a_form_with_a_charset_is_taken(client: Client) -> None:
    headers = {"Content-Type": f"{FORM}; charset=utf-8"}
    assert token_request(client, data=CREDENTIALS, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("content_type", "body", "status", "title"),
    [
        ("text/plain", "a=b", 415, "Unsupported Content-Type 'text/plain'"),
        ("application/json", '{"a": 1}', 415, "Unsupported Content-Type 'application/json'"),
        ("application/json", "grant_type=x", 400, "Invalid JSON body"),
    ],
)  # fmt: skip
def test_what_is_no_form_is_refused(
    client: Client, content_type: str, body: str, status: int, title: str
) -> None:
    answer = token_request(client, data=body, headers={"Content-Type": content_type})
    assert refusal(answer) == (status, 103, title)
    if status == 415:
        legal = f"Content-Type must be one of: '{FORM}'."
        assert only_error(answer)["source"] == {"content_type": legal}


@pytest.mark.parametrize(
    ("form", "status", "title"),
    [
        ({}, 400, "Unsupported grant_type"),
        ({"grant_type": "refresh"}, 400, "Unsupported grant_type"),
        ({"grant_type": "password"}, 400, "Missing or invalid authentication arguments"),
        ({**CREDENTIALS, "client_secret": "no"}, 400, f"Can't authenticate script '{SCRIPT}'"),
        ({**CREDENTIALS, "client_id": "who"}, 400, "Can't authenticate script 'who'"),
        (
            {"grant_type": "password", "username": "jane", "password": "no"},
            400,
            "Can't authenticate user 'jane'.",
        ),
        (
            {"grant_type": "session_token", "session_token": "abcdefgh"},
            400,
            "Can't authenticate session token ending with 'efgh'",
        ),
        ({"grant_type": "refresh_token", "refresh_token": "no"}, 401, "Unauthorized"),
    ],
)
def test_a_grant_that_fails_says_why(
    client: Client, form: dict[str, str], status: int, title: str
) -> None:
    assert refusal(client.grant(**form))[::2] == (status, title)


def test_a_refresh_token_is_good_once(client: Client) -> None:
    first = client.grant(**CREDENTIALS).json()["refresh_token"]
    refreshed = client.grant(grant_type="refresh_token", refresh_token=first)
    assert refreshed.json()["expires_in"] == 600
    again = client.grant(grant_type="refresh_token", refresh_token=first)
    assert again.status_code == 401


def test_a_refresh_token_is_no_bearer(client: Client) -> None:
    token = client.grant(**CREDENTIALS).json()["refresh_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert requests.get(f"{client.url}/api/v1/schema", headers=headers).status_code == 401


def test_sudo_is_in_the_scope_and_leaves_the_script_as_the_user(client: Client) -> None:
    token = client.grant(**CREDENTIALS, scope="sudo_as_login:jane").json()["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["sudo_as_login"] == "jane"
    assert claims["user"] == {"type": "ApiUser", "id": 1}


def test_a_sudo_field_in_the_body_is_ignored(client: Client) -> None:
    token = client.grant(**CREDENTIALS, sudo_as_login="jane").json()["access_token"]
    assert jwt.decode(token, options={"verify_signature": False})["sudo_as_login"] is None


@pytest.mark.parametrize(
    ("login", "reason"),
    [
        ("nobody", "unknown or retired user: 'nobody'"),
        ("gone", "unknown or retired user: 'gone'"),
        ("jane@x.com", "unknown or retired user: 'jane@x.com'"),
        ("bob", "inactive user account: 'bob'"),
        ("carl", "user account has 'can_impersonate_this_user' turned off: 'carl'"),
    ],
)
def test_sudo_as_who_may_not_be_impersonated_is_a_400_102(
    client: Client, login: str, reason: str
) -> None:
    answer = client.grant(**CREDENTIALS, scope=f"sudo_as_login:{login}")
    assert refusal(answer) == (400, 102, f"Cannot 'sudo' - {reason}")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x.y.z", "Basic abc"])
def test_a_call_without_a_good_bearer_is_a_401(client: Client, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = requests.get(f"{client.url}/api/v1/entity/shots", headers=headers, timeout=10)
    assert refusal(answer)[::2] == (401, "Unauthorized")


def test_people_sign_in_by_password_and_session_token_and_bearers_expire(database: Path) -> None:
    now = [time.time()]
    authority = Authority(
        {SCRIPT: KEY}, SIGNING_KEY, access_seconds=5, passwords={"jane": "pw"},
        session_tokens={"tok": "jane"}, clock=lambda: now[0],
    )  # fmt: skip
    app = create_app(database, authority=authority)
    with serve_in_thread(database, app) as site:
        client = Client.signed_in(site.url, app)
        for form in (
            {"grant_type": "password", "username": "jane", "password": "pw"},
            {"grant_type": "session_token", "session_token": "tok"},
        ):
            token = client.grant(**form).json()["access_token"]
            claims = jwt.decode(token, options={"verify_signature": False})
            assert claims["user"] == {"type": "HumanUser", "id": 1}
            assert claims["auth_type"] == "session_token"
            assert claims["session_uuid"]
        assert client.get("/schema").status_code == 200
        now[0] += 5
        assert client.get("/schema").status_code == 401
