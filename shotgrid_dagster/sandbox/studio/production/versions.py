"""Versions of shots, a few of assets, and the playlists they are reviewed in."""

from __future__ import annotations

import random
from collections import Counter

from shotgrid_dagster.sandbox.store.instants import DAY, HOUR, instant
from shotgrid_dagster.sandbox.store.refs import Ref
from shotgrid_dagster.sandbox.studio import proportions
from shotgrid_dagster.sandbox.studio.clock import NOW
from shotgrid_dagster.sandbox.studio.production.files import upload
from shotgrid_dagster.sandbox.studio.production.show import Made, Show
from shotgrid_dagster.sandbox.studio.words import DESCRIPTIONS, REMARKS, maybe

IMPORTED_AT = NOW - 2_500 * DAY
"""What imported versions give as their date: long before the site existed."""

ANSWERED_WITHIN = 8 * DAY


def submit_versions(show: Show) -> None:
    """Make the versions of shots and assets, and the playlists that they are reviewed in."""
    rng = show.stream("versions")
    plan = show.plan
    statuses = proportions.shuffled(
        rng, proportions.apportioned(proportions.VERSION_STATUSES, plan.versions)
    )
    active = [shot for shot in show.shots if shot.status != "wtg"] or show.shots
    tasks: dict[Ref, list[Made]] = {}
    for task in show.tasks:
        if task.parent is not None:
            tasks.setdefault(task.parent, []).append(task)
    takes: Counter[str] = Counter()
    instants = sorted(show.random_instant(rng, 0.22, 1.0) for _ in range(plan.versions))
    for number, (at, status) in enumerate(zip(instants, statuses, strict=True)):
        # one version in a hundred is of an asset
        about = rng.choice(show.assets) if number % 100 == 99 else rng.choice(active)
        task = rng.choice(tasks[about.ref])
        stream = f"{about.ref.name}_{(task.ref.name or 'x').lower()}"
        takes[stream] += 1
        values = _values(show, rng, about, task, f"{stream}_v{takes[stream]:03}")
        if number % 100 == 3:
            values |= _media(show, at, show.staff.artists[0], str(values["code"]))
        if number % 97 == 20:
            values |= {"created_at": instant(IMPORTED_AT), "updated_at": instant(IMPORTED_AT)}
        if number >= plan.versions - 2:
            values["image"] = "pending"
        if show.versions and number % 40 == 17:
            values["sg_ai_generated_from"] = [show.versions[-1].ref]
        by = show.staff.departed if number % 31 == 5 else rng.choice(show.staff.artists)
        show.versions.append(
            show.make(
                "Version",
                at,
                by,
                values,
                path=proportions.VERSION_PATHS[status],
                rng=rng,
                within=ANSWERED_WITHIN,
                updated_share=0.1,
                parent=about.ref,
            )
        )
    retired = _retired(show, rng)
    _playlists(show, rng, retired)


def _values(
    show: Show, rng: random.Random, about: Made, task: Made, code: str
) -> dict[str, object]:
    first, length = 1001, rng.randint(45, 160)
    has_frames = rng.random() < 0.6
    artist = None if rng.random() < 0.1 else rng.choice([*show.staff.artists, show.staff.departed])
    return {
        "code": code,
        "entity": about.ref,
        "sg_task": task.ref if rng.random() < 0.33 else None,
        "user": artist,
        "description": maybe(rng, 0.4, DESCRIPTIONS + REMARKS),
        "frame_range": f"{first}-{first + length - 1}" if has_frames else None,
        "frame_count": length if has_frames else None,
        "sg_first_frame": first if has_frames else None,
        "sg_last_frame": first + length - 1 if has_frames else None,
        "sg_path_to_frames": f"/mnt/projects/{code}/{code}.%04d.exr" if has_frames else None,
        "sg_frames_aspect_ratio": 2.39 if has_frames and rng.random() < 0.5 else None,
        "sg_version_type": maybe(rng, 0.1, ["Type A", "Type B", "Type C"]),
        # a seed above 2^31 does not fit a number field
        "sg_render_seed": str(rng.getrandbits(40)) if rng.random() < 0.05 else None,
        "client_approved": rng.random() < 0.03,
        "flagged": rng.random() < 0.02,
        "viewed_by_current_user": "unread",
        "tags": [rng.choice(show.setup.tags)] if rng.random() < 0.05 else [],
    }


def _media(show: Show, at: int, by: Ref, code: str) -> dict[str, object]:
    """A movie, and what was made of it."""
    movie = upload(show, at, by, f"{code}.mov", [])
    proxy = upload(show, at, by, f"{code}.mp4", [])
    still = upload(show, at, by, f"{code}.jpg", [])
    return {
        "sg_uploaded_movie": movie.value,
        "sg_uploaded_movie_mp4": proxy.value,
        "sg_uploaded_movie_image": still.value,
        "sg_uploaded_movie_frame_rate": 23.976,
        "sg_uploaded_movie_transcoding_status": 1,
        "uploaded_movie_duration": 4.170833,
        "sg_movie_aspect_ratio": 1.777778,
        "image": show.studio.media(f"{code}.jpg"),
        "filmstrip_image": show.studio.media(f"{code}_filmstrip.jpg"),
    }


def _retired(show: Show, rng: random.Random) -> list[Ref]:
    """Versions of retired shots went with them; others were deleted one by one."""
    gone = []
    for shot in show.retired_shots:
        values: dict[str, object] = {"code": f"{shot.ref.name}_layout_v001", "entity": shot.ref}
        at, retired_at = shot.at + DAY, shot.retired_at
        gone.append(
            show.make(
                "Version", at, show.staff.artists[1], values, path=["rev"], retired_at=retired_at
            )
        )
    for made in show.versions[: show.plan.retired]:
        values = {"code": f"{made.ref.name}_wrong", "entity": made.parent}
        at, retired_at = made.at, rng.randint(min(made.at + HOUR, NOW), NOW)
        gone.append(
            show.make(
                "Version", at, show.staff.artists[2], values, path=["rev"], retired_at=retired_at
            )
        )
    return [made.ref for made in gone]


def _playlists(show: Show, rng: random.Random, retired: list[Ref]) -> None:
    for number in range(show.plan.playlists + 1):
        is_last = number == show.plan.playlists
        at = show.random_instant(rng, 0.6, 0.98)
        held_at = _morning(at)
        values: dict[str, object] = {
            "code": f"Dailies {held_at[:10]}" if number % 3 else f"Client Review {number + 1} 🎞️",
            "sg_date_and_time": held_at,
            "locked": number % 4 == 3,
            "description": maybe(rng, 0.3, DESCRIPTIONS),
        }
        by = rng.choice(show.staff.producers)
        retired_at = NOW - HOUR if is_last else None
        playlist = show.make("Playlist", at, by, values, retired_at=retired_at)
        chosen = [
            made.ref for made in rng.sample(show.versions, k=min(15, len(show.versions) // 2))
        ]
        if number == 0:
            chosen.append(retired[0])
        for order, version in enumerate(chosen, start=1):
            show.studio.connect(
                "PlaylistVersionConnection",
                playlist=playlist.ref,
                version=version,
                # versions added through the playlist's own field have no order
                sg_sort_order=None if number == 1 else order,
            )
        if not is_last:
            show.playlists.append(playlist)


def _morning(at: int) -> str:
    return instant(at - at % DAY + 10 * HOUR)
