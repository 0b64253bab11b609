"""How fast the sandbox site serves rows, apart from whoever reads them.

    python -m benchmarks.sandbox_speed data/sandbox/studio.sqlite

Serves the database in another process, reads all its Tasks by id (`id greater_than last`, 5,000 a
page, 30 named fields) with a client that only drains the connection, and prints one JSON object.
CPU seconds and memory of the server come from `/proc`; elsewhere than on Linux they are null.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import sys
import time
from contextlib import closing
from pathlib import Path

from benchmarks.site import Server, serving

ARRAY = "application/vnd+shotgun.api3_array+json"
FORM = "application/x-www-form-urlencoded"
FIELDS = [
    "content", "cached_display_name", "sg_status_list", "sg_description", "start_date", "due_date",
    "duration", "est_in_mins", "time_logs_sum", "time_vs_est", "time_percent_of_est", "workload",
    "milestone", "pinned", "color", "sg_priority", "sg_sort_order", "splits", "image",
    "created_at", "updated_at", "created_by", "updated_by", "project", "entity", "step",
    "task_assignees", "task_reviewers", "upstream_tasks", "tags",
]  # fmt: skip
LAST_ID = re.compile(rb'"id":(\d+),"links":\{"self":"[^"]*"\}\}\],"links"')
CHUNK = 1 << 20
TAIL = 4096


class Reader:
    """A client that reads pages and throws them away."""

    def __init__(self, server: Server) -> None:
        self.wire = http.client.HTTPConnection(server.address, timeout=60)
        form = f"grant_type=client_credentials&client_id={server.client_id}"
        form += f"&client_secret={server.client_secret}"
        answer = self._post("/auth/access_token", form.encode(), {"Content-Type": FORM})
        bearer = json.loads(answer.read())["access_token"]
        self.headers = {"Content-Type": ARRAY, "Authorization": f"Bearer {bearer}"}

    def count(self) -> int:
        """Tasks, those of archived projects included."""
        body = {
            "filters": [],
            "summary_fields": [{"field": "id", "type": "count"}],
            "options": {"include_archived_projects": True},
        }
        answer = self._post("/entity/tasks/_summarize", json.dumps(body).encode(), self.headers)
        total: int = json.loads(answer.read())["data"]["summaries"]["id"]
        return total

    def page(self, last: int, size: int) -> tuple[int | None, int]:
        """Reads the page behind the row `last`: (its last id, None when it is empty; its bytes)."""
        body = {
            "filters": [["id", "greater_than", last]],
            "fields": FIELDS,
            "sort": "id",
            "page": {"size": size},
            "options": {"include_archived_projects": True},
        }
        answer = self._post("/entity/tasks/_search", json.dumps(body).encode(), self.headers)
        received, tail = 0, b""
        while chunk := answer.read(CHUNK):
            received += len(chunk)
            tail = (tail + chunk)[-TAIL:]
        match = LAST_ID.search(tail)
        return (int(match[1]) if match else None), received

    def _post(self, path: str, body: bytes, headers: dict[str, str]) -> http.client.HTTPResponse:
        self.wire.request("POST", f"/api/v1{path}", body, headers)
        answer = self.wire.getresponse()
        if answer.status != 200:
            sys.exit(f"{path} was answered {answer.status}: {answer.read()[:500]!r}")
        return answer


def measure(database: Path, size: int, walks: int) -> dict[str, object]:
    with serving(database) as server:
        reader = Reader(server)
        with closing(reader.wire):
            rows = walks * reader.count()
            cpu_before = server.cpu_seconds()
            started = time.perf_counter()
            pages = received = 0
            for _ in range(walks):
                last: int | None = 0
                while last is not None:
                    last, page_bytes = reader.page(last, size)
                    pages += 1
                    received += page_bytes
            seconds = time.perf_counter() - started
            cpu_after, peak = server.cpu_seconds(), server.peak_megabytes()
        cpu = None if cpu_before is None or cpu_after is None else cpu_after - cpu_before
        return {
            "rows": rows,
            "pages": pages,
            "megabytes": round(received / 1e6, 1),
            "seconds": round(seconds, 2),
            "rows_per_second": round(rows / seconds),
            "server_cpu_seconds": cpu and round(cpu, 2),
            "rows_per_server_cpu_second": cpu and round(rows / cpu),
            "server_peak_megabytes": peak and round(peak, 1),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("database", type=Path, help="e.g. data/sandbox/studio.sqlite")
    parser.add_argument("--page-size", type=int, default=5_000)
    parser.add_argument("--walks", type=int, default=5, help="how often all Tasks are read")
    arguments = parser.parse_args()
    if not arguments.database.exists():
        parser.error(f"{arguments.database} is not there: make it with `make demo`")
    print(json.dumps(measure(arguments.database, arguments.page_size, arguments.walks)))


if __name__ == "__main__":
    main()
