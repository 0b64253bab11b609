"""The site's clock, as the `Date` headers of a run's answers tell it, and how far it is trusted.

One header may be wrong: of a proxy, of one server of many, by a day. So the clock goes by all the
answers of the run: where they differ, the earliest counts, for a reading that is thought to have
begun too early only costs some rows that are read again, and one that is thought to have begun too
late loses changes for ever.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

TOLERANCE = timedelta(seconds=60)
"""So much a site's clock may be ahead of this machine's, and be believed: less than the seconds
that a window reads again (the setting `overlap`)."""


def real_time() -> datetime:
    """The time of this machine, in UTC."""
    return datetime.now(timezone.utc)


class SiteClock:
    """The time of one site. Safe to use from several threads.

    Args:
        monotonic: seconds, which never jump.
        now: the time of this machine in UTC, which may be wrong or jump.
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = real_time,
    ) -> None:
        self._monotonic = monotonic
        self._now = now
        self._zeros: tuple[datetime, datetime] | None = None
        """The site's time when `monotonic` was 0: by the earliest answer, and by the latest."""
        self._lock = threading.Lock()

    def moment(self) -> float:
        """Now, as a mark that the other methods turn into a time."""
        return self._monotonic()

    def heard(self, date: datetime | None) -> None:
        """Note the `Date` (UTC) of an answer that has just come; None: it has none to be read."""
        if date is None:
            return
        zero = date - timedelta(seconds=self._monotonic())
        with self._lock:
            earliest, latest = self._zeros or (zero, zero)
            self._zeros = min(earliest, zero), max(latest, zero)

    def at(self, moment: float) -> datetime:
        """The site's time (UTC, whole seconds) at a moment; this machine's when none was heard."""
        zeros = self._zeros
        if zeros is None:
            return _whole(self._own(moment))
        return _whole(zeros[0] + timedelta(seconds=moment))

    def safely_at(self, moment: float) -> datetime:
        """The same, but no more than the tolerance ahead of this machine's time.

        What goes on from here later asks for changes after this time.
        """
        return min(self.at(moment), _whole(self._own(moment) + TOLERANCE))

    def is_ahead(self, time_: datetime) -> bool:
        """Whether a time is not there yet, by all the answers, and by more than the tolerance."""
        moment = self._monotonic()
        zeros = self._zeros
        now = self._own(moment) if zeros is None else zeros[1] + timedelta(seconds=moment)
        return time_ > now + TOLERANCE

    def _own(self, moment: float) -> datetime:
        return self._now() - timedelta(seconds=self._monotonic() - moment)


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
