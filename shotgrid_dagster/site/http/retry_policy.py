"""How long a failing request is tried again."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class RetryPolicy:
    """How often a request is tried, and how long it waits between two tries."""

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


class Backoff:
    """The waits between the tries of one request, each twice as long as the one before."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._longest = policy.longest_wait
        self._wait = policy.first_wait
        self._jitter = random.Random()

    def next(self) -> float:
        """Seconds before the next try."""
        seconds = min(self._wait * self._jitter.uniform(0.75, 1.25), self._longest)
        self._wait *= 2
        return seconds
