"""A file onto a row of the site: ask where to, put the bytes there, say that it is done, look.

The look is not for show: the site answers the third step with a 201 whether bytes came or not
(measured on a real site), and names the new Attachment nowhere.

What is tried again, and what is not:

| step | again? | why |
|---|---|---|
| asking for an address | yes | nothing is on the row yet |
| putting the bytes | yes | the same bytes at the same address are one file |
| saying that it is done | if the site cannot have heard it | each time makes an Attachment |
| looking | yes | it reads |

The site cannot have heard what never reached it, or what it turned away for the time being (401,
429, 503). When no answer came, or one of a server that broke down, it may have done it: then it is
not asked again, but looked at, and if the file is there, that is it.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import msgspec

from shotgrid_dagster.site.errors import (
    BytesLost,
    NoAnswer,
    NoPermission,
    RequestRefused,
    SiteError,
    UploadRefused,
    UploadUncertain,
)
from shotgrid_dagster.site.http.transport import RetryPolicy, Transport
from shotgrid_dagster.site.request_stats import RequestStats
from shotgrid_dagster.site.uploads.storage import Held, Storage
from shotgrid_dagster.site.uploads.target import (
    DEFAULT_SIZES,
    Sizes,
    Target,
    Uploaded,
    attached_to,
    check_file,
)

if TYPE_CHECKING:
    from shotgrid_dagster.site.client import Site

log = logging.getLogger(__name__)

HOLDS_FILES = ("image", "url")
"""The data types of fields that hold a file."""
LOOKS = 5
"""How often the row is looked at until the file shows."""
LOOKS_AT_A_PICTURE = 8
"""The same of a picture of the row, which takes a site about 40 s to make (measured)."""


class _Links(msgspec.Struct):
    complete_upload: str = ""
    upload: str = ""
    get_next_part: str = ""


class _Begun(msgspec.Struct):
    """The answer to the first step; its data goes back with the last one."""

    data: dict[str, object]
    links: _Links


class _Part(msgspec.Struct):
    links: _Links


@dataclass(frozen=True)
class _Before:
    attachments: frozenset[int] = frozenset()
    picture: str | None = None
    """The path of the picture's address, its signature aside."""


@dataclass(frozen=True)
class _Found:
    proof: str
    attachment_id: int | None = None


_decode_begun = msgspec.json.Decoder(_Begun).decode
_decode_part = msgspec.json.Decoder(_Part).decode


class Upload:
    """One file on its way to one row.

    Args:
        display_name: what the attachment is called on the site; its file name by default.
    """

    def __init__(
        self,
        site: Site,
        transport: Transport,
        retry_policy: RetryPolicy,
        target: Target,
        path: Path,
        *,
        display_name: str | None = None,
        sizes: Sizes = DEFAULT_SIZES,
        stats: RequestStats | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._site = site
        self._transport = transport
        self._patience = retry_policy
        self._target = target
        self._path = path
        self._display_name = display_name
        self._sizes = sizes
        self._tally = stats or RequestStats()
        self._sleep = sleep

    def run(self) -> Uploaded:
        """Upload it, and prove that it is there.

        Raises:
            UploadRefused: nothing was changed: no such file, row or field, or an empty file.
            NoPermission: the script may not write there; nothing was changed.
            UploadUncertain: the last step was sent, and it could not be seen whether the file is
                there.
            BytesLost: the site says that it has the file, and has not.
            SiteUnavailable: the site or its storage kept failing; nothing was changed.
        """
        size = check_file(self._path)
        before = self._before()
        parts = self._sizes.parts(size) if size > self._sizes.multipart_above else [(0, size)]
        with contextlib.closing(Storage(self._patience, self._tally, self._sleep)) as storage:
            with self._refusals_explained():
                info, complete = self._send(storage, parts)
                is_certain = self._complete(info, complete)
            is_picture = info.get("upload_type") == "Thumbnail"
            try:
                found = self._looked_for(storage, before, is_certain, is_picture)
            except (BytesLost, UploadUncertain):
                raise
            except SiteError as error:
                raise UploadUncertain(
                    f"{self._path.name} was put on {self._target}, but could not be fetched back "
                    f"to prove it: {error.without_advice} Look at the row before you upload it "
                    "again, or it may be there twice."
                ) from None
        return Uploaded(
            self._target.entity_type,
            self._target.id,
            self._target.field,
            self._path.name,
            size,
            len(parts),
            found.proof,
            found.attachment_id,
        )

    # -- the first two steps

    def _begin(self, *, in_parts: bool) -> _Begun:
        params = {"filename": self._path.name}
        if in_parts:
            params["multipart_upload"] = "true"
        begun = self._transport.get(self._target.path, _decode_begun, self._tally, params).value
        if begun.data.get("storage_service") not in ("s3", None):
            raise UploadRefused(
                f"The site keeps its files in a storage {begun.data['storage_service']!r} of its "
                "own, and how it takes them is not known: upload the file in the web page."
            )
        return begun

    def _send(
        self, storage: Storage, parts: list[tuple[int, int]]
    ) -> tuple[dict[str, object], str]:
        """Put the bytes; gives what goes with the last step, and where that is posted."""
        if len(parts) > 1:
            return self._send_parts(storage, parts)
        begun = self._begin(in_parts=False)

        def address(is_refused: bool) -> str:
            nonlocal begun
            if is_refused:
                begun = self._begin(in_parts=False)
            return begun.links.upload

        storage.put(address, self._path, *parts[0])
        return begun.data, begun.links.complete_upload

    def _send_parts(
        self, storage: Storage, parts: list[tuple[int, int]]
    ) -> tuple[dict[str, object], str]:
        begun = self._begin(in_parts=True)
        following, tags = begun.links.get_next_part, []
        try:
            for start, size in parts:
                part = self._part(following)

                def address(is_refused: bool, asked: str = following, got: _Part = part) -> str:
                    return (self._part(asked) if is_refused else got).links.upload

                tags.append(storage.put(address, self._path, start, size))
                following = part.links.get_next_part
        except BaseException:
            with contextlib.suppress(SiteError):
                self._transport.change(
                    f"{self._target.path}/multipart_abort", begun.data, self._tally
                )
            raise
        return {**begun.data, "etags": tags}, begun.links.complete_upload

    def _part(self, link: str) -> _Part:
        path, params = _of_the_api(link)
        return self._transport.get(path, _decode_part, self._tally, params).value

    # -- the third step

    def _complete(self, info: dict[str, object], link: str) -> bool:
        """Say that the bytes are there; False: no answer came."""
        path, _ = _of_the_api(link)
        data = {"display_name": self._display_name} if self._display_name else {}
        try:
            self._transport.change(path, {"upload_info": info, "upload_data": data}, self._tally)
        except NoAnswer as error:
            log.warning("%s; looking at the row", error)
            return False
        return True

    # -- the look

    def _before(self) -> _Before:
        """What the row holds before anything is sent."""
        if self._target.field is None:
            return _Before(attachments=frozenset(self._attachments()))
        return _Before(picture=_path_of(self._value()))

    def _looked_for(
        self, storage: Storage, before: _Before, is_certain: bool, is_picture: bool
    ) -> _Found:
        """The file, fetched back."""
        wait = self._patience.first_wait
        seen = Held.NOTHING
        for look in range(LOOKS_AT_A_PICTURE if is_picture else LOOKS):
            if look:
                self._sleep(min(wait, self._patience.longest_wait))
                wait *= 2
            for path, attachment_id in self._where(before):
                address = self._transport.media_address(path, self._tally)
                if address is None:
                    continue
                seen = storage.compare(address, self._path, self._sizes.whole_up_to)
                if seen in (Held.SAME, Held.SAME_ENDS):
                    return _Found(seen.value, attachment_id or _id_of(self._value()))
                if is_certain and is_picture and urlsplit(address).path != before.picture:
                    return _Found("a new picture, which the site made of it")
        if not is_certain:
            raise UploadUncertain(
                f"No answer came when {self._path.name} was to be put on {self._target}, and it "
                "does not show there: look at the row before you upload it again, or it may be "
                "there twice."
            )
        raise BytesLost(
            f"The site says that {self._path.name} is on {self._target}, but {seen.value} when it "
            "is fetched back: the row names a file that is not what was sent. Upload it again, "
            "and delete the attachment that this one left."
        )

    def _where(self, before: _Before) -> list[tuple[str, int | None]]:
        """The paths at which the file may be read, and the Attachment of each; newest first."""
        target = self._target
        if target.field:
            return [(f"/entity/{target.entity_type}/{target.id}/{target.field}", None)]
        new = sorted(self._attachments() - before.attachments, reverse=True)
        return [(f"/entity/Attachment/{id_}/this_file", id_) for id_ in new]

    def _attachments(self) -> set[int]:
        """The ids of the row's attachments."""
        where = [attached_to(self._target.entity_type, self._target.id)]
        rows = self._site.rows("Attachment", ["id"], where=where)
        try:
            return {int(str(row["id"])) for row in rows}
        except RequestRefused as error:
            refusal = error
        self._explain(refusal)
        raise UploadRefused(
            f"What is attached to {self._target} cannot be listed, so an upload could not be "
            f"proven: name a field. {refusal}"
        )

    def _value(self) -> object:
        """What the field that gets the file holds."""
        target = self._target
        if target.field is None:
            return None
        here = [["id", "is", target.id]]
        rows = self._site.rows(target.entity_type, [target.field], where=here)
        return next((row.get(target.field) for row in rows), None)

    # -- refusals in words

    @contextlib.contextmanager
    def _refusals_explained(self) -> Iterator[None]:
        try:
            yield
        except RequestRefused as error:
            refusal = error
        except NoPermission as error:
            raise NoPermission(
                f"{self._path.name} was not put on {self._target}. {error}"
            ) from None
        else:
            return
        self._explain(refusal)
        raise UploadRefused(f"{self._path.name} was not put on {self._target}. {refusal}")

    def _explain(self, error: RequestRefused) -> None:
        """Raise the sentence of a refusal whose reason can be found; the others pass."""
        target, said = self._target, str(error)
        if "this user" in said:
            raise NoPermission(
                f"The script may not put a file on {target}: {said} Give its permission role the "
                "right to edit that, or use another script."
            ) from None
        fields = {item.name: item for item in self._site.fields(target.entity_type, self._tally)}
        files = sorted(name for name, one in fields.items() if one.data_type in HOLDS_FILES)
        if target.field is not None and target.field not in files:
            there = fields.get(target.field)
            wrong = (
                f"{target.entity_type} has no field {target.field!r}"
                if there is None
                else f"{target.entity_type}.{target.field} is a {there.data_type} field"
            )
            near = get_close_matches(target.field, files, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise UploadRefused(
                f"{wrong}, which holds no file: {hint}Those that do: {', '.join(files) or 'none'}."
            ) from None
        if not self._site.count(
            target.entity_type, where=[["id", "is", target.id]], stats=self._tally
        ):
            raise UploadRefused(
                f"There is no {target.entity_type} {target.id}: it was never there, is deleted, or "
                "the script may not see it."
            ) from None


def _path_of(value: object) -> str | None:
    """The stable part of a picture's address."""
    return urlsplit(value).path if isinstance(value, str) else None


def _id_of(value: object) -> int | None:
    """The Attachment that a file field names; a picture names none."""
    id_ = value.get("id") if isinstance(value, dict) else None
    return id_ if isinstance(id_, int) else None


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
