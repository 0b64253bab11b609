"""The look at a row after an upload: whether the file is there.

It is not for show: the site answers the last step with a 201 whether bytes came or not (measured
on a real site), and names the new Attachment nowhere.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from shotgrid_dagster.site.client import Site
from shotgrid_dagster.site.errors import BytesLost, RequestRefused, UploadRefused, UploadUncertain
from shotgrid_dagster.site.uploads.explained import explained
from shotgrid_dagster.site.uploads.media import media_address
from shotgrid_dagster.site.uploads.storage import Held, Storage
from shotgrid_dagster.site.uploads.target import Target, attached_to

LOOKS = 5
"""How often the row is looked at until the file shows."""
LOOKS_AT_A_PICTURE = 8
"""The same of a picture of the row, which takes a site about 40 s to make (measured)."""


@dataclass(frozen=True)
class Before:
    """What the row held before anything was sent."""

    attachments: frozenset[int] = frozenset()
    picture: str | None = None
    """The path of the picture's address, its signature aside."""


@dataclass(frozen=True)
class Proof:
    """How it is known that the file is there."""

    said: str
    attachment_id: int | None = None


class Looking:
    """Looks at one row for one file.

    Args:
        site: the site.
        target: the row.
        path: the file.
        whole_up_to: bytes; a bigger file is compared at both of its ends.
    """

    def __init__(self, site: Site, target: Target, path: Path, whole_up_to: int) -> None:
        self._site = site
        self._target = target
        self._path = path
        self._whole_up_to = whole_up_to

    def before(self) -> Before:
        """What the row holds now.

        Raises:
            SiteError: the site refused.
        """
        if self._target.field is None:
            return Before(attachments=frozenset(self._attachments()))
        return Before(picture=_path_of(self._value()))

    def proof(
        self, storage: Storage, before: Before, *, is_certain: bool, is_picture: bool
    ) -> Proof:
        """The file, fetched back.

        Args:
            storage: where it is fetched from.
            before: what the row held.
            is_certain: whether the site said that it has the file.
            is_picture: whether the site makes a picture of the row from it.

        Raises:
            UploadUncertain: it is not there, and the site did not say that it was.
            BytesLost: the site said so.
            SiteError: of the storage, or the site refused.
        """
        policy = self._site.transport.retry_policy
        wait = policy.first_wait
        seen = Held.NOTHING
        for look in range(LOOKS_AT_A_PICTURE if is_picture else LOOKS):
            if look:
                time.sleep(min(wait, policy.longest_wait))
                wait *= 2
            for path, attachment_id in self._where(before):
                address = media_address(self._site, path)
                if address is None:
                    continue
                seen = storage.compare(address, self._path, self._whole_up_to)
                if seen in (Held.SAME, Held.SAME_ENDS):
                    return Proof(seen.value, attachment_id or _id_of(self._value()))
                if is_certain and is_picture and urlsplit(address).path != before.picture:
                    return Proof("a new picture, which the site made of it")
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

    def _where(self, before: Before) -> list[tuple[str, int | None]]:
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
        raise explained(self._site, self._target, refusal) or UploadRefused(
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


def _path_of(value: object) -> str | None:
    """The stable part of a picture's address."""
    return urlsplit(value).path if isinstance(value, str) else None


def _id_of(value: object) -> int | None:
    """The Attachment that a file field names; a picture names none."""
    id_ = value.get("id") if isinstance(value, dict) else None
    return id_ if isinstance(id_, int) else None
