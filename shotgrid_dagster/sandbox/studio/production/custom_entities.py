"""The studio's own entity types: client briefs and render jobs."""

from __future__ import annotations

from shotgrid_dagster.sandbox.store.instants import DAY, day
from shotgrid_dagster.sandbox.studio.clock import NOW
from shotgrid_dagster.sandbox.studio.production.files import upload
from shotgrid_dagster.sandbox.studio.production.show import Show
from shotgrid_dagster.sandbox.studio.words import DESCRIPTIONS


def make_custom_entities(show: Show) -> None:
    """Make the briefs and render jobs of a show, retired ones among them."""
    rng = show.stream("custom")
    producer = show.staff.producers[0]
    for number in range(3):
        document = upload(
            show, show.instant_at(0.1), producer, f"brief_{show.project.id}_{number}.pdf", []
        )
        values: dict[str, object] = {
            "code": f"Brief {number + 1}",
            "description": rng.choice(DESCRIPTIONS),
            "sg_shots": [made.ref for made in rng.sample(show.shots, k=min(5, len(show.shots)))],
            "sg_client_contact": rng.choice(show.staff.people),
            "sg_agreed_on": day(show.instant_at(0.1)).isoformat(),
            "sg_budget": 12_500.75 * (number + 1) if number else None,
            "sg_document": document.value,
        }
        retired_at = NOW - 3 * DAY if number == 2 else None
        path = ["wtg", "ip", "fin"][: number + 1]
        show.make(
            "CustomEntity01",
            show.instant_at(0.1),
            producer,
            values,
            path=path,
            rng=rng,
            retired_at=retired_at,
        )
    for number in range(4):
        values = {
            "code": f"job_{number:03}",
            "sg_version": rng.choice(show.versions).ref,
            "sg_core_hours": round(rng.uniform(0.1, 900), 4),
            "sg_frames": rng.randint(1, 300),
            "tag_list": ["night", "priority"] if number % 2 else [],
        }
        retired_at = NOW - DAY if number == 3 else None
        at, by = show.instant_at(0.7), show.staff.scripts["ingest"]
        show.make(
            "CustomEntity07", at, by, values, path=["wtg", "ip"], rng=rng, retired_at=retired_at
        )
