"""Locks in the data folder, which are free as soon as their holder is gone."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

LOADER = "loader"
"""The lock that whoever loads has from its first read to its last write."""


class FolderLocks:
    """Locks of one folder, by name, as one process uses them.

    Each is a file, which the operating system frees when its holder dies.

    Args:
        folder: made when it is not there.
        who: the name that those who wait are shown.
        on_progress: hears for whom this one waits.
    """

    def __init__(self, folder: Path, who: str, on_progress: Callable[[str], object]) -> None:
        self._folder = folder
        self._who = who
        self._on_progress = on_progress
        self._locks: dict[str, FileLock] = {}

    @contextmanager
    def held(self, name: str, to_do: str, doing: str) -> Iterator[float]:
        """Hold a lock; gives the seconds that were waited for it.

        A thread that holds it may take it again. `to_do` and `doing` say what for: `load`,
        `loading`.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = self._locks.setdefault(name, FileLock(self._folder / f"{name}.lock"))
        if lock.is_locked:
            yield 0.0
            return
        holder = self._folder / f"{name}.holder.json"
        started = time.monotonic()
        try:
            lock.acquire(timeout=1)
        except Timeout:
            self._on_progress(f"{self._who} waits to {to_do}: {_held_by(holder)} is {doing}")
            lock.acquire()
        try:
            holder.write_text(json.dumps({"who": self._who, "pid": os.getpid()}), encoding="utf-8")
            yield time.monotonic() - started
        finally:
            holder.unlink(missing_ok=True)
            lock.release()

    def holder(self, name: str) -> str | None:
        """Who holds a lock at this moment; None: nobody does. It does not wait."""
        path = self._folder / f"{name}.lock"
        if not path.exists():
            return None
        probe = FileLock(path)
        try:
            probe.acquire(timeout=0)
        except Timeout:
            return _held_by(self._folder / f"{name}.holder.json")
        probe.release()
        return None


def _held_by(holder: Path) -> str:
    try:
        held = json.loads(holder.read_text(encoding="utf-8"))
        return f"{held['who']} (process {held['pid']})"
    except (OSError, ValueError, KeyError):
        return "another process"
