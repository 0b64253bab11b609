"""What holds for all requests of a run, whichever thread sends them."""

from __future__ import annotations

import itertools
import threading
import time

from shotgrid_dagster.site.errors import BudgetSpent
from shotgrid_dagster.site.request_stats import RequestStats


class SharedPause:
    """A wait that the site asked for.

    It keeps all requests of the run back, so that a busy site is not asked more by some threads
    while the others wait.
    """

    def __init__(self) -> None:
        self._until = 0.0
        self._lock = threading.Lock()

    def begin(self, seconds: float) -> None:
        """From now on, nobody asks the site for so long."""
        with self._lock:
            self._until = max(self._until, time.monotonic() + seconds)

    def wait(self, stats: RequestStats) -> None:
        """Wait until it is over."""
        with self._lock:
            seconds = self._until - time.monotonic()
        if seconds > 0:
            stats.add(seconds_waited=seconds)
            time.sleep(seconds)


class RequestQuota:
    """How many requests the run may send, retries included; None: as many as it takes."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._sent = itertools.count(1)

    def take(self) -> None:
        """Count one more.

        Raises:
            BudgetSpent: it is one too many.
        """
        if self._most is not None and next(self._sent) > self._most:
            raise BudgetSpent(
                f"This run has sent the {self._most} requests that most_requests allows. What was "
                "loaded stays, and the next run goes on; raise most_requests for fewer runs."
            )
