"""`results.json`: the machine, the versions, every row, and the figures made from them."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.figures import NEWEST, OURS, extrapolated, figures, with_libraries

PACKAGES = ("dagster", "dlt", "duckdb", "msgspec", "orjson", "pyarrow", "requests")


class Results:
    """The rows of a bench, written after each of them: what broke off keeps what it has.

    Args:
        path: the JSON file.
        keep: rows of sites of another size, and of measurements that are not among `names`, stay
            from the run before.
        names: those that run now; their rows are replaced as they come.
    """

    def __init__(self, path: Path, size: str, keep: bool, names: Sequence[str]) -> None:
        self._path = path
        self._size = size
        self.rows: list[dict[str, Any]] = []
        self._run = datetime.now(timezone.utc).isoformat(timespec="seconds")
        if keep and path.exists():
            before = json.loads(path.read_text())["rows"]
            self.rows = [row for row in before if row["part"] not in names or row["size"] != size]

    def add(self, part: str, row: dict[str, Any]) -> None:
        self.rows.append({**row, "part": part, "size": self._size, "run": self._run})
        self.write()

    def write(self) -> None:
        beside = self._path.with_suffix(".tmp")
        beside.write_text(json.dumps(self.content(), indent=1) + "\n")
        beside.replace(self._path)

    def content(self) -> dict[str, Any]:
        return {
            "machine": machine(),
            "versions": versions(),
            "figures": figures(self.rows),
            "notes": notes(self.rows),
            "rows": self.rows,
        }


def machine() -> dict[str, object]:
    """What it ran on; no names."""
    load_state = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(load_state, 1),
        "system": platform.system(),
        "processor": platform.machine(),
    }


def versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in PACKAGES},
    }


def notes(rows: Sequence[dict[str, Any]]) -> list[str]:
    """What one has to know about the figures."""
    sentences = [
        "Site and loader run on the same cores; each row is one whole process, start-up included.",
        "Loads of up to 20,000 Tasks were repeated, and the middle one counts.",
        "A site with up to 3 % more Tasks than the number in a name counts as that number.",
    ]
    newest, same = with_libraries(rows, NEWEST), with_libraries(rows, OURS)
    taken = "at 200,000 it is extrapolated, at the same cost per row."
    if newest and extrapolated(newest):
        sentences.append(f"The generated pipeline was measured up to 20,000 Tasks, and {taken}")
    elif same and extrapolated(same):
        sentences.append(
            "The generated pipeline was measured up to 200,000 Tasks; with the same DuckDB up to "
            f"20,000, and {taken}"
        )
    for dlt, duckdb in sorted({(row["dlt"], row["duckdb"]) for row in newest}):
        sentences.append(
            f"The generated pipeline has dlt {dlt} and DuckDB {duckdb}, the newest; ours has "
            f"dlt {version('dlt')} and DuckDB {version('duckdb')}."
        )
    if any(row["measurement"] == "event_log" for row in rows):
        sentences.append("Five million rows are the site's event log, not Tasks.")
    if len({row["run"] for row in rows}) > 1:
        sentences.append("The rows come from several runs: see `run` of each.")
    return sentences
