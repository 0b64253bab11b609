"""Sends one request, once."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, field, replace

import requests

from shotgrid_dagster.site.http.address import API
from shotgrid_dagster.site.http.connection_errors import CONNECT_SECONDS, FAILURES, explained
from shotgrid_dagster.site.http.limits import RequestQuota, SharedPause
from shotgrid_dagster.site.http.messages import JSON, Reply, Request
from shotgrid_dagster.site.http.request_slots import RequestSlots
from shotgrid_dagster.site.request_stats import RequestStats


@dataclass(frozen=True)
class Connection:
    """The connections to one site, one a thread, and whose requests they count."""

    base_url: str
    answer_seconds: float
    """Seconds between two pieces of an answer, the first included."""
    slots: RequestSlots
    quota: RequestQuota
    pause: SharedPause = field(default_factory=SharedPause)
    stats: RequestStats = field(default_factory=RequestStats)
    can_wait: bool = False
    """Whether its requests let the others of the run go first."""
    _sessions: threading.local = field(default_factory=threading.local)

    def counting(self, stats: RequestStats, *, can_wait: bool) -> Connection:
        """The same connections, with the requests counted in `stats`."""
        return replace(self, stats=stats, can_wait=can_wait)

    def send(self, request: Request, token: str | None = None) -> Reply:
        """Send a request as soon as there is a slot and no pause.

        Raises:
            CannotConnect: there is no safe way to the site.
            BudgetSpent: the run may not send any more.
            TransientError: what may be gone with the next try.
        """
        headers = {"Accept": JSON}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if request.body is not None:
            headers["Content-Type"] = request.content_type
        with self.slots.taken(can_wait=self.can_wait):
            self.pause.wait(self.stats)
            self.quota.take()
            started = time.monotonic()
            try:
                response = self._session().request(
                    request.method,
                    f"{self.base_url}{API}{request.path}",
                    params=request.params,
                    data=request.body,
                    headers=headers,
                    timeout=(CONNECT_SECONDS, self.answer_seconds),
                    stream=True,
                    allow_redirects=False,
                )
                # `.content` reads in small pieces and costs three times the CPU.
                with contextlib.closing(response):
                    raw: bytes = response.raw.read(decode_content=True)
            except FAILURES as error:
                raise explained(error, self.base_url, self.answer_seconds) from error
            finally:
                self.stats.add(requests=1, seconds_in_api=time.monotonic() - started)
        return Reply(self.base_url, request, response.status_code, response.headers, raw)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._sessions, "session", None)
        if session is None:
            session = requests.Session()
            self._sessions.session = session
        return session
