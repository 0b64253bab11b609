"""How big a studio is."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class ShowPlan:
    """How much of everything one show holds, retired rows not counted."""

    sequences: int
    shots_per_sequence: int
    assets: int
    versions: int
    notes: int
    time_logs: int
    published_files: int
    attachments: int
    playlists: int
    cuts: int
    deliveries: int
    tickets: int
    bookings: int
    pages: int
    retired: int
    """Retired Shots; other types have some in proportion."""

    @property
    def shots(self) -> int:
        """Live Shots of the show."""
        return self.sequences * self.shots_per_sequence


@dataclass(frozen=True)
class Size:
    """A studio: its shows, and the projects beside them."""

    shows: int
    show: ShowPlan
    small_project: ShowPlan
    """The demo project and the archived one."""
    people: int
    templates: int
    """Template projects, which hold nothing."""
    long_text: int
    """Characters of the longest description."""


SMALL_PROJECT = ShowPlan(
    sequences=1, shots_per_sequence=3, assets=3, versions=6, notes=12, time_logs=4,
    published_files=3, attachments=4, playlists=1, cuts=1, deliveries=1, tickets=1, bookings=1,
    pages=2, retired=1,
)  # fmt: skip

TINY_SHOW = ShowPlan(
    sequences=3, shots_per_sequence=4, assets=8, versions=40, notes=120, time_logs=30,
    published_files=12, attachments=16, playlists=3, cuts=3, deliveries=2, tickets=4,
    bookings=6, pages=6, retired=2,
)  # fmt: skip

TINY = Size(
    shows=1,
    show=TINY_SHOW,
    small_project=SMALL_PROJECT,
    people=25,
    templates=2,
    long_text=5_000,
)

STUDIO_SHOW = ShowPlan(
    sequences=15, shots_per_sequence=20, assets=100, versions=1_000, notes=5_900,
    time_logs=1_000, published_files=180, attachments=130, playlists=8, cuts=18, deliveries=6,
    tickets=25, bookings=40, pages=53, retired=6,
)  # fmt: skip

STUDIO = Size(
    shows=6,
    show=STUDIO_SHOW,
    small_project=SMALL_PROJECT,
    people=25,
    templates=7,
    long_text=1_000_000,
)

LONG_SHOW = ShowPlan(
    sequences=75, shots_per_sequence=20, assets=500, versions=1_500, notes=1_500,
    time_logs=5_000, published_files=900, attachments=150, playlists=40, cuts=90,
    deliveries=30, tickets=125, bookings=200, pages=53, retired=30,
)  # fmt: skip
"""Per Shot as in a show of `STUDIO`, with fewer Versions and far fewer Notes: what is measured on
big sites is Tasks and events."""

MEDIUM = Size(
    shows=21,
    show=LONG_SHOW,
    small_project=SMALL_PROJECT,
    people=150,
    templates=7,
    long_text=1_000_000,
)
LARGE = replace(MEDIUM, shows=106, people=500)

SIZES = {"tiny": TINY, "studio": STUDIO, "medium": MEDIUM, "large": LARGE}
