"""A Postgres of its own for the tests: a real server, on loopback, in a temporary folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


def binaries() -> Path | None:
    """The folder of Postgres' own programs: on the path, or where Debian puts them."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else None


@contextmanager
def running_postgres() -> Iterator[str]:
    """The connection string of a fresh database; the server ends with the block.

    A test that asks for it is skipped where there is no server to start.
    """
    programs = binaries()
    if programs is None:
        pytest.skip("there is no PostgreSQL server on this machine to start")
    folder = Path(tempfile.mkdtemp(prefix="shotgrid-postgres-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Postgres refuses to run as root.
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        user = {"user": "postgres", "group": "postgres", "extra_groups": []}
    try:
        _run(
            [programs / "initdb", "-D", folder / "db", "-U", "loader", "-A", "trust"], folder, user
        )
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
        start = [programs / "pg_ctl", "-D", folder / "db", "-w", "-l", folder / "log"]
        _run([*start, "-o", options, "start"], folder, user)
        try:
            yield f"postgresql://loader:loader@127.0.0.1:{port}/postgres"
        finally:
            stop = [programs / "pg_ctl", "-D", folder / "db", "-m", "immediate", "stop"]
            _run(stop, folder, user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[object], folder: Path, user: dict[str, Any]) -> None:
    subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        timeout=60,
        **user,
    )
