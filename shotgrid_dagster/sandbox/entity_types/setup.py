"""How the site is set up: statuses and their icons, pipeline steps, tags, storages."""

from __future__ import annotations

from shotgrid_dagster.sandbox.entity_types.fields import (
    checkbox,
    choice,
    color,
    define,
    entity,
    entity_type_name,
    number,
    stamps,
    text,
    uuid,
)

STEP = define(
    "Step",
    "Step",
    "code",
    text("code", "Pipeline Step", mandatory=True),
    text("short_name", "Short Code", mandatory=True),
    text("description", "Description"),
    entity_type_name("entity_type", "Entity Type", editable=False),
    entity("department", "Department", ["Department"]),
    color("color", "Color"),
    number("list_order", "Order"),
    stamps(),
)

STATUS = define(
    "Status",
    "Status",
    "name",
    text("code", "Short Code", editable=False),
    text("name", "Status Name", mandatory=True),
    color("bg_color", "Background Color"),
    entity("icon", "Icon", ["Icon"], mandatory=True),
    checkbox("system", "Locked by System", editable=False),
    stamps(),
)

ICON = define(
    "Icon",
    "Icon",
    "name",
    text("name", "Status Name"),
    choice("display_type", "Display Type", ["html", "image", "image_map"]),
    choice("icon_type", "Icon Type", ["permanent_status", "custom_status"]),
    text("html", "Icon HTML"),
    text("image_data", "Image Data"),
    text("image_map_key", "Image Map Key"),
    text("url", "Icon URL", editable=False),
    uuid("uuid", "UUID", editable=False),
)

TAG = define(
    "Tag",
    "Tag",
    "name",
    text("name", "Tag Name", mandatory=True),
    number(
        "usage",
        "Usage Count",
        editable=False,
        expression="(select count(*) from _links l where l.target_type = 'Tag'"
        " and l.target_id = t.id)",
    ),
    stamps(),
)

LOCAL_STORAGE = define(
    "LocalStorage",
    "Local Storage",
    "code",
    text("code", "Local Storage Name", mandatory=True),
    text("description", "Description"),
    text("linux_path", "Linux Path"),
    text("mac_path", "Mac Path"),
    text("windows_path", "Windows Path"),
    uuid("uuid", "UUID", editable=False),
    stamps(),
)

ENTITY_TYPES = [STEP, STATUS, ICON, TAG, LOCAL_STORAGE]
