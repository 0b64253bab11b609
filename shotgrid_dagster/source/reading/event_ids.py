"""The ids of a site's event log, and when their entries were made."""

from __future__ import annotations

from datetime import datetime

import msgspec

from shotgrid_dagster.site import Site
from shotgrid_dagster.site.rows import PageOf
from shotgrid_dagster.source.reading.event_log import EVENT_LOG

MADE_AT = "created_at"


class _Attributes(msgspec.Struct, gc=False):
    created_at: datetime | None = None


class _Entry(msgspec.Struct, gc=False):
    id: int
    attributes: _Attributes


_decode = msgspec.json.Decoder(PageOf[_Entry]).decode


def event_ids(site: Site, after: int, until: int) -> dict[int, datetime | None]:
    """Id -> when it was made (UTC), of the entries behind an id, up to another, that can be seen.

    Raises:
        SiteError: the site refused, or failed for good.
    """
    where = [["id", "less_than", until + 1]]
    return {
        entry.id: entry.attributes.created_at
        for answer in site.pages(EVENT_LOG, [MADE_AT], _decode, after=after, where=where)
        for entry in answer.value.data
    }
