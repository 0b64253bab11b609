"""What a piece of work cost the site: counted where the requests are made."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class RequestStats:
    """Requests, retries and seconds of one read; safe to add to from several threads."""

    requests: int = 0
    retries: int = 0
    seconds_in_api: float = 0.0
    """Time between sending a request and having read its answer, summed over the requests."""
    seconds_waited: float = 0.0
    """Time spent waiting because the site asked for it, or between two tries."""
    started_at: datetime | None = None
    """The site's own time (UTC) at the first answer."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def answered(self, at: datetime) -> None:
        """Note the site's time of an answer; only the first counts."""
        with self._lock:
            self.started_at = self.started_at or at

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
