"""The steps of an upload: ask where to, put the bytes there, say that it is done.

| step | tried again? | why |
|---|---|---|
| asking for an address | yes | nothing is on the row yet |
| putting the bytes | yes | the same bytes at the same address are one file |
| saying that it is done | if the site cannot have heard it | each time makes an Attachment |

The site cannot have heard what never reached it, or what it turned away for the time being (401,
429, 503). When no answer came, or one of a server that broke down, it may have done it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import msgspec

from shotgrid_dagster.site.client import Site
from shotgrid_dagster.site.errors import NoAnswer, SiteError, UploadRefused
from shotgrid_dagster.site.http.decoding import unreadable
from shotgrid_dagster.site.http.messages import Reply, Request
from shotgrid_dagster.site.uploads.storage import Storage
from shotgrid_dagster.site.uploads.target import Target

log = logging.getLogger(__name__)


class _Links(msgspec.Struct):
    complete_upload: str = ""
    upload: str = ""
    get_next_part: str = ""


class Begun(msgspec.Struct):
    """The answer to the first step; its data goes back with the last one."""

    data: dict[str, object]
    links: _Links

    @property
    def is_picture(self) -> bool:
        """Whether the site makes a picture of its row from the file."""
        return self.data.get("upload_type") == "Thumbnail"


class _Part(msgspec.Struct):
    links: _Links


_decode_begun = msgspec.json.Decoder(Begun).decode
_decode_part = msgspec.json.Decoder(_Part).decode


class Sending:
    """One file on its way to one row.

    Args:
        site: the site.
        target: the row.
        path: the file.
        storage: where the bytes are put.
    """

    def __init__(self, site: Site, target: Target, path: Path, storage: Storage) -> None:
        self._site = site
        self._target = target
        self._path = path
        self._storage = storage

    def put(self, parts: list[tuple[int, int]]) -> Begun:
        """Put the bytes, (start, size) a part; gives what goes with the last step.

        Raises:
            SiteError: of the storage, or the site refused.
        """
        if len(parts) > 1:
            return self._put_parts(parts)
        begun = self._begin(in_parts=False)

        def address(is_refused: bool) -> str:
            nonlocal begun
            if is_refused:
                begun = self._begin(in_parts=False)
            return begun.links.upload

        self._storage.put(address, self._path, *parts[0])
        return begun

    def complete(self, begun: Begun, display_name: str | None) -> bool:
        """Say that the bytes are there; False: no answer came.

        Raises:
            SiteError: the site refused.
        """
        path, _ = _of_the_api(begun.links.complete_upload)
        data = {"display_name": display_name} if display_name else {}
        try:
            self._change(path, {"upload_info": begun.data, "upload_data": data})
        except NoAnswer as error:
            log.warning("%s; looking at the row", error)
            return False
        return True

    def _begin(self, *, in_parts: bool) -> Begun:
        params = {"filename": self._path.name}
        if in_parts:
            params["multipart_upload"] = "true"
        begun = self._site.transport.get(self._target.path, _decode_begun, params)
        if begun.data.get("storage_service") not in ("s3", None):
            raise UploadRefused(
                f"The site keeps its files in a storage {begun.data['storage_service']!r} of its "
                "own, and how it takes them is not known: upload the file in the web page."
            )
        return begun

    def _put_parts(self, parts: list[tuple[int, int]]) -> Begun:
        begun = self._begin(in_parts=True)
        following, tags = begun.links.get_next_part, []
        try:
            for start, size in parts:
                part = self._part(following)

                def address(is_refused: bool, link: str = following, got: _Part = part) -> str:
                    return (self._part(link) if is_refused else got).links.upload

                tags.append(self._storage.put(address, self._path, start, size))
                following = part.links.get_next_part
        except BaseException:
            with contextlib.suppress(SiteError):
                self._change(f"{self._target.path}/multipart_abort", begun.data)
            raise
        return Begun({**begun.data, "etags": tags}, begun.links)

    def _part(self, link: str) -> _Part:
        path, params = _of_the_api(link)
        return self._site.transport.get(path, _decode_part, params)

    def _change(self, path: str, body: Mapping[str, object]) -> None:
        """`POST` JSON that changes the site. Of the answer, nothing is used.

        Raises:
            NoAnswer: the site may have done it, or not.
            SiteError: the site refused.
        """
        request = Request("POST", path, body=msgspec.json.encode(body), is_repeatable=False)
        self._site.transport.call(request, _no_page)


def _no_page(reply: Reply) -> None:
    if reply.is_page:
        raise unreadable(reply, ValueError("a page"))


def _of_the_api(link: str) -> tuple[str, dict[str, str]]:
    """A link of the site as a path below the API's own, and its parameters.

    Raises:
        UploadRefused: it leads elsewhere.
    """
    parts = urlsplit(link)
    _, api, rest = parts.path.partition("/api/")
    version, slash, path = rest.partition("/")
    if not api or not slash or not version.startswith("v"):
        raise UploadRefused("The site's answer to an upload names no step that could follow.")
    return f"/{path}", dict(parse_qsl(parts.query))
