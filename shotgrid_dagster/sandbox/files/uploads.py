"""Uploaded files: their bytes, in one piece or in parts, and the row that gets them.

Bytes and rows know nothing of each other: a file may be completed that was never sent.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from urllib.parse import quote

from shotgrid_dagster.sandbox.errors import invalid_parameters, refused
from shotgrid_dagster.sandbox.store.refs import Ref
from shotgrid_dagster.sandbox.store.schema import EntityType, Field
from shotgrid_dagster.sandbox.writes.changes import Change, put
from shotgrid_dagster.sandbox.writes.edit import Edit
from shotgrid_dagster.sandbox.writes.relinking import relink
from shotgrid_dagster.sandbox.writes.values.link_values import Relinking
from shotgrid_dagster.sandbox.writes.web_files import attach, content_type

PICTURES = frozenset({"image", "filmstrip_image"})
LEAST_PART = 5 * 2**20
"""Bytes of every part of a file but the last."""


def path_of(owner: str, timestamp: str, filename: str) -> str:
    """Where a file is stored below the media address: what step 1 and step 3 both know."""
    key = f"{owner}/{timestamp}/{filename}".encode()
    return f"/{hashlib.sha1(key, usedforsecurity=False).hexdigest()}/{filename}"


def body(connection: sqlite3.Connection, path: str) -> bytes | None:
    """The bytes of an uploaded file; empty if none came, None if the path is no upload's."""
    row = connection.execute("select body from _files where path = ?", (path,)).fetchone()
    return None if row is None else row[0] or b""


def keep(connection: sqlite3.Connection, path: str, content: bytes) -> str:
    """Store the bytes of a file. Returns their tag."""
    connection.execute("insert or replace into _files values (?, ?)", (path, content))
    return _tag(content)


def begin_parts(connection: sqlite3.Connection, path: str) -> str:
    """Expect a file in parts. Returns the id of the upload."""
    upload_id = secrets.token_hex(24)
    connection.execute("insert into _uploads values (?, ?)", (upload_id, path))
    return upload_id


def keep_part(connection: sqlite3.Connection, upload_id: str, number: int, content: bytes) -> str:
    """Store one part of a file. Returns its tag."""
    connection.execute(
        "insert or replace into _parts values (?, ?, ?)", (upload_id, number, content)
    )
    return _tag(content)


def join_parts(connection: sqlite3.Connection, upload_id: str, tags: list[str]) -> None:
    """Make one file of the parts. Raises the 400 of parts that are missing or too small."""
    found = connection.execute(
        "select body from _parts where upload_id = ? order by number", (upload_id,)
    ).fetchall()
    parts: list[bytes] = [part for (part,) in found]
    upload = connection.execute(
        "select path from _uploads where upload_id = ?", (upload_id,)
    ).fetchone()
    are_theirs = [tag.strip('"') for tag in tags] == [_tag(part) for part in parts]
    if (
        upload is None
        or not parts
        or not are_theirs
        or any(len(part) < LEAST_PART for part in parts[:-1])
    ):
        raise refused("Error completing multipart upload.")
    keep(connection, upload[0], b"".join(parts))
    _forget(connection, upload_id)


def abort(connection: sqlite3.Connection, upload_id: object) -> None:
    """Forget an upload in parts. Raises the 400 of one that is not going on."""
    if not isinstance(upload_id, str) or not _forget(connection, upload_id):
        raise refused("Error aborting multipart upload.")


def complete(
    edit: Edit,
    entity_type: EntityType,
    row_id: int,
    field: Field | None,
    path: str,
    display_name: str | None,
) -> None:
    """Give an uploaded file to a row: into one of its fields, or as one more attachment of it."""
    row = edit.rows.live(entity_type.name, row_id)
    edit.rows.connection.execute("insert or ignore into _files (path) values (?)", (path,))
    target = (entity_type.name, row_id)
    if field is not None and field.data_type == "image":
        put(edit, target, [Change(field, row[field.name], quote(path))])
        return
    name = path.rsplit("/", 1)[-1]
    value: dict[str, object] = {
        "url": f"@media@{quote(path)}?@signature@",
        "name": name,
        "content_type": content_type(name),
        "link_type": "upload",
    }
    # Not measured: whether a project's own file is of that project. Nothing else could say so.
    project = row_id if entity_type.name == "Project" else row.get("project__id")
    file = attach(
        edit,
        value,
        project if isinstance(project, int) else None,
        **{"filename": name, "original_fname": name, "display_name": display_name or name},
    )
    if field is not None:
        put(edit, target, [Change(field, row[field.name], file.text)])
        return
    links = edit.schema["Attachment"].fields["attachment_links"]
    if entity_type.name in links.valid_types:
        me = edit.rows.ref(*target)
        assert isinstance(me, Ref)
        relink(edit, ("Attachment", file.row_id), links, Relinking([me], []))
    edit.finish(target)


def check_field(field: Field) -> None:
    """Raises the 400 of a field that holds no file."""
    if field.data_type not in ("image", "url"):
        raise invalid_parameters(field=f"Field {field.name} is not an image or attachment.")


def _forget(connection: sqlite3.Connection, upload_id: str) -> bool:
    connection.execute("delete from _parts where upload_id = ?", (upload_id,))
    gone = connection.execute("delete from _uploads where upload_id = ?", (upload_id,))
    return gone.rowcount > 0


def _tag(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
