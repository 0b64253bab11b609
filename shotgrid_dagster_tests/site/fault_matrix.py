"""Every fault, met by every kind of call: what the person who started the run is told.

`python -m shotgrid_dagster_tests.site.fault_matrix` writes the table that a test compares with.
"""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from shotgrid_dagster.sandbox import studio
from shotgrid_dagster.sandbox.faults.faults import Fault
from shotgrid_dagster.site import Site, SiteError
from shotgrid_dagster.site.http.retry_policy import RetryPolicy
from shotgrid_dagster.site.uploads import upload
from shotgrid_dagster_tests.conftest import ROOT, SandboxSite, serving

PAGE = ROOT / "docs" / "faults.md"

RETRY_POLICY = RetryPolicy(
    tries=3, first_tries=3, first_wait=0.001, longest_wait=0.002, answer_seconds=0.2,
    longest_asked=0.002,
)  # fmt: skip

FILE = Path(__file__).with_name("turntable.txt")
"""What is uploaded."""


def _upload(site: Site) -> object:
    return upload(site, "Version", 1, FILE)


CALLS: dict[str, tuple[str, str, Callable[[Site], object]]] = {
    "auth": ("", "auth/access_token", lambda site: site.entity_types()),
    "schema": ("", "/schema", lambda site: site.fields("Shot")),
    "page": ("", "_search", lambda site: list(site.rows("Shot", ["code"]))),
    "count": ("", "_summarize", lambda site: site.count("Shot")),
    "upload: address": ("GET", "_upload", _upload),
    "upload: bytes": ("PUT", "^/media/", _upload),
    "upload: last word": ("POST", "_upload", _upload),
    "upload: read back": ("GET", "this_file|^/media/", _upload),
}
"""Kind of call -> the methods and the paths that the fault strikes, and the call."""

FAULTS: dict[str, Fault] = {
    "400": Fault("status", status=400),
    "401, a token that ended": Fault("status", status=401, times=1),
    "401, for ever": Fault("status", status=401),
    "403": Fault("status", status=403),
    "404": Fault("status", status=404),
    "407, a proxy": Fault("status", status=407),
    "429, again and again": Fault("status", status=429),
    "429, wait an hour": Fault("status", status=429, retry_after="3600"),
    "500": Fault("status", status=500),
    "502": Fault("status", status=502),
    "503": Fault("status", status=503),
    "503, maintenance": Fault("status", status=503, says="Down for maintenance"),
    "504": Fault("status", status=504),
    "the site runs out of time": Fault(
        "status", status=500, says="CRUD ERROR #6: Read timed out after 60 seconds."
    ),
    "no answer in time": Fault("hang", seconds=5),
    "connection reset": Fault("reset"),
    "half an answer": Fault("truncated"),
    "a web page with 200": Fault("html"),
}

HEAD = """# What you are told when the site, or the way to it, fails

Made by the tests (`python -m shotgrid_dagster_tests.site.fault_matrix`), which let each fault meet
each kind of call: the token, the schema, a page of rows, a count, the steps of an upload. What may
pass was tried three times here; a load is more patient. Where an upload passed, the file was looked
at, and was there.

| fault | call | error | sentence |
|---|---|---|---|
"""


def matrix(site: SandboxSite) -> str:
    """The table, as Markdown."""
    lines = []
    for fault_name, fault in FAULTS.items():
        for call_name, (method, path, call) in CALLS.items():
            client = site.client(retry_policy=RETRY_POLICY, page_size=5)
            site.app.state.faults.set(
                [replace(fault, method=method, path=path)]
            )  # fmt: skip
            try:
                call(client)
            except SiteError as error:
                said = re.sub(r"Attachment/\d+", "Attachment/99", str(error))
                said = said.replace(site.url, "https://studio.example")
                lines.append(f"| {fault_name} | {call_name} | {type(error).__name__} | {said} |")
            else:
                lines.append(f"| {fault_name} | {call_name} | none | nothing: it passed |")
            finally:
                site.recover()
    return HEAD + "\n".join(lines) + "\n"


def main() -> None:
    logging.disable(logging.ERROR)
    with ExitStack() as stack:
        database = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "tiny.sqlite"
        studio.build(database, size="tiny")
        PAGE.write_text(matrix(stack.enter_context(serving(database))), encoding="utf-8")


if __name__ == "__main__":
    main()
