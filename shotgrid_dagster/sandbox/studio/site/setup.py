"""How the site is set up: statuses, icons, pipeline steps, tags, storages, templates, vendors."""

from __future__ import annotations

from dataclasses import dataclass

from shotgrid_dagster.sandbox.entity_types import production, statuses
from shotgrid_dagster.sandbox.store.instants import DAY
from shotgrid_dagster.sandbox.store.refs import Ref, unique_id
from shotgrid_dagster.sandbox.studio.clock import SITE_OPENED
from shotgrid_dagster.sandbox.studio.studio import Studio
from shotgrid_dagster.sandbox.studio.words import COMPANIES, TAGS

FILE_TYPES = [
    "Maya Scene", "Nuke Script", "Rendered Image", "Alembic Cache", "Texture", "Movie",
    "Camera", "USD Layer",
]  # fmt: skip

STEPS = {
    "Shot": [*production.SHOT_STEPS, (9, "Dailies"), (10, "Editorial"), (11, "Online"), (12, "QC")],
    "Asset": [
        *production.ASSET_STEPS, (18, "Groom"), (19, "CFX"), (20, "FX"), (21, "Concept"),
        (22, "Turntable"), (23, "Animation"), (24, "Layout"), (25, "QC"),
    ],
    "Level": [
        (number, f"Level {name}")
        for number, name in enumerate(
            ["Blocking", "Art", "Light", "Audio", "Script", "Nav", "FX", "Polish", "Bake", "QC"],
            start=26,
        )
    ],
}  # fmt: skip
"""Pipeline steps by the entity type they are for. There is no `Level` on this site (any more)."""

SHOT_TASKS = ["Layout", "Animation", "FX", "Light", "Comp"]
ASSET_TASKS = ["Art", "Model", "Rig", "Texture"]


@dataclass(frozen=True)
class Template:
    """A task template and its tasks, in the order they depend on each other."""

    ref: Ref
    tasks: list[tuple[str, Ref, Ref]]
    """Task name, pipeline step, template task."""


@dataclass(frozen=True)
class Setup:
    """What shows share: tags, storage, file types, vendors, task templates."""

    tags: list[Ref]
    storage: Ref
    file_types: list[Ref]
    vendors: list[Ref]
    templates: dict[str, Template]
    """By the entity type they are for."""


def make_setup(studio: Studio, admin: Ref) -> Setup:
    """Make what is set up once for the whole site."""
    _statuses(studio, admin)
    steps = _steps(studio, admin)
    tags = [studio.make("Tag", SITE_OPENED + 50, admin, {"name": name}) for name in TAGS]
    studio.make("Tag", SITE_OPENED + 51, admin, {"name": "oops"}, retired_at=SITE_OPENED + DAY)
    storage = studio.make(
        "LocalStorage",
        SITE_OPENED + 60,
        admin,
        {
            "code": "primary",
            "linux_path": "/mnt/projects",
            "mac_path": "/Volumes/projects",
            "windows_path": "P:\\projects",
            "uuid": unique_id("primary storage"),
        },
    )
    studio.make(
        "LocalStorage",
        SITE_OPENED + 61,
        admin,
        {"code": "old_raid", "linux_path": "/raid", "uuid": unique_id("old storage")},
        retired_at=SITE_OPENED + 70 * DAY,
    )
    file_types = [
        studio.make(
            "PublishedFileType",
            SITE_OPENED + 70 + number,
            admin,
            {"code": name, "short_name": name.split()[0].lower(), "sg_status_list": "wtg"},
        )
        for number, name in enumerate(FILE_TYPES)
    ]
    geometry = {"code": "Geometry", "sg_status_list": "wtg"}
    retired_at = SITE_OPENED + 30 * DAY
    studio.make("PublishedFileType", SITE_OPENED + 90, admin, geometry, retired_at=retired_at)
    return Setup(
        tags, storage, file_types, _vendors(studio, admin), _templates(studio, admin, steps)
    )


def _statuses(studio: Studio, admin: Ref) -> None:
    codes = {**statuses.SHIPPED, **statuses.OWN, **statuses.RETIRED}
    for number, (code, name) in enumerate(codes.items()):
        is_own = code in statuses.OWN
        icon = studio.make(
            "Icon",
            SITE_OPENED,
            admin,
            {
                "name": name,
                "display_type": "html" if is_own else "image_map",
                "icon_type": "custom_status" if is_own else "permanent_status",
                "html": f"<span>{code}</span>" if is_own else None,
                "image_map_key": None if is_own else f"icon_{code}",
                "url": "",
                "uuid": unique_id(f"icon {code}"),
            },
            is_logged=False,
        )
        values: dict[str, object] = {
            "code": code,
            "name": name,
            "icon": icon,
            "bg_color": statuses.COLORS.get(
                code, f"{25 + number * 5},118,27" if number % 4 else None
            ),
            "system": code in statuses.SYSTEM,
        }
        if not is_own:
            # shipped statuses were made by nobody; only `act` and `dis` say when
            values |= {"created_by": None}
            if code not in ("act", "dis"):
                values |= {"created_at": None, "updated_at": None}
        retired_at = SITE_OPENED + 5 * DAY if code in statuses.RETIRED else None
        studio.make(
            "Status", SITE_OPENED + number, admin, values, retired_at=retired_at, is_logged=is_own
        )
    for number in range(3):
        values = {
            "name": f"Spare {number}",
            "display_type": "image",
            "uuid": unique_id(f"{number}"),
        }
        values["image_data"] = "data:image/png;base64,iVBORw0KGgo="
        studio.make("Icon", SITE_OPENED, admin, values, is_logged=False)


def _steps(studio: Studio, admin: Ref) -> dict[tuple[str, str], Ref]:
    steps = {}
    for entity_type, named in STEPS.items():
        for order, (number, name) in enumerate(named, start=1):
            steps[entity_type, name] = studio.make(
                "Step",
                SITE_OPENED + 100,
                admin,
                {
                    "code": name,
                    "short_name": name.replace("Level ", "")[:4].upper(),
                    "entity_type": entity_type,
                    "color": f"{number * 7},{255 - number * 6},{(number * 40) % 255}",
                    "list_order": None if order > 9 else order,
                },
                row_id=number,
            )
    retired_at = SITE_OPENED + 40 * DAY
    values = {"code": "Comp", "short_name": "CMP2", "entity_type": "Shot"}
    studio.make("Step", SITE_OPENED + 101, admin, values, retired_at=retired_at)
    return steps


def _vendors(studio: Studio, admin: Ref) -> list[Ref]:
    vendors = []
    for number, (name, country) in enumerate([*COMPANIES, ("Closed Shop", "US")]):
        website = {
            "url": f"https://vendor{number}.example/",
            "name": name,
            "content_type": None,
            "link_type": "web",
            "type": "Attachment",
            "id": studio.rows.next_id("Attachment"),
        }
        vendor = studio.make(
            "CustomNonProjectEntity01",
            SITE_OPENED + 200 + number,
            admin,
            {
                "code": name,
                "sg_status_list": "wtg",
                "sg_country": country,
                "sg_day_rate": 850.5 + number,
                "sg_website": website,
            },
            history=[(SITE_OPENED + (20 + number) * DAY, "ip", admin)] if number else [],
            retired_at=SITE_OPENED + 80 * DAY if name == "Closed Shop" else None,
        )
        attached = {"display_name": name, "this_file": website, "attachment_links": []}
        studio.make(
            "Attachment",
            SITE_OPENED + 200 + number,
            admin,
            attached,
            row_id=int(str(website["id"])),
            is_logged=False,
        )
        if vendor.is_live:
            vendors.append(vendor)
    return vendors


def _templates(
    studio: Studio, admin: Ref, steps: dict[tuple[str, str], Ref]
) -> dict[str, Template]:
    templates: dict[str, Template] = {}
    for name, entity_type, task_names, is_live in [
        ("Film - Shot", "Shot", SHOT_TASKS, True),
        ("Film - Asset", "Asset", ASSET_TASKS, True),
        ("Game - Asset", "Asset", [*ASSET_TASKS, "Look Dev"], True),
        ("Trailer - Shot", "Shot", SHOT_TASKS[2:], True),
        ("Abandoned - Shot", "Shot", SHOT_TASKS[:2], False),
    ]:
        at = SITE_OPENED + 2 * DAY
        retired_at = None if is_live else SITE_OPENED + 60 * DAY
        template = studio.make(
            "TaskTemplate",
            at,
            admin,
            {"code": name, "entity_type": entity_type},
            retired_at=retired_at,
        )
        tasks: list[tuple[str, Ref, Ref]] = []
        for order, task_name in enumerate(task_names):
            step = steps[entity_type, task_name]
            values = {
                "content": task_name,
                "step": step,
                "task_template": template,
                "sg_sort_order": order,
                "sg_status_list": "wtg",
                "duration": 1_200,
                "color": "pipeline_step",
            }
            task = studio.make("Task", at + 60, admin, values, retired_at=retired_at)
            if tasks and is_live:
                studio.connect("TaskDependency", task=task, dependent_task=tasks[-1][2])
            tasks.append((task_name, step, task))
        templates.setdefault(entity_type, Template(template, tasks))
    return templates
