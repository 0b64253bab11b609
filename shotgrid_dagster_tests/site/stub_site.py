"""A site of some ids that shares no code with the sandbox; a test spoils its answers."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from shotgrid_dagster.site import Site
from shotgrid_dagster.site.http.retry_policy import RetryPolicy

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

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = self.path.split("?")[0].removeprefix("/api/v1.1")
            body = site.answer(path, sent)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815  # as http.server calls it

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        site = StubSite(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
