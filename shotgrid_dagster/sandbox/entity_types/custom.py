"""Entity types the studio switched on and named itself. Slot numbers mean nothing elsewhere."""

from __future__ import annotations

from shotgrid_dagster.sandbox.entity_types.fields import (
    common_fields,
    currency,
    date,
    define,
    entity,
    float_,
    multi_entity,
    notes,
    number,
    project,
    stamps,
    tag_list,
    text,
    thumbnail,
    url,
)
from shotgrid_dagster.sandbox.entity_types.statuses import status_list

CLIENT_BRIEF = define(
    "CustomEntity01",
    "Client Brief ",
    "code",
    text("code", "Client Brief Name", mandatory=True),
    text("description", "Description"),
    status_list("fin ip omt hld rev wtg", "wtg"),
    project(),
    multi_entity("sg_shots", "Shots", ["Shot"], custom=True),
    entity("sg_client_contact", "Client Contact", ["HumanUser"], custom=True),
    date("sg_agreed_on", "Agreed on", custom=True),
    currency("sg_budget", "Budget", custom=True),
    url("sg_document", "Document", custom=True),
    common_fields(),
)

RENDER_JOB = define(
    "CustomEntity07",
    "Render Job",
    "code",
    text("code", "Render Job Name", mandatory=True),
    text("description", "Description"),
    status_list("wtg ip fin hld", "wtg"),
    project(),
    entity("sg_version", "Version", ["Version"], custom=True),
    float_("sg_core_hours", "Core Hours", custom=True),
    number("sg_frames", "Frames", custom=True),
    tag_list("tag_list", "Tags"),
    notes(),
    thumbnail(),
    stamps(),
)

VENDOR = define(
    "CustomNonProjectEntity01",
    "Vendor",
    "code",
    text("code", "Vendor Name", mandatory=True),
    text("description", "Description"),
    status_list("cmpt ip wtg", "wtg"),
    text("sg_country", "Country", custom=True),
    currency("sg_day_rate", "Day Rate", custom=True),
    url("sg_website", "Website", custom=True),
    common_fields(),
)

ENTITY_TYPES = [CLIENT_BRIEF, RENDER_JOB, VENDOR]
