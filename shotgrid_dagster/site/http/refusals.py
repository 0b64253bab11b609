"""What an answer other than the one that was asked for means, in sentences. Pure.

The only place that looks into the site's own words.
"""

from __future__ import annotations

from shotgrid_dagster.site.errors import (
    CannotConnect,
    KeyRefused,
    NoPermission,
    NotAShotGridSite,
    RequestRefused,
)
from shotgrid_dagster.site.http.answers import error_text, retry_after
from shotgrid_dagster.site.http.messages import Reply
from shotgrid_dagster.site.http.transient import Cause, TransientError

AUTH = "/auth/access_token"

# A site has no status or code of its own for these, so its words are looked at (live-behaviour 2).
TIMED_OUT = "timed out"
"""`CRUD ERROR #6: Read timed out ...`, in a 400 or a 500."""
NOT_ACCESSED = "can not be accessed"
"""`Entity of type T can not be accessed by this user.`, a 400."""
NO_RIGHT = "this user"
"""`... can not be deleted by this user.`, `... is not editable for this user: [T.f].`, a 400."""


def refuse(reply: Reply, script: str) -> None:
    """Raise what a status other than success means.

    Args:
        reply: of any status.
        script: the name of the script that asked.
    """
    status, head, raw = reply.status, reply.head, reply.raw
    base_url, request = reply.base_url, reply.request.line
    is_auth = reply.request.path == AUTH
    if status < 300:
        return
    said = error_text(raw)
    if status == 429:
        raise TransientError(
            "the site takes no more requests for now (HTTP 429)",
            Cause.TURNED_AWAY,
            wait=retry_after(head),
            do="lower concurrency, or run less often",
        )
    if status == 503:
        what = "in maintenance" if b"maintenance" in raw.lower() else "busy"
        raise TransientError(
            f"the site is {what} (HTTP 503)", Cause.TURNED_AWAY, wait=retry_after(head)
        )
    if status == 407:
        raise CannotConnect(
            f"A proxy on the way to {base_url} wants a password (HTTP 407): put it into "
            "HTTPS_PROXY, or name the site in NO_PROXY."
        )
    if TIMED_OUT in said.lower():
        raise TransientError(
            f"the site ran out of time: {said.rstrip('.')}",
            Cause.OUT_OF_TIME,
            do="lower page_size, or leave fields out",
        )
    if status >= 500 or status == 408:
        cause = Cause.OUT_OF_TIME if status == 504 else Cause.SERVER_ERROR
        raise TransientError(f"HTTP {status}{': ' + said if said else ''}", cause)
    if 300 <= status < 400:
        raise NotAShotGridSite(
            f"{base_url} sends requests elsewhere (HTTP {status} to "
            f"{head.get('Location', '?').split('?')[0]}): is site_url the site's own address?"
        )
    if status == 401:
        raise KeyRefused(
            f"{base_url} refused a fresh token of script {script!r}"
            f" for {request} ({said or 'HTTP 401'}): is the script still active?"
        )
    if status == 403 and is_auth:
        raise KeyRefused(
            f"{base_url} does not let script {script!r} sign in "
            f"({said or 'HTTP 403'}): ask its administrator whether the script is active, and "
            "whether this machine's address may connect."
        )
    if status == 403 or (status == 400 and NOT_ACCESSED in said):
        raise NoPermission(
            f"Script {script!r} may not {request} ({said or f'HTTP {status}'}): "
            "give its permission role access, or leave it out."
        )
    if not said:
        raise NotAShotGridSite(
            f"{base_url} answered {request} with HTTP {status} and no ShotGrid error: is "
            "site_url the address of a ShotGrid site?"
        )
    do = "Asking again changes nothing: tell the site's administrator."
    if status == 404:
        do = "Its schema may have changed: run `shotgrid-dagster discover`."
        if is_auth:
            do = "Is site_url the address of a ShotGrid site?"
    raise RequestRefused(
        f"{base_url} refused {request} (HTTP {status}): {said.rstrip('.')}. {do}",
        is_about_rights=NO_RIGHT in said,
    )
