"""The JSON schemas that the OpenAPI document refers to."""

from __future__ import annotations

from collections.abc import Mapping

from shotgrid_dagster.sandbox.query.read_parameters import DEFAULT_SIZE, LARGEST_SIZE

TEXT = {"type": "string"}
ANYTHING: dict[str, object] = {}
INTEGER = {"type": "integer"}


def query_schema(name: str) -> Mapping[str, object]:
    """The JSON schema of a query parameter."""
    return _QUERY.get(name, TEXT)


def segment_schema(name: str) -> Mapping[str, object]:
    """The JSON schema of a part of a path."""
    return {"type": "integer", "minimum": 1} if name == "record_id" else TEXT


def _object(required: str, **properties: object) -> dict[str, object]:
    described: dict[str, object] = {"type": "object", "properties": properties}
    return described | {"required": required.split()} if required else described


def _list(items: object) -> dict[str, object]:
    return {"type": "array", "items": items}


def _nullable(schema: Mapping[str, object]) -> dict[str, object]:
    return {**schema, "nullable": True}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_QUERY: dict[str, Mapping[str, object]] = {
    "page[size]": {
        "type": "integer",
        "minimum": 1,
        "maximum": LARGEST_SIZE,
        "default": DEFAULT_SIZE,
    },
    "page[number]": {"type": "integer", "minimum": 1, "default": 1},
    "options[return_only]": {"type": "string", "enum": ["active", "retired"]},
    "options[include_archived_projects]": {"type": "boolean", "default": False},
    "alt": {"type": "string", "enum": ["original", "thumbnail"]},
    "start_date": {"type": "string", "format": "date"},
    "end_date": {"type": "string", "format": "date"},
    "project_id": INTEGER,
    "user_id": INTEGER,
    "limit": {"type": "integer", "minimum": 1, "maximum": 500, "default": 25},
    "max_id": INTEGER,
    "min_id": INTEGER,
}

_CONDITION = {
    "type": "array",
    "minItems": 3,
    "maxItems": 3,
    "items": ANYTHING,
    "description": "[path, relation, value]",
}
_PAGE = _object("", size=INTEGER, number=INTEGER)
_SEARCHED = {
    "fields": {"oneOf": [TEXT, _list(TEXT)]},
    "sort": {"oneOf": [TEXT, _list(TEXT)]},
    "page": _PAGE,
    "options": _object("", return_only=TEXT, include_archived_projects={"type": "boolean"}),
    "summary_fields": _list(_object("field type", field=TEXT, type=TEXT)),
    "grouping": _list(_object("field", field=TEXT, type=TEXT, direction=TEXT)),
    "text": TEXT,
    "entity_types": {"type": "object", "additionalProperties": ANYTHING},
}

SCHEMAS: dict[str, object] = {
    "Document": {"type": "object"},
    "Yaml": TEXT,
    "Link": _object("id type", id=INTEGER, type=TEXT, name=_nullable(TEXT)),
    "Links": _object("data links", data=ANYTHING, links=_ref("Addresses")),
    "Addresses": {
        "type": "object",
        "properties": dict.fromkeys(("self", "next", "prev"), TEXT),
    },
    "Relationship": _object("data links", data=ANYTHING, links=_ref("Addresses")),
    "RowData": _object(
        "type id attributes relationships links",
        type=TEXT,
        id=INTEGER,
        attributes={"type": "object", "additionalProperties": ANYTHING},
        relationships={"type": "object", "additionalProperties": _ref("Relationship")},
        links=_ref("Addresses"),
    ),
    "Row": _object("data links", data=_ref("RowData"), links=_ref("Addresses")),
    "Rows": _object("data links", data=_list(_ref("RowData")), links=_ref("Addresses")),
    "Summaries": _object(
        "data",
        data=_object("summaries groups", summaries={"type": "object"}, groups=_list(ANYTHING)),
    ),
    "Condition": _CONDITION,
    "Group": _object(
        "logical_operator conditions",
        logical_operator={"type": "string", "enum": ["and", "or"]},
        conditions=_list({"oneOf": [_ref("Condition"), _ref("Group")]}),
    ),
    "ArrayFilter": _object("", filters=_list(_ref("Condition")), **_SEARCHED),
    "HashFilter": _object("", filters=_ref("Group"), **_SEARCHED),
    "TokenRequest": _object(
        "grant_type",
        grant_type={
            "type": "string",
            "enum": ["client_credentials", "password", "session_token", "refresh_token"],
        },
        **dict.fromkeys(
            (
                "client_id",
                "client_secret",
                "username",
                "password",
                "session_token",
                "refresh_token",
                "scope",
            ),
            TEXT,
        ),
    ),
    "AccessToken": _object(
        "token_type access_token expires_in refresh_token",
        token_type=TEXT,
        access_token=TEXT,
        expires_in=INTEGER,
        refresh_token=TEXT,
    ),
    "Errors": _object(
        "errors",
        errors=_list(
            _object(
                "id status code title source detail meta",
                id=TEXT,
                status=INTEGER,
                code=INTEGER,
                title=TEXT,
                source=_nullable({"type": "object"}),
                detail=_nullable(TEXT),
                meta=_nullable({"type": "object"}),
            )
        ),
    ),
}
