"""The tries of one call: when there is another one, and what is said when there is not."""

from __future__ import annotations

import logging
import threading
import time

from shotgrid_dagster.site.errors import (
    UNCHANGED,
    CannotConnect,
    MalformedAnswer,
    NotAShotGridSite,
    SiteError,
    SiteTooSlow,
    SiteUnavailable,
)
from shotgrid_dagster.site.http.address import API
from shotgrid_dagster.site.http.connection import Connection
from shotgrid_dagster.site.http.retry_policy import Backoff, RetryPolicy
from shotgrid_dagster.site.http.transient import Cause, TransientError

log = logging.getLogger(__name__)


class RetryBudget:
    """The retries that are left to a run, over all its calls."""

    def __init__(self, policy: RetryPolicy) -> None:
        self.policy = policy
        self.has_answered = False
        """Whether the site has answered as a ShotGrid site once."""
        self._left = policy.budget
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Use one up; False: none is left."""
        with self._lock:
            if self._left <= 0:
                return False
            self._left -= 1
            return True


class Retries:
    """The tries of one call.

    `slow_tries`: how many there are when the site runs out of time; None: as many as ever.
    """

    def __init__(
        self, budget: RetryBudget, connection: Connection, path: str, slow_tries: int | None = None
    ) -> None:
        self._budget = budget
        self._connection = connection
        self._path = path
        self._slow_tries = slow_tries
        self._backoff = Backoff(budget.policy)
        self._failed = 0

    def wait_after(self, failure: TransientError) -> None:
        """Wait before the next try.

        Raises:
            SiteError: there is no next try.
        """
        self._failed += 1
        policy = self._budget.policy
        tries = policy.tries if self._budget.has_answered else policy.first_tries
        if failure.cause is Cause.OUT_OF_TIME and self._slow_tries is not None:
            tries = min(tries, self._slow_tries)
        asked_too_much = (failure.wait or 0) > policy.longest_asked
        if self._failed >= tries or asked_too_much or not self._budget.take():
            raise self._given_up(failure) from failure
        seconds = self._backoff.next()
        if failure.wait is not None:
            seconds = failure.wait
            self._connection.pause.begin(seconds)
        asked = "" if failure.wait is None else ", as the site asks"
        log.warning(
            "%s (%s); waiting %.1f s%s, then trying again", failure, self._path, seconds, asked
        )
        self._connection.stats.add(retries=1, seconds_waited=seconds)
        time.sleep(seconds)

    def _given_up(self, failure: TransientError) -> SiteError:
        tries = "1 try" if self._failed == 1 else f"{self._failed} tries"
        if failure.cause is Cause.BROKEN_JSON:
            return MalformedAnswer(
                f"{failure} ({self._failed} tries).",
                f"{UNCHANGED}; run it again, and if it stays so, tell the site's administrator.",
            )
        if failure.cause is Cause.PAGE:
            # What answered as a ShotGrid site before is one.
            page = SiteUnavailable if self._budget.has_answered else NotAShotGridSite
            return page(f"{failure} ({self._failed} tries).")
        if failure.cause is Cause.NEVER_REACHED:
            return CannotConnect(f"{failure} ({self._failed} tries).")
        asked = f", and asks to wait {failure.wait:,.0f} s" if failure.wait else ""
        kind = SiteTooSlow if failure.cause is Cause.OUT_OF_TIME else SiteUnavailable
        return kind(
            f"{self._connection.base_url} did not answer {API}{failure.path or self._path} in "
            f"{tries}; the last time: {failure}{asked}.",
            f"{UNCHANGED}; {failure.do}.",
        )
