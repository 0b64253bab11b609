"""`/schema`: the entity types and fields of the site, each property as `{"value", "editable"}`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

from shotgrid_dagster.sandbox import errors
from shotgrid_dagster.sandbox.access.rights import Level
from shotgrid_dagster.sandbox.calls.calls import Answer, Call, answer
from shotgrid_dagster.sandbox.store.schema import EntityType, Field

SETTABLE_PROPERTIES = ("default_value", "summary_default", "valid_values")


def entity_types(call: Call) -> Answer:
    """Every entity type of the site, with the name that people see."""
    data = {name: _type_record(entity_type) for name, entity_type in call.site.schema.items()}
    return answer({"data": data, "links": {"self": f"{call.prefix}/schema"}})


def entity_type(call: Call) -> Answer:
    """One entity type, without its fields."""
    found = call.entity_type
    address = f"{call.prefix}/schema/{found.name}"
    return answer({"data": _type_record(found), "links": {"self": address}})


def fields(call: Call) -> Answer:
    """The fields of one entity type."""
    found = call.entity_type
    hidden = json.dumps(_hidden_values(call, found))
    address = f"{call.prefix}/schema/{found.name}/fields"
    return _fields(found, call.caller.rights.level, hidden, address)


@lru_cache(maxsize=256)
def _fields(owner: EntityType, level: Level, hidden: str, address: str) -> Answer:
    """The answer; a loader asks for that of each project, most of which hide the same."""
    of_project = json.loads(hidden)
    data = {
        name: field_record(owner, field, level, of_project.get(name))
        for name, field in owner.fields.items()
        if field.in_schema
    }
    return answer({"data": data, "links": {"self": address}})


def field(call: Call) -> Answer:
    """One field, without its name; null when it is read but missing from the schema."""
    found = call.entity_type
    wanted = found.fields.get(call.segments["field"])
    if wanted is None:
        raise errors.no_such_field(found.name, call.segments["field"])
    hidden = _hidden_values(call, found).get(wanted.name)
    level = call.caller.rights.level
    data = field_record(found, wanted, level, hidden) if wanted.in_schema else None
    address = f"{call.prefix}/schema/{found.name}/fields/{wanted.name}"
    return answer({"data": data, "links": {"self": address}})


def field_record(
    owner: EntityType, field: Field, level: Level, hidden: list[str] | None = None
) -> dict[str, object]:
    """The eleven keys of a field, `editable` as it is for one level.

    `hidden`: the values that the project asked for hides.
    """
    properties = {"default_value": None, "summary_default": "none", **field.properties}
    if hidden is not None:
        properties["hidden_values"] = hidden
    return {
        "name": _wrapped(field.display_name, True),
        "description": _wrapped(field.description, True),
        "custom_metadata": _wrapped(field.custom_metadata, True),
        "entity_type": _wrapped(owner.name, False),
        "data_type": _wrapped(field.data_type, False),
        "editable": _wrapped(field.editable and level.edits(owner.name, field.name), False),
        "mandatory": _wrapped(field.mandatory, False),
        "unique": _wrapped(field.unique, False),
        "visible": _wrapped(field.visible, field.custom),
        "ui_value_displayable": _wrapped(True, False),
        "properties": {
            name: _wrapped(value, name in SETTABLE_PROPERTIES) for name, value in properties.items()
        },
    }


def _type_record(entity_type: EntityType) -> dict[str, object]:
    return {
        "name": _wrapped(entity_type.display_name, False),
        "visible": _wrapped(True, False),
    }


def _wrapped(value: object, editable: bool) -> dict[str, object]:
    if isinstance(value, Mapping):
        value = dict(value)
    return {"value": list(value) if isinstance(value, tuple) else value, "editable": editable}


def _hidden_values(call: Call, entity_type: EntityType) -> dict[str, list[str]]:
    """Field -> the values that the project of `project_id` hides, from the site's `_hidden_values`.

    Stored as `{"<project id>": {"Task.sg_status_list": ["hld"]}}`.
    """
    stored = json.loads(call.site.settings.get("_hidden_values", "{}"))
    of_project = stored.get(call.query.get("project_id", ""), {})
    start = entity_type.name + "."
    return {
        name[len(start) :]: values for name, values in of_project.items() if name.startswith(start)
    }
