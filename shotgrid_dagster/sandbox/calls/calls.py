"""One call of the API: what was asked, of which site, and by whom; and what is answered."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl

from shotgrid_dagster.sandbox import errors
from shotgrid_dagster.sandbox.access.auth import Authority
from shotgrid_dagster.sandbox.access.signatures import MEDIA, signature
from shotgrid_dagster.sandbox.access.tokens import Caller
from shotgrid_dagster.sandbox.calls.entity_segments import EntitySegments
from shotgrid_dagster.sandbox.query.bindings import LARGEST
from shotgrid_dagster.sandbox.store.connections import Connections
from shotgrid_dagster.sandbox.store.schema import EntityType
from shotgrid_dagster.sandbox.store.site_clock import SiteClock
from shotgrid_dagster.sandbox.store.site_fields import kept_fields, with_kept
from shotgrid_dagster.sandbox.writes.edit import Transactions

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Site:
    """What is the same for every call."""

    schema: dict[str, EntityType]
    segments: EntitySegments
    connections: Connections
    authority: Authority
    settings: Mapping[str, str]
    """The `_site` table."""
    clock: SiteClock
    """The time, in UTC."""
    transactions: Transactions
    """Where the site is written."""

    def adopt_fields(self, connection: sqlite3.Connection) -> None:
        """Go by the fields that the site's file says: clients make, change and delete them."""
        changed = with_kept(self.schema, kept_fields(connection))
        if changed:
            self.schema.update(changed)
            self.segments.learn(self.schema)
            self.transactions.learn(self.schema)


@dataclass(frozen=True)
class Call:
    """A request, with its body read and its bearer checked."""

    site: Site
    caller: Caller
    prefix: str
    """`/api/v1` or `/api/v1.1`, as it was called."""
    path: str
    segments: Mapping[str, str]
    """The named parts of the path: `entity_type`, `record_id`, `field`."""
    query_string: str
    content_type: str | None
    host: str
    """`http://127.0.0.1:8089`"""
    body: bytes

    @cached_property
    def query(self) -> dict[str, str]:
        """Query parameters; of one that comes twice, the last."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @property
    def entity_type(self) -> EntityType:
        """The type that the path names. Raises its 404."""
        return self.site.segments.find(self.segments["entity_type"])

    @property
    def record_id(self) -> int:
        """The row that the path names. Raises the 400 of what is no id."""
        text = self.segments["record_id"]
        if text.startswith("_"):
            raise errors.no_such_route()
        if not text.lstrip("-").isdecimal():
            raise errors.invalid_parameters(record_id="record_id must be an integer")
        if int(text) <= 0:
            raise errors.invalid_parameters(record_id="record_id must be greater than 0")
        if int(text) > LARGEST:
            raise errors.no_such_row(self.entity_type.name, int(text))
        return int(text)

    def signed_values(self) -> dict[str, str]:
        """What the SQL of values needs: the site's address, that of its media, and a signature."""
        key = self.site.settings["signing_key"]
        return {
            "site": self.host,
            "media": self.host + MEDIA,
            "signature": signature(key, self.site.clock()),
        }

    def plain_json(self) -> dict[str, object]:
        """The body of a call that takes `application/json`. Raises the 415 of anything else."""
        kind = (self.content_type or "").split(";")[0].strip().lower()
        if kind != "application/json":
            raise errors.unsupported_content_type(kind, ("application/json",))
        return self.json_body()

    def json_body(self) -> dict[str, object]:
        """The body as an object. Raises the 400 of what is none."""
        try:
            body = json.loads(self.body)
        except (ValueError, RecursionError):
            raise errors.invalid("Invalid JSON body") from None
        if not isinstance(body, dict):
            raise errors.invalid("Invalid JSON body")
        return body


@dataclass(frozen=True)
class Answer:
    """What a call is answered with: bytes in parts, so that no page is copied to be wrapped."""

    parts: tuple[bytes, ...]
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    rows: int = 0
    """Rows in the body; a delay per row is counted by it."""

    @property
    def etag(self) -> str:
        """A weak tag of the body: 32 hex digits."""
        checksum = 1
        for part in self.parts:
            checksum = zlib.adler32(part, checksum)
        length = sum(map(len, self.parts))
        return f'W/"{length:024x}{checksum:08x}"'


def answer(value: object, status: int = 200) -> Answer:
    """An answer whose body is `value` as JSON."""
    return Answer((json.dumps(value, separators=(",", ":")).encode(),), status)


Handler = Callable[[Call], Answer]
