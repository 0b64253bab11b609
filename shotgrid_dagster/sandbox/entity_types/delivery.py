"""What leaves the building: published files, deliveries, tickets, phases, attachments."""

from __future__ import annotations

from shotgrid_dagster.sandbox.entity_types.fields import (
    CREW,
    carbon_copy,
    checkbox,
    choice,
    color,
    common_fields,
    date,
    define,
    duration,
    entity,
    multi_entity,
    notes,
    number,
    project,
    stamps,
    tags,
    text,
    thumbnail,
    url,
)
from shotgrid_dagster.sandbox.entity_types.statuses import status_list

PUBLISHED_FILE = define(
    "PublishedFile",
    "Published File",
    "code",
    text("code", "Published File Name", mandatory=True),
    text("name", "Name"),
    text("description", "Description"),
    status_list("wtg ip cmpt", "wtg"),
    project(),
    entity("entity", "Link", ["Asset", "Episode", "Project", "Scene", "Sequence", "Shot"]),
    entity("task", "Task", ["Task"]),
    entity("version", "Version", ["Version"]),
    number("version_number", "Version Number"),
    entity("published_file_type", "Published File Type", ["PublishedFileType"]),
    url("path", "Path"),
    text("path_cache", "Path Cache"),
    entity("path_cache_storage", "Path Cache Storage", ["LocalStorage"]),
    multi_entity(
        "upstream_published_files",
        "Upstream Published Files",
        ["PublishedFile"],
        through=("PublishedFileDependency", "published_file", "dependent_published_file"),
    ),
    multi_entity(
        "downstream_published_files",
        "Downstream Published Files",
        ["PublishedFile"],
        through=("PublishedFileDependency", "dependent_published_file", "published_file"),
    ),
    multi_entity(
        "delivery_sg_published_files_deliveries",
        "Delivery <-> Published Files",
        ["Delivery"],
        custom=True,
        inverse_of="Delivery.sg_published_files",
    ),
    tags(),
    thumbnail(filmstrip=False),
    stamps(),
)

PUBLISHED_FILE_TYPE = define(
    "PublishedFileType",
    "Published File Type",
    "code",
    text("code", "Published File Type Name", mandatory=True, unique=True),
    text("short_name", "Short Name"),
    text("description", "Description"),
    status_list("wtg ip cmpt", "wtg"),
    tags(),
    thumbnail(filmstrip=False),
    stamps(),
)

PUBLISHED_FILE_DEPENDENCY = define(
    "PublishedFileDependency",
    "Published File Dependency",
    None,
    entity("published_file", "Published File", ["PublishedFile"]),
    entity("dependent_published_file", "Dependent Published File", ["PublishedFile"]),
)

DELIVERY = define(
    "Delivery",
    "Delivery",
    "title",
    text("title", "Title"),
    text("delivery_number", "Delivery #", editable=False, mandatory=True),
    text("description", "Description"),
    status_list("opn ip dlvr recd", "opn"),
    project(),
    choice("sg_delivery_method", "Delivery Method", ["FTP", "Aspera", "FedEx", "Sneaker Net"]),
    choice("sg_delivery_type", "Delivery Type"),
    text("sg_contents", "Contents"),
    date("sg_due_date", "Due Date"),
    date("sg_received_date", "Received Date"),
    entity("sg_from", "From", ["HumanUser"]),
    multi_entity("addressings_to", "To", CREW),
    carbon_copy(),
    multi_entity("sg_versions", "Versions", ["Version"], custom=True),
    multi_entity(
        "version_sg_deliveries_versions", "Version <-> Deliveries", ["Version"], custom=True
    ),
    multi_entity("sg_published_files", "Published Files", ["PublishedFile"], custom=True),
    multi_entity("replies", "Replies", ["Reply"], inverse_of="Reply.entity"),
    multi_entity(
        "attachments", "Attachments", ["Attachment"], inverse_of="Attachment.attachment_links"
    ),
    common_fields(),
)

TICKET = define(
    "Ticket",
    "Ticket",
    "title",
    text("title", "Title"),
    text("description", "Description"),
    status_list("wtg opn ip rev res", "wtg"),
    choice("sg_priority", "Priority", ["1", "2", "3", "4", "5"]),
    choice("sg_ticket_type", "Type", ["Feature", "Bug"]),
    project(),
    multi_entity("addressings_to", "Assigned To", CREW),
    carbon_copy(),
    multi_entity("tickets", "Related Tickets", ["Ticket"]),
    multi_entity("replies", "Replies", ["Reply"], inverse_of="Reply.entity"),
    multi_entity(
        "attachments", "Attachments", ["Attachment"], inverse_of="Attachment.attachment_links"
    ),
    text("reply_content", "Reply Content"),
    date("sg_due_date", "Due Date"),
    duration("sg_estimate", "Estimate"),
    duration(
        "time_logs_sum",
        "Time Logged",
        editable=False,
        default_value=0,
        expression="(select coalesce(sum(l.duration), 0) from time_logs l where l.entity__id = t.id"
        " and l.entity__type = 'Ticket' and l._retired_at is null)",
    ),
    tags(),
    stamps(),
)

PHASE = define(
    "Phase",
    "Phase",
    "code",
    text("code", "Phase Name", mandatory=True),
    text("description", "Description"),
    project(),
    date("start_date", "Start Date"),
    date("end_date", "End Date"),
    checkbox("milestone", "Milestone"),
    color("color", "Color"),
    notes(),
    stamps(),
)

ATTACHMENT = define(
    "Attachment",
    "File",
    "display_name",
    text("display_name", "File Display Name"),
    text("filename", "File Name", editable=False),
    text("original_fname", "Original Filename"),
    text("description", "Description"),
    text("file_extension", "File Type", editable=False),
    number("file_size", "File Size", editable=False),
    url("this_file", "File", editable=False, mandatory=True),
    status_list("fin na", "na"),
    choice(
        "processing_status",
        "Processing Status",
        ["thumbnail_pending", "unverified", "clean", "infected"],
        editable=False,
    ),
    text("sg_type", "Type"),
    text("metadata", "Metadata"),
    project(),
    entity("local_storage", "Local File Storage", ["LocalStorage"], editable=False),
    multi_entity(
        "attachment_links",
        "Links",
        [
            "Asset", "Cut", "Delivery", "Note", "PublishedFile", "Scene", "Sequence", "Shot",
            "Ticket", "Version", "CustomEntity01",
        ],
    ),
    multi_entity(
        "attachment_reference_links",
        "Reference For",
        ["Asset", "Scene", "Sequence", "Shot", "Version"],
    ),
    entity("task_template", "Task Template", ["TaskTemplate"]),
    common_fields(),
)  # fmt: skip

ENTITY_TYPES = [
    PUBLISHED_FILE,
    PUBLISHED_FILE_TYPE,
    PUBLISHED_FILE_DEPENDENCY,
    DELIVERY,
    TICKET,
    PHASE,
    ATTACHMENT,
]
