"""The edit of a show: cuts and the items they consist of."""

from __future__ import annotations

from shotgrid_dagster.sandbox.store.instants import DAY
from shotgrid_dagster.sandbox.store.refs import Ref
from shotgrid_dagster.sandbox.studio.clock import NOW
from shotgrid_dagster.sandbox.studio.production.files import upload
from shotgrid_dagster.sandbox.studio.production.show import Show

RATE = 24


def make_cuts(show: Show) -> None:
    """Each sequence is cut; some are cut again."""
    rng = show.stream("cuts")
    shots: dict[Ref | None, list[Ref]] = {}
    for made in show.shots:
        shots.setdefault(made.parent, []).append(made.ref)
    for number in range(show.plan.cuts + 1):
        sequence = show.sequences[number % len(show.sequences)].ref
        revision = 1 + number // len(show.sequences)
        lengths = {shot: rng.randint(45, 160) for shot in shots[sequence]}
        at = show.random_instant(rng, 0.5, 0.95)
        by = show.staff.producers[0]
        is_retired = number == show.plan.cuts
        values: dict[str, object] = {
            "code": f"{sequence.name}_cut",
            "revision_number": revision,
            "entity": sequence,
            "sg_cut_type": rng.choice(["Boards", "Assembly", "Director"]),
            "fps": 24.0 if number % 2 else 23.976,
            "duration": sum(lengths.values()),
            "timecode_start_text": _timecode(0),
            "timecode_end_text": _timecode(sum(lengths.values())),
            "version": rng.choice(show.versions).ref if number % 3 == 0 else None,
        }
        path = ["ip", "apr"] if number % 3 == 0 else ["ip"]
        retired_at = NOW - 2 * DAY if is_retired else None
        cut = show.make("Cut", at, by, values, path=path, rng=rng, retired_at=retired_at)
        if number == 0:
            upload(show, at, by, f"{sequence.name}_cut.edl", [cut.ref], is_logged=True)
        # the items of a retired cut stay, with nothing to link to
        _items(show, cut.ref, by, at, dict(list(lengths.items())[:2]) if is_retired else lengths)
    values = {"code": "stray", "cut_order": 1}
    show.make(
        "CutItem", show.instant_at(0.6), show.staff.admin, values, retired_at=show.instant_at(0.7)
    )


def _items(show: Show, cut: Ref, by: Ref, at: int, lengths: dict[Ref, int]) -> None:
    """Cut items come from a script without events."""
    edit_in = 1
    for order, (shot, length) in enumerate(lengths.items(), start=1):
        edit_out = edit_in + length - 1
        values: dict[str, object] = {
            "code": f"{shot.name}_item",
            "cut": cut,
            "shot": shot,
            "cut_order": order,
            "cut_item_in": 1009,
            "cut_item_out": 1008 + length,
            "cut_item_duration": length,
            "edit_in": edit_in,
            "edit_out": edit_out,
            "timecode_cut_item_in_text": _timecode(1009),
            "timecode_cut_item_out_text": _timecode(1009 + length),
            "timecode_edit_in_text": _timecode(edit_in - 1),
            "timecode_edit_out_text": _timecode(edit_out),
        }
        show.make("CutItem", at, by, values, is_logged=False)
        edit_in = edit_out + 1


def _timecode(frames: int) -> str:
    """`01:00:02:05`: edits start at one hour."""
    seconds, rest = divmod(frames, RATE)
    minutes, seconds = divmod(seconds, 60)
    return f"01:{minutes:02}:{seconds:02}:{rest:02}"
