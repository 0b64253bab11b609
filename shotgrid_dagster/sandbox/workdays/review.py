"""What a day adds to the review: versions, the playlist they are looked at in, notes, replies."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shotgrid_dagster.sandbox.store.instants import HOUR, instant
from shotgrid_dagster.sandbox.studio.words import DESCRIPTIONS, REMARKS, maybe
from shotgrid_dagster.sandbox.workdays.workday import (
    Job,
    RunningShow,
    Workday,
    link,
    random_count,
    sample,
)
from shotgrid_dagster.sandbox.writes.creation import create
from shotgrid_dagster.sandbox.writes.edit import Edit

DAILIES = 9 * HOUR
"""How long after the day begins its versions are looked at."""


def submit_versions(day: Workday, show: RunningShow) -> Iterator[Job]:
    """Versions of tasks that are being worked on."""
    rng = day.stream(show, "versions")
    tasks = day.live(
        show,
        "tasks",
        "id, cached_display_name, entity__id",
        "sg_status_list = 'ip' and entity__type = 'Shot' and entity is not null",
    )
    for task_id, name, shot_id in sample(rng, tasks, random_count(rng, 0.5 + 0.012 * show.shots)):
        artist = rng.choice(day.artists)
        length = rng.randint(45, 160)
        values: dict[str, object] = {
            "project": link("Project", show.id),
            "entity": link("Shot", shot_id),
            "sg_task": link("Task", task_id),
            "user": link(*artist),
            "description": maybe(rng, 0.4, DESCRIPTIONS + REMARKS),
            "frame_range": f"1001-{1000 + length}",
            "frame_count": length,
            "sg_first_frame": 1001,
            "sg_last_frame": 1000 + length,
        }
        submit = partial(_submit, shot_id=shot_id, task=str(name).lower(), values=values)
        yield Job(day.random_instant(rng), artist, submit)


def hold_dailies(day: Workday, show: RunningShow) -> Iterator[Job]:
    """In the evening there is a playlist of the versions of the day."""
    rng = day.stream(show, "dailies")
    hold = partial(_hold_dailies, show=show, since=instant(day.start))
    yield Job(day.start + DAILIES, rng.choice(day.producers), hold)


def write_notes(day: Workday, show: RunningShow) -> Iterator[Job]:
    """Notes about shots."""
    rng = day.stream(show, "notes")
    shots = day.live(show, "shots", "id, code")
    for _ in range(random_count(rng, 1 + 0.03 * show.shots)):
        shot_id, code = rng.choice(shots)
        author = rng.choice([*day.producers, *day.artists])
        values: dict[str, object] = {
            "project": link("Project", show.id),
            "subject": f"Note on {code}",
            "content": rng.choice(REMARKS),
            "user": link(*author),
            "note_links": [link("Shot", shot_id)],
            "addressings_to": [link(*rng.choice(day.artists))] if rng.random() < 0.67 else [],
        }
        yield Job(
            day.random_instant(rng), author, partial(_write_note, shot_id=shot_id, values=values)
        )


def reply_to_notes(day: Workday, show: RunningShow) -> Iterator[Job]:
    """Replies to notes that are open."""
    rng = day.stream(show, "replies")
    notes = day.live(show, "notes", condition="sg_status_list = 'opn'")
    for (note_id,) in sample(rng, notes, random_count(rng, 0.3 + 0.006 * show.shots)):
        author = rng.choice(day.artists)
        reply = partial(_reply, note_id=note_id, content=rng.choice(REMARKS), author_id=author[1])
        yield Job(day.random_instant(rng), author, reply)


def _submit(edit: Edit, shot_id: int, task: str, values: dict[str, object]) -> None:
    shot = edit.rows.find("Shot", shot_id)
    if shot is None or shot["_retired_at"] is not None:
        return
    stream = f"{shot['code']}_{task}".replace(" ", "_")
    takes = edit.rows.ids(
        "Version",
        "entity__id = ? and entity__type = 'Shot' and code glob ?",
        shot_id,
        f"{stream}_v*",
    )
    create(edit, "Version", {"code": f"{stream}_v{len(takes) + 1:03}", **values})


def _hold_dailies(edit: Edit, show: RunningShow, since: str) -> None:
    versions = edit.rows.ids(
        "Version", "project__id = ? and _retired_at is null and created_at > ?", show.id, since
    )
    if versions:
        values: dict[str, object] = {
            "project": link("Project", show.id),
            "code": f"Dailies {since[:10]}",
            "sg_date_and_time": edit.instant,
            "versions": [link("Version", version) for version in versions],
        }
        create(edit, "Playlist", values)


def _write_note(edit: Edit, shot_id: int, values: dict[str, object]) -> None:
    shot = edit.rows.find("Shot", shot_id)
    if shot is not None and shot["_retired_at"] is None:
        create(edit, "Note", values)


def _reply(edit: Edit, note_id: int, content: str, author_id: int) -> None:
    note = edit.rows.find("Note", note_id)
    if note is not None and note["_retired_at"] is None:
        author = link("HumanUser", author_id)
        create(edit, "Reply", {"content": content, "entity": link("Note", note_id), "user": author})
