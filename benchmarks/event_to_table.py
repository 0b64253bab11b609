"""How long an edit on the site takes to its row in the readers' copy, with the daemon, the sensor
that looks at the site, and the one that builds and publishes what was loaded."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.process import measured
from benchmarks.project import ROOT, Project

SETTLING = 120.0
"""Seconds until the daemon has looked at the event log for the first time."""

RETRY_POLICY = 180.0
"""Seconds after which an edit that is not in the copy is given up."""

EDIT = """
import sys
from pathlib import Path
from shotgrid_dagster.sandbox.writes.editing import Editor
Editor(Path(sys.argv[1])).update("Shot", int(sys.argv[2]), description=sys.argv[3])
"""

LOOK = """
import sys, time
import duckdb
path, row, text, patience = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
query = f"select description from shotgun_software_data.shots where id = {row}"
until = time.monotonic() + patience
while time.monotonic() < until:
    with duckdb.connect(path, read_only=True) as connection:
        if connection.execute(query).fetchone() == (text,):
            break
    time.sleep(0.25)
else:
    sys.exit(f"not in the published copy after {patience:g} s")
"""


def seconds_of_edits(project: Project, site: Path, edits: int) -> Iterator[float]:
    """Seconds from each edit to its row, the sensor's interval included.

    Args:
        project: its `.dlt` names the site.
        site: the site's database.
    """
    environment = {**project.environment, "PYTHONPATH": str(ROOT)}
    for command in (
        ["shotgrid-dagster", "discover"],
        ["dagster", "asset", "materialize", "-m", "shotgrid_dagster.definitions", "--select", "*"],
        ["dagster", "sensor", "start", "site_changes", "-w", "workspace.yaml"],
        ["dagster", "sensor", "start", "models_follow", "-w", "workspace.yaml"],
    ):
        measured(command, project.path, environment)
    published = project.database.with_name("published.duckdb")
    with daemon(project):
        for number in range(edits):
            row, text = str(number + 1), f"edit {number}"
            measured([sys.executable, "-c", EDIT, str(site), row, text], project.path, environment)
            started = time.monotonic()
            look = [sys.executable, "-c", LOOK, str(published), row, text, str(RETRY_POLICY)]
            measured(look, project.path, environment)
            yield time.monotonic() - started
            # What changes more often than every minute is published together, once a minute. And
            # not in step with the sensors' intervals.
            time.sleep(61 + 7 * number)


@contextmanager
def daemon(project: Project) -> Iterator[None]:
    """`dagster dev` over the project, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = project.path / "dagster-dev.log"
    # A background job of a shell ignores SIGINT, and Dagster would copy that to SIGTERM.
    command = ["env", "--default-signal=INT,TERM", "dagster", "dev"]
    command += ["--workspace", "workspace.yaml", "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=project.path,
            env={**os.environ, **project.environment},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        until = time.monotonic() + SETTLING
        while "watching begins behind entry" not in log.read_text(errors="replace"):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the sensor did not look:\n{log.read_text()[-3000:]}")
            time.sleep(0.5)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
