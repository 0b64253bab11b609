"""Answers on the wire: an `ETag`, an `x-request-id`, and a body that is sent in its parts."""

from __future__ import annotations

import uuid

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shotgrid_dagster.sandbox.calls.calls import Answer
from shotgrid_dagster.sandbox.errors import ApiError

ROWS = "sandbox.rows"
"""The key in an ASGI scope for the number of rows that were answered."""


class Reply(Response):
    """Sends an Answer."""

    def __init__(self, answer: Answer) -> None:
        headers = {
            "content-length": str(sum(map(len, answer.parts))),
            "etag": answer.etag,
            "x-request-id": str(uuid.uuid4()),
            **answer.headers,
        }
        super().__init__(None, answer.status, headers, answer.content_type)
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head, and then each part of the body as it is."""
        scope[ROWS] = self.answer.rows
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        for part in self.answer.parts:
            if part:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def refusal(problem: ApiError) -> Reply:
    """The answer of an error."""
    return Reply(Answer((problem.body(),), problem.status))
