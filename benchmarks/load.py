"""The whole load as `shotgun_software_pipeline.py` does it, with a note of every call it sends.

    python -m benchmarks.load calls.json        (in a project folder)

What it notes, `benchmarks.replay` sends again, without anything else. A note costs microseconds.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests

from shotgun_software_pipeline import main


def note_calls(calls: list[dict[str, Any]]) -> None:
    """From now on, each call of this process is put into the list; those that sign in are not."""
    send = requests.Session.request

    def noted(self: requests.Session, method: str, url: str, **how: Any) -> requests.Response:  # noqa: ANN401  # as requests has it
        if "access_token" not in url:
            path, params, body = urlsplit(url).path, how.get("params"), how.get("data")
            headers = how.get("headers") or {}
            calls.append(
                {
                    "method": method,
                    "path": f"{path}?{urlencode(params)}" if params else path,
                    "body": body.decode() if body else None,
                    "type": headers.get("Content-Type", ""),
                }
            )
        return send(self, method, url, **how)

    # A subclass would not be what the loading code makes its sessions of.
    requests.Session.request = noted  # type: ignore[assignment, method-assign]


if __name__ == "__main__":
    noted: list[dict[str, Any]] = []
    note_calls(noted)
    sys.argv, target = sys.argv[:1], Path(sys.argv[1])
    exit_code = main()
    target.write_text(json.dumps(noted))
    sys.exit(exit_code)
