"""What the makers of one show share, and what they hand to each other."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from shotgrid_dagster.sandbox.store.refs import Ref
from shotgrid_dagster.sandbox.studio.clock import NOW
from shotgrid_dagster.sandbox.studio.site.people import Staff
from shotgrid_dagster.sandbox.studio.site.projects import Production
from shotgrid_dagster.sandbox.studio.site.setup import Setup
from shotgrid_dagster.sandbox.studio.size import ShowPlan
from shotgrid_dagster.sandbox.studio.studio import Change, Studio


@dataclass(frozen=True)
class Made:
    """A row of the show that others build on."""

    ref: Ref
    at: int
    status: str | None
    parent: Ref | None = None
    """Shot: its Sequence. Task and Version: its Shot or Asset."""
    retired_at: int | None = None
    changed_at: int = 0
    """When its status last changed, or it was made."""


@dataclass
class Show:
    """One project while it is being filled."""

    studio: Studio
    staff: Staff
    setup: Setup
    groups: list[Ref]
    production: Production
    episodes: list[Ref] = field(default_factory=list)
    scenes: list[Ref] = field(default_factory=list)
    sequences: list[Made] = field(default_factory=list)
    shots: list[Made] = field(default_factory=list)
    assets: list[Made] = field(default_factory=list)
    tasks: list[Made] = field(default_factory=list)
    versions: list[Made] = field(default_factory=list)
    playlists: list[Made] = field(default_factory=list)
    notes: list[Made] = field(default_factory=list)
    published_files: list[Made] = field(default_factory=list)
    retired_shots: list[Made] = field(default_factory=list)

    def versions_of(self) -> dict[Ref, list[Ref]]:
        """The versions of every shot and asset that has some."""
        versions: dict[Ref, list[Ref]] = {}
        for made in self.versions:
            if made.parent is not None:
                versions.setdefault(made.parent, []).append(made.ref)
        return versions

    @property
    def project(self) -> Ref:
        """The project that is filled."""
        return self.production.project

    @property
    def plan(self) -> ShowPlan:
        """How much of everything it gets."""
        return self.production.plan

    @property
    def started_at(self) -> int:
        """When the show began, in epoch seconds."""
        return self.production.started_at

    def stream(self, part: str) -> random.Random:
        """The randomness of one part of the show."""
        return self.studio.stream(f"{self.project.id}:{part}")

    def instant_at(self, share: float) -> int:
        """The instant when so much of the show's time was over."""
        return self.started_at + int(share * (NOW - self.started_at))

    def random_instant(self, rng: random.Random, first: float, last: float) -> int:
        """An instant between two shares of the show's time."""
        return rng.randint(self.instant_at(first), self.instant_at(last))

    def make(
        self,
        entity_type: str,
        at: int,
        by: Ref,
        values: Mapping[str, object],
        *,
        path: list[str] | None = None,
        rng: random.Random | None = None,
        updated_share: float = 0.0,
        retired_at: int | None = None,
        is_logged: bool = True,
        parent: Ref | None = None,
        within: int = NOW,
    ) -> Made:
        """Make a row of this project.

        `path`: the statuses it goes through, from the first on, all of them `within` so many
        seconds.
        """
        history: list[Change] = []
        updated_by = None
        row = {"project": self.project, **values}
        if path:
            row["sg_status_list"] = path[0]
        if rng is not None:
            last = min(at + within, NOW if retired_at is None else retired_at)
            instants = sorted(rng.randint(min(at + 60, last), last) for _ in (path or [])[1:])
            writers = [rng.choice(self.staff.people) for _ in instants]
            history = list(zip(instants, (path or [])[1:], writers, strict=True))
            if rng.random() < updated_share:
                updated_by = writers[-1] if writers else by
        ref = self.studio.make(
            entity_type,
            at,
            by,
            row,
            history=history,
            updated_by=updated_by,
            retired_at=retired_at,
            is_logged=is_logged,
        )
        changed_at = history[-1][0] if history else at
        return Made(ref, at, path[-1] if path else None, parent, retired_at, changed_at)
