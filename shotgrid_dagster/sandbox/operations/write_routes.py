"""The operations of the API that change the site."""

from __future__ import annotations

from shotgrid_dagster.sandbox.operations import schema_writing, uploading, writing
from shotgrid_dagster.sandbox.operations.operation import JSON_BODY, Operation

_ROW = "/entity/{entity_type}/{record_id}"
_FILE = ("filename!", "multipart_upload")
_PART = ("upload_id!", "part_number!", "path!")

UPLOADS = [
    operation
    for where in (_ROW, f"{_ROW}/{{field}}")
    for operation in (
        Operation("GET", f"{where}/_upload", uploading.begin, query=_FILE),
        Operation("GET", f"{where}/_upload/multipart", uploading.next_part, query=_PART),
        Operation("POST", f"{where}/_upload", uploading.complete, body=JSON_BODY, status=201),
        Operation(
            "POST",
            f"{where}/_upload/multipart_abort",
            uploading.abort,
            body=JSON_BODY,
            answer="Nothing",
            status=204,
        ),
    )
]
"""What would otherwise be taken for a field of the row."""

_FIELD = "/schema/{entity_type}/fields/{field}"
SCHEMA_WRITES = [
    Operation(
        "POST",
        "/schema/{entity_type}/fields",
        schema_writing.create_field,
        body=JSON_BODY,
        status=201,
    ),
    Operation("PUT", _FIELD, schema_writing.update_field, body=JSON_BODY),
    Operation("DELETE", _FIELD, schema_writing.delete_field, answer="Nothing", status=204),
    Operation(
        "POST", _FIELD, schema_writing.revive_field, body=JSON_BODY, answer="Nothing", status=204
    ),
]

WRITES = [
    Operation("POST", "/entity/_batch", writing.batch, body=JSON_BODY),
    Operation("POST", "/entity/_batch/", writing.batch, body=JSON_BODY, is_described=False),
    Operation(
        "POST", "/entity/{entity_type}", writing.create, body=JSON_BODY, answer="Row", status=201
    ),
    Operation("PUT", _ROW, writing.update, body=JSON_BODY, answer="Row"),
    Operation(
        "PUT",
        "/entity/projects/{record_id}/_update_last_accessed",
        writing.update_last_accessed,
        body=JSON_BODY,
    ),
    Operation("DELETE", _ROW, writing.delete, answer="Nothing", status=204),
    Operation("POST", _ROW, writing.revive, query=("revive!",)),
]
