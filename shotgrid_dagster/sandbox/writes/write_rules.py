"""Which fields a write may set: the schema's `editable` is not the whole contract."""

from __future__ import annotations

from collections.abc import Mapping

from shotgrid_dagster.sandbox.errors import invalid
from shotgrid_dagster.sandbox.ruby_text import inspect
from shotgrid_dagster.sandbox.store.schema import EntityType
from shotgrid_dagster.sandbox.writes.values.sent_values import Sent, unknown_field

ON_CREATE = frozenset({"created_at", "created_by", "updated_at", "updated_by"})
ON_CREATE_OF = {
    "Step": {"entity_type"},
    "TaskTemplate": {"entity_type"},
    "Note": {"meta"},
    "Attachment": {"this_file"},
    "Status": {"code"},
    "Page": {"page_type", "entity_type", "ui_category"},
    "PermissionRuleSet": {"code", "display_name", "entity_type", "parent_set"},
    "EventLogEntry": {
        "event_type", "attribute_name", "description", "meta", "project", "entity", "user",
    },
}  # fmt: skip
"""Fields of a type that are written once, when the row is made."""

DROPPED = frozenset(
    {
        "cached_display_name",
        "splits",
        "viewed_by_current_user",
        "read_by_current_user",
        "current_user_favorite",
        "media_center_viewed_by_current_user",
        "last_accessed_by_current_user",
    }
)
"""Fields that are accepted, and then nothing happens: they are computed, or the viewer's own."""

LOOSE = frozenset({"Attachment", "Page", "Task", "Booking"})
"""Types that have a project, and rows without one."""


def accepted(verb: str, entity_type: EntityType, values: Mapping[str, object]) -> list[Sent]:
    """What of a body is to be written. Raises the site's 400 of the rest."""
    found = []
    for name, value in values.items():
        field = entity_type.fields.get(name)
        if field is None:
            raise unknown_field(verb, entity_type.name, name, value)
        sent = Sent(verb, entity_type, field, value)
        if name not in DROPPED:
            _check(sent)
            found.append(sent)
    return found


def _check(sent: Sent) -> None:
    kind, field = sent.entity_type.name, sent.field
    is_end = kind.endswith("Connection") and field.data_type == "entity"
    if field.name in ON_CREATE or field.name in ON_CREATE_OF.get(kind, ()) or is_end:
        if sent.verb == "create":
            return
        raise sent.not_for_this_user() if kind == "EventLogEntry" else sent.on_create_only()
    if not field.editable or not field.is_stored or field.name == "id":
        raise sent.read_only()


def lacks_project(entity_type: EntityType, values: Mapping[str, object]) -> bool:
    """Whether a new row needs a project and gets none."""
    is_needed = entity_type.is_project_scoped and entity_type.name not in LOOSE
    return is_needed and values.get("project") is None


def check_project(entity_type: EntityType, values: Mapping[str, object]) -> None:
    """Raises the 400 of a new row that lacks its project."""
    if lacks_project(entity_type, values):
        raise invalid(f"API create() missing 'project' attribute: {inspect(dict(values))}")
