"""What can go wrong with a site, as sentences that say what to do next."""

from __future__ import annotations

from shotgrid_dagster.errors import ShotGridDagsterError

UNCHANGED = "Nothing was changed"
"""How the advice begins where a request changed nothing."""


class SiteError(ShotGridDagsterError):
    """Anything that a ShotGrid site, or the way to it, got wrong."""


class AddressRefused(SiteError):
    """`site_url` cannot be the address of a site."""


class CannotConnect(SiteError):
    """No answer from the host: wrong name, no route, TLS trouble."""


class NotAShotGridSite(SiteError):
    """Something answered, but not a ShotGrid REST API: a page, a proxy, a wrong path."""


class KeyRefused(SiteError):
    """The site does not accept the script name and key."""


class NoPermission(SiteError):
    """The key is good, but may not see what was asked for."""


class RequestRefused(SiteError):
    """The site understood the request and refused it (400, 404): asking again changes nothing.

    Args:
        what: as for every error.
        advice: as for every error.
        is_about_rights: whether the script's role does not allow it.
    """

    def __init__(self, what: str, advice: str = "", *, is_about_rights: bool = False) -> None:
        super().__init__(what, advice)
        self.is_about_rights = is_about_rights


class SiteUnavailable(SiteError):
    """The site kept failing until the retries were used up."""


class SiteTooSlow(SiteUnavailable):
    """The site kept running out of time: it may manage when it is asked for less."""


class BudgetSpent(SiteError):
    """The run has sent as many requests as it may."""


class MalformedAnswer(SiteError):
    """The site answered 200 with something that is not what its API promises."""


class NoAnswer(SiteError):
    """A change was sent and no answer came: the site may have carried it out, or not."""


class UploadRefused(SiteError):
    """A file was not uploaded: it cannot be, or the site does not take it. The row is unchanged."""


class UploadUncertain(SiteError):
    """The last step of an upload was sent, and it could not be seen whether the file is there."""


class BytesLost(SiteError):
    """The site says that a file was uploaded, but its storage does not hold these bytes."""
