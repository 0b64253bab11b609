"""The OpenAPI document of what is served, made from the operations that are routed."""

from __future__ import annotations

from collections.abc import Sequence

from shotgrid_dagster.sandbox.operations.operation import Operation
from shotgrid_dagster.sandbox.operations.specification_schemas import (
    SCHEMAS,
    query_schema,
    segment_schema,
)

TITLE = "Flow Production Tracking REST API "
NEEDS_A_ROW = ("{record_id}", "{entity_type}")


def document(operations: Sequence[Operation], host: str) -> dict[str, object]:
    """OpenAPI 3.0.0; `host` is `http://127.0.0.1:8089`."""
    paths: dict[str, dict[str, object]] = {}
    for operation in operations:
        if operation.is_described:
            methods = paths.setdefault(operation.path or "/", {})
            methods[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.0.0",
        "info": {
            "title": TITLE,
            "version": "1.x",
            "description": "What this sandbox site serves; the prefix `/api/v1` answers the same.",
        },
        "servers": [{"url": f"{host}/api/v1.1"}],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def as_yaml(described: dict[str, object]) -> str:
    """The document as YAML, without references between its parts."""
    import yaml

    class Plain(yaml.SafeDumper):
        """Writes what occurs twice twice, instead of referring to it."""

        def ignore_aliases(self, data: object) -> bool:
            return True

    return yaml.dump(described, Dumper=Plain, sort_keys=False, width=100)


def _operation(operation: Operation) -> dict[str, object]:
    described: dict[str, object] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.path.split("/")[1] if operation.path else "site"],
        "parameters": [
            *[
                {"name": name, "in": "path", "required": True, "schema": segment_schema(name)}
                for name in operation.segments
            ],
            *[
                {
                    "name": name.rstrip("!"),
                    "in": "query",
                    "required": name.endswith("!"),
                    "schema": query_schema(name.rstrip("!")),
                }
                for name in operation.query
            ],
        ],
        "responses": _responses(operation),
        "security": [{"bearer": []}] if operation.token else [],
    }
    if operation.body:
        content = {kind: {"schema": _schema(_body_schema(kind))} for kind in operation.body}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _responses(operation: Operation) -> dict[str, object]:
    success: dict[str, object] = {"description": "Success"}
    if operation.answer != "Nothing":
        kind = "text/yaml" if operation.answer == "Yaml" else "application/json"
        success["content"] = {kind: {"schema": _schema(operation.answer)}}
    refusals: dict[int, str] = {400: "The request is malformed, or was refused"}
    if operation.token:
        refusals[401] = "No bearer, or one that is not good any more"
    if any(part in operation.path for part in NEEDS_A_ROW):
        refusals[404] = "No such type, field or row"
    if operation.body:
        refusals[415] = "A body of another content type"
    errors = {"application/json": {"schema": _schema("Errors")}}
    described: dict[str, object] = {str(operation.status): success}
    for status, text in refusals.items():
        described[str(status)] = {"description": text, "content": errors}
    return described


def _body_schema(content_type: str) -> str:
    return {
        "application/x-www-form-urlencoded": "TokenRequest",
        "application/vnd+shotgun.api3_array+json": "ArrayFilter",
        "application/vnd+shotgun.api3_hash+json": "HashFilter",
    }.get(content_type, "Document")


def _schema(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
