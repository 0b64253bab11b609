"""A file onto a row of the site: it is sent, and then looked for until it is proven."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from shotgrid_dagster.site.client import Site
from shotgrid_dagster.site.errors import (
    BytesLost,
    NoPermission,
    RequestRefused,
    SiteError,
    UploadRefused,
    UploadUncertain,
)
from shotgrid_dagster.site.uploads.explained import explained
from shotgrid_dagster.site.uploads.proof import Looking
from shotgrid_dagster.site.uploads.sending import Sending
from shotgrid_dagster.site.uploads.storage import Storage
from shotgrid_dagster.site.uploads.target import DEFAULT_SIZES, Sizes, Target, Uploaded, check_file


def upload(
    site: Site,
    entity_type: str,
    id: int,
    file: Path | str,
    field: str | None = None,
    *,
    display_name: str | None = None,
    sizes: Sizes = DEFAULT_SIZES,
) -> Uploaded:
    """Put a file on a row, and prove that it arrived.

    Args:
        site: the site; its `stats` count the requests.
        entity_type: of the row.
        id: of the row.
        file: a file on this machine; it is read in pieces, however big it is.
        field: the field that gets it (what it held before is replaced); without one it is one more
            attachment of the row.
        display_name: what the attachment is called on the site; the file's name by default.
        sizes: above which size it is sent in parts, and compared at its ends only.

    Raises:
        UploadRefused: nothing was changed: no such file, row or field, or an empty file.
        NoPermission: the script may not write there; nothing was changed.
        SiteUnavailable: the site or its storage kept failing; nothing was changed.
        UploadUncertain: the last step was sent, and it could not be seen whether the file is there.
        BytesLost: the site says that it has the file, and has not.
    """
    target, path = Target(entity_type, id, field), Path(file)
    size = check_file(path)
    looking = Looking(site, target, path, sizes.whole_up_to)
    before = looking.before()
    parts = sizes.parts(size) if size > sizes.multipart_above else [(0, size)]
    with contextlib.closing(Storage(site.transport.retry_policy, site.stats)) as storage:
        sending = Sending(site, target, path, storage)
        with _refusals_explained(site, target, path):
            begun = sending.put(parts)
            is_certain = sending.complete(begun, display_name)
        try:
            proof = looking.proof(
                storage, before, is_certain=is_certain, is_picture=begun.is_picture
            )
        except (BytesLost, UploadUncertain):
            raise
        except SiteError as error:
            raise UploadUncertain(
                f"{path.name} was put on {target}, but could not be fetched back to prove it: "
                f"{error.what}",
                "Look at the row before you upload it again, or it may be there twice.",
            ) from None
    return Uploaded(
        entity_type, id, field, path.name, size, len(parts), proof.said, proof.attachment_id
    )


@contextlib.contextmanager
def _refusals_explained(site: Site, target: Target, path: Path) -> Iterator[None]:
    try:
        yield
    except RequestRefused as error:
        refusal = error
    except NoPermission as error:
        raise NoPermission(f"{path.name} was not put on {target}. {error}") from None
    else:
        return
    raise explained(site, target, refusal) or UploadRefused(
        f"{path.name} was not put on {target}. {refusal}"
    )
