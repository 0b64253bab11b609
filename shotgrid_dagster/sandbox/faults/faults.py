"""Faults that the site injects when it is told to: slow answers, refusals, broken bodies.

From code: `app.state.faults.set([Fault("status", status=503, nth=3)])`. Over HTTP, from this
machine only: `POST /_sandbox/faults` with `{"faults": [{"kind": "status", "status": 503, "nth":
3}]}`, which replaces what was set; `DELETE` ends them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

KINDS = (
    "latency",
    "status",
    "hang",
    "reset",
    "truncated",
    "html",
    "links_missing",
    "links_malformed",
    "cut",
    "lost",
)
LOOPBACK = ("127.0.0.1", "::1")


@dataclass
class Fault:
    """One fault: what happens, and to which calls."""

    kind: str
    """latency: answer late. status: refuse. hang: do not answer. reset: drop the connection in
    mid-body. truncated: half a JSON body. html: a page with status 200. links_missing,
    links_malformed: without `links`, with a string for it. cut: drop the connection while the
    request is still being sent. lost: take what is sent, say 200, and keep nothing."""
    path: str = ""
    """A regular expression that the path must contain; empty: every call of the API. Stored files
    are hit only by a fault that names their path: `^/media/`."""
    method: str = ""
    """The method that is hit, e.g. PUT; empty: any."""
    nth: int = 1
    """The first matching call that is hit, counted from 1."""
    times: int | None = None
    """How many matching calls in a row are hit; None: all from `nth` on."""
    seconds: float = 0.0
    """Of latency, per call; of hang, until a 504 (0: an hour)."""
    seconds_per_row: float = 0.0
    status: int = 503
    retry_after: str | None = None
    """The `Retry-After` of a status, seconds or a date; None: without."""
    says: str = ""
    """What the error or the page of a status says; empty: what a site says by itself."""
    seen: int = field(default=0, kw_only=True)
    """Matching calls so far."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind!r}: it is one of {', '.join(KINDS)}")
        re.compile(self.path)

    def strikes(self, path: str, method: str) -> bool:
        """Counts a call, and says whether it is hit."""
        if not re.search(self.path, path) or self.method not in ("", method):
            return False
        if not self.path and not path.startswith("/api/"):
            return False
        self.seen += 1
        return self.seen >= self.nth and (self.times is None or self.seen < self.nth + self.times)


class Faults:
    """The faults that are on."""

    def __init__(self) -> None:
        self._set: list[Fault] = []

    def set(self, faults: Iterable[Fault]) -> None:
        """Replace all faults; each counts from 0."""
        self._set = list(faults)

    def clear(self) -> None:
        """End all faults."""
        self._set = []

    def striking(self, path: str, method: str) -> list[Fault]:
        """The faults that hit this call. Every fault counts every call that matches it."""
        return [fault for fault in self._set if fault.strikes(path, method)]

    def as_json(self) -> list[dict[str, object]]:
        """The faults as `/_sandbox/faults` shows them."""
        return [asdict(fault) for fault in self._set]


async def control(request: Request) -> Response:
    """Read (GET), replace (POST) and end (DELETE) faults."""
    if request.client is None or request.client.host not in LOOPBACK:
        return JSONResponse({"error": "only from this machine"}, 403)
    faults: Faults = request.app.state.faults
    if request.method == "DELETE":
        faults.clear()
    elif request.method == "POST":
        try:
            body = await request.json()
            faults.set([Fault(**fault) for fault in body["faults"]])
        except (ValueError, TypeError, KeyError, re.error) as problem:
            known = [option.name for option in fields(Fault)]
            return JSONResponse({"error": str(problem), "fields": known}, 400)
    return JSONResponse({"faults": faults.as_json()})
