"""What can go wrong on the way to a site, in words. Pure.

The only place that looks into the exceptions of requests and urllib3.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import requests
import urllib3

from shotgrid_dagster.site.errors import CannotConnect, SiteError
from shotgrid_dagster.site.http.transient import Cause, TransientError

CONNECT_SECONDS = 10.0

NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"})
"""OpenSSL's reasons when the other side speaks something else, such as plain http."""

FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)
"""What a request may raise; urllib3's own come while the body is read."""


def explained(error: Exception, base_url: str, answer_seconds: float) -> SiteError | TransientError:
    """One of the `FAILURES` as an error of ours.

    Args:
        error: as it was raised.
        base_url: of the site.
        answer_seconds: how long an answer was waited for.
    """
    causes = list(_causes(error))
    text = _text(causes[-1])
    if isinstance(error, requests.exceptions.SSLError):
        first = causes[-1]
        if isinstance(first, ssl.SSLError) and first.reason in NOT_TLS:
            return CannotConnect(
                f"{base_url} does not answer by https: if it is a site on this machine by plain "
                f"http, write site_url as http://{base_url.partition('://')[2]}; else check its "
                "port."
            )
        return CannotConnect(
            f"No safe connection to {base_url}: {text}. If your studio checks TLS traffic, set "
            "REQUESTS_CA_BUNDLE to its certificate file."
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return CannotConnect(
            f"The proxy on the way to {base_url} refuses: {text}. Check HTTPS_PROXY, or name the "
            "site in NO_PROXY."
        )
    if isinstance(error, requests.ReadTimeout):
        return TransientError(f"no answer within {answer_seconds:g} s", Cause.OUT_OF_TIME)
    if isinstance(error, requests.ConnectTimeout):
        return TransientError(
            f"{base_url} was never reached: no answer within {CONNECT_SECONDS:g} s. Check "
            "site_url, and whether a firewall is on the way",
            Cause.NEVER_REACHED,
        )
    if any(isinstance(cause, urllib3.exceptions.NewConnectionError) for cause in causes):
        if isinstance(causes[-1], socket.gaierror):
            text = "no such host"
        elif isinstance(causes[-1], ConnectionRefusedError):
            text = "connection refused"
        return TransientError(
            f"{base_url} was never reached: {text}. Check site_url", Cause.NEVER_REACHED
        )
    if isinstance(error, OSError):  # every RequestException is one
        return TransientError(f"the connection broke off: {text}", Cause.BROKE_OFF)
    return TransientError("the answer broke off in the middle", Cause.BROKE_OFF)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what caused it, the first cause last."""
    while True:
        yield error
        inner = error.__cause__ or error.__context__
        reason = getattr(error, "reason", None)
        if isinstance(reason, BaseException):
            inner = reason
        elif inner is None and error.args and isinstance(error.args[0], BaseException):
            inner = error.args[0]
        if inner is None:
            return
        error = inner


def _text(error: BaseException) -> str:
    """Its own words, on one line; urllib3 puts the address of a Python object in front of some."""
    text = " ".join(str(error).split())
    return (text.split(": ", 1)[-1] if "object at 0x" in text else text) or type(error).__name__
