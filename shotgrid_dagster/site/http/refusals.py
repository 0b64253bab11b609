"""What an answer other than the one that was asked for means, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from shotgrid_dagster.site.errors import (
    CannotConnect,
    KeyRefused,
    NoPermission,
    NotAShotGridSite,
    RequestRefused,
)
from shotgrid_dagster.site.http.address import API
from shotgrid_dagster.site.http.answers import error_text, page_title, retry_after

AUTH = "/auth/access_token"


class TransientError(Exception):
    """A failure that may pass: it is worth another try."""

    def __init__(
        self,
        said: str,
        wait: float | None = None,
        do: str = "run it again when the site is well",
        *,
        is_slow: bool = False,
    ) -> None:
        super().__init__(said)
        self.is_slow = is_slow
        """Whether the site ran out of time."""
        self.wait = wait
        """Seconds that the site asks to wait."""
        self.do = do
        """The next step, when it does not pass."""
        self.path: str | None = None
        """What was asked for, if it was not the call itself but its token."""


def refuse(
    base_url: str, client_id: str, status: int, head: Mapping[str, str], raw: bytes, asked: str
) -> None:
    """Raise what a status other than success means."""
    if status < 300:
        return
    said = error_text(raw)
    if status == 429:
        raise TransientError(
            "the site takes no more requests for now (HTTP 429)",
            retry_after(head),
            "lower concurrency, or run less often",
        )
    if status == 503:
        what = "in maintenance" if b"maintenance" in raw.lower() else "busy"
        raise TransientError(f"the site is {what} (HTTP 503)", retry_after(head))
    if status == 407:
        raise CannotConnect(
            f"A proxy on the way to {base_url} wants a password (HTTP 407): put it into "
            "HTTPS_PROXY, or name the site in NO_PROXY."
        )
    if "timed out" in said.lower():
        raise TransientError(
            f"the site ran out of time: {said.rstrip('.')}",
            do="lower page_size, or leave fields out",
            is_slow=True,
        )
    if status >= 500 or status == 408:
        is_slow = status == 504
        raise TransientError(f"HTTP {status}{': ' + said if said else ''}", is_slow=is_slow)
    if 300 <= status < 400:
        raise NotAShotGridSite(
            f"{base_url} sends requests elsewhere (HTTP {status} to "
            f"{head.get('Location', '?').split('?')[0]}): is site_url the site's own address?"
        )
    if status == 401:
        raise KeyRefused(
            f"{base_url} refused a fresh token of script {client_id!r}"
            f" for {asked} ({said or 'HTTP 401'}): is the script still active?"
        )
    if status == 403 and AUTH in asked:
        raise KeyRefused(
            f"{base_url} does not let script {client_id!r} sign in "
            f"({said or 'HTTP 403'}): ask its administrator whether the script is active, and "
            "whether this machine's address may connect."
        )
    if status == 403 or (status == 400 and "can not be accessed" in said):
        raise NoPermission(
            f"Script {client_id!r} may not {asked} ({said or f'HTTP {status}'}): "
            "give its permission role access, or leave it out."
        )
    if not said:
        raise NotAShotGridSite(
            f"{base_url} answered {asked} with HTTP {status} and no ShotGrid error: is "
            "site_url the address of a ShotGrid site?"
        )
    do = "Asking again changes nothing: tell the site's administrator."
    if status == 404:
        do = "Its schema may have changed: run `shotgrid-dagster discover`."
        if AUTH in asked:
            do = "Is site_url the address of a ShotGrid site?"
    raise RequestRefused(f"{base_url} refused {asked} (HTTP {status}): {said.rstrip('.')}. {do}")


def unreadable(
    base_url: str, head: Mapping[str, str], raw: bytes, path: str, error: Exception
) -> str:
    """What is wrong with an answer that is not the JSON that was asked for."""
    if is_page(head, raw):
        return (
            f"{base_url} answered {API}{path} with a page instead of JSON"
            f"{page_title(raw)}: a login page, a proxy or maintenance. Open the address in a "
            "browser, and check site_url"
        )
    return f"{base_url} answered {API}{path} with broken JSON ({error})"


def is_page(head: Mapping[str, str], raw: bytes) -> bool:
    """Whether an answer is a web page: of a proxy, a login, a maintenance."""
    return raw.lstrip()[:1] == b"<" or "html" in head.get("Content-Type", "")
