"""The projects of the site: template projects, a demo, shows, and one that was archived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shotgrid_dagster.sandbox.store.instants import DAY
from shotgrid_dagster.sandbox.store.refs import Ref
from shotgrid_dagster.sandbox.studio.clock import NOW, SITE_OPENED
from shotgrid_dagster.sandbox.studio.site.people import Staff
from shotgrid_dagster.sandbox.studio.site.setup import Setup
from shotgrid_dagster.sandbox.studio.size import ShowPlan
from shotgrid_dagster.sandbox.studio.studio import Studio
from shotgrid_dagster.sandbox.studio.words import SHOWS, TEMPLATES

HIDDEN_STATUSES = {
    "Task.sg_status_list": ["dis", "ready", "cbb"],
    "Shot.sg_status_list": ["awd", "bid", "to"],
}
"""Statuses the first show hides. One is no valid value any more: hidden lists outlive them."""


@dataclass(frozen=True)
class Production:
    """A project with work in it."""

    project: Ref
    plan: ShowPlan
    started_at: int
    is_first: bool
    is_small: bool = False
    """The demo project or the archived one: nobody plans them any more."""


def make_projects(
    studio: Studio, staff: Staff, setup: Setup, shows: int
) -> tuple[list[Ref], list[Production]]:
    """Returns every live project, and those that hold work."""
    size = studio.size
    rng = studio.stream("projects")
    templates = [
        _project(
            studio,
            staff,
            SITE_OPENED + number,
            {
                "name": TEMPLATES[number % len(TEMPLATES)],
                "is_template": True,
                "is_template_project": True,
            },
        )
        for number in range(size.templates)
    ]
    productions = []
    demo_at = SITE_OPENED + 10 * DAY
    demo = _project(
        studio, staff, demo_at, {"name": "Demo: Short Film", "is_demo": True, "sg_type": "Other"}
    )
    productions.append(Production(demo, size.small_project, demo_at, False, True))
    archived_at = SITE_OPENED + 100 * DAY
    archived = _project(
        studio,
        staff,
        archived_at,
        {"name": "Salt Road", "code": "SRD", "archived": True, "sg_status": "Lost"},
    )
    productions.append(Production(archived, size.small_project, archived_at, False, True))
    abandoned = {"name": "Never Greenlit", "sg_status": "Bidding"}
    _project(studio, staff, SITE_OPENED + 120 * DAY, abandoned, SITE_OPENED + 150 * DAY)
    for number in range(shows):
        name, code = SHOWS[number % len(SHOWS)]
        if number >= len(SHOWS):
            name, code = f"{name} {number}", f"{code}{number}"
        started_at = NOW - (480 - (number * 130) % 390) * DAY
        show = _project(
            studio,
            staff,
            started_at,
            {
                "name": name,
                "code": code,
                "tank_name": code.lower(),
                "sg_status": "Active" if number == 0 else None,
                "sg_type": rng.choice(["Feature", "Episodic"]),
                "sg_description": "A film that exists only in this sandbox. 🎬",
                "layout_project": templates[0],
                "tags": setup.tags[:1],
                "task_templates": [template.ref for template in setup.templates.values()],
                "image": studio.media(f"{code.lower()}.jpg"),
                "color": "253,94,99",
                "landing_page_url": f"/page/{100 + number}",
                "tracking_settings": {
                    "navchains": {"Shot": "Sequence,Shot", "Asset": "sg_asset_type,Asset"},
                    "hidden_entities": [],
                },
            },
        )
        productions.append(Production(show, size.show, started_at, number == 0))
    live = [*templates, demo, archived, *(production.project for production in productions[2:])]
    return live, productions


def _project(
    studio: Studio,
    staff: Staff,
    at: int,
    values: Mapping[str, object],
    retired_at: int | None = None,
) -> Ref:
    return studio.make("Project", at, staff.admin, values, retired_at=retired_at)
