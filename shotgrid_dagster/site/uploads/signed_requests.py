"""One request to a signed address.

A signed address opens a file to whoever has it. So none of them gets into an error, a log line or
an exception that is the cause of another: failures are described in words of our own.
"""

from __future__ import annotations

import contextlib
import logging
import re
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests
import urllib3

from shotgrid_dagster.site.errors import UploadRefused
from shotgrid_dagster.site.http.address import is_loopback
from shotgrid_dagster.site.http.connection_errors import CONNECT_SECONDS
from shotgrid_dagster.site.http.transient import Cause, TransientError
from shotgrid_dagster.site.request_stats import RequestStats
from shotgrid_dagster.site.uploads.piece import Piece

PASSING = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses that may be others at the next try."""
PROXY_WANTS_A_PASSWORD = 407


class _Unsigned(logging.Filter):
    """Keeps signatures out of urllib3's log, which at DEBUG names the address of each request."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                re.sub(r"\?.*", "?...", arg) if isinstance(arg, str) and "ignature=" in arg else arg
                for arg in record.args
            )
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_Unsigned())


def checked(address: str) -> str:
    """The address, if bytes may travel there.

    Raises:
        UploadRefused: it is plain http to another machine, or no address.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise UploadRefused(
            f"The site names a storage at {host or 'no host'} that is not https: files are not "
            "sent there unencrypted."
        )
    return address


@contextlib.contextmanager
def answer(
    session: requests.Session,
    stats: RequestStats,
    answer_seconds: float,
    method: str,
    address: str,
    *,
    headers: dict[str, str] | None = None,
    body: Piece | None = None,
) -> Iterator[requests.Response]:
    """An answer whose body is still to be read, of a status that does not pass.

    Raises:
        TransientError: without the address, also when the body breaks off.
    """
    failure = ""
    started = time.monotonic()
    try:
        with contextlib.closing(
            session.request(
                method,
                address,
                data=body,
                headers=headers,
                timeout=(CONNECT_SECONDS, answer_seconds),
                stream=True,
                allow_redirects=False,
            )
        ) as response:
            if response.status_code in PASSING:
                failure = f"HTTP {response.status_code}"
            elif response.status_code == PROXY_WANTS_A_PASSWORD:
                failure = (
                    f"a proxy on the way wants a password (HTTP {PROXY_WANTS_A_PASSWORD}), "
                    "which goes into HTTPS_PROXY"
                )
            else:
                yield response
    except requests.exceptions.SSLError:
        failure = "no safe connection (TLS)"
    except requests.Timeout:
        failure = "no answer in time"
    except (requests.RequestException, OSError):
        failure = "the connection broke off"
    except urllib3.exceptions.HTTPError:  # while the body is read
        failure = "the answer broke off"
    finally:
        stats.add(requests=1, seconds_in_api=time.monotonic() - started)
    # Outside of the handlers: what is raised here has no cause that holds the address.
    if failure:
        raise TransientError(failure, Cause.SERVER_ERROR)
