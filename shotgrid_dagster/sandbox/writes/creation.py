"""A create: what is sent, what the site fills in, and who made the row when."""

from __future__ import annotations

from collections.abc import Mapping

from shotgrid_dagster.sandbox.store.refs import unique_id
from shotgrid_dagster.sandbox.store.schema import EntityType
from shotgrid_dagster.sandbox.writes.changes import Change, log_changes, new_value, write
from shotgrid_dagster.sandbox.writes.edit import Edit
from shotgrid_dagster.sandbox.writes.stored_rows import Columns
from shotgrid_dagster.sandbox.writes.values.link_values import Relinking
from shotgrid_dagster.sandbox.writes.write_rules import ON_CREATE, accepted, check_project

WRITERS = ("created_by", "updated_by")


def create(edit: Edit, entity_type: str, body: Mapping[str, object]) -> int:
    """Make a row. Returns its id. Raises ApiError.

    Of project-scoped types the project is required, nothing else is. `created_at` and
    `updated_at` may be sent, also as null.
    """
    definition = edit.schema[entity_type]
    sent = accepted("create", definition, body)
    check_project(definition, body)
    row_id = edit.rows.next_id(entity_type)
    given = {value.field.name for value in sent}
    filled = {
        name: value for name, value in _defaults(edit, definition, row_id) if name not in given
    }
    edit.rows.insert(entity_type, {"id": row_id, **filled})
    row = _with_project(edit, entity_type, row_id, body)
    changes = []
    for value in sent:
        new = new_value(edit, value, row)
        if new is not None and not (isinstance(new, Relinking) and not new):
            changes.append(Change(value.field, None, new))
    stamps = [
        Change(definition.fields[name], None, edit.writer)
        for name in WRITERS
        if name in definition.fields and name not in given
    ]
    write(edit, (entity_type, row_id), [*changes, *stamps], is_new=True)
    edit.finish((entity_type, row_id))
    if edit.log is not None:
        about = edit.rows.ref(entity_type, row_id)
        if about is not None:
            defaults = [
                Change(definition.fields[name], None, value)
                for name, value in filled.items()
                if value and name in definition.fields
            ]
            edit.log.created(about)
            shown = [
                change for change in [*changes, *defaults] if change.field.name not in ON_CREATE
            ]
            log_changes(edit, about, shown, in_create=True)
    return row_id


def server_set(entity_type: EntityType) -> list[str]:
    """The fields that a new row has a value in though nobody sent one."""
    return [
        field.name
        for field in entity_type.fields.values()
        if field.is_stored
        and (
            field.properties.get("default_value") is not None
            or field.name in (*ON_CREATE, "cached_display_name", entity_type.identity)
        )
    ]


def _defaults(edit: Edit, definition: EntityType, row_id: int) -> list[tuple[str, object]]:
    """Field and value, of every field that the site fills in."""
    kind = definition.name
    found: dict[str, object] = {
        field.name: field.properties["default_value"]
        for field in definition.fields.values()
        if field.is_stored and field.properties.get("default_value") is not None
    }
    if definition.identity:
        found[definition.identity] = f"New {kind} {row_id}"
    own: dict[tuple[str, str], object] = {
        ("EventLogEntry", "description"): "New Event",
        ("TimeLog", "date"): edit.instant[:10],
        ("ApiUser", "lastname"): "1.0",
        ("LocalStorage", "uuid"): unique_id(f"{kind} {row_id}"),
        ("Icon", "uuid"): unique_id(f"{kind} {row_id}"),
    }
    found |= {field: value for (owner, field), value in own.items() if owner == kind}
    for stamp in ("created_at", "updated_at"):
        if stamp in definition.fields:
            found[stamp] = edit.instant
    return list(found.items())


def _with_project(edit: Edit, entity_type: str, row_id: int, body: Mapping[str, object]) -> Columns:
    """The new row, whose files go to the project that was sent."""
    row = edit.rows.find(entity_type, row_id)
    assert row is not None
    project = body.get("project")
    if isinstance(project, dict):
        row["project__id"] = project.get("id")
    return row
