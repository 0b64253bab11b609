"""Calls to one site: with a token, and tried again when the failure may pass."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

import msgspec

from shotgrid_dagster.site.errors import MalformedAnswer, NoAnswer
from shotgrid_dagster.site.http.connection import Connection
from shotgrid_dagster.site.http.decoding import Answer, decoded
from shotgrid_dagster.site.http.limits import RequestQuota
from shotgrid_dagster.site.http.messages import HASH_FILTERS, Reply, Request
from shotgrid_dagster.site.http.refusals import AUTH, refuse
from shotgrid_dagster.site.http.request_slots import RequestSlots
from shotgrid_dagster.site.http.retries import Retries, RetryBudget
from shotgrid_dagster.site.http.retry_policy import RetryPolicy
from shotgrid_dagster.site.http.site_clock import SiteClock
from shotgrid_dagster.site.http.tokens import Tokens, whose
from shotgrid_dagster.site.http.transient import TransientError
from shotgrid_dagster.site.request_stats import RequestStats

T = TypeVar("T")


class Transport:
    """Calls to one site.

    One object, and all that `counting` makes of it, serve all the threads of a run: they share the
    token, the retries that are left, and the waits that the site asks for.

    `at_once` is how many requests may be under way; None: as many as there are threads.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        *,
        retry_policy: RetryPolicy | None = None,
        at_once: int | None = None,
    ) -> None:
        self.base_url = base_url
        self.script = client_id
        self.retry_policy = retry_policy or RetryPolicy()
        self.clock = SiteClock()
        """The site's, by all the answers of the run."""
        self._tokens = Tokens(client_id, client_secret)
        self._budget = RetryBudget(self.retry_policy)
        self._connection = Connection(
            base_url,
            self.retry_policy.answer_seconds,
            RequestSlots(at_once),
            RequestQuota(self.retry_policy.most_requests),
        )

    @property
    def stats(self) -> RequestStats:
        """What the calls of this object have cost."""
        return self._connection.stats

    def counting(self, stats: RequestStats, *, can_wait: bool = False) -> Transport:
        """The same, with its calls counted in `stats`; if they `can_wait`, others go first."""
        view = copy.copy(self)
        view._connection = self._connection.counting(  # noqa: SLF001  # of its own class
            stats, can_wait=can_wait
        )
        return view

    def call(
        self,
        request: Request,
        read: Callable[[Reply], T],
        *,
        takes: Collection[int] = (),
        slow_tries: int | None = None,
    ) -> T:
        """Send a request until there is an answer, or no more hope of one.

        Args:
            request: one that is not repeatable is sent again only when the site cannot have done
                what it asks for.
            read: makes the value of a reply; of a TransientError that it raises, there is another
                try.
            takes: statuses other than success that `read` understands.
            slow_tries: how often it is tried when the site runs out of time; None: as often as
                ever.

        Raises:
            SiteTooSlow: the site ran out of time.
            NoAnswer: a request that is not repeatable was sent, and the site may have done it.
            SiteError: another of its kinds.
        """
        retries = Retries(self._budget, self._connection, request.path, slow_tries)
        while True:
            sent = self.clock.moment()
            try:
                token = self._tokens.bearer(self._connection)
                reply = self._connection.send(request, token)
                if reply.status == 401:  # A token may end before its time; it is renewed once.
                    self._tokens.forget(token)
                    token = self._tokens.bearer(self._connection)
                    reply = self._connection.send(request, token)
                if reply.status not in takes:
                    refuse(reply, self.script)
                self.clock.heard(reply.date)
                value = read(reply)
            except TransientError as failure:
                if failure.may_have_acted and not request.is_repeatable:
                    raise NoAnswer(
                        f"{self.base_url} may have carried out {request.line}, or not: {failure}"
                    ) from failure
                retries.wait_after(failure)
            else:
                self._budget.has_answered = True
                self.stats.answered(self.clock, sent, reply.date)
                return value

    def get(
        self, path: str, decode: Callable[[bytes], T], params: Mapping[str, str] | None = None
    ) -> T:
        """`GET <base>/api/v1.1<path>`, decoded. Raises as `call`."""
        return self.call(Request("GET", path, params), self.reads(decode)).value

    def post(self, path: str, body: object, decode: Callable[[bytes], T]) -> Answer[T]:
        """`POST` a search or a summary (which read), decoded. Raises as `call`."""
        return self.call(search_request(path, body), self.reads(decode))

    def reads(self, decode: Callable[[bytes], T]) -> Callable[[Reply], Answer[T]]:
        """What makes the decoded answer of a reply, for `call`."""

        def read(reply: Reply) -> Answer[T]:
            value, now = decoded(reply, decode), self.clock.at(self.clock.moment())
            return Answer(value, len(reply.raw), now)

        return read

    def caller(self) -> tuple[str, int]:
        """The type and id of the row that the site knows this script as: its token says it.

        Raises:
            MalformedAnswer: the token does not say it.
            SiteError: there is no token to be had.
        """
        retries = Retries(self._budget, self._connection, AUTH)
        while True:
            try:
                return whose(self._tokens.bearer(self._connection))
            except TransientError as failure:
                retries.wait_after(failure)
            except ValueError:
                raise MalformedAnswer(
                    f"The access token of {self.base_url} does not say whose it is."
                ) from None


def search_request(path: str, body: object) -> Request:
    """A search or a summary, with filters in hash syntax."""
    return Request("POST", path, body=msgspec.json.encode(body), content_type=HASH_FILTERS)
