"""Requests to one site, with retries and waits, for all the threads of a run."""

from __future__ import annotations

import itertools
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from urllib.parse import urljoin

import msgspec
import requests

from shotgrid_dagster.site.errors import (
    UNCHANGED,
    BudgetSpent,
    CannotConnect,
    MalformedAnswer,
    NoAnswer,
    NotAShotGridSite,
    SiteError,
    SiteTooSlow,
    SiteUnavailable,
)
from shotgrid_dagster.site.http.address import API
from shotgrid_dagster.site.http.answers import error_text, page_title, site_time
from shotgrid_dagster.site.http.exchange import JSON, Line, Reply
from shotgrid_dagster.site.http.refusals import AUTH, TransientError, is_page, refuse, unreadable
from shotgrid_dagster.site.http.request_slots import RequestSlots
from shotgrid_dagster.site.http.tokens import Tokens, whose
from shotgrid_dagster.site.request_stats import RequestStats

log = logging.getLogger(__name__)

T = TypeVar("T")

HASH_FILTERS = "application/vnd+shotgun.api3_hash+json"


@dataclass(frozen=True)
class RetryPolicy:
    """How long a failing request is tried again."""

    tries: int = 7
    """Tries of one request, the first included."""
    first_tries: int = 3
    """The same until the site has answered once: a wrong address should not take long to say."""
    first_wait: float = 0.5
    """Seconds before the second try; doubled for each further one, with jitter."""
    longest_wait: float = 60.0
    """The cap on one wait between two tries."""
    longest_asked: float = 900.0
    """The longest that the site may ask to wait by `Retry-After`; if it asks for more, this run
    ends."""
    budget: int = 200
    """Retries of one run, over all its requests."""
    most_requests: int | None = None
    """Requests of one run, retries included; None: as many as it takes."""
    answer_seconds: float = 300.0
    """Seconds between two pieces of an answer, the first included."""


@dataclass(frozen=True)
class Answer(Generic[T]):
    """A decoded answer, the size of its body in bytes, and the site's own time (UTC)."""

    value: T
    size: int
    at: datetime


class Transport:
    """Sends requests to one site. One object serves all the threads of a run.

    A wait that the site asks for (`Retry-After`) holds all of them back, so that a busy site is
    not asked more by some while the others wait. `at_once` is how many may be under way, whichever
    threads send them; None: as many as there are.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        *,
        retry_policy: RetryPolicy | None = None,
        at_once: int | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url
        self._client_id = client_id
        self._patience = retry_policy or RetryPolicy()
        self._sleep = sleep
        self._jitter = random.Random()
        self._line = Line(base_url, self._patience.answer_seconds)
        self._tokens = Tokens(base_url, client_id, client_secret, self._send)
        self._places = RequestSlots(at_once)
        self._hold_lock = threading.Lock()
        self._hold_until = 0.0
        self._retries_left = self._patience.budget
        self._has_answered = False
        self._requests = itertools.count(1)

    def get(
        self,
        path: str,
        decode: Callable[[bytes], T],
        stats: RequestStats,
        params: Mapping[str, str] | None = None,
    ) -> Answer[T]:
        """`GET <base>/api/v1.1<path>`, decoded.

        Raises:
            SiteError: one of its kinds; passing failures have been tried again by then.
        """
        return self._ask("GET", path, decode, stats, params=params)

    def post(
        self,
        path: str,
        body: object,
        decode: Callable[[bytes], T],
        stats: RequestStats,
        *,
        slow_tries: int | None = None,
    ) -> Answer[T]:
        """`POST` a search or a summary (which read) with filters in hash syntax, decoded.

        `slow_tries`: how often it is tried when the site runs out of time; else as often as ever.

        Raises:
            SiteTooSlow: it did.
            SiteError: another of its kinds.
        """
        sent = msgspec.json.encode(body)
        return self._ask(
            "POST",
            path,
            decode,
            stats,
            body=sent,
            content_type=HASH_FILTERS,
            slow_tries=slow_tries,
        )

    def change(self, path: str, body: object, stats: RequestStats) -> None:
        """`POST` JSON that changes the site. Of the answer, nothing is used.

        Tried again only when the site cannot have done it: nobody was reached, or it was turned
        away for the time being (401, 429, 503).

        Raises:
            NoAnswer: the answer broke off, was a page, or an error of the server: the site may have
                done it.
            SiteError: the site refused.
        """
        sent = msgspec.json.encode(body)
        renewed = False

        def once() -> None:
            nonlocal renewed
            token = self._tokens.bearer(stats)  # Outside of the try: without one, nothing is sent.
            headers = {"Authorization": f"Bearer {token}", "Accept": JSON, "Content-Type": JSON}
            try:
                status, head, raw = self._send("POST", path, stats, headers, None, sent)
            except TransientError as failure:
                if "never reached" in str(failure):
                    raise
                said = str(failure)
            else:
                if status == 401 and not renewed:
                    renewed = True
                    self._tokens.forget(token)
                    return once()
                was_page = status < 300 and is_page(head, raw)
                if not was_page and (status == 503 or (status < 500 and status != 408)):
                    return refuse(
                        self.base_url, self._client_id, status, head, raw, f"POST {API}{path}"
                    )
                said = f"a page{page_title(raw)}" if was_page else f"HTTP {status}"
            raise NoAnswer(f"{self.base_url} may have carried out POST {API}{path}, or not: {said}")

        self._patiently(once, stats, path)

    def retire(self, path: str, stats: RequestStats) -> bool:
        """`DELETE <base>/api/v1.1<path>`; False: the site shows no such row, or no more.

        Tried again whatever went wrong, because a row that is retired stays so. When an answer was
        lost, the next one may therefore be a 404, which is no error.

        Raises:
            SiteError: the site refused.
        """

        def once() -> bool:
            status, head, raw = self._authorized("DELETE", path, stats)
            if status == 404 and error_text(raw):
                return False
            refuse(self.base_url, self._client_id, status, head, raw, f"DELETE {API}{path}")
            return True

        return self._patiently(once, stats, path)

    def caller(self, stats: RequestStats) -> tuple[str, int]:
        """The type and id of the row that the site knows this script as: its token says it.

        Raises:
            MalformedAnswer: the token does not say it.
            SiteError: there is no token to be had.
        """
        token = self._patiently(lambda: self._tokens.bearer(stats), stats, AUTH)
        try:
            return whose(token)
        except ValueError:
            raise MalformedAnswer(
                f"The access token of {self.base_url} does not say whose it is."
            ) from None

    def media_address(self, path: str, stats: RequestStats) -> str | None:
        """Where the original of the file at `path` (`/entity/<Type>/<id>/<field>`) is to be had.

        The address is signed: a secret, good for some minutes. None: there is no file.

        Raises:
            SiteError: the site refused.
        """

        def once() -> str | None:
            asked = {"alt": "original"}
            status, head, raw = self._authorized("GET", path, stats, params=asked)
            if status in (301, 302, 303, 307, 308) and "Location" in head:
                return urljoin(f"{self.base_url}{API}{path}", head["Location"])
            if status == 404:
                return None
            refuse(self.base_url, self._client_id, status, head, raw, f"GET {API}{path}")
            try:
                msgspec.json.decode(raw)
            except msgspec.DecodeError as error:
                raise TransientError(unreadable(self.base_url, head, raw, path, error)) from error
            return None  # `data: null`: the field is empty

        return self._patiently(once, stats, path)

    def _authorized(
        self,
        method: str,
        path: str,
        stats: RequestStats,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = JSON,
    ) -> Reply:
        """Send with a bearer; one that the site does not take (any more) is renewed once."""
        for is_last in (False, True):
            token = self._tokens.bearer(stats)
            headers = {"Authorization": f"Bearer {token}", "Accept": JSON}
            if body is not None:
                headers["Content-Type"] = content_type
            answer = self._send(method, path, stats, headers, params, body)
            if answer[0] != 401 or is_last:
                break
            self._tokens.forget(token)
        return answer

    def _ask(
        self,
        method: str,
        path: str,
        decode: Callable[[bytes], T],
        stats: RequestStats,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = JSON,
        slow_tries: int | None = None,
    ) -> Answer[T]:
        def once() -> Answer[T]:
            status, head, raw = self._authorized(
                method, path, stats, params=params, body=body, content_type=content_type
            )
            refuse(self.base_url, self._client_id, status, head, raw, f"{method} {API}{path}")
            try:
                value = decode(raw)
            except msgspec.DecodeError as error:
                # A cut-off or a foreign answer passes; one that is JSON of another shape may not,
                # but a second look at it is cheap.
                raise TransientError(unreadable(self.base_url, head, raw, path, error)) from error
            at = site_time(head)
            stats.answered(at)
            return Answer(value, len(raw), at)

        return self._patiently(once, stats, path, slow_tries)

    def _patiently(
        self, once: Callable[[], T], stats: RequestStats, path: str, slow_tries: int | None = None
    ) -> T:
        wait = self._patience.first_wait
        for attempt in itertools.count(1):
            try:
                answer = once()
                self._has_answered = True
                return answer
            except TransientError as failure:
                retry_policy = self._patience
                tries = retry_policy.tries if self._has_answered else retry_policy.first_tries
                if failure.is_slow and slow_tries is not None:
                    tries = min(tries, slow_tries)
                is_too_long = (failure.wait or 0) > retry_policy.longest_asked
                if attempt >= tries or self._retries_left <= 0 or is_too_long:
                    raise self._give_up(failure, attempt, failure.path or path) from failure
                self._retries_left -= 1
                pause = min(wait * self._jitter.uniform(0.75, 1.25), self._patience.longest_wait)
                if failure.wait is not None:
                    pause = failure.wait
                    self._hold(pause)
                asked = "" if failure.wait is None else ", as the site asks"
                log.warning(
                    "%s (%s); waiting %.1f s%s, then trying again", failure, path, pause, asked
                )
                stats.add(retries=1, seconds_waited=pause)
                self._sleep(pause)
                wait *= 2
        raise AssertionError("unreachable")

    def _give_up(self, failure: TransientError, attempts: int, path: str) -> SiteError:
        text = str(failure)
        if isinstance(failure.__cause__, msgspec.DecodeError):
            if "a page" not in text:
                return MalformedAnswer(
                    f"{text} ({attempts} tries). {UNCHANGED}; run it again, and if it "
                    "stays so, tell the site's administrator."
                )
            # What answered as a ShotGrid site before is one.
            kind = SiteUnavailable if self._has_answered else NotAShotGridSite
            return kind(f"{text} ({attempts} tries).")
        if isinstance(failure.__cause__, requests.ConnectionError) and "never" in text:
            return CannotConnect(f"{text} ({attempts} tries).")
        asked = f", and asks to wait {failure.wait:,.0f} s" if failure.wait else ""
        tries = "1 try" if attempts == 1 else f"{attempts} tries"
        kind = SiteTooSlow if failure.is_slow else SiteUnavailable
        return kind(
            f"{self.base_url} did not answer {API}{path} in {tries}; the last time: "
            f"{text}{asked}. {UNCHANGED}; {failure.do}."
        )

    def _send(
        self,
        method: str,
        path: str,
        stats: RequestStats,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        body: bytes | None,
    ) -> Reply:
        with self._places.taken(can_wait=stats.can_wait):
            self._held(stats)
            self._count()
            return self._line.exchange(method, path, stats, headers, params, body)

    def _count(self) -> None:
        most = self._patience.most_requests
        if most is not None and next(self._requests) > most:
            raise BudgetSpent(
                f"This run has sent the {most} requests that most_requests allows. What was loaded "
                "stays, and the next run goes on; raise most_requests for fewer runs."
            )

    # -- waits

    def _hold(self, seconds: float) -> None:
        with self._hold_lock:
            self._hold_until = max(self._hold_until, time.monotonic() + seconds)

    def _held(self, stats: RequestStats) -> None:
        """Wait while the site has asked anyone of this run to."""
        with self._hold_lock:
            pause = self._hold_until - time.monotonic()
        if pause > 0:
            stats.add(seconds_waited=pause)
            self._sleep(pause)
