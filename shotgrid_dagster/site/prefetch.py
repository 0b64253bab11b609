"""Several reads at once, for consumers that take them one after the other.

A run loads its entity types one by one, but waits on the site for all of them at the same time:
each read is an iterator of pages; a few threads step them, and what comes early is kept until it
is asked for, within a memory limit.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """An item that knows about how many bytes it holds."""

    @property
    def nbytes(self) -> int:
        """Its size in bytes, about."""


T = TypeVar("T", bound=Sized)


class _Read(Generic[T]):
    def __init__(self, start: Callable[[], Iterator[T]]) -> None:
        self.start = start
        self.items: Iterator[T] | None = None
        self.ready: deque[T] = deque()
        self.stepping = False
        self.ended = False
        self.wanted = False
        self.error: BaseException | None = None

    @property
    def is_whole(self) -> bool:
        return self.ended and self.error is None


class Prefetch(Generic[T]):
    """Steps announced reads in the order of their announcement; one that is asked for goes first.

    Each read is stepped by one thread at a time. Memory is bounded: while `max_bytes` of items
    wait, only the read that someone waits for goes on, one item at a time.
    """

    def __init__(self, threads: int = 4, max_bytes: int = 32 * 2**20) -> None:
        self._reads: dict[str, _Read[T]] = {}
        self._max_bytes = max_bytes
        self._waiting_bytes = 0
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"read-ahead-{n}", daemon=True)
            for n in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def announce(self, key: str, start: Callable[[], Iterator[T]]) -> None:
        """Say that `key` will be taken; `start` makes its iterator, in one of the threads."""
        with self._changed:
            self._reads.setdefault(key, _Read(start))
            self._changed.notify_all()

    def take(self, key: str) -> Iterator[T]:
        """The items of an announced read, in order; what its iterator raised is raised here.

        A read can be taken once: to read again, announce it again.
        """
        read = self._reads[key]
        try:
            while True:
                with self._changed:
                    read.wanted = True
                    self._changed.notify_all()
                    self._changed.wait_for(lambda: read.ready or read.ended or self._closed)
                    if not read.ready:
                        if read.error is not None:
                            raise read.error
                        if not read.ended:
                            raise RuntimeError("the read-ahead was closed")
                        return
                    item = read.ready.popleft()
                    self._waiting_bytes -= item.nbytes
                    self._changed.notify_all()
                yield item
        finally:
            self.forget(key)

    def ended(self, keys: Iterable[str]) -> list[str]:
        """Those of the reads that have come to their end, and wait whole."""
        with self._changed:
            return [key for key in keys if key in self._reads and self._reads[key].is_whole]

    def wait_for_end(self, key: str) -> bool:
        """Wait until a read has ended; False when it failed, or is too long to be kept whole."""
        read = self._reads[key]
        with self._changed:
            read.wanted = True
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: read.ended or self._closed or (self._is_full and bool(read.ready))
            )
            return read.is_whole

    def wait_for_any(self, keys: Iterable[str]) -> tuple[list[str], str | None]:
        """Wait until all reads have ended, or no more can be kept.

        Gives those that wait whole, and None; or, when one that does not, since it failed or is
        too long, keeps as much as they do together, that one.
        """
        reads = {key: self._reads[key] for key in keys}

        def is_time() -> bool:
            return self._closed or self._is_full or all(read.ended for read in reads.values())

        with self._changed:
            self._changed.wait_for(is_time)
            sizes = {key: sum(item.nbytes for item in read.ready) for key, read in reads.items()}
            whole = [key for key, read in reads.items() if read.is_whole]
            others = [key for key, read in reads.items() if not read.is_whole]
            biggest = max(others, key=sizes.__getitem__, default=None)
            if biggest is None or sum(sizes[key] for key in whole) > sizes[biggest]:
                return whole, None
            return whole, biggest

    @property
    def _is_full(self) -> bool:
        return self._waiting_bytes >= self._max_bytes

    def __contains__(self, key: str) -> bool:
        return key in self._reads

    def close(self) -> None:
        """Stop: no further step is begun. Steps under way end by themselves."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=5)

    def forget(self, key: str) -> None:
        """Drop a read, and what is waiting of it."""
        with self._changed:
            read = self._reads.pop(key, None)
            if read is not None:
                read.ended = True
                self._waiting_bytes -= sum(item.nbytes for item in read.ready)
                read.ready.clear()
                self._changed.notify_all()

    def _next(self) -> _Read[T] | None:
        """The read to step now; the lock is held."""
        able = [read for read in self._reads.values() if not read.stepping and not read.ended]
        for read in able:
            if read.wanted and not read.ready:
                return read
        if self._is_full:
            return None
        for read in able:
            if read.wanted:
                return read
        return able[0] if able else None

    def _work(self) -> None:
        """What each thread does: it steps one read after the other, until there is none."""
        while True:
            with self._changed:
                while not self._closed and (read := self._next()) is None:
                    self._changed.wait()
                if self._closed:
                    return
                assert read is not None
                read.stepping = True
            item: T | None = None
            error: BaseException | None = None
            try:
                if read.items is None:
                    read.items = read.start()
                item = next(read.items, None)
            except BaseException as raised:  # noqa: BLE001  # raised again where the item is taken
                error = raised
            self._keep(read, item, error)

    def _keep(self, read: _Read[T], item: T | None, error: BaseException | None) -> None:
        """What a step gave; without an item, the read has ended."""
        with self._changed:
            read.stepping = False
            if item is None:
                read.ended = True
                read.error = error
            elif not read.ended:
                read.ready.append(item)
                self._waiting_bytes += item.nbytes
            self._changed.notify_all()
