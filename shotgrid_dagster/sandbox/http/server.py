"""The sandbox site as a process (`start`), or in a thread of this one (`serve_in_thread`)."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

    from shotgrid_dagster.sandbox.faults.faults import Fault
    from shotgrid_dagster.sandbox.writes.policy import WritePolicy

STOP_SECONDS = 5
TAIL_BYTES = 4000
IDLE_SECONDS = 60
"""Longer than clients pause: one that reuses a connection just as it is closed sees a reset."""


class SandboxDidNotStart(RuntimeError):
    """The sandbox process ended before it could answer; the text has the end of its output."""


@dataclass
class RunningSandbox:
    """A sandbox site in a process of its own, which ends with this one."""

    url: str
    client_id: str
    client_secret: str
    _process: subprocess.Popen[bytes] = field(repr=False)

    def close(self) -> None:
        """End the process. It is safe to call this twice."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __enter__(self) -> RunningSandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def start(data_dir: Path, size: str = "studio") -> RunningSandbox:
    """Start the site whose database is in `data_dir`, and make that database if it is not there.

    Returns when the site answers. Raises SandboxDidNotStart.
    """
    command = [sys.executable, "-m", "shotgrid_dagster.sandbox", "--data-dir", str(data_dir)]
    command += ["--size", size, "--json-line", "--until-stdin-closes"]
    # A file, not a pipe: nobody reads what the site logs while it runs.
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            process.wait()
            raise SandboxDidNotStart(
                f"the sandbox site in {data_dir} did not start"
                f" (exit code {process.returncode}):\n{_tail(log)}"
            )
    ready = json.loads(line)
    return RunningSandbox(ready["url"], ready["client_id"], ready["client_secret"], process)


@dataclass(frozen=True)
class Ready:
    """Where a site answers, and the scripts that may sign in."""

    url: str
    client_id: str
    """The script that reads the site: what it writes leaves no events."""
    client_secret: str
    logged_client_id: str | None
    """A script whose writes are in the event log; None: the site was made without one."""
    logged_client_secret: str | None
    now: str
    """The time that it is at the site, in UTC: `2026-06-01 09:00:02`."""


def serve(
    database: Path,
    *,
    host: str,
    port: int,
    faults: Sequence[Fault],
    until_stdin_closes: bool,
    announce: Callable[[Ready], object],
    policy: WritePolicy | None = None,
) -> None:
    """Serve until the process is told to stop. `announce` is called when the site answers.

    `policy`: how the site takes writes, where nobody measured it.

    Raises SandboxDidNotStart when it cannot listen there.
    """
    from shotgrid_dagster.sandbox.http.app import create_app

    app = create_app(database, policy=policy)
    app.state.faults.set(faults)
    try:
        listener = _listen(port, host)
    except OSError as problem:
        raise SandboxDidNotStart(f"{host}:{port} cannot be used: {problem.strerror}") from None
    server = _server(app)
    if until_stdin_closes:
        threading.Thread(target=_exit_with_stdin, daemon=True).start()
    settings = app.state.site.settings
    # The socket listens already: who connects now is answered as soon as the loop runs.
    announce(
        Ready(
            _address(listener),
            settings["script_name"],
            settings["script_key"],
            settings.get("logged_script_name"),
            settings.get("logged_script_key"),
            app.state.site.clock().strftime("%Y-%m-%d %H:%M:%S"),
        )
    )
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


@dataclass(frozen=True)
class SiteInThread:
    """A site that runs in a thread of this process."""

    url: str
    app: Starlette


@contextlib.contextmanager
def serve_in_thread(database: Path, app: Starlette | None = None) -> Iterator[SiteInThread]:
    """Serve `app`, or else the site in `database`, until the block ends."""
    from shotgrid_dagster.sandbox.http.app import create_app

    app = app or create_app(database)
    listener = _listen(0)
    server = _server(app)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True
    )
    thread.start()
    try:
        yield SiteInThread(_address(listener), app)
    finally:
        server.should_exit = server.force_exit = True
        thread.join(STOP_SECONDS)
        app.state.site.connections.close()


def _server(app: Starlette) -> uvicorn.Server:
    import uvicorn

    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="none",
            date_header=False,  # the site says its own time
            timeout_keep_alive=IDLE_SECONDS,
        )
    )


def _listen(port: int, host: str = "127.0.0.1") -> socket.socket:
    # asyncio sends small answers at once (TCP_NODELAY) only where it sees that this is TCP; else
    # every answer waits 40 ms for the client's acknowledgement.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, proto=socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.listen(128)
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _exit_with_stdin() -> None:
    """End with whoever started this process: the kernel closes its pipe even after a kill."""
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def _tail(log: BinaryIO) -> str:
    size = log.seek(0, os.SEEK_END)
    log.seek(max(0, size - TAIL_BYTES))
    return log.read().decode("utf-8", "replace")
