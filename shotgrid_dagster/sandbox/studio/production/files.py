"""Attachments: uploaded, linked on the web, or lying on the studio's own storage."""

from __future__ import annotations

from dataclasses import dataclass

from shotgrid_dagster.sandbox.store.refs import Ref
from shotgrid_dagster.sandbox.studio.production.show import Show

CONTENT_TYPES = {
    "mov": "video/quicktime",
    "mp4": "video/mp4",
    "jpg": "image/jpeg",
    "pdf": "application/pdf",
    "edl": "text/plain",
    "ma": "application/x-maya",
    "nk": "application/x-nuke",
    "exr": "image/x-exr",
}


@dataclass(frozen=True)
class File:
    """An Attachment, and the value of a `url` field that holds it."""

    ref: Ref
    value: dict[str, object]


def upload(
    show: Show,
    at: int,
    by: Ref,
    name: str,
    links: list[Ref],
    *,
    is_logged: bool = False,
    in_project: bool = True,
    retired_at: int | None = None,
) -> File:
    """A file in the site's media store. Only what people attach by hand is logged."""
    path = show.studio.media(name)
    value: dict[str, object] = {
        "url": f"@media@{path}?@signature@",
        "name": name,
        "content_type": CONTENT_TYPES.get(_extension(name)),
        "link_type": "upload",
    }
    values: dict[str, object] = {
        "filename": name,
        "original_fname": name,
        "project": show.project if in_project else None,
        "attachment_links": links,
        "image": path if _extension(name) == "jpg" else None,
    }
    if is_logged:
        values["sg_status_list"] = "na"
    else:
        values |= {
            "file_extension": _extension(name),
            "file_size": 1_000 + len(path) * at % 9_999_999,
        }
    return _attach(show, at, by, value, values, is_logged=is_logged, retired_at=retired_at)


def web_link(show: Show, at: int, by: Ref, name: str, links: list[Ref]) -> File:
    """Make the Attachment of a page on the web."""
    value: dict[str, object] = {
        "url": f"https://wiki.sandbox.example/{name.replace(' ', '_')}",
        "name": name,
        "content_type": None,
        "link_type": "web",
    }
    values = {"project": show.project, "attachment_links": links}
    return _attach(show, at, by, value, values)


def local_file(show: Show, at: int, by: Ref, relative_path: str, links: list[Ref]) -> File:
    """Make the Attachment of a file on the studio's own storage."""
    storage = show.setup.storage
    name = relative_path.rsplit("/", 1)[-1]
    value: dict[str, object] = {
        "link_type": "local",
        "name": name,
        "content_type": CONTENT_TYPES.get(_extension(name)),
        "relative_path": relative_path,
        "local_storage": {"type": storage.type, "id": storage.id, "name": storage.name},
        "local_path_mac": f"/Volumes/projects/{relative_path}",
        "local_path_windows": "P:\\projects\\" + relative_path.replace("/", "\\"),
        "local_path_linux": f"/mnt/projects/{relative_path}",
    }
    values = {"project": show.project, "local_storage": storage, "attachment_links": links}
    return _attach(show, at, by, value, values)


def _attach(
    show: Show,
    at: int,
    by: Ref,
    value: dict[str, object],
    values: dict[str, object],
    *,
    is_logged: bool = False,
    retired_at: int | None = None,
) -> File:
    row_id = show.studio.rows.next_id("Attachment")
    value |= {"type": "Attachment", "id": row_id}
    row = {"display_name": value["name"], "this_file": value, **values}
    ref = show.studio.make(
        "Attachment", at, by, row, row_id=row_id, is_logged=is_logged, retired_at=retired_at
    )
    return File(ref, value)


def _extension(name: str) -> str:
    return name.rsplit(".", 1)[-1]
