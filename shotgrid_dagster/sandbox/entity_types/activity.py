"""What happened, and the pages people look at it through."""

from __future__ import annotations

from shotgrid_dagster.sandbox.entity_types.fields import (
    PEOPLE,
    checkbox,
    created_at,
    date_time,
    define,
    entity,
    entity_type_name,
    jsonb,
    number,
    project,
    serializable,
    stamps,
    tags,
    text,
    thumbnail,
    uuid,
)

EVENT_ENTITIES = [
    "ApiUser", "Asset", "Attachment", "Booking", "CustomEntity01", "CustomEntity07",
    "CustomNonProjectEntity01", "Cut", "CutItem", "Delivery", "Department", "Episode", "Group",
    "HumanUser", "Icon", "LocalStorage", "Note", "Page", "PermissionRuleSet", "Phase", "Playlist",
    "Project", "PublishedFile", "PublishedFileDependency", "PublishedFileType", "Scene",
    "Sequence", "Shot", "Status", "Step", "Tag", "Task", "TaskTemplate", "Ticket", "TimeLog",
    "Version", "PageSetting", "Reply",
]  # fmt: skip

EVENT_LOG_ENTRY = define(
    "EventLogEntry",
    "Event Log Entry",
    "description",
    text("event_type", "Event Type", editable=False),
    text("attribute_name", "Attribute Name", editable=False),
    text("description", "Event Summary", editable=False, mandatory=True),
    serializable("meta", "Meta Data", editable=False),
    jsonb("audit_trail", "Audit Trail", editable=False, returned=False),
    project(editable=False),
    entity("entity", "Link", EVENT_ENTITIES, editable=False),
    entity("user", "Who", PEOPLE, editable=False),
    uuid("session_uuid", "Session UUID", editable=False),
    text(
        "cached_display_name",
        "Cached Display Name",
        editable=False,
        expression="t.description",
    ),
    thumbnail(editable=False),
    created_at(),
)

PAGE = define(
    "Page",
    "Page",
    "name",
    text("name", "Page Name", mandatory=True),
    text("description", "Description"),
    text("page_type", "Page Type", editable=False),
    text("default_type", "Default Type", editable=False),
    text("ui_category", "UI Category", editable=False),
    text("folder", "Folder"),
    entity_type_name("entity_type", "Entity Type", editable=False),
    project(),
    checkbox("admin", "Admin Only", editable=False),
    checkbox("shared", "Shared"),
    checkbox("system_owned", "System Owned", editable=False),
    checkbox("current_user_can_see", "Current User Can See", editable=False),
    checkbox("current_user_favorite", "Favorite"),
    number("accesses_by_current_user", "Times Accessed", editable=False),
    number("hits_last_month", "Page Hits Last Month", editable=False),
    date_time("last_accessed", "Last Accessed", editable=False),
    date_time("last_accessed_by_current_user", "Last Accessed by Me", editable=False),
    tags(),
    stamps(),
)

PAGE_SETTING = define(
    "PageSetting",
    "Page Setting",
    None,
    entity("page", "Page", ["Page"]),
    entity("user", "User", ["HumanUser"]),
    text("settings_json", "Settings"),
    created_at(),
)

ENTITY_TYPES = [EVENT_LOG_ENTRY, PAGE, PAGE_SETTING]
