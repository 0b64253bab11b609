"""Calls that a load sent, sent again by themselves: the limits that the site and JSON set.

    python -m benchmarks.replay site.json calls.json [--parse] [--at-once 4]

`site.json`: `address`, `client_id`, `client_secret`. `calls.json` is what `benchmarks.load` noted.
Answers are thrown away, or parsed by orjson and then thrown away. Prints `calls` and `bytes`.
"""

from __future__ import annotations

import argparse
import http.client
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"


class Client:
    """One connection for each thread."""

    def __init__(self, address: str, client_id: str, client_secret: str) -> None:
        self._address = address
        self._local = threading.local()
        self._headers: dict[str, str] = {}
        grant = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
        }
        granted = self.send("POST", "/api/v1/auth/access_token", urlencode(grant), FORM)
        self._headers = {"Authorization": f"Bearer {json.loads(granted)['access_token']}"}

    def send(self, method: str, path: str, body: str | None, type_: str) -> bytes:
        """The body of the answer.

        Raises:
            RuntimeError: the answer is not 200.
        """
        if not hasattr(self._local, "wire"):
            self._local.wire = http.client.HTTPConnection(self._address, timeout=60)
        headers = {**self._headers, **({"Content-Type": type_} if type_ else {})}
        self._local.wire.request(method, path, body, headers)
        answer = self._local.wire.getresponse()
        raw: bytes = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered {answer.status}: {raw[:500]!r}")
        return raw


def replay(
    client: Client, calls: list[dict[str, Any]], use: Callable[[bytes], object], at_once: int
) -> int:
    """Send the calls; `use` is given each answer. Gives the bytes received."""

    def replay(call: dict[str, Any]) -> int:
        raw = client.send(call["method"], call["path"], call["body"], call["type"])
        use(raw)
        return len(raw)

    if at_once == 1:
        return sum(replay(call) for call in calls)
    with ThreadPoolExecutor(at_once) as threads:
        return sum(threads.map(replay, calls))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("site", type=Path)
    parser.add_argument("calls", type=Path)
    parser.add_argument("--parse", action="store_true")
    parser.add_argument("--at-once", type=int, default=1)
    given = parser.parse_args()
    use: Callable[[bytes], object] = len
    if given.parse:
        import orjson

        use = orjson.loads
    calls = json.loads(given.calls.read_text())
    client = Client(**json.loads(given.site.read_text()))
    print(json.dumps({"calls": len(calls), "bytes": replay(client, calls, use, given.at_once)}))


if __name__ == "__main__":
    main()
