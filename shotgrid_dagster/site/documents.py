"""What a site says of itself, decoded: its name and version, its schema, its preferences. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from shotgrid_dagster.site.schema import EntityType, Field, entity_types_from, fields_from


class _Named(msgspec.Struct):
    data: dict[str, object]


_named = msgspec.json.Decoder(_Named).decode


def decode_named(raw: bytes) -> Mapping[str, object]:
    """Values by name: of the API's root, and of `/preferences`.

    Raises:
        msgspec.DecodeError: it is not JSON, or of another shape.
    """
    return _named(raw).data


def decode_entity_types(raw: bytes) -> list[EntityType]:
    """The entity types of `/schema`, without their fields. Raises as `decode_named`."""
    return entity_types_from(_named(raw).data)


def decode_fields(raw: bytes) -> tuple[Field, ...]:
    """The fields of `/schema/<Type>/fields`. Raises as `decode_named`."""
    return fields_from(_named(raw).data)
