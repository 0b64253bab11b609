"""Bytes at signed addresses: what the storage behind a site takes and gives."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TypeVar

import requests

from shotgrid_dagster.site.errors import UNCHANGED, SiteUnavailable, UploadRefused
from shotgrid_dagster.site.http.retry_policy import Backoff, RetryPolicy
from shotgrid_dagster.site.http.transient import Cause, TransientError
from shotgrid_dagster.site.request_stats import RequestStats
from shotgrid_dagster.site.uploads.piece import Piece
from shotgrid_dagster.site.uploads.signed_requests import answer, checked

log = logging.getLogger(__name__)

T = TypeVar("T")

BLOCK = 2**20
"""Bytes that are in memory at a time when a file is compared."""


class Held(Enum):
    """What is at an address, against a file."""

    SAME = "all bytes are the same"
    SAME_ENDS = "the size, the first and the last megabyte are the same"
    OTHER = "other bytes come"
    NOTHING = "nothing is there"


@dataclass(frozen=True)
class _Got:
    status: int
    etag: str


class Storage:
    """The storage behind a site, as the holder of signed addresses sees it."""

    def __init__(self, retry_policy: RetryPolicy, stats: RequestStats) -> None:
        self._retry_policy = retry_policy
        self._stats = stats
        self._session = requests.Session()

    def close(self) -> None:
        """Close its connections."""
        self._session.close()

    def put(self, address: Callable[[bool], str], path: Path, start: int, size: int) -> str:
        """Put a part of a file to an address; gives its tag.

        The same bytes at the same address twice are one file: so it is tried again whatever went
        wrong. `address` is called before each try, with True when the last address was refused
        (its signature is good for some minutes only).

        Raises:
            SiteUnavailable: the storage kept failing.
            UploadRefused: it does not take the bytes, or the file became shorter.
        """
        refused_once = False

        def once() -> str | None:
            nonlocal refused_once
            where = checked(address(refused_once))
            with contextlib.closing(Piece(path, start, size)) as piece:
                got = self._put(where, piece)
            if got.status == 403 and not refused_once:
                refused_once = True
                return None
            if got.status >= 300:
                raise UploadRefused(
                    f"The storage behind the site does not take {path.name} (HTTP {got.status}).",
                    f"{UNCHANGED}; run it again, and if it stays so, tell the site's "
                    "administrator.",
                )
            return got.etag

        while (tag := self._tried(once, f"putting {path.name}")) is None:
            pass
        return tag

    def compare(self, address: str, path: Path, whole_up_to: int) -> Held:
        """What is at an address, against a file.

        All bytes are compared, or of a file bigger than `whole_up_to` bytes its size, its first and
        its last megabyte.

        Raises:
            SiteUnavailable: the storage kept failing.
        """
        size = path.stat().st_size
        where = checked(address)
        doing = f"fetching {path.name} back"
        if size <= max(whole_up_to, BLOCK):
            return self._tried(partial(self._same, where, path, 0, size, size), doing)
        for start in (0, size - BLOCK):
            held = self._tried(partial(self._same, where, path, start, BLOCK, size), doing)
            if held is not Held.SAME:
                return held
        return Held.SAME_ENDS

    def _same(self, address: str, path: Path, start: int, size: int, whole: int) -> Held:
        """One part of what is at an address, against the file's."""
        headers = {"Accept-Encoding": "identity"}
        is_part = size < whole
        if is_part:
            headers["Range"] = f"bytes={start}-{start + size - 1}"
        with self._answer("GET", address, headers=headers) as response:
            if response.status_code in (403, 404, 416):
                return Held.OTHER if response.status_code == 416 else Held.NOTHING
            if response.status_code >= 300:
                raise TransientError(f"HTTP {response.status_code}", Cause.SERVER_ERROR)
            said = response.headers.get("Content-Range", "")
            if is_part and said.rpartition("/")[2] != str(whole):
                return Held.OTHER
            with path.open("rb") as file:
                file.seek(start)
                left = size
                while left:
                    block = file.read(min(BLOCK, left))
                    if not block or _exactly(response, len(block)) != block:
                        return Held.OTHER
                    left -= len(block)
            return Held.OTHER if response.raw.read(1) else Held.SAME

    def _put(self, address: str, body: Piece) -> _Got:
        with self._answer("PUT", address, body=body) as response:
            response.raw.read(BLOCK)
            return _Got(response.status_code, response.headers.get("ETag", ""))

    def _answer(
        self,
        method: str,
        address: str,
        *,
        headers: dict[str, str] | None = None,
        body: Piece | None = None,
    ) -> contextlib.AbstractContextManager[requests.Response]:
        seconds = self._retry_policy.answer_seconds
        return answer(
            self._session, self._stats, seconds, method, address, headers=headers, body=body
        )

    def _tried(self, once: Callable[[], T], doing: str) -> T:
        backoff = Backoff(self._retry_policy)
        said = ""
        for attempt in range(self._retry_policy.tries):
            if attempt:
                seconds = backoff.next()
                log.warning("%s: %s; waiting %.1f s, then trying again", doing, said, seconds)
                self._stats.add(retries=1, seconds_waited=seconds)
                time.sleep(seconds)
            try:
                return once()
            except TransientError as failure:
                said = str(failure)
        raise SiteUnavailable(
            f"The storage behind the site failed {self._retry_policy.tries} times at {doing}; the "
            f"last time: {said}.",
            f"{UNCHANGED}; run it again when it is well.",
        )


def _exactly(response: requests.Response, size: int) -> bytes:
    """The next bytes of a body; fewer only at its end. One that breaks off is urllib3's error."""
    return b"".join(_blocks(response, size))


def _blocks(response: requests.Response, size: int) -> Iterator[bytes]:
    while size and (block := response.raw.read(size)):
        yield block
        size -= len(block)
