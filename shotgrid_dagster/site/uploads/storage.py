"""Bytes at signed addresses: what the storage behind a site takes and gives.

A signed address opens a file to whoever has it. So none of them gets into an error, a log line or
an exception that is the cause of another: failures are told in words of our own.
"""

from __future__ import annotations

import contextlib
import logging
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import requests

from shotgrid_dagster.site.errors import UNCHANGED, SiteUnavailable, UploadRefused
from shotgrid_dagster.site.http.address import is_loopback
from shotgrid_dagster.site.http.exchange import CONNECT_SECONDS
from shotgrid_dagster.site.http.transport import RetryPolicy
from shotgrid_dagster.site.request_stats import RequestStats

log = logging.getLogger(__name__)

T = TypeVar("T")

BLOCK = 2**20
"""Bytes that are held in memory at a time when a file is compared."""
PASSING = frozenset({408, 429, 500, 502, 503, 504})
PROXY_WANTS_A_PASSWORD = 407


class _Unsigned(logging.Filter):
    """Keeps signatures out of urllib3's log, which at DEBUG names the address of each request."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                re.sub(r"\?.*", "?...", arg) if isinstance(arg, str) and "ignature=" in arg else arg
                for arg in record.args
            )
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_Unsigned())


class Piece:
    """A stretch of a file as the body of a request: read a block at a time, never whole."""

    def __init__(self, path: Path, start: int, size: int) -> None:
        self._file = path.open("rb")
        self._file.seek(start)
        self._size = size
        self._left = size
        self.name = path.name

    def __len__(self) -> int:
        return self._size

    def read(self, size: int = -1) -> bytes:
        """The next bytes of the stretch.

        Raises:
            UploadRefused: the file has become shorter.
        """
        wanted = self._left if size < 0 else min(size, self._left)
        block = self._file.read(wanted)
        if len(block) < wanted:
            raise UploadRefused(
                f"{self.name} became shorter while it was uploaded: upload it when it is finished."
            )
        self._left -= len(block)
        return block

    def close(self) -> None:
        self._file.close()


class Held(Enum):
    """What is at an address, held against a file."""

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

    def __init__(
        self,
        retry_policy: RetryPolicy,
        stats: RequestStats,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._patience = retry_policy
        self._tally = stats
        self._sleep = sleep
        self._session = requests.Session()
        self._jitter = random.Random()

    def close(self) -> None:
        self._session.close()

    def put(self, address: Callable[[bool], str], path: Path, start: int, size: int) -> str:
        """Put a stretch of a file to an address; gives its tag.

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
            where = _checked(address(refused_once))
            with contextlib.closing(Piece(path, start, size)) as piece:
                got = self._request("PUT", where, piece)
            if got.status == 403 and not refused_once:
                refused_once = True
                return None
            if got.status >= 300:
                raise UploadRefused(
                    f"The storage behind the site does not take {path.name} (HTTP {got.status}). "
                    f"{UNCHANGED}; run it again, and if it stays so, tell the site's administrator."
                )
            return got.etag

        while (tag := self._patiently(once, f"putting {path.name}")) is None:
            pass
        return tag

    def compare(self, address: str, path: Path, whole_up_to: int) -> Held:
        """What is at an address, held against a file: all bytes, or of a file bigger than
        `whole_up_to` its size, its first and its last megabyte.

        Raises:
            SiteUnavailable: the storage kept failing.
        """
        size = path.stat().st_size
        where = _checked(address)
        doing = f"fetching {path.name} back"
        if size <= max(whole_up_to, BLOCK):
            return self._patiently(partial(self._same, where, path, 0, size, size), doing)
        for start in (0, size - BLOCK):
            held = self._patiently(partial(self._same, where, path, start, BLOCK, size), doing)
            if held is not Held.SAME:
                return held
        return Held.SAME_ENDS

    def _same(self, address: str, path: Path, start: int, size: int, whole: int) -> Held:
        """One stretch of what is at an address, against the file's."""
        headers = {"Accept-Encoding": "identity"}
        is_part = size < whole
        if is_part:
            headers["Range"] = f"bytes={start}-{start + size - 1}"
        with self._answer("GET", address, headers=headers) as response:
            if response.status_code in (403, 404, 416):
                return Held.OTHER if response.status_code == 416 else Held.NOTHING
            if response.status_code >= 300:
                raise _Failed(f"HTTP {response.status_code}")
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

    def _request(self, method: str, address: str, body: Piece) -> _Got:
        with self._answer(method, address, body=body) as response:
            response.raw.read(BLOCK)
            return _Got(response.status_code, response.headers.get("ETag", ""))

    @contextlib.contextmanager
    def _answer(
        self,
        method: str,
        address: str,
        *,
        headers: dict[str, str] | None = None,
        body: Piece | None = None,
    ) -> Iterator[requests.Response]:
        """An answer whose body is still to be read. Raises `_Failed` without the address."""
        failure = ""
        started = time.monotonic()
        try:
            with contextlib.closing(
                self._session.request(
                    method,
                    address,
                    data=body,
                    headers=headers,
                    timeout=(CONNECT_SECONDS, self._patience.answer_seconds),
                    stream=True,
                    allow_redirects=False,
                )
            ) as response:
                if response.status_code in PASSING:
                    failure = f"HTTP {response.status_code}"
                elif response.status_code == PROXY_WANTS_A_PASSWORD:
                    failure = (
                        f"a proxy on the way wants a password (HTTP {PROXY_WANTS_A_PASSWORD}), "
                        "which goes into HTTPS_PROXY"
                    )
                else:
                    yield response
        except requests.exceptions.SSLError:
            failure = "no safe connection (TLS)"
        except requests.Timeout:
            failure = "no answer in time"
        except (requests.RequestException, OSError):
            failure = "the connection broke off"
        except Exception as error:  # urllib3's own, while the body is read
            if not type(error).__module__.startswith("urllib3"):
                raise
            failure = "the answer broke off"
        finally:
            self._tally.add(requests=1, seconds_in_api=time.monotonic() - started)
        # Outside of the handlers: what is raised here has no cause that holds the address.
        if failure:
            raise _Failed(failure)

    def _patiently(self, once: Callable[[], T], doing: str) -> T:
        wait = self._patience.first_wait
        said = ""
        for attempt in range(self._patience.tries):
            if attempt:
                pause = min(wait * self._jitter.uniform(0.75, 1.25), self._patience.longest_wait)
                log.warning("%s: %s; waiting %.1f s, then trying again", doing, said, pause)
                self._tally.add(retries=1, seconds_waited=pause)
                self._sleep(pause)
                wait *= 2
            try:
                return once()
            except _Failed as failure:
                said = str(failure)
        raise SiteUnavailable(
            f"The storage behind the site failed {self._patience.tries} times at {doing}; the last "
            f"time: {said}. {UNCHANGED}; run it again when it is well."
        )


class _Failed(Exception):
    """A request that may do better the next time."""


def _exactly(response: requests.Response, size: int) -> bytes:
    """The next bytes of a body; fewer only at its end. One that breaks off is urllib3's error."""
    blocks = []
    while size and (block := response.raw.read(size)):
        blocks.append(block)
        size -= len(block)
    return b"".join(blocks)


def _checked(address: str) -> str:
    """The address, if bytes may travel there.

    Raises:
        UploadRefused: it is plain http to another machine, or no address.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise UploadRefused(
            f"The site names a storage at {host or 'no host'} that is not https: files are not "
            "sent there unencrypted."
        )
    return address
