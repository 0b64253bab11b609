"""A file of a project that is replaced, again and again, by its next version.

Each upload makes one more Attachment. So the new one is put there and proven first; only then are
the earlier ones retired, and of those only what this very script put there under the same name.
Whatever breaks off in between, the project has a file, and the next call puts the rest right.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shotgrid_dagster.site.client import Site
from shotgrid_dagster.site.errors import UploadUncertain
from shotgrid_dagster.site.uploads.media import holds
from shotgrid_dagster.site.uploads.retirement import retire
from shotgrid_dagster.site.uploads.target import attached_to
from shotgrid_dagster.site.uploads.upload import upload

ATTACHMENT = "Attachment"
FIELDS = ("display_name", "created_by", "project", "attachment_links")


@dataclass(frozen=True)
class Replaced:
    """What is on the project now."""

    attachment_id: int
    is_new: bool
    """False: the site held the very bytes already, and nothing was sent."""
    retired: tuple[int, ...]
    """The earlier attachments, as far as this call retired them."""


def replace_file(site: Site, project: int, file: Path, display_name: str) -> Replaced:
    """Let a file be the one of its name that this script has on a project.

    Raises:
        UploadRefused, NoPermission, SiteUnavailable, BytesLost: it was not put there, and the
            earlier one stays.
        UploadUncertain: it may be there or not; the earlier one stays.
        NoAnswer, SiteError: it is there, and an earlier one may be, too.
    """
    me = site.caller()
    earlier = _mine(site, me, project, display_name)
    here = next((id_ for id_ in earlier if holds(site, ATTACHMENT, id_, "this_file", file)), None)
    is_new = here is None
    if here is None:
        done = upload(site, "Project", project, file, display_name=display_name)
        here = done.attachment_id
        if here is None or here not in _mine(site, me, project, display_name):
            raise UploadUncertain(
                f"{file.name} is on Project {project}, but the site does not show it as this "
                "script's: earlier ones were left there, because nobody can know whose they are."
            )
    retired = [id_ for id_ in earlier if id_ != here and retire(site, ATTACHMENT, id_)]
    return Replaced(here, is_new, tuple(retired))


def _mine(site: Site, me: tuple[str, int], project: int, display_name: str) -> list[int]:
    """The live attachments of that name that the script put on a project, the newest first.

    What the site answers is looked at once more: a filter that it does not know may not cost
    somebody a file.
    """
    where = [
        attached_to("Project", project),
        ["display_name", "is", display_name],
        ["created_by", "is", {"type": me[0], "id": me[1]}],
    ]
    rows = site.rows(ATTACHMENT, FIELDS, where=where)
    ids = [
        int(str(row["id"]))
        for row in rows
        if row.get("display_name") == display_name
        and _ref(row.get("created_by")) == me
        and _is_of_nothing_else(row, project)
    ]
    return sorted(ids, reverse=True)


def _is_of_nothing_else(row: dict[str, object], project: int) -> bool:
    """Whether an attachment is one of the project, and of no shot, note or other row."""
    wanted = ("Project", project)
    links = row.get("attachment_links") or []
    assert isinstance(links, list)
    refs = {_ref(link) for link in links} | {_ref(row.get("project"))}
    return wanted in refs and refs <= {wanted, None}


def _ref(link: object) -> tuple[str, int] | None:
    if not isinstance(link, dict) or not isinstance(link.get("id"), int):
        return None
    return str(link.get("type")), int(link["id"])
