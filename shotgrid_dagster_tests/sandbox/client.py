"""Plain HTTP to a sandbox, as tests write it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from starlette.applications import Starlette

ARRAY = "application/vnd+shotgun.api3_array+json"
HASH = "application/vnd+shotgun.api3_hash+json"


@dataclass
class Client:
    url: str
    app: Starlette
    session: requests.Session

    @classmethod
    def signed_in(cls, url: str, app: Starlette, **form: str) -> Client:
        """As the site's script; `scope="sudo_as_login:jane"` in the form: in Jane's name."""
        client = cls(url, app, requests.Session())
        script = app.state.site.settings
        token = client.grant(
            grant_type="client_credentials",
            client_id=script["script_name"],
            client_secret=script["script_key"],
            **form,
        )
        client.session.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
        return client

    def grant(self, **form: str) -> requests.Response:
        return requests.post(f"{self.url}/api/v1/auth/access_token", data=form, timeout=10)

    def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        follow: bool = True,
    ) -> requests.Response:
        """`path` below `/api/v1`, or a whole path that starts with `/api`."""
        address = path if path.startswith("/api") else f"/api/v1{path}"
        return self.session.get(
            self.url + address, params=params, headers=headers, allow_redirects=follow, timeout=10
        )

    def post(
        self,
        path: str,
        body: object,
        content_type: str = ARRAY,
        params: Mapping[str, str] | None = None,
    ) -> requests.Response:
        return self.session.post(
            f"{self.url}/api/v1{path}",
            data=json.dumps(body),
            headers={"Content-Type": content_type},
            params=params,
            timeout=10,
        )

    def search(self, slug: str, filters: object, **body: object) -> requests.Response:
        kind = HASH if isinstance(filters, dict) else ARRAY
        return self.post(f"/entity/{slug}/_search", {"filters": filters, **body}, kind)

    def ids(self, slug: str, filters: object, **body: object) -> list[int]:
        """The ids that a search finds, in its order."""
        answer = self.search(slug, filters, fields="id", **body)
        assert answer.status_code == 200, answer.text
        return [row["id"] for row in answer.json()["data"]]

    def row(self, slug: str, row_id: int, **query: str) -> dict[str, Any]:
        answer = self.get(f"/entity/{slug}/{row_id}", params=query)
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data


def only_error(answer: requests.Response) -> dict[str, Any]:
    """The one error of a refusal."""
    (error,) = answer.json()["errors"]
    assert answer.status_code == error["status"]
    found: dict[str, Any] = error
    return found


def refusal(answer: requests.Response) -> tuple[int, int, str]:
    """(HTTP status, the site's code, title) of a refusal."""
    error = only_error(answer)
    return error["status"], error["code"], error["title"]
