"""What is said about a show: notes, what is attached to them, and the replies."""

from __future__ import annotations

import random

from shotgrid_dagster.sandbox.store.instants import DAY
from shotgrid_dagster.sandbox.store.refs import Ref
from shotgrid_dagster.sandbox.studio import proportions
from shotgrid_dagster.sandbox.studio.clock import NOW, later
from shotgrid_dagster.sandbox.studio.production.files import upload, web_link
from shotgrid_dagster.sandbox.studio.production.show import Made, Show
from shotgrid_dagster.sandbox.studio.words import REMARKS

REPLIED_TO = 0.06
"""The share of notes with a reply."""


def write_notes(show: Show) -> None:
    """Make the notes about shots and versions, with their replies."""
    rng = show.stream("notes")
    statuses = proportions.shuffled(
        rng, proportions.apportioned(proportions.NOTE_STATUSES, show.plan.notes)
    )
    instants = sorted(show.random_instant(rng, 0.24, 1.0) for _ in statuses)
    versions = show.versions_of()
    tasks = {made.parent: made.ref for made in show.tasks}
    for number, (at, status) in enumerate(zip(instants, statuses, strict=True)):
        links = _links(show, rng, number, versions)
        task = tasks.get(links[0]) if number % 6 == 0 else None
        values = _values(show, rng, number, links, [task] if task else [])
        by = rng.choice(show.staff.people)
        # most closed notes were taken in meetings and entered as closed
        path = (
            ["clsd"] if status == "clsd" and rng.random() < 0.6 else proportions.NOTE_PATHS[status]
        )
        note = show.make("Note", at, by, values, path=path, rng=rng, updated_share=0.2)
        show.notes.append(Made(note.ref, at, status, links[0]))
        if rng.random() < REPLIED_TO:
            _reply(show, rng, note.ref, at)
    _retired(show, rng)
    _attachments(show, rng)


def _links(
    show: Show, rng: random.Random, number: int, versions: dict[Ref, list[Ref]]
) -> list[Ref]:
    if number % 25 == 24:
        others = [rng.choice(show.assets), rng.choice(show.sequences), rng.choice(show.playlists)]
        return [others[number // 25 % 3].ref]
    shot = rng.choice(show.shots).ref
    links = [shot]
    if shot in versions and rng.random() < 0.4:
        links.append(rng.choice(versions[shot]))
    if number % 60 == 7 and show.retired_shots:
        links.append(rng.choice(show.retired_shots).ref)
    return links


def _values(
    show: Show, rng: random.Random, number: int, links: list[Ref], tasks: list[Ref]
) -> dict[str, object]:
    author = rng.choice(show.staff.people) if rng.random() < 0.81 else None
    subject = f"{author.name if author else 'Someone'}'s Note on {links[-1].name}"
    values: dict[str, object] = {
        "subject": subject if number % 50 != 49 else None,
        "content": rng.choice(REMARKS),
        "sg_note_type": "Client" if number % 9 == 0 else "Internal" if number % 3 == 0 else None,
        "user": author,
        "note_links": links,
        "tasks": tasks,
        "addressings_to": rng.sample(show.staff.people, k=1) if rng.random() < 0.67 else [],
        "addressings_cc": [rng.choice(show.groups)] if rng.random() < 0.08 else [],
        "read_by_current_user": "unread",
    }
    if number % 40 == 3:
        # keys of a jsonb value come by length, then by bytes
        values["meta"] = {"frame": 1001 + number % 90, "annotation": {"pen": 2, "color": "#f00"}}
    if number % 30 == 9 and show.playlists:
        values["playlist"] = rng.choice(show.playlists).ref
    return values


def _reply(show: Show, rng: random.Random, to: Ref, at: int) -> None:
    for answered_at in later(rng, at, rng.randint(1, 2)):
        author = rng.choice(show.staff.people)
        values = {"content": rng.choice(REMARKS), "entity": to, "user": author}
        show.studio.make("Reply", answered_at, author, values)


def _retired(show: Show, rng: random.Random) -> None:
    author = show.staff.producers[2]
    for number in range(max(2, show.plan.retired * 3)):
        shot = rng.choice([*show.shots, *show.retired_shots]).ref
        at = show.random_instant(rng, 0.3, 0.8)
        values = {"subject": f"Oops {number}", "content": "Wrong shot.", "note_links": [shot]}
        note = show.make("Note", at, author, values, path=["opn"], retired_at=at + DAY)
        if number % 2 == 0:
            reply = {"content": "Which one?", "entity": note.ref, "user": author}
            show.studio.make("Reply", at + 60, author, reply, retired_at=at + DAY)


def _attachments(show: Show, rng: random.Random) -> None:
    for number in range(show.plan.attachments):
        note = rng.choice(show.notes)
        by = rng.choice(show.staff.people)
        if number % 8 == 5:
            web_link(show, note.at, by, f"reference {number}", [note.ref])
            continue
        upload(
            show,
            note.at,
            by,
            f"annotation_{show.project.id}_{number}.jpg",
            [note.ref],
            is_logged=True,
            # one file in eight belongs to no project
            in_project=number % 8 != 7,
        )
    gone = "annotation_wrong.jpg"
    upload(
        show, show.instant_at(0.5), show.staff.admin, gone, [], is_logged=True, retired_at=NOW - DAY
    )
