"""The time of an answer: a site's own, whatever the machine says that it is served from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Dated:
    """Puts the site's time into the `Date` of each answer.

    It is the time at which the call came, before anything was read for it: what the answer does
    not show was written then or later. `look`: that time, in UTC.
    """

    def __init__(self, app: ASGIApp, look: Callable[[], datetime]) -> None:
        self.app = app
        self.look = look

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the call through, and set the `Date` of its answer."""
        date = format_datetime(self.look(), usegmt=True)

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["date"] = date
            await send(message)

        await self.app(scope, receive, dated)
