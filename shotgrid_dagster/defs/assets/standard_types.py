"""What is special about an entity type: its group, and a sentence for a coordinator.

A type that is not here is loaded all the same: the site's schema decides what there is. Before the
schema of a site was saved, these types have assets.
"""

from __future__ import annotations

from dataclasses import dataclass

GROUPS = ("production", "work", "review", "delivery", "people", "setup", "activity", "custom")


@dataclass(frozen=True)
class Stock:
    """A stock entity type: where producers look for it, and what a row is."""

    group: str
    a_row_is: str


STANDARD_TYPES: dict[str, Stock] = {
    "Project": Stock("production", "a show, a template project or a demo"),
    "Episode": Stock("production", "an episode of a series"),
    "Sequence": Stock("production", "a sequence, which its shots belong to"),
    "Scene": Stock("production", "a scene"),
    "Shot": Stock("production", "a shot, with its cut, frame range and status"),
    "Asset": Stock("production", "a character, prop, environment or other thing that is built"),
    "Phase": Stock("production", "a phase of a project's schedule"),
    "Cut": Stock("production", "an edit of a sequence or an episode"),
    "CutItem": Stock("production", "a shot's place in a cut"),
    "Task": Stock("work", "a piece of work on a shot or an asset: who, when, bid, status"),
    "TaskDependency": Stock("work", "a task that waits for another task"),
    "TaskTemplate": Stock("work", "a set of tasks that new shots or assets are given"),
    "TimeLog": Stock("work", "time that a person logged on a task, in minutes"),
    "Booking": Stock("work", "a stretch of a person's time, work or vacation"),
    "Ticket": Stock("work", "a support ticket"),
    "Version": Stock("review", "a version of the work, submitted for review"),
    "Note": Stock("review", "feedback on versions, shots, assets or tasks"),
    "Reply": Stock("review", "an answer to a note or a ticket"),
    "Playlist": Stock("review", "a list of versions for a review session"),
    "PlaylistVersionConnection": Stock("review", "a version's place in a playlist"),
    "PublishedFile": Stock("delivery", "a file that an artist published for others to use"),
    "PublishedFileDependency": Stock("delivery", "a published file that was made from another"),
    "PublishedFileType": Stock("delivery", "a kind of published file"),
    "Delivery": Stock("delivery", "a delivery to or from a client or a vendor"),
    "Attachment": Stock("delivery", "a file or link that is attached to something"),
    "HumanUser": Stock("people", "a person with an account"),
    "ClientUser": Stock("people", "a client's account for review"),
    "Group": Stock("people", "a group of people"),
    "Department": Stock("people", "a department"),
    "ApiUser": Stock("people", "a script with a key"),
    "Step": Stock("setup", "a pipeline step"),
    "Status": Stock("setup", "a status, with its colour"),
    "Icon": Stock("setup", "an icon of a status"),
    "Tag": Stock("setup", "a tag"),
    "LocalStorage": Stock("setup", "a storage root and its paths"),
    "EventLogEntry": Stock("activity", "something that happened: who changed what, when"),
}


def stock_of(entity_type: str) -> Stock:
    """The group and the sentence of any entity type."""
    if entity_type in STANDARD_TYPES:
        return STANDARD_TYPES[entity_type]
    if entity_type.startswith("Custom"):
        return Stock("custom", "a row of this studio's own entity type")
    if entity_type.endswith("Connection"):
        return Stock("setup", "a link between two rows, kept by the site itself")
    return Stock("setup", "a row of this entity type")
