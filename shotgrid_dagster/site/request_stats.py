"""What a piece of work cost the site: counted where the requests are made."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime

from shotgrid_dagster.site.http.site_clock import SiteClock


@dataclass
class RequestStats:
    """Requests, retries and seconds of one read; safe to add to from several threads."""

    requests: int = 0
    retries: int = 0
    seconds_in_api: float = 0.0
    """Time between sending a request and having read its answer, summed over the requests."""
    seconds_waited: float = 0.0
    """Time spent waiting because the site asked for it, or between two tries."""
    first_date: datetime | None = None
    """The site's time (UTC) as the first answer says it; None: it said none."""
    _clock: SiteClock | None = field(default=None, repr=False)
    _started: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def started_at(self) -> datetime | None:
        """The site's time (UTC) when the first request that was answered was sent.

        By all answers of the run, see `SiteClock.safely_at`: it may become earlier while they
        come. None: nothing was answered yet.
        """
        if self._clock is None or self._started is None:
            return None
        return self._clock.safely_at(self._started)

    def answered(self, clock: SiteClock, sent: float, date: datetime | None) -> None:
        """Note by which clock, and when, an answered request was sent; only the first counts.

        `date`: what the answer says of the time.
        """
        with self._lock:
            if self._clock is None:
                self._clock, self._started, self.first_date = clock, sent, date

    def add(
        self,
        *,
        requests: int = 0,
        retries: int = 0,
        seconds_in_api: float = 0.0,
        seconds_waited: float = 0.0,
    ) -> None:
        """Add to the counts."""
        with self._lock:
            self.requests += requests
            self.retries += retries
            self.seconds_in_api += seconds_in_api
            self.seconds_waited += seconds_waited

    def include(self, other: RequestStats) -> None:
        """Add what another one counted."""
        self.add(
            requests=other.requests,
            retries=other.retries,
            seconds_in_api=other.seconds_in_api,
            seconds_waited=other.seconds_waited,
        )
