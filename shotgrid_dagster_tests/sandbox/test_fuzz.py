"""Two thousand odd requests that read: every one is answered, and none changes a row."""

from __future__ import annotations

import http.client
import json
import random
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.operations.routes import OPERATIONS
from shotgrid_dagster.sandbox.operations.write_routes import UPLOADS
from shotgrid_dagster.sandbox.query.filters.filters import ARRAY, DEEPEST, HASH
from shotgrid_dagster.sandbox.query.filters.sent_conditions import DATES, LINKED, NUMBERS, TEXT
from shotgrid_dagster.sandbox.query.groupings import GROUPING_TYPES
from shotgrid_dagster.sandbox.query.summary_values import SUMMARY_TYPES
from shotgrid_dagster_tests.conftest import SandboxSite, serving
from shotgrid_dagster_tests.sandbox.client import Client

SEEDS, EACH = 20, 100
READS = [
    read for read in OPERATIONS
    if read not in UPLOADS
    and (read.method == "GET" or re.search(r"/_(search|summarize|text_search|expand)$", read.path))
]  # fmt: skip
RELATIONS = sorted({*DATES, *LINKED, *NUMBERS, *TEXT, "is_near", "IS", ""})
PARAMETERS = sorted(
    {name.rstrip("!") for read in READS for name in read.query} | {"x", "filter[id]"}
)
SCALARS: list[Any] = [
    None, True, False, 0, 1, -1, 2**31, 2**63, 10**30, 1.5, 1e308, "", "0", "42", "a", "SH001",
    "null", "'", '"', "%", "_", "\\", "é", "\U0001f600", "\x00", "ab\nc", "a" * 5000, "2026-03-04",
    "2026-03-04T05:06:07Z", "2026-13-45", "9999-12-31T23:59:59-23:59", "DAY", "1;drop table shots",
    "id", "Shot", "shots", "nan", "-0",
]  # fmt: skip
TYPES = [ARRAY, HASH, "application/json", "text/plain", "", "application/vnd+shotgun.api3_array"]


@dataclass(frozen=True)
class Sent:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Fuzz:
    """Requests from one seed: paths that are routed, and in them almost anything."""

    def __init__(self, seed: int, bearer: str) -> None:
        self.rng = random.Random(seed)
        self.bearer = bearer
        self.entity_type = SCHEMA["Shot"]

    def request(self) -> Sent:
        operation = self.rng.choice(READS)
        self.entity_type = self.rng.choice(list(SCHEMA.values()))
        path = re.sub(r"\{(\w+)\}", lambda part: self.segment(part[1]), operation.path)
        if self.rng.random() < 0.05:
            path += self.rng.choice(["/", "//", "/x", "/../..", "?"])
        parameters = {
            self.rng.choice(PARAMETERS): self.text() for _ in range(self.rng.randint(0, 3))
        }
        path = f"/api/v1{self.rng.choice(['', '.1'])}{path}"
        if parameters:
            path += "?" + urlencode(parameters)
        headers = {"Authorization": f"Bearer {self.bearer}"}
        if self.rng.random() < 0.03:
            headers["Authorization"] = self.rng.choice(["", "Bearer", "Bearer a.b.c", "Basic eA=="])
        body = self.body() if operation.body else b""
        kind = self.rng.choice(operation.body or ("",))
        if self.rng.random() < 0.1:
            kind = self.rng.choice(TYPES)
        return Sent(operation.method, path, {**headers, "Content-Type": kind}, body)

    def segment(self, name: str) -> str:
        if name == "entity_type" and self.rng.random() < 0.9:
            return self.rng.choice([self.entity_type.slug, self.entity_type.name])
        if name == "record_id" and self.rng.random() < 0.8:
            return str(self.rng.randint(1, 60))
        if name == "field" and self.rng.random() < 0.8:
            return quote(self.field(), safe="")
        return quote(self.text() or "-", safe="")

    def text(self) -> str:
        value = self.rng.choice(SCALARS)
        return self.rng.choice(
            [str(value), self.field(), f"-{self.field()}", "a,b", "*", "retired"]
        )

    def field(self) -> str:
        entity_type = self.entity_type
        if self.rng.random() < 0.05:
            entity_type = self.rng.choice(list(SCHEMA.values()))
        field = self.rng.choice(list(entity_type.fields))
        if self.rng.random() < 0.25:
            links = [field.name for field in entity_type.fields.values() if field.is_link]
            there = self.rng.choice(list(SCHEMA.values()))
            leaf = self.rng.choice(list(there.fields))
            return f"{self.rng.choice(links or ['project'])}.{there.name}.{leaf}"
        return field if self.rng.random() < 0.95 else f"{field}..{self.rng.choice(SCALARS)}"

    def value(self, depth: int = 0) -> Any:
        draw = self.rng.random()
        if depth > 2 or draw < 0.6:
            return self.rng.choice(SCALARS)
        if draw < 0.75:
            return {"type": self.rng.choice([*SCHEMA, "Nope"]), "id": self.rng.choice([1, 7, "7"])}
        if draw < 0.9:
            return [self.value(depth + 1) for _ in range(self.rng.randint(0, 3))]
        return {str(self.rng.choice(SCALARS)): self.value(depth + 1)}

    def condition(self) -> Any:
        if self.rng.random() < 0.05:
            return self.value()
        return [self.field(), self.rng.choice(RELATIONS), self.value()]

    def group(self, depth: int = 0) -> Any:
        conditions = [
            self.group(depth + 1) if depth < 3 and self.rng.random() < 0.3 else self.condition()
            for _ in range(self.rng.randint(0, 3))
        ]
        group = {"logical_operator": self.rng.choice(["and", "or"]), "conditions": conditions}
        if self.rng.random() < 0.05:
            group[self.rng.choice(list(group))] = self.value()
        return group

    def body(self) -> bytes:
        draw = self.rng.random()
        if draw < 0.03:
            return self.rng.randbytes(self.rng.randint(0, 40))
        if draw < 0.05:
            return b"[" * 2000
        if draw < 0.08:
            return json.dumps(self.value()).encode()
        conditions = [self.condition() for _ in range(self.rng.randint(0, 3))]
        body: dict[str, Any] = {
            "filters": self.rng.choice([conditions, self.group()]),
            "fields": self.rng.choice(["*", [self.field(), self.field()], self.value()]),
            "summary_fields": [
                {"field": self.field(), "type": self.rng.choice([*SUMMARY_TYPES, "mode"])}
            ],
            "grouping": [{"field": self.field(), "type": self.rng.choice([*GROUPING_TYPES, ""])}],
            "text": self.text(),
            "entity_types": {self.entity_type.name: conditions},
            "path": self.rng.choice(["/Project/6", "/Project/6/Shot", "/Project/x", "/"]),
            "search_criteria": {"entity": {"type": "Shot", "id": 1}},
            "sort": self.text(),
            "page": {"size": self.rng.choice([1, 5, "5", None, -1, 5001, "x"])},
            "options": self.rng.choice([{"return_only": "retired"}, self.value()]),
        }
        for name in self.rng.sample(list(body), self.rng.randint(0, 4)):
            if self.rng.random() < 0.3:
                body[name] = self.value()
            else:
                del body[name]
        return json.dumps(body).encode()


def dump(site: SandboxSite) -> list[str]:
    with closing(sqlite3.connect(site.database)) as connection:
        return list(connection.iterdump())


@pytest.fixture(scope="module")
def open_site(
    tiny_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SandboxSite]:
    """A site that would take writes; its rows are the same when all requests have been sent."""
    database = tmp_path_factory.mktemp("fuzz") / "site.sqlite"
    shutil.copy(tiny_database, database)
    with serving(database) as site:
        before = dump(site)
        yield site
        assert dump(site) == before


@pytest.fixture(scope="module")
def bearer(open_site: SandboxSite) -> str:
    client = Client.signed_in(open_site.url, open_site.app)
    return str(client.session.headers["Authorization"]).split()[1]


def is_a_measured_500(sent: Sent) -> bool:
    """What a real site breaks on, too: three causes."""
    return (
        "/activity_stream" in sent.path
        or ("/_summarize" in sent.path and b"step_" in sent.body)
        or sent.body.count(b"logical_operator") > DEEPEST
    )


def check(sent: Sent, status: int, body: bytes) -> None:
    if status == 500:
        assert is_a_measured_500(sent)
    if status < 400:
        assert status in (200, 302)
    elif status == 406:
        assert body.strip() == b""
    elif status == 422:
        assert body.endswith(b"not available")
    elif b"invalid date" not in body:
        (error,) = json.loads(body)["errors"]
        assert list(error) == ["id", "status", "code", "title", "source", "detail", "meta"]
        assert error["status"] == status
        assert status in (400, 401, 404, 415, 500)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_odd_requests_are_refused_in_the_site_s_own_words(
    open_site: SandboxSite, bearer: str, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    fuzz = Fuzz(seed, bearer)
    with closing(http.client.HTTPConnection(open_site.url.split("//")[1], timeout=20)) as wire:
        for _ in range(EACH):
            sent = fuzz.request()
            wire.request(sent.method, sent.path, sent.body, sent.headers)
            answer = wire.getresponse()
            body = answer.read()
            try:
                check(sent, answer.status, body)
            except Exception as problem:
                raise AssertionError(f"{sent}\nwas answered {answer.status}: {body!r}") from problem
    assert not caplog.records, "an exception that nobody handled"
