"""What a change on the site changes in rows that nobody wrote. Pure.

The facts were measured on a live site (https://github.com/ksallee/sg-groundtruth, the numbers of
its findings in brackets); no answer of the API names them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shotgrid_dagster.source.watching.event_feed import Event

GONE_OR_BACK = frozenset({"Retirement", "Revival"})


@dataclass(frozen=True)
class SideEffect:
    """A kind of event about one entity type that changes rows of others."""

    entity_type: str
    attribute: str | None
    """The attribute that was changed; None: the row was retired or revived."""
    drags: tuple[str, ...]
    because: str
    states_change: bool = False
    """Whether rows of the others are retired, revived or erased, which a window need not see: a
    census does."""

    def follows(self, event: Event) -> bool:
        """Whether the side effect comes with this event."""
        if event.entity_type != self.entity_type:
            return False
        if self.attribute is None:
            return event.kind in GONE_OR_BACK
        return event.attribute == self.attribute


SIDE_EFFECTS = (
    SideEffect("Shot", None, ("Version",), "its Versions are retired with it [060]", True),
    SideEffect(
        "Task",
        None,
        ("TaskDependency", "Version", "PublishedFile"),
        "its dependencies are retired, Version.sg_task and PublishedFile.task emptied [089]",
    ),
    SideEffect("TaskTemplate", None, ("Task",), "its template Tasks are retired [103]", True),
    SideEffect("Cut", None, ("CutItem",), "CutItem.cut is emptied (card of Cut)"),
    SideEffect("Playlist", None, ("Version",), "Version.playlists loses it (card of Playlist)"),
    SideEffect(
        "Task", "upstream_tasks", ("TaskDependency",), "dependencies are erased and made [095]"
    ),
    SideEffect(
        "Task", "downstream_tasks", ("TaskDependency",), "the same from the other end [095]"
    ),
    SideEffect("Shot", "task_template", ("Task", "TaskDependency"), "tasks are made [090]"),
    SideEffect("Asset", "task_template", ("Task", "TaskDependency"), "tasks are made [090]"),
    SideEffect("Note", "replies", ("Reply",), "replies that are left out are erased [101]", True),
    SideEffect("Asset", "shots", ("Shot", "AssetShotConnection"), "one link, two ends (Asset)"),
    SideEffect("Shot", "assets", ("Asset", "AssetShotConnection"), "one link, two ends (Asset)"),
    SideEffect("Sequence", "shots", ("Shot",), "a Shot leaves its other Sequence (Sequence)"),
    SideEffect("Shot", "sg_sequence", ("Sequence",), "Sequence.shots changes (Sequence)"),
    SideEffect(
        "Playlist",
        "versions",
        ("Version", "PlaylistVersionConnection"),
        "the order is in the connections (Playlist)",
    ),
    SideEffect(
        "Version",
        "playlists",
        ("Playlist", "PlaylistVersionConnection"),
        "the same from the other end (Playlist)",
    ),
)


def touched(events: Iterable[Event]) -> dict[str, bool]:
    """Entity type -> whether it takes a census, of all that these events changed or dragged."""
    types: dict[str, bool] = {}
    for event in events:
        types.setdefault(event.entity_type, False)
        for effect in SIDE_EFFECTS:
            if effect.follows(event):
                for drag in effect.drags:
                    types[drag] = types.get(drag, False) or effect.states_change
    return types
