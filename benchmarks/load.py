"""The whole load as `shotgun_software_pipeline.py` does it, with a note of every call it sends.

    python -m benchmarks.load calls.json steps.json        (in a project folder)

What it notes, `benchmarks.replay` sends again, without anything else. A note costs microseconds.
`steps.json` has the seconds in each step of dlt.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import wraps
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
    requests.Session.request = noted  # type: ignore[assignment, method-assign]  # for all


def note_steps(seconds: dict[str, float]) -> None:
    """From now on, the time in the steps of all pipelines of this process is put into the dict;
    `extract` waits for the site and takes in what was read."""
    # Imported by then: a measured load imports what it needs itself, and as it does it.
    from dlt.pipeline.pipeline import Pipeline

    for name in ("extract", "normalize", "load"):
        seconds[name] = 0.0
        setattr(Pipeline, name, _timed(getattr(Pipeline, name), name, seconds))


def _timed(step: Callable[..., Any], name: str, seconds: dict[str, float]) -> Callable[..., Any]:
    @wraps(step)
    def timed(*given: Any, **how: Any) -> Any:  # noqa: ANN401  # as dlt has it
        began = time.perf_counter()
        try:
            return step(*given, **how)
        finally:
            seconds[name] += time.perf_counter() - began

    return timed


if __name__ == "__main__":
    noted: list[dict[str, Any]] = []
    note_calls(noted)
    seconds: dict[str, float] = {}
    note_steps(seconds)
    sys.argv, (calls, steps) = sys.argv[:1], (Path(argument) for argument in sys.argv[1:])
    exit_code = main()
    calls.write_text(json.dumps(noted))
    steps.write_text(json.dumps(seconds))
    sys.exit(exit_code)
