"""What a client may make of a field: how it is called, which data types there are, what changes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from shotgrid_dagster.sandbox.errors import ApiError, invalid, invalid_parameters, server_error
from shotgrid_dagster.sandbox.ruby_text import inspect
from shotgrid_dagster.sandbox.store.schema import EntityType, Field, slug

CREATABLE = frozenset(
    {
        "text", "number", "float", "date", "date_time", "list", "url", "duration", "percent",
        "footage", "checkbox", "entity", "multi_entity",
    }
)  # fmt: skip
"""Data types that a client may make fields of."""
LINKS = frozenset({"entity", "multi_entity"})
CHANGEABLE = (
    "name", "visible", "description", "summary_default", "default_value", "valid_values",
    "custom_metadata",
)  # fmt: skip
"""What may be changed of a field, in the order in which a refusal lists it."""
ATTRIBUTES = {"name": "display_name"}
"""Properties that are called otherwise here."""
OF_THE_FIELD = frozenset({"name", "visible", "description", "custom_metadata"})
"""Those that are no `properties` of the field."""

Properties = dict[str, object]


def made(
    entity_type: EntityType, retired: Collection[str], body: Mapping[str, object]
) -> list[tuple[str, Field]]:
    """The field that a body asks for, and the far side of a multi link: (entity type, field).

    The name is made of the name that people see; of a second field of that name, with `_1` behind
    it. `retired`: names of the type's deleted fields, which cannot be used again.

    Raises the site's 400s, and the 500 of a checkbox without a default value.
    """
    data_type = body.get("data_type")
    if data_type == "calculated":
        raise server_error()
    if not isinstance(data_type, str) or data_type not in CREATABLE:
        raise invalid_parameters(data_type="data_type is not valid")
    sent = properties(body)
    display_name = sent.pop("name", None)
    if not isinstance(display_name, str) or not display_name.strip():
        raise invalid("API schema_field_create() missing required 'name' property")
    if data_type in LINKS:
        targets = sent.get("valid_types")
        if targets is None:
            raise invalid("API schema_field_create() missing required 'properties'")
        if not isinstance(targets, list) or len(targets) != 1:
            raise invalid("'valid_types' value expected Array with one element")
    if data_type == "checkbox" and not isinstance(sent.get("default_value"), bool):
        raise server_error()
    name = _free_name(entity_type, retired, display_name)
    field = changed(Field(name, display_name, data_type, custom=True), sent)
    if data_type != "multi_entity":
        return [(entity_type.name, field)]
    (target,) = field.valid_types
    far = Field(
        f"{slug(entity_type.name).removesuffix('s')}_{name}_{slug(entity_type.name)}",
        f"{entity_type.display_name} <-> {display_name}",
        "multi_entity",
        custom=True,
        properties={"valid_types": [entity_type.name]},
        inverse_of=f"{entity_type.name}.{name}",
    )
    return [(entity_type.name, field), (target, far)]


def changed(field: Field, sent: Properties) -> Field:
    """The field with other properties."""
    own = {ATTRIBUTES.get(name, name): sent[name] for name in OF_THE_FIELD & sent.keys()}
    others = {name: value for name, value in sent.items() if name not in OF_THE_FIELD}
    # What a client sends is of any type; what is read back is what was sent.
    return replace(field, **own, properties={**field.properties, **others})  # type: ignore[arg-type]


def changes(body: Mapping[str, object]) -> Properties:
    """What a body changes. `data_type` beside the properties is ignored without a word.

    Raises the 400 of a property that cannot be changed.
    """
    sent = properties(body)
    for name, value in sent.items():
        if name not in CHANGEABLE:
            said = inspect({"property_name": name, "value": value})
            raise invalid(
                f"API schema_field_update() invalid property '{name}': {said}"
                f" Valid property names: {inspect(list(CHANGEABLE))}"
            )
    return sent


def properties(body: Mapping[str, object]) -> Properties:
    """`[{"property_name": "name", "value": "Grade"}]` as a dict. Raises the 400 of another form."""
    listed = body.get("properties", [])
    if not isinstance(listed, list):
        raise _no_properties()
    found: Properties = {}
    for member in listed:
        if not isinstance(member, dict) or not isinstance(member.get("property_name"), str):
            raise _no_properties()
        found[member["property_name"]] = member.get("value")
    return found


def _no_properties() -> ApiError:
    return invalid_parameters(properties="properties must be an array of property names and values")


def _free_name(entity_type: EntityType, retired: Collection[str], display_name: str) -> str:
    start = "sg_" + re.sub(r"[^a-z0-9]", "_", display_name.lower())
    name, number = start, 0
    while name in entity_type.fields:
        number += 1
        name = f"{start}_{number}"
    if name in retired:
        raise invalid(
            "API schema_field_create() failed, there is a retired field with the same field_name:"
            f" {name}. Delete the retired field forever from the Trash Page in Shotgun and try"
            " again."
        )
    return name
