"""A show broken down: episodes, scenes, sequences, assets, shots, and which asset is where."""

from __future__ import annotations

import random

from shotgrid_dagster.sandbox.store.instants import DAY
from shotgrid_dagster.sandbox.store.refs import Ref
from shotgrid_dagster.sandbox.studio import proportions
from shotgrid_dagster.sandbox.studio.clock import NOW
from shotgrid_dagster.sandbox.studio.production import setbacks
from shotgrid_dagster.sandbox.studio.production.show import Made, Show
from shotgrid_dagster.sandbox.studio.words import DESCRIPTIONS, asset_name, long_text, maybe

ASSETS_PER_SHOT = 14
ASSETS_AT_HAND = 100
"""A sequence draws on so many assets. A long show has more, but other ones in each reel."""
SHOT_TYPES = ["VFX", "2D", "Full CG", "Trailer", "Marketing", "Look Dev"]


def break_down(show: Show) -> None:
    """Make the episodes, scenes, sequences, assets and shots of a show, and its castings."""
    _episodes_and_scenes(show)
    _sequences(show)
    _assets(show)
    _shots(show)
    _castings(show)


def _episodes_and_scenes(show: Show) -> None:
    producer = show.staff.producers[0]
    rng = show.stream("episodes")
    for number in range(1, 2 + show.plan.sequences // 6):
        values: dict[str, object] = {"code": f"ep{number:02}"}
        episode = show.make(
            "Episode", show.instant_at(0.01), producer, values, path=["wtg", "ip"], rng=rng
        )
        show.episodes.append(episode.ref)
        scene = show.make(
            "Scene",
            show.instant_at(0.01),
            producer,
            {"code": f"sc{number:02}", "sg_sort": number},
            path=["act"],
        )
        show.scenes.append(scene.ref)
    gone: dict[str, object] = {"code": "ep99"}
    show.make("Episode", show.instant_at(0.01), producer, gone, retired_at=show.instant_at(0.2))
    show.make(
        "Scene", show.instant_at(0.01), producer, {"code": "sc99"}, retired_at=show.instant_at(0.2)
    )


def _sequences(show: Show) -> None:
    rng = show.stream("sequences")
    statuses = proportions.apportioned(proportions.SEQUENCE_STATUSES, show.plan.sequences)
    for number, status in enumerate(statuses, start=1):
        producer = rng.choice(show.staff.producers)
        values: dict[str, object] = {
            "code": f"sh{number * 10:03}",
            "description": maybe(rng, 0.2, DESCRIPTIONS),
            "episode": show.episodes[(number - 1) * len(show.episodes) // len(statuses)],
            "sg_scenes": show.scenes[:1] if number % 3 else [],
            "sg_timecode": 3_600_000 + number * 60_000 if number % 2 else None,
            "image": show.studio.media(f"seq_{show.project.id}_{number}.jpg"),
            "tags": rng.sample(show.setup.tags, k=2) if number % 5 == 0 else [],
        }
        show.sequences.append(
            show.make(
                "Sequence",
                show.instant_at(0.02) + number,
                producer,
                values,
                path=proportions.SEQUENCE_PATHS[status],
                rng=rng,
                updated_share=0.3,
            )
        )
    show.make(
        "Sequence",
        show.instant_at(0.02),
        show.staff.producers[0],
        {"code": "sh999"},
        path=["ip"],
        retired_at=show.instant_at(0.3),
    )


def _assets(show: Show) -> None:
    rng = show.stream("assets")
    statuses = proportions.apportioned(proportions.ASSET_STATUSES, show.plan.assets)
    template = show.setup.templates["Asset"].ref
    for number, status in enumerate(statuses, start=1):
        name, kind = asset_name(rng, number)
        polygons = rng.randint(200, 4_000_000)
        values: dict[str, object] = {
            "code": name,
            "sg_asset_type": kind,
            "description": maybe(rng, 0.15, DESCRIPTIONS),
            "image": show.studio.media(f"asset_{show.project.id}_{number}.jpg"),
            "task_template": template,
            "episodes": show.episodes[:1] if number % 2 else [],
            "scenes": show.scenes[-1:] if number % 10 == 0 else [],
            "parents": [show.assets[0].ref] if number % 12 == 0 else [],
            "sg_vendor": rng.choice(show.setup.vendors) if number % 4 == 0 else None,
            "sg_polygons": polygons if number % 3 else None,
            "sg_percent_complete": 100 if status == "fin" else None,
            "sg_hero": number <= 3,
        }
        show.assets.append(
            show.make(
                "Asset",
                show.random_instant(rng, 0.02, 0.12),
                rng.choice(show.staff.producers),
                values,
                path=proportions.PATHS[status],
                rng=rng,
                updated_share=0.15,
            )
        )
    for number in range(max(1, show.plan.retired // 2)):
        values = {"code": f"Cut Character {number}", "sg_asset_type": "Character"}
        made_at, by = show.instant_at(0.05), show.staff.producers[0]
        retired_at = show.instant_at(0.4) + number
        show.make("Asset", made_at, by, values, path=["wtg"], retired_at=retired_at)
    for made in show.assets[:3]:
        show.studio.connect(
            "Asset_linked_projects_Connection", asset=made.ref, linked_project=show.project
        )


def _shots(show: Show) -> None:
    rng = show.stream("shots")
    plan = show.plan
    statuses = iter(proportions.apportioned(proportions.SHOT_STATUSES, plan.shots))
    cut_order = 0
    for sequence in show.sequences:
        at = show.random_instant(rng, 0.04, 0.2)
        for number in range(1, plan.shots_per_sequence + 1):
            cut_order += 1
            status = next(statuses)
            values = _shot_values(show, rng, sequence.ref, number, cut_order)
            show.shots.append(
                show.make(
                    "Shot",
                    at + number // 4,
                    rng.choice(show.staff.producers),
                    values,
                    path=proportions.PATHS[status],
                    rng=rng,
                    updated_share=0.15,
                    parent=sequence.ref,
                )
            )
    for made in [shot for shot in show.shots if setbacks.has_time(shot)][
        :: max(1, plan.shots // 4)
    ]:
        setbacks.deleted_by_mistake(show, made)
    for number in range(plan.retired):
        sequence = rng.choice(show.sequences)
        values = {"code": f"{sequence.ref.name}_9{number:02}0", "sg_sequence": sequence.ref}
        at = show.instant_at(0.2)
        retired_at = show.random_instant(rng, 0.5, 0.95)
        show.retired_shots.append(
            show.make(
                "Shot",
                at,
                show.staff.producers[1],
                values,
                path=["wtg", "ip"],
                rng=rng,
                retired_at=retired_at,
                parent=sequence.ref,
            )
        )


def _shot_values(
    show: Show, rng: random.Random, sequence: Ref, number: int, cut_order: int
) -> dict[str, object]:
    length = min(160, max(45, int(rng.gauss(102, 25))))
    code = f"{sequence.name}_{number * 10:04}"
    description = maybe(rng, 0.3, DESCRIPTIONS)
    if show.production.is_first and cut_order == 7:
        description = long_text(show.studio.size.long_text)
    due = NOW + rng.randint(-200, 90) * DAY
    return {
        "code": code,
        "description": description,
        "sg_sequence": sequence,
        "sg_scene": show.scenes[0] if number % 9 == 0 else None,
        "sg_cut_in": 1009,
        "sg_cut_out": 1008 + length,
        "sg_cut_duration": length,
        "sg_cut_order": cut_order,
        "sg_head_in": 1001,
        "sg_tail_out": 1016 + length,
        "sg_working_duration": length + 16,
        "sg_shot_type": rng.choice(SHOT_TYPES) if number % 3 == 0 else None,
        "sg_plate_length": f"{length // 16}-{length % 16:02}" if number % 2 else None,
        "sg_plate_scale": round(rng.uniform(0.5, 2.0), 6) if number % 4 == 0 else None,
        "sg_client_status": "cli" if due < NOW and number % 7 == 0 else None,
        "parent_shots": [show.shots[-1].ref] if number % 10 == 5 and show.shots else [],
        "task_template": show.setup.templates["Shot"].ref,
        "tags": [rng.choice(show.setup.tags)] if number % 6 == 0 else [],
        "addressings_cc": [rng.choice(show.groups)] if number % 19 == 0 else [],
        # a picture on five shots of six
        "image": None if cut_order % 6 == 0 else show.studio.media(f"{code}.jpg"),
    }


def _castings(show: Show) -> None:
    """Which assets are in which shot, and so in which sequence."""
    rng = show.stream("castings")
    many = max(1, min(ASSETS_PER_SHOT, len(show.assets) // 3))
    in_sequence: dict[Ref, set[Ref]] = {made.ref: set() for made in show.sequences}
    at_hand = {ref: _at_hand(show, number) for number, ref in enumerate(in_sequence)}
    for shot in [*show.shots, *show.retired_shots]:
        assert shot.parent is not None
        count = rng.randint(max(1, many - 4), min(len(show.assets), many + 4))
        for made in rng.sample(at_hand[shot.parent], k=count):
            show.studio.connect("AssetShotConnection", asset=made.ref, shot=shot.ref)
            if shot.ref.is_live:
                in_sequence[shot.parent].add(made.ref)
    for sequence, assets in in_sequence.items():
        for asset in sorted(assets, key=lambda ref: ref.id):
            show.studio.connect("AssetSequenceConnection", asset=asset, sequence=sequence)


def _at_hand(show: Show, number: int) -> list[Made]:
    """The assets that the sequence with this number draws on."""
    spare = max(0, len(show.assets) - ASSETS_AT_HAND)
    first = number * spare // max(1, len(show.sequences) - 1)
    return show.assets[first : first + ASSETS_AT_HAND]
