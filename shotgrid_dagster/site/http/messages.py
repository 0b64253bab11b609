"""One request to a site's API, and its reply, as values."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shotgrid_dagster.site.http.address import API
from shotgrid_dagster.site.http.answers import site_time

JSON = "application/json"
HASH_FILTERS = "application/vnd+shotgun.api3_hash+json"
"""The content type of a search whose filters are in hash syntax."""


@dataclass(frozen=True)
class Request:
    """What is sent; `path` is behind the API's own."""

    method: str
    path: str
    params: Mapping[str, str] | None = None
    body: bytes | None = None
    content_type: str = JSON
    is_repeatable: bool = True
    """Whether sending it twice comes to the same as sending it once."""

    @property
    def line(self) -> str:
        """The method and the whole path, as in `GET /api/v1.1/schema`."""
        return f"{self.method} {API}{self.path}"


@dataclass(frozen=True)
class Reply:
    """What came back, not yet looked at."""

    base_url: str
    request: Request
    status: int
    head: Mapping[str, str]
    raw: bytes
    """The body."""

    @property
    def url(self) -> str:
        """What was asked, without its parameters."""
        return f"{self.base_url}{API}{self.request.path}"

    @property
    def date(self) -> datetime | None:
        """The site's time (UTC) as the answer says it; None: it does not."""
        return site_time(self.head)

    @property
    def is_page(self) -> bool:
        """Whether it is a web page: of a proxy, a login, a maintenance."""
        text = self.raw.removeprefix(codecs.BOM_UTF8).lstrip()
        return text[:1] == b"<" or "html" in self.head.get("Content-Type", "")
