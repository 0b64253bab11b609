"""A guard for tests of a client that must only read: writes fail, and are noted down."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Receive, Scope, Send

from shotgrid_dagster.sandbox.calls.replies import refusal
from shotgrid_dagster.sandbox.errors import server_error

READING = re.compile(r"/(_search|_summarize|_text_search|_expand|auth/access_token)/?$")
"""What is posted and changes nothing."""


@dataclass
class WriteGuard:
    """Whether writes are refused, and those that were."""

    is_on: bool
    refused: list[str] = field(default_factory=list)
    """`PUT /api/v1/entity/shots/12`, in the order of arrival."""


class Guarded:
    """ASGI middleware: answers writes with a 500 while the guard is on."""

    def __init__(self, app: ASGIApp, guard: WriteGuard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a write while the guard is on; let any other call through."""
        if self._guard.is_on and _writes(scope):
            self._guard.refused.append(f"{scope['method']} {scope['path']}")
            await refusal(server_error())(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _writes(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return False
    is_of_the_site = scope["path"].startswith(("/api/", "/media/"))
    return is_of_the_site and not READING.search(scope["path"])
