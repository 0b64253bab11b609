"""Retiring a row, which the site's administrator can revive."""

from __future__ import annotations

from shotgrid_dagster.site.client import Site
from shotgrid_dagster.site.errors import NoAnswer, NoPermission, RequestRefused, SiteUnavailable
from shotgrid_dagster.site.http.answers import error_text
from shotgrid_dagster.site.http.messages import Reply, Request
from shotgrid_dagster.site.http.refusals import refuse

NOT_THERE = 404


def retire(site: Site, entity_type: str, id: int) -> bool:
    """Retire a row; False: the site shows no such row.

    It was retired before, or by a try of this call whose answer was lost: it is tried again
    whatever went wrong, because a row that is retired stays so.

    Raises:
        NoPermission: the script may not.
        NoAnswer: no answer came, however often it was tried: the row may be retired or not.
        SiteError: the site refused.
    """

    def was_there(reply: Reply) -> bool:
        if reply.status == NOT_THERE and not error_text(reply.raw):
            refuse(reply, site.script)
        return reply.status != NOT_THERE

    request = Request("DELETE", f"/entity/{entity_type}/{id}")
    try:
        return site.transport.call(request, was_there, takes={NOT_THERE})
    except RequestRefused as error:
        if not error.is_about_rights:
            raise
        raise NoPermission(
            f"The script may not delete {entity_type} {id}: {error} Give its permission role the "
            "right to, or use another script."
        ) from None
    except SiteUnavailable as error:
        raise NoAnswer(
            f"{entity_type} {id} may be retired, or not: {error.what}",
            "Run it again to be sure.",
        ) from None
