"""A random script: edits of a studio, and loads that run while they happen."""

from __future__ import annotations

import random
from dataclasses import dataclass

CASTS = (
    ("Shot", "Version"),
    ("Sequence", "Shot"),
    ("Task", "TaskDependency"),
    ("Note", "Reply"),
    ("Playlist", "PlaylistVersionConnection"),
    ("Version", "Playlist"),
    ("Shot", "EventLogEntry"),
    ("Asset", "EventLogEntry"),
    ("AssetShotConnection", "Shot"),
)
"""Entity types that act on each other."""

EDITS = (
    "create",
    "change",
    "change",
    "rename",
    "link",
    "unlink",
    "empty",
    "re_parent",
    "retire",
    "retire",
    "revive",
    "create_back_dated",
    "change_back_dated",
    "retire_back_dated",
    "create_future_dated",
    "erase",
    "bulk",
    "hide",
    "show",
)

FAULTS = (
    None,
    None,
    None,
    ("status", {"status": 503, "times": 1}),
    ("status", {"status": 502, "times": 2}),
    ("status", {"status": 429, "retry_after": "0", "times": 1}),
    ("status", {"status": 401, "times": 1}),
    ("status", {"status": 403, "times": 1}),
    ("reset", {"times": 1}),
    ("truncated", {"times": 1}),
    ("html", {"times": 1}),
)

STAGES = ("in a page", "extracted", "normalized", "in the load", "before the state", "loaded")
"""Where a load can be killed."""


@dataclass(frozen=True)
class Edit:
    """One edit; the seed decides on which rows."""

    kind: str
    seed: int


@dataclass(frozen=True)
class Kill:
    """`kill -9` when a load comes to a stage for the nth time."""

    stage: str
    nth: int


@dataclass(frozen=True)
class Load:
    """One load, the edits that happen while it runs, and what befalls it."""

    during: tuple[tuple[int, Edit], ...] = ()
    """Edits, each with the search before whose answer it happens, counted from 1."""
    fault: int = 0
    """Position in FAULTS."""
    nth: int = 1
    """The request that the fault hits."""
    kill: Kill | None = None
    census: bool = False


Step = Edit | Load


@dataclass(frozen=True)
class Script:
    """What happens to one studio."""

    seed: int
    cast: tuple[str, ...]
    """The entity types that are edited."""
    loaded: tuple[str, ...]
    """Those of them that are loaded: edits of the others are seen through their links."""
    page_size: int
    stamps_move: bool
    """Whether retiring, reviving, cascades and links from the far side move `updated_at`."""
    events_late: bool
    """Whether event ids are handed out in blocks and committed late."""
    scripted: bool
    """Whether edits are made by a script whose events are not logged."""
    ends_full: bool
    """Whether the last load is a full refresh, or a census."""
    package_rows: int
    """Rows of one package of a first load."""
    concurrency: int
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        head = (
            f"script {self.seed}: {', '.join(self.cast)}, loaded {', '.join(self.loaded)}; "
            f"page_size {self.page_size}, "
            f"stamps_move {self.stamps_move}, events_late {self.events_late}, "
            f"scripted {self.scripted}, ends_full {self.ends_full}, "
            f"package_rows {self.package_rows}, concurrency {self.concurrency}"
        )
        return "\n".join([head, *(f"  {step}" for step in self.steps)])


def write_script(seed: int) -> Script:
    """The script of a seed."""
    chance = random.Random(f"script:{seed}")

    def edit() -> Edit:
        return Edit(chance.choice(EDITS), chance.randrange(10**9))

    def edits(most: int) -> tuple[Edit, ...]:
        return tuple(edit() for _ in range(chance.randrange(most + 1)))

    def load() -> Load:
        during = [(chance.randrange(1, 12), edit()) for _ in range(chance.randrange(6))]
        kill = Kill(chance.choice(STAGES), chance.randrange(1, 4))
        return Load(
            tuple(sorted(during, key=lambda item: item[0])),
            chance.randrange(len(FAULTS)),
            chance.randrange(1, 6),
            kill if chance.random() < 0.25 else None,
            chance.random() < 0.2,
        )

    cast = chance.choice(CASTS)
    steps: list[Step] = [load()]
    if chance.random() < 0.5:
        steps += [*edits(6), load()]
    return Script(
        seed=seed,
        cast=cast,
        loaded=cast if chance.random() < 0.4 else (chance.choice(cast),),
        page_size=chance.choice((3, 8, 8, 25, 5000)),
        stamps_move=chance.random() < 0.5,
        events_late=chance.random() < 0.5,
        scripted=chance.random() < 0.3,
        ends_full=chance.random() < 0.5,
        package_rows=chance.choice((40, 500_000)),
        concurrency=chance.choice((1, 4)),
        steps=(*steps, *edits(6)),
    )
