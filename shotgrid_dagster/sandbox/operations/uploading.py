"""Uploads in three steps: ask for an address, put the bytes there, say that it is done.

The last step is a 201 whose body is one space, whether bytes came or not: only fetching the file
tells. Big files come in parts, each of which has an address of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from shotgrid_dagster.sandbox.access.signatures import MEDIA, signature
from shotgrid_dagster.sandbox.calls.calls import Answer, Call, answer
from shotgrid_dagster.sandbox.errors import invalid_parameters, no_such_field, refused
from shotgrid_dagster.sandbox.files import uploads
from shotgrid_dagster.sandbox.operations.writing import check_seen, editing, json_body
from shotgrid_dagster.sandbox.store.schema import Field


def begin(call: Call) -> Answer:
    """Step 1: where to put the bytes, and what to send in step 3."""
    field = _field(call)
    filename = call.query.get("filename")
    if not filename:
        raise invalid_parameters(filename="filename is missing")
    timestamp = call.site.clock().strftime("%Y-%m-%dT%H:%M:%S.%f")
    is_multipart = call.query.get("multipart_upload", "").lower() in ("true", "1")
    path = uploads.path_of(_owner(call), timestamp, filename)
    with editing(call) as edit:
        check_seen(call, edit, call.entity_type, call.record_id)
        connection = edit.rows.connection
        upload_id = uploads.begin_parts(connection, path) if is_multipart else None
    is_picture = field is not None and field.name in uploads.PICTURES
    data = {
        "timestamp": timestamp,
        "upload_type": "Thumbnail" if is_picture else "Attachment",
        "upload_id": upload_id,
        "storage_service": "s3",
        "original_filename": filename,
        "multipart_upload": is_multipart,
    }
    links = {"complete_upload": _address(call)}
    if upload_id is None:
        links["upload"] = _signed(call, path)
    else:
        links["get_next_part"] = _next_part(call, path, upload_id, 1)
    return answer({"data": data, "links": links})


def next_part(call: Call) -> Answer:
    """Where to put the next part of a file that comes in parts."""
    path, upload_id = call.query.get("path", ""), call.query.get("upload_id", "")
    number = call.query.get("part_number", "")
    if not path or not upload_id or not number.isdecimal():
        raise invalid_parameters(upload_id="upload_id and part_number are required")
    part = {"uploadId": upload_id, "partNumber": number}
    links = {
        "upload": _signed(call, path, part),
        "get_next_part": _next_part(call, path, upload_id, int(number) + 1),
    }
    return answer({"links": links})


def complete(call: Call) -> Answer:
    """Step 3: the row gets the file."""
    field, body = _field(call), json_body(call)
    info, data = body.get("upload_info"), body.get("upload_data", {})
    if not isinstance(info, dict) or not isinstance(data, dict):
        raise invalid_parameters(upload_info="upload_info is missing")
    timestamp, filename = info.get("timestamp"), info.get("original_filename")
    if not isinstance(timestamp, str) or not isinstance(filename, str):
        raise invalid_parameters(upload_info="timestamp and original_filename are required")
    path = uploads.path_of(_owner(call), timestamp, filename)
    name = data.get("display_name")
    with editing(call) as edit:
        check_seen(call, edit, call.entity_type, call.record_id)
        if field is not None and not call.caller.rights.level.edits(
            call.entity_type.name, field.name
        ):
            refused_field = f"{call.entity_type.name}.{field.name}"
            raise refused(f"The field is not editable for this user: [{refused_field}].")
        if info.get("multipart_upload"):
            tags = info.get("etags")
            if not isinstance(tags, list):
                raise invalid_parameters(etags="etags is missing")
            upload_id = str(info.get("upload_id"))
            uploads.join_parts(edit.rows.connection, upload_id, [str(tag) for tag in tags])
        shown = name if isinstance(name, str) else None
        uploads.complete(edit, call.entity_type, call.record_id, field, path, shown)
    return Answer((b" ",), 201)


def abort(call: Call) -> Answer:
    """Give up a file that comes in parts. The body is the data of step 1."""
    body = json_body(call)
    with editing(call) as edit:
        uploads.abort(edit.rows.connection, body.get("upload_id"))
    return Answer((b"",), 204)


def _field(call: Call) -> Field | None:
    name = call.segments.get("field")
    if name is None:
        return None
    field = call.entity_type.fields.get(name)
    if field is None:
        raise no_such_field(call.entity_type.name, name)
    uploads.check_field(field)
    return field


def _owner(call: Call) -> str:
    return f"{call.entity_type.name}/{call.record_id}/{call.segments.get('field', '')}"


def _address(call: Call) -> str:
    row = f"{call.prefix}/entity/{call.entity_type.slug}/{call.record_id}"
    return (
        f"{row}/{call.segments['field']}/_upload" if "field" in call.segments else f"{row}/_upload"
    )


def _next_part(call: Call, path: str, upload_id: str, number: int) -> str:
    query = {"upload_id": upload_id, "part_number": number, "path": path}
    return f"{_address(call)}/multipart?{urlencode(query)}"


def _signed(call: Call, path: str, more: Mapping[str, str] | None = None) -> str:
    key = call.site.settings["signing_key"]
    signed = signature(key, call.site.clock(), "PUT")
    query = f"{urlencode(more)}&{signed}" if more else signed
    return f"{call.host}{MEDIA}{quote(path)}?{query}"
