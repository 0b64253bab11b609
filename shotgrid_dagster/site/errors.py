"""What can go wrong with a site, as sentences that say what to do next."""

from __future__ import annotations


class SiteError(Exception):
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
    """The site understood the request and refused it (400, 404): asking again changes nothing."""


class SiteUnavailable(SiteError):
    """The site kept failing until the retries were used up."""


class BudgetSpent(SiteError):
    """The run has sent as many requests as it may."""


class MalformedAnswer(SiteError):
    """The site answered 200 with something that is not what its API promises."""
