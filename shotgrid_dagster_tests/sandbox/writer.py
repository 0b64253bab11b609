"""A client that writes, to a site whose time stands still."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import requests

from shotgrid_dagster.sandbox.http.app import create_app
from shotgrid_dagster.sandbox.http.server import serve_in_thread
from shotgrid_dagster.sandbox.writes.policy import WritePolicy
from shotgrid_dagster_tests.sandbox.client import Client
from shotgrid_dagster_tests.sandbox.small_site import LIVE

JSON = "application/json"
PROJECT = {"type": "Project", "id": LIVE}
NOW = "2026-05-01T12:00:00Z"


@dataclass
class Clock:
    now: datetime = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Writer(Client):
    database: Path = Path()
    clock: Clock = field(default_factory=Clock)

    @property
    def policy(self) -> WritePolicy:
        policy: WritePolicy = self.app.state.site.transactions.policy
        return policy

    @policy.setter
    def policy(self, policy: WritePolicy) -> None:
        self.app.state.site.transactions.policy = policy

    def create(self, slug: str, **values: object) -> requests.Response:
        return self.post(f"/entity/{slug}", values, JSON)

    def make(self, slug: str, **values: object) -> int:
        """The id of a new row, in the small site's project unless another one is given."""
        answer = self.create(slug, **{"project": PROJECT, **values})
        assert answer.status_code == 201, answer.text
        row_id: int = answer.json()["data"]["id"]
        return row_id

    def update(self, slug: str, row_id: int, **values: object) -> requests.Response:
        return self.session.put(
            f"{self.url}/api/v1/entity/{slug}/{row_id}", json=values, timeout=10
        )

    def change(self, slug: str, row_id: int, **values: object) -> dict[str, Any]:
        answer = self.update(slug, row_id, **values)
        assert answer.status_code == 200, answer.text
        row: dict[str, Any] = answer.json()["data"]
        return row

    def delete(self, slug: str, row_id: int) -> requests.Response:
        return self.session.delete(f"{self.url}/api/v1/entity/{slug}/{row_id}", timeout=10)

    def revive(self, slug: str, row_id: int, value: str = "1") -> requests.Response:
        return self.post(f"/entity/{slug}/{row_id}", {}, JSON, {"revive": value})

    def batch(self, *requests: dict[str, object]) -> requests.Response:
        return self.post("/entity/_batch", {"requests": list(requests)}, JSON)

    def linked(self, slug: str, row_id: int, link: str) -> Any:
        """The value of a link: names of a multi link, the name of a single one."""
        data = self.row(slug, row_id)["relationships"][link]["data"]
        if isinstance(data, list):
            return [link["name"] for link in data]
        return data and data["name"]

    def events(self) -> list[dict[str, Any]]:
        """The events of the site, in the order of their ids."""
        rows = self.search("event_log_entries", [], fields="*").json()["data"]
        return [
            {"id": row["id"], **row["attributes"], **_links(row["relationships"])} for row in rows
        ]


@contextmanager
def writing(database: Path) -> Iterator[Writer]:
    """A client of the site in `database`, signed in as its script, which leaves no events."""
    clock = Clock()
    app = create_app(database, clock=clock)
    with serve_in_thread(database, app) as site:
        signed_in = Client.signed_in(site.url, app)
        yield Writer(site.url, app, signed_in.session, database, clock)


def reset(writer: Writer, original: Path) -> None:
    """Give the writer's site the rows of `original`, and the time and policy of a new one."""
    path = writer.database
    with closing(sqlite3.connect(original)) as there, closing(sqlite3.connect(path)) as here:
        there.backup(here)
    writer.clock.now = Clock().now
    writer.policy = WritePolicy()
    writer.app.state.write_guard.is_on = False
    writer.app.state.write_guard.refused.clear()


def _links(relationships: dict[str, Any]) -> dict[str, Any]:
    return {name: link["data"] for name, link in relationships.items()}
