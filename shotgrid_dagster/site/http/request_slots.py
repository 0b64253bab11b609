"""How many calls are under way at once, and which of those that wait goes first."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class RequestSlots:
    """Slots for calls under way. One that can wait takes a slot when no other call wants it.

    Args:
        count: how many there are; None: as many as are asked for.
    """

    def __init__(self, count: int | None) -> None:
        self._free = count
        self._waiting = 0
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, *, can_wait: bool = False) -> Iterator[None]:
        """Wait for a slot, and have it while the body runs."""
        if self._free is None:
            yield
            return
        with self._changed:
            self._waiting += not can_wait
            self._changed.wait_for(lambda: self._free and (not can_wait or not self._waiting))
            self._waiting -= not can_wait
            self._free -= 1
            # Who can wait may have waited for this one only.
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()
