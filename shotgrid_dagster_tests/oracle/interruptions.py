"""What happens while a load runs: edits and kills, each before the answer to its nth search."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

Happening = Callable[[], object]


class Interruptions:
    """An ASGI application around the site's."""

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self.state = app.state
        self._due: list[tuple[int, Happening]] = []
        self._searches = 0

    def set(self, happenings: Iterable[tuple[int, Happening]]) -> None:
        """What is to happen at which search from now on, counted from 1."""
        self._due = sorted(happenings, key=lambda item: item[0])
        self._searches = 0

    def rest(self) -> None:
        """What did not come to happen, happens now."""
        due, self._due = self._due, []
        for _, happening in due:
            happening()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].endswith("/_search"):
            self._searches += 1
            while self._due and self._due[0][0] <= self._searches:
                await run_in_threadpool(self._due.pop(0)[1])
        await self._app(scope, receive, send)
