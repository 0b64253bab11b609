"""Values of `url` fields as they are sent: every one that is set makes an Attachment."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from typing import cast

from shotgrid_dagster.sandbox.store.links import encode
from shotgrid_dagster.sandbox.writes.edit import Edit
from shotgrid_dagster.sandbox.writes.values.sent_values import Sent

LOCAL = frozenset({"local_path", "relative_path"})
PLATFORMS = ("mac", "windows", "linux")


def url_value(edit: Edit, sent: Sent, project: int | None) -> str | None:
    """What is stored for a link to the web or to a file on the studio's own storage."""
    if sent.value is None:
        return None
    if not isinstance(sent.value, dict):
        raise sent.wrong_class("Hash", "NilClass")
    is_local = bool(LOCAL & sent.value.keys())
    value = _local(edit, sent, sent.value) if is_local else _web(sent, sent.value)
    return attach(edit, value, project).text


@dataclass(frozen=True)
class File:
    """An Attachment, and the stored value of a `url` field that holds it."""

    row_id: int
    text: str


def attach(edit: Edit, value: dict[str, object], project: int | None, **more: object) -> File:
    """Make the Attachment of a file."""
    row_id = edit.rows.next_id("Attachment")
    text = encode({**value, "type": "Attachment", "id": row_id})
    storage = value.get("local_storage")
    edit.rows.insert(
        "Attachment",
        {
            "id": row_id,
            "display_name": value["name"],
            "cached_display_name": more.get("display_name", value["name"]),
            "this_file": text,
            "sg_status_list": "na",
            "project__type": "Project" if project else None,
            "project__id": project,
            "local_storage__type": "LocalStorage" if storage else None,
            "local_storage__id": cast("dict[str, object]", storage)["id"] if storage else None,
            "created_at": edit.instant,
            "updated_at": edit.instant,
            "created_by__type": edit.writer.type,
            "created_by__id": edit.writer.id,
            **more,
        },
    )
    links = ("project", "local_storage", "created_by")
    edit.stale |= {("Attachment", link, row_id) for link in links}
    if edit.log is not None:
        about = edit.rows.ref("Attachment", row_id)
        assert about is not None
        edit.log.created(about)
    return File(row_id, text)


def content_type(name: str) -> str | None:
    """The MIME type that a file's name tells; None: it tells none."""
    return mimetypes.guess_type(name)[0]


def _web(sent: Sent, value: dict[str, object]) -> dict[str, object]:
    url = value.get("url")
    if not isinstance(url, str) or not url:
        raise sent.wrong_value("expected a Hash with 'url'")
    name = str(value.get("name") or url)
    return {"url": url, "name": name, "content_type": None, "link_type": "web"}


def _local(edit: Edit, sent: Sent, value: dict[str, object]) -> dict[str, object]:
    """A path on the storage with the longest root that it is below."""
    path = str(value.get("local_path") or value.get("relative_path"))
    if "\\" in path:
        raise sent.not_legal()
    columns = ", ".join(f"{platform}_path" for platform in PLATFORMS)
    storages = edit.rows.connection.execute(
        f"select id, code, {columns} from local_storages where _retired_at is null"
    ).fetchall()
    if "relative_path" in value:
        asked = value.get("local_storage")
        wanted = asked.get("id") if isinstance(asked, dict) else None
        found = [(path, storage) for storage in storages if storage[0] == wanted]
    else:
        roots = [
            (root.rstrip("/"), storage) for storage in storages for root in storage[2:] if root
        ]
        found = [
            (path[len(root) + 1 :], storage)
            for root, storage in sorted(roots, key=lambda pair: len(pair[0]))
            if path.startswith(f"{root}/")
        ]
    if not found:
        raise sent.not_legal()
    relative, (storage_id, code, *platform_roots) = found[-1]
    name = relative.rsplit("/", 1)[-1]
    local = {
        f"local_path_{platform}": _joined(root, relative)
        for platform, root in zip(PLATFORMS, platform_roots, strict=True)
    }
    return {
        "link_type": "local",
        "name": name,
        "content_type": content_type(name),
        "relative_path": relative,
        "local_storage": {"type": "LocalStorage", "id": storage_id, "name": code},
        **local,
    }


def _joined(root: str | None, relative: str) -> str | None:
    if not root:
        return None
    if "\\" in root:
        return root.rstrip("\\") + "\\" + relative.replace("/", "\\")
    return f"{root.rstrip('/')}/{relative}"
