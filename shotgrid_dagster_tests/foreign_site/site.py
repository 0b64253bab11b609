"""A foreign site: a schema and rows as raw JSON, over real HTTP; written from the API's pages.

Nothing of the sandbox is used, so that a mistake is not made twice. A test says what types there
are, and which calls are answered with a transport fault.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pydantic import SecretStr

from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.site import Site
from shotgrid_dagster.site.http.retry_policy import RetryPolicy
from shotgrid_dagster.source.whole_site import SiteLoad, load_entity_types
from shotgrid_dagster_tests.foreign_site.transport import SENDERS
from shotgrid_dagster_tests.local_server import answering

IMPATIENT = RetryPolicy(
    tries=3, first_tries=3, first_wait=0.001, longest_wait=0.002, longest_asked=0.1,
    budget=10_000, answer_seconds=0.5,
)  # fmt: skip

LINKS = frozenset({"entity", "multi_entity", "addressing"})
"""Data types whose values are in `relationships`."""

Row = Mapping[str, bytes]
"""Field -> the JSON of its value, which need not be JSON."""


@dataclass
class ForeignType:
    """An entity type: what the site says of it, and its rows."""

    fields: dict[str, str]
    """Field -> data type."""
    rows: Mapping[int, Row]
    display_name: object = None
    field_names: dict[str, object] = field(default_factory=dict)
    """Field -> display name, where it is not its name."""
    said: dict[str, bytes] = field(default_factory=dict)
    """Field -> the JSON of what the schema says of it, where it is odd."""

    def schema_of_fields(self) -> bytes:
        said = {name: _field(self.field_names.get(name, name), of) for name, of in
                self.fields.items()}  # fmt: skip
        return _object({**said, **self.said})

    def row(self, name: str, id_: int, asked: list[str]) -> bytes:
        """A row with the fields that were asked for."""
        attributes, relationships = {}, {}
        for of, value in self.rows[id_].items():
            if of not in asked:
                continue
            if self.fields[of] in LINKS:
                relationships[of] = _object({"data": value, "links": b'{"self": "/x"}'})
            else:
                attributes[of] = value
        return _object(
            {
                "type": json.dumps(name).encode(),
                "id": str(id_).encode(),
                "attributes": _object(attributes),
                "relationships": _object(relationships),
                "links": b'{"self": "/x"}',
            }
        )


def _object(members: Mapping[str, bytes]) -> bytes:
    return (
        b"{" + b",".join(json.dumps(key).encode() + b":" + members[key] for key in members) + b"}"
    )


def _field(display_name: object, data_type: str) -> bytes:
    wrapped = {"name": display_name, "data_type": data_type, "description": ""}
    said: dict[str, object] = {
        key: {"value": value, "editable": False} for key, value in wrapped.items()
    }
    return json.dumps({**said, "properties": {}}).encode()


@dataclass
class ForeignSite:
    """A running site; what it has and how it fails may be changed while it runs."""

    url: str
    types: dict[str, ForeignType] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    """Path -> the name of the transport fault that its answers have."""
    once: bool = False
    """Whether a fault strikes the first call only."""
    bodies: dict[str, bytes] = field(default_factory=dict)
    """Path -> what is answered instead."""
    requests: Counter[str] = field(default_factory=Counter)

    def client(self, **given: Any) -> Site:
        return Site(self.url, "script", "key", **{"retry_policy": IMPATIENT, **given})

    def settings(self, folder: Path, **given: Any) -> Settings:
        return Settings(
            site_url=self.url,
            client_id="script",
            client_secret=SecretStr("key"),
            data_dir=folder,
            **given,
        )

    def load(self, folder: Path, destination: str = "duckdb", **given: Any) -> SiteLoad:
        """Load all types."""
        settings = self.settings(folder, **given)
        site = self.client(page_size=settings.page_size, concurrency=settings.concurrency)
        try:
            return load_entity_types(site, settings, Warehouse(folder, destination))
        finally:
            site.close()

    # -- answers

    def answer(self, path: str, sent: bytes) -> bytes:
        if path in self.bodies:
            return self.bodies[path]
        if path.endswith("/access_token"):
            return b'{"access_token": "a.b.c", "expires_in": 600}'
        if path == "/schema":
            said = {name: _field(_shown(name, known), "x") for name, known in self.types.items()}
            return _object({"data": _object(said)})
        parts = [unquote(part) for part in path.split("/")]
        if len(parts) < 3 or parts[2] not in self.types:
            return b'{"data": {}}'
        known = self.types[parts[2]]
        if path.endswith("/fields"):
            return _object({"data": known.schema_of_fields()})
        question = json.loads(sent)
        found = self._found(known, question)
        if path.endswith("/_summarize"):
            kind = question["summary_fields"][0]["type"]
            value = len(found) if kind == "count" else max(found, default=0)
            return json.dumps({"data": {"summaries": {"id": value}, "groups": []}}).encode()
        rows = [known.row(parts[2], id_, question["fields"]) for id_ in found]
        return _object({"data": b"[" + b",".join(rows) + b"]", "links": b"{}"})

    def _found(self, known: ForeignType, question: dict[str, Any]) -> list[int]:
        if question["options"].get("return_only") == "retired":
            return []
        ids = [id_ for id_ in sorted(known.rows) if _fits(id_, question["filters"])]
        if question.get("sort") == "-id":
            ids.reverse()
        return ids[: question.get("page", {"size": len(ids)})["size"]]


def _shown(name: str, known: ForeignType) -> object:
    return name if known.display_name is None else known.display_name


def _fits(id_: int, filters: Any) -> bool:
    """Whether a row fulfils a filter; of other fields than the id, none does."""
    if isinstance(filters, dict):
        every = filters["logical_operator"] == "and"
        answers = [_fits(id_, condition) for condition in filters["conditions"]]
        return all(answers) if every else any(answers)
    name, relation, value = filters
    if name != "id":
        return False
    if relation == "in":
        return id_ in value
    return bool(id_ > value if relation == "greater_than" else id_ < value)


@contextmanager
def foreign_site() -> Iterator[ForeignSite]:
    """A site on a free port of this machine."""

    def answer(handler: BaseHTTPRequestHandler, path: str, sent: bytes) -> None:
        site.requests[path] += 1
        body = site.answer(path, sent)
        fault = site.faults.get(path, "")
        if site.once and site.requests[path] > 1:
            fault = ""
        SENDERS[fault](handler, body)

    with answering(answer) as url:
        site = ForeignSite(url)
        yield site
