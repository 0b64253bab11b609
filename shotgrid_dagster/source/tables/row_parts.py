"""The rows of a page with their values as they came, for the slow way of decoding. Pure."""

from __future__ import annotations

import msgspec

from shotgrid_dagster.source.tables.columns import FieldColumns, Kind, kind_of
from shotgrid_dagster.source.tables.json_parts import elements, members

NOTHING = (b"", b"null")
"""How a value looks that is not there."""

LARGEST_ID = 2**63 - 1


class RowParts(msgspec.Struct):
    """One row; what is in its values was not looked at."""

    id: int
    attributes: dict[str, msgspec.Raw]
    relationships: dict[str, msgspec.Raw]


class _Page(msgspec.Struct):
    data: list[RowParts]


class _Relationship(msgspec.Struct):
    data: msgspec.Raw = msgspec.Raw()


_page = msgspec.json.Decoder(_Page, strict=False).decode
_row = msgspec.json.Decoder(RowParts, strict=False).decode
_id = msgspec.json.Decoder(int, strict=False).decode
_relationship = msgspec.json.Decoder(_Relationship).decode

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def rows_in_parts(raw: bytes) -> list[RowParts]:
    """The rows of a page, whatever their values are.

    Raises:
        msgspec.ValidationError: it is no page of rows, or an id has more than 64 bits.
        msgspec.DecodeError: it broke off, or its brackets do not match.
    """
    try:
        rows = _page(raw).data
    except msgspec.ValidationError:
        raise
    except _UNREADABLE:
        rows = [_row_in_parts(row) for row in elements(members(raw).get("data", b"null"))]
    for row in rows:
        if abs(row.id) > LARGEST_ID:
            raise msgspec.ValidationError(f"the id {row.id} has more than 64 bits")
    return rows


def _row_in_parts(raw: bytes) -> RowParts:
    try:
        return _row(raw)
    except msgspec.ValidationError:
        raise
    except _UNREADABLE:
        parts = members(raw)
    return RowParts(
        _id(parts.get("id", b"null")),
        *(
            {name: msgspec.Raw(value) for name, value in members(parts.get(of, b"null")).items()}
            for of in ("attributes", "relationships")
        ),
    )


def value_of(field_columns: FieldColumns, row: RowParts) -> bytes:
    """The JSON of a field's value in a row; empty when it is not there."""
    field = field_columns.field
    now = kind_of(field) if field_columns.is_retyped else field_columns.kind
    if now not in (Kind.LINK, Kind.LINKS):
        return bytes(row.attributes.get(field.name, b""))
    relationship = bytes(row.relationships.get(field.name, b""))
    if not relationship.startswith(b"{"):
        return relationship
    try:
        return bytes(_relationship(relationship).data)
    except _UNREADABLE:
        return members(relationship).get("data", b"")
