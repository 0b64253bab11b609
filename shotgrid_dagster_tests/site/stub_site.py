"""A site of some ids that shares no code with the sandbox; a test spoils its answers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from shotgrid_dagster.site import Site
from shotgrid_dagster.site.http.retry_policy import RetryPolicy
from shotgrid_dagster_tests.local_server import answering, send_json

IMPATIENT = RetryPolicy(tries=3, first_tries=3, first_wait=0.001, longest_wait=0.002)

Ids = Callable[[list[int], dict[str, Any]], list[int]]
"""What a search gives instead of the right ids; told the search too."""


@dataclass
class StubSite:
    """A running stub; what it answers may be changed while it runs."""

    url: str
    ids: Sequence[int] = range(1, 21)
    spoilt_ids: Ids = lambda ids, search: ids
    spoilt_body: Callable[[str, bytes], bytes] = lambda path, body: body
    """What is sent instead of the right body; told the path too."""
    requests: Counter[str] = field(default_factory=Counter)
    """Path -> how often it was asked."""

    def client(self, **given: Any) -> Site:
        return Site(self.url, "script", "key", **{"retry_policy": IMPATIENT, **given})

    def answer(self, path: str, body: bytes) -> bytes:
        """The body of the answer to a request."""
        self.requests[path] += 1
        return self.spoilt_body(path, json.dumps(self._right(path, body)).encode())

    def _right(self, path: str, body: bytes) -> dict[str, Any]:
        if path.endswith("/access_token"):
            return {"access_token": "a.b.c", "expires_in": 600}
        if path.endswith("/_summarize"):
            return {"data": {"summaries": {"id": len(self.ids)}, "groups": []}}
        if path.endswith("/_search"):
            return {"data": [_row(id_) for id_ in self._found(json.loads(body))], "links": {}}
        return {"data": {}, "links": {}}

    def _found(self, search: dict[str, Any]) -> list[int]:
        found = sorted(self.ids, reverse=search["sort"] == "-id")
        for name, relation, value in search["filters"]["conditions"]:
            assert name == "id"
            is_in = {"greater_than": value.__lt__, "less_than": value.__gt__}[relation]
            found = [id_ for id_ in found if is_in(id_)]
        return self.spoilt_ids(found[: search["page"]["size"]], search)


def _row(id_: int) -> dict[str, Any]:
    link = {"data": {"id": 1, "name": "a", "type": "Sequence"}, "links": {}}
    return {
        "type": "Shot",
        "id": id_,
        "attributes": {"code": f"shot {id_}"},
        "relationships": {"sg_sequence": link},
        "links": {},
    }


@contextmanager
def stub_site() -> Iterator[StubSite]:
    """A stub on a free port of this machine."""

    def answer(handler: BaseHTTPRequestHandler, path: str, sent: bytes) -> None:
        send_json(handler, site.answer(path, sent))

    with answering(answer) as url:
        site = StubSite(url)
        yield site
