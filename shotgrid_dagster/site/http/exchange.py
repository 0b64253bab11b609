"""One HTTP request and its answer, and what can go wrong on the way, in words."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping

import requests

from shotgrid_dagster.site.errors import CannotConnect
from shotgrid_dagster.site.http.address import API
from shotgrid_dagster.site.http.answers import innermost
from shotgrid_dagster.site.http.refusals import TransientError
from shotgrid_dagster.site.request_stats import RequestStats

JSON = "application/json"

CONNECT_SECONDS = 10.0

Reply = tuple[int, Mapping[str, str], bytes]
"""Status, headers and body."""


class Line:
    """The connections to one site: one a thread.

    `answer_seconds`: between two pieces of an answer, the first included.
    """

    def __init__(self, base_url: str, answer_seconds: float) -> None:
        self._base_url = base_url
        self._answer_seconds = answer_seconds
        self._local = threading.local()

    def exchange(
        self,
        method: str,
        path: str,
        stats: RequestStats,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        body: bytes | None,
    ) -> Reply:
        """Send one request, once; `path` is behind the API's own.

        Raises:
            CannotConnect: there is no safe way to the site.
            TransientError: what may be gone with the next try.
        """
        started = time.monotonic()
        try:
            response = self._session().request(
                method,
                f"{self._base_url}{API}{path}",
                params=params,
                data=body,
                headers=headers,
                timeout=(CONNECT_SECONDS, self._answer_seconds),
                stream=True,
                allow_redirects=False,
            )
            # `.content` reads in small pieces and costs three times the CPU.
            with contextlib.closing(response):
                raw: bytes = response.raw.read(decode_content=True)
        except requests.exceptions.SSLError as error:
            raise CannotConnect(
                f"No safe connection to {self._base_url}: {innermost(error)}. If your studio "
                "checks TLS traffic, set REQUESTS_CA_BUNDLE to its certificate file."
            ) from error
        except requests.exceptions.ProxyError as error:
            raise CannotConnect(
                f"The proxy on the way to {self._base_url} refuses: {innermost(error)}. Check "
                "HTTPS_PROXY, or name the site in NO_PROXY."
            ) from error
        except requests.ReadTimeout as error:
            seconds = self._answer_seconds
            raise TransientError(f"no answer within {seconds:g} s", is_slow=True) from error
        except requests.ConnectTimeout as error:
            raise TransientError(
                f"{self._base_url} was never reached: no answer within {CONNECT_SECONDS:g} s. "
                "Check site_url, and whether a firewall is on the way"
            ) from error
        except requests.ConnectionError as error:
            raise TransientError(self._unreachable(error)) from error
        except (requests.RequestException, OSError) as error:
            raise TransientError(f"the connection broke off: {innermost(error)}") from error
        except Exception as error:  # urllib3's own, while the body is read
            if not type(error).__module__.startswith("urllib3"):
                raise
            raise TransientError("the answer broke off in the middle") from error
        finally:
            stats.add(requests=1, seconds_in_api=time.monotonic() - started)
        return response.status_code, response.headers, raw

    def _unreachable(self, error: Exception) -> str:
        inner = innermost(error)
        if any(word in inner for word in ("resolve", "resolution", "Name or service")):
            return f"{self._base_url} was never reached: no such host. Check site_url"
        if "refused" in inner:
            return f"{self._base_url} was never reached: connection refused. Check site_url"
        return f"the connection broke off: {inner}"

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            self._local.session = session
        return session
