"""One command as a process of its own, and what it cost: wall, CPU, peak memory."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class CommandFailed(RuntimeError):
    """A measured command ended with an error; the text has the end of its output."""


@dataclass(frozen=True)
class Cost:
    """What one process cost, from its start to its end."""

    wall_s: float
    cpu_s: float
    """Of the process and of all children that it waited for."""
    peak_mb: float
    """The most resident memory of one process (MiB): its own, or that of its biggest child."""
    elsewhere_cpu_s: float | None
    """What all other processes of the machine used meanwhile; None where there is no `/proc`."""
    output: str
    """What it printed on stdout."""


def measured(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    seconds: float = 3600.0,
) -> Cost:
    """Run a command in a folder to its end.

    The kernel counts what this process held at the fork into the child's peak, so whoever calls
    this imports nothing big.

    Raises:
        CommandFailed: its exit code is not 0, or it was ended after `seconds`.
    """
    errors = folder / "stderr.txt"
    with errors.open("wb") as stderr:
        busy = busy_seconds()
        started = time.perf_counter()
        process = subprocess.Popen(
            list(command),
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
        assert process.stdout is not None
        too_long = threading.Timer(seconds, process.kill)
        too_long.start()
        try:
            output = process.stdout.read().decode(errors="replace")
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            too_long.cancel()
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
    if process.returncode:
        output = errors.read_text(errors="replace")[-3000:]
        raise CommandFailed(f"{' '.join(command)} ended with {process.returncode}:\n{output}")
    own = used.ru_utime + used.ru_stime
    now = busy_seconds()
    elsewhere = None if busy is None or now is None else round(max(now - busy - own, 0.0), 2)
    return Cost(round(wall, 3), round(own, 3), round(used.ru_maxrss / 1024, 1), elsewhere, output)


def busy_seconds() -> float | None:
    """CPU seconds of all processes since the machine started."""
    try:
        times = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    except OSError:
        return None
    user, nice, system = (int(time_) for time_ in times[:3])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")
