"""The middleware that lets faults happen."""

from __future__ import annotations

import asyncio
import json

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shotgrid_dagster.sandbox.calls.calls import Answer
from shotgrid_dagster.sandbox.calls.replies import ROWS, Reply
from shotgrid_dagster.sandbox.errors import BROKEN, ApiError, unauthorized
from shotgrid_dagster.sandbox.faults.faults import Fault, Faults

HANG_SECONDS = 3600.0
PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
TEXTS = {
    429: "429 Too Many Requests",
    502: "502 Bad Gateway",
    503: "503 Service Unavailable",
    504: "504 Gateway Timeout",
}


class FaultInjection:
    """ASGI middleware: applies the faults that hit a call of the API."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call with its faults around the site's own answer, the first one outermost."""
        inner: ASGIApp = self._app
        if scope["type"] == "http" and scope["path"].startswith(("/api/", "/media/")):
            for fault in reversed(self._faults.striking(scope["path"], scope["method"])):
                inner = _faulty(inner, fault)
        await inner(scope, receive, send)


def _faulty(app: ASGIApp, fault: Fault) -> ASGIApp:
    async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind == "hang":
            if not await _hangs_up(fault, receive):
                await _refusal(fault, 504)(scope, receive, send)
        elif fault.kind == "status":
            await _refusal(fault, fault.status)(scope, receive, send)
        elif fault.kind == "cut":
            await _cut(receive)
        elif fault.kind == "lost":
            await _drain(receive)
            await Response(headers={"etag": f'"{"0" * 32}"'})(scope, receive, send)
        elif fault.kind == "html":
            await HTMLResponse(PAGE.format("Site maintenance"))(scope, receive, send)
        else:
            start, body = await _answer(app, scope, receive)
            if fault.kind == "latency":
                await asyncio.sleep(fault.seconds + fault.seconds_per_row * scope.get(ROWS, 0))
            elif fault.kind == "reset":
                start = _with_length(start, max(1, len(body)))
            else:
                body = _broken(body, fault.kind)
                start = _with_length(start, len(body))
            await send(start)
            if fault.kind == "reset":
                # The server drops a connection whose answer was left unfinished.
                await send(
                    {
                        "type": "http.response.body",
                        "body": body[: len(body) // 2],
                        "more_body": True,
                    }
                )
                return
            await send({"type": "http.response.body", "body": body})

    return faulty


async def _answer(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
    """The whole answer that the site would give."""
    starts: list[Message] = []
    parts: list[bytes] = []

    async def collect(message: Message) -> None:
        if message["type"] == "http.response.start":
            starts.append(message)
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, collect)
    return starts[0], b"".join(parts)


async def _cut(receive: Receive) -> None:
    """Drop the connection as soon as a first piece of the body has come."""
    await receive()
    # ASGI has no word for it: this is what uvicorn's `receive` belongs to.
    getattr(receive, "__self__").transport.abort()  # noqa: B009  # types know no such attribute
    await _drain(receive)


async def _drain(receive: Receive) -> None:
    """Take the rest of the request, until it ends or the client is gone."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return


async def _hangs_up(fault: Fault, receive: Receive) -> bool:
    """Whether the client gave up before the fault's time was over."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(gone(), fault.seconds or HANG_SECONDS)
    except asyncio.TimeoutError:
        return False
    return True


def _refusal(fault: Fault, status: int) -> Response:
    """What the site (401, 500) or the proxy in front of it (429, 502, 503, 504) answers."""
    headers = {} if fault.retry_after is None else {"retry-after": fault.retry_after}
    if status in TEXTS:
        return HTMLResponse(PAGE.format(fault.says or TEXTS[status]), status, headers)
    said = fault.says or "Shotgun Server Error"
    problem = unauthorized() if status == 401 else ApiError(status, BROKEN, said)
    return Reply(Answer((problem.body(),), status, headers=headers))


def _broken(body: bytes, kind: str) -> bytes:
    if kind == "truncated":
        return body[: len(body) // 2]
    document = json.loads(body)
    document.pop("links", None)
    if kind == "links_malformed":
        document["links"] = "/api/v1/next"
    return json.dumps(document).encode()


def _with_length(start: Message, length: int) -> Message:
    kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    return {**start, "headers": [*kept, (b"content-length", str(length).encode())]}
