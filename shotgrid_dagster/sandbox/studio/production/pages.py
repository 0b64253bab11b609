"""The pages people look at a show through, and how each of them has arranged them."""

from __future__ import annotations

from shotgrid_dagster.sandbox.store.instants import DAY, instant
from shotgrid_dagster.sandbox.store.links import encode
from shotgrid_dagster.sandbox.studio.clock import NOW
from shotgrid_dagster.sandbox.studio.production.show import Show

KINDS = ["Shot", "Asset", "Task", "Version", "Note", "TimeLog", "Playlist", "Sequence"]
COLUMNS = ["image", "sg_status_list", "code", "entity", "user", "description", "created_at"]


def arrange_pages(show: Show) -> None:
    """Make the pages of the web interface, with their settings."""
    rng = show.stream("pages")
    for number in range(show.plan.pages + 1):
        kind = KINDS[number % len(KINDS)]
        at = show.random_instant(rng, 0.01, 0.6)
        person = rng.choice(show.staff.people)
        values: dict[str, object] = {
            "name": f"{kind}s" if number < len(KINDS) else f"{kind}s of {person.name}",
            "page_type": "canvas" if number % 9 == 4 else "list",
            "entity_type": kind,
            "shared": number % 3 != 0,
            "system_owned": number < len(KINDS),
            "current_user_can_see": True,
            "hits_last_month": rng.randint(0, 400),
            "last_accessed": instant(NOW - rng.randint(0, 30) * DAY),
            "project": None if number % 10 == 9 else show.project,
        }
        retired_at = NOW - 30 * DAY if number == show.plan.pages else None
        page = show.make("Page", at, person, values, retired_at=retired_at).ref
        for user in [None, *rng.sample(show.staff.people, k=rng.randint(0, 2))]:
            # the shared settings are an object, those of one person a list of changes
            changes: list[object] = [{"path": "grid.columns", "setting": COLUMNS[: 2 + number % 5]}]
            settings = changes if user else {"grid": {"columns": COLUMNS}, "mode": "list"}
            show.studio.make(
                "PageSetting",
                at + 60,
                person,
                {"page": page, "user": user, "settings_json": encode(settings)},
                is_logged=False,
            )
        meta = {
            "type": "page_setting_change",
            "page_id": page.id,
            "changes": [{"path": "grid.columns", "type": "set", "setting": COLUMNS}],
        }
        show.studio.events.happened(
            rng.randint(at + 60, NOW),
            "Shotgun_PageSetting_Change",
            meta,
            person,
            None if number % 4 == 0 else page,
            show.project,
            description=f"{person.name} changed the layout of Page {page.name}",
        )
