"""An HTTP server on loopback for sites that tests make up; it shares no code with the sandbox."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler, str, bytes], None]
"""Sends an answer; told the path below the API's address, without its query, and what was sent."""


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """Serve on a free port of this machine; gives the URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer(self, self.path.split("?")[0].removeprefix("/api/v1.1"), sent)

        do_POST = do_GET  # noqa: N815  # as http.server calls it

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that gave up is no news."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def send_json(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """Send a body as it is, and say that it is JSON."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
