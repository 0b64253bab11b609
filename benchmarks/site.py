"""The sandbox site as a process of its own, and its databases cut to a number of Tasks."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

SERVER = """
import sys
from dataclasses import asdict
from json import dumps
from pathlib import Path
from shotgrid_dagster.sandbox.http.server import serve
serve(Path(sys.argv[1]), host="127.0.0.1", port=0, faults=(), until_stdin_closes=True,
      announce=lambda ready: print(dumps(asdict(ready)), flush=True))
"""


@dataclass
class Server:
    """A site that answers, and the script that may sign in."""

    url: str
    client_id: str
    client_secret: str
    pid: int

    @property
    def address(self) -> str:
        """Host and port."""
        return self.url.split("//")[1]

    def answer_after(self, seconds: float) -> None:
        """From now on every call waits so long before it is answered."""
        faults = [{"kind": "latency", "seconds": seconds}] if seconds else []
        self._ask("POST", "faults", json.dumps({"faults": faults}).encode())

    def count_calls_anew(self) -> None:
        self._ask("DELETE", "requests")

    def calls(self) -> int:
        """Calls of the API since they were counted anew."""
        return sum(json.loads(self._ask("GET", "requests")).values())

    def cpu_seconds(self) -> float | None:
        """Of the server so far; None where there is no `/proc`."""
        try:
            text = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:
            return None
        user, system = text.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def peak_megabytes(self) -> float | None:
        """The server's most resident memory; None where there is no `/proc`."""
        try:
            text = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return None
        match = re.search(r"VmHWM:\s+(\d+) kB", text)
        return int(match[1]) / 1024 if match else None

    def _ask(self, method: str, what: str, body: bytes | None = None) -> bytes:
        headers = {"Content-Type": "application/json"}
        url = f"{self.url}/_sandbox/{what}"
        request = urllib.request.Request(url, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            said: bytes = answer.read()
        return said


@contextmanager
def serving(database: Path) -> Iterator[Server]:
    """Serve a database in another process until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())
        yield Server(ready["url"], ready["client_id"], ready["client_secret"], process.pid)
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(10)


def count(database: Path, table: str = "tasks") -> int:
    """The rows of a table of the site, retired ones included."""
    with closing(sqlite3.connect(database)) as connection:
        found = connection.execute(f"select count(*) from {table}").fetchone()
    return int(found[0])


def cut(database: Path, tasks: int, target: Path) -> Path:
    """A copy of a site's database with its first so many Tasks only."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(database, target)
    with closing(sqlite3.connect(target)) as connection, connection:
        connection.execute(
            "delete from tasks where id >= (select id from tasks order by id limit 1 offset ?)",
            (tasks,),
        )
    return target


def change(database: Path, share: float) -> int:
    """Change a share of the Tasks, evenly over the ids, as a script does that logs no events; gives
    how many."""
    with closing(sqlite3.connect(database)) as connection, connection:
        done = connection.execute(
            "update tasks set sg_description = 'changed by the benchmark',"
            " updated_at = strftime('%Y-%m-%dT%H:%M:%SZ') where id % ? = 0",
            (round(1 / share),),
        )
        return done.rowcount
