"""What a show publishes and sends out, the phases it goes through, and what goes wrong."""

from __future__ import annotations

import random

from shotgrid_dagster.sandbox.store.instants import DAY, day
from shotgrid_dagster.sandbox.store.refs import Ref
from shotgrid_dagster.sandbox.studio import proportions
from shotgrid_dagster.sandbox.studio.clock import NOW
from shotgrid_dagster.sandbox.studio.production.files import local_file
from shotgrid_dagster.sandbox.studio.production.show import Made, Show
from shotgrid_dagster.sandbox.studio.words import REMARKS, maybe

EXTENSIONS = ["ma", "nk", "exr", "abc", "exr", "mov", "abc", "usd"]
PHASES = ["Prep", "Shoot", "Post", "Delivery"]
PROBLEMS = [
    "Farm is full",
    "Plate is missing frames",
    "Cannot open the scene",
    "Licence ran out 😤",
]


def publish(show: Show) -> None:
    """Make the files that the pipeline published."""
    rng = show.stream("published files")
    by = show.staff.scripts["toolkit"]
    statuses = proportions.shuffled(
        rng, proportions.apportioned(proportions.FILE_STATUSES, show.plan.published_files)
    )
    instants = sorted(show.random_instant(rng, 0.25, 1.0) for _ in statuses)
    takes: dict[str, int] = {}
    versions = show.versions_of()
    for number, (at, status) in enumerate(zip(instants, statuses, strict=True)):
        task = rng.choice(show.tasks)
        kind = rng.randrange(len(show.setup.file_types))
        values = _file_values(show, rng, task, kind, takes)
        of_shot = versions.get(task.parent, []) if task.parent else []
        values["version"] = rng.choice(of_shot) if of_shot and rng.random() < 0.6 else None
        # one file in thirty has no type
        values["published_file_type"] = None if number % 30 == 29 else show.setup.file_types[kind]
        if number == 5:
            values["entity"] = show.project
        values["path"] = local_file(show, at, by, str(values.pop("path")), []).value
        file = show.make("PublishedFile", at, by, values, path=proportions.PATHS[status], rng=rng)
        if show.published_files and number % 2:
            show.studio.connect(
                "PublishedFileDependency",
                published_file=file.ref,
                dependent_published_file=rng.choice(show.published_files).ref,
            )
        show.published_files.append(file)
    for file in show.published_files[: max(1, show.plan.retired // 2)]:
        gone = {"code": f"{file.ref.name}.bak", "name": "backup"}
        show.make("PublishedFile", file.at, by, gone, path=["wtg"], retired_at=NOW - DAY)


def deliver(show: Show) -> None:
    """Make the deliveries to the client, and a deleted one."""
    rng = show.stream("deliveries")
    for number in range(show.plan.deliveries + 1):
        is_retired = number == show.plan.deliveries
        at = show.random_instant(rng, 0.6, 0.98)
        versions = [made.ref for made in rng.sample(show.versions, k=min(8, len(show.versions)))]
        producer = rng.choice(show.staff.producers)
        path = ["opn", "ip", "dlvr", "recd"][: 1 + number % 4]
        values: dict[str, object] = {
            "title": f"Turnover {number + 1} to client",
            "delivery_number": str(number + 1),
            "sg_delivery_method": rng.choice(["FTP", "Aspera", "FedEx", "Sneaker Net"]),
            "sg_due_date": day(at + 7 * DAY).isoformat(),
            "sg_received_date": day(at + 8 * DAY).isoformat() if path[-1] == "recd" else None,
            "sg_from": producer,
            "sg_contents": maybe(rng, 0.5, REMARKS),
            "addressings_to": rng.sample(show.staff.people, k=2),
            "sg_versions": versions[:4],
            "version_sg_deliveries_versions": versions[3:],
            "sg_published_files": [made.ref for made in show.published_files[:3]],
        }
        retired_at = NOW - DAY if is_retired else None
        delivery = show.make(
            "Delivery", at, producer, values, path=path, rng=rng, retired_at=retired_at
        )
        if number == 0:
            reply = {"content": "Received, thank you.", "entity": delivery.ref, "user": producer}
            show.studio.make("Reply", NOW - DAY, producer, reply)


def plan_phases(show: Show) -> None:
    """Make the phases of the show, and a deleted one."""
    for number, name in enumerate([*PHASES, "Reshoot"]):
        start = show.instant_at(0.05 + 0.25 * number)
        values = {
            "code": name,
            "start_date": day(start).isoformat(),
            "end_date": day(start + 40 * DAY).isoformat(),
            "milestone": name == "Delivery",
            "color": f"{60 * number},90,160",
        }
        retired_at = show.instant_at(0.5) if name == "Reshoot" else None
        show.make("Phase", show.instant_at(0.01), show.staff.admin, values, retired_at=retired_at)


def report_problems(show: Show) -> None:
    """Make the tickets, some of them related to earlier ones."""
    rng = show.stream("tickets")
    earlier: list[Ref] = []
    for number in range(show.plan.tickets + 1):
        at = show.random_instant(rng, 0.3, 0.98)
        by = rng.choice(show.staff.artists)
        values: dict[str, object] = {
            "title": rng.choice(PROBLEMS),
            "description": maybe(rng, 0.5, REMARKS),
            "sg_ticket_type": "Bug" if number % 3 else "Feature",
            "sg_priority": str(1 + number % 5),
            "sg_estimate": 60 * (number % 5) or None,
            "addressings_to": [rng.choice(show.staff.people)],
            "tickets": earlier[-1:] if number % 5 == 4 else [],
        }
        path = ["wtg", "opn", "ip", "res"][: 1 + number % 4]
        retired_at = NOW - DAY if number == show.plan.tickets else None
        ticket = show.make("Ticket", at, by, values, path=path, rng=rng, retired_at=retired_at).ref
        if number % 6 == 0:
            reply = {"content": "Looking into it.", "entity": ticket, "user": show.staff.admin}
            show.studio.make("Reply", NOW - DAY, show.staff.admin, reply)
        earlier.append(ticket)


def _file_values(
    show: Show,
    rng: random.Random,
    task: Made,
    kind: int,
    takes: dict[str, int],
) -> dict[str, object]:
    entity = task.parent
    stream = f"{entity.name if entity else 'x'}_{(task.ref.name or 'x').lower()}".replace(" ", "_")
    # some publishes are done twice under the same number
    if rng.random() > 0.05 or stream not in takes:
        takes[stream] = takes.get(stream, 0) + 1
    code = f"{stream}_v{takes[stream]:03}.{EXTENSIONS[kind]}"
    return {
        "code": code,
        "name": stream,
        "version_number": takes[stream],
        "entity": entity,
        "task": task.ref,
        "path": f"{show.project.name}/{stream}/{code}",
        "path_cache": f"{show.project.name}/{stream}/{code}" if rng.random() < 0.5 else None,
        "path_cache_storage": show.setup.storage if rng.random() < 0.5 else None,
        "description": maybe(rng, 0.1, REMARKS),
    }
