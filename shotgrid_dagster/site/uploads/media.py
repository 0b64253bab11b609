"""The files that rows hold: where they are to be had, and whether one is the same as one here."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from urllib.parse import urljoin

import msgspec

from shotgrid_dagster.site.client import Site
from shotgrid_dagster.site.http.decoding import decoded
from shotgrid_dagster.site.http.messages import Reply, Request
from shotgrid_dagster.site.http.refusals import refuse
from shotgrid_dagster.site.uploads.storage import Held, Storage

REDIRECTS = frozenset({301, 302, 303, 307, 308})
NOT_THERE = 404


def media_address(site: Site, path: str) -> str | None:
    """Where the original of the file at `path` (`/entity/<Type>/<id>/<field>`) is to be had.

    The address is signed: a secret, good for some minutes. None: there is no file.

    Raises:
        SiteError: the site refused.
    """

    def address(reply: Reply) -> str | None:
        if reply.status == NOT_THERE:
            return None
        if reply.status in REDIRECTS and "Location" in reply.head:
            return urljoin(reply.url, reply.head["Location"])
        refuse(reply, site.script)
        decoded(reply, msgspec.json.decode)  # `data: null`: the field is empty
        return None

    request = Request("GET", path, {"alt": "original"})
    return site.transport.call(request, address, takes=REDIRECTS | {NOT_THERE})


def holds(site: Site, entity_type: str, id: int, field: str, file: Path | str) -> bool:
    """Whether a field's file is the same, byte by byte, as one on this machine.

    Raises:
        SiteError: the site or its storage refused, or failed for good.
    """
    path = Path(file)
    address = media_address(site, f"/entity/{entity_type}/{id}/{field}")
    if address is None:
        return False
    with closing(Storage(site.transport.retry_policy, site.stats)) as storage:
        return storage.compare(address, path, path.stat().st_size) is Held.SAME
