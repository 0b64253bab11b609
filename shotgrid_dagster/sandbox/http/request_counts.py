"""How often each address was called, for whoever measures a client: `GET /_sandbox/requests`."""

from __future__ import annotations

import re
from collections import Counter

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send


class RequestCounts:
    """ASGI middleware: counts calls of the API as `POST /entity/shots/_search`, ids as `{id}`."""

    def __init__(self, app: ASGIApp, counts: Counter[str]) -> None:
        self._app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the call, and let it through."""
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            path = re.sub(r"^/api/v[\d.]+", "", scope["path"]) or "/"
            self._counts[f"{scope['method']} {re.sub(r'/[0-9]+', '/{id}', path)}"] += 1
        await self._app(scope, receive, send)


async def requests(request: Request) -> Response:
    """The counts since the start, or since the last DELETE."""
    counts: Counter[str] = request.app.state.requests
    answer = JSONResponse(dict(counts))
    if request.method == "DELETE":
        counts.clear()
    return answer
