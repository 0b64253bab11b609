"""A delete retires a row, and a revive brings it back, each with the rows that go along with it.

Rows that were retired along with another carry the same instant: they come back with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from shotgrid_dagster.sandbox.errors import refused
from shotgrid_dagster.sandbox.writes.edit import Edit, Row
from shotgrid_dagster.sandbox.writes.links.link_texts import places_of
from shotgrid_dagster.sandbox.writes.stored_rows import Columns, no_such_entity

PERMANENT = frozenset({"EventLogEntry", "PageSetting"})
"""Types whose rows nobody can delete."""


@dataclass(frozen=True)
class Cascade:
    """Rows of a type go along with the row that one of their links points to."""

    kind: str
    link: str
    condition: str = "1"
    """SQL that must hold for the row."""


CASCADES: dict[str, tuple[Cascade, ...]] = {
    "Shot": (Cascade("Version", "entity"),),
    "Task": (Cascade("TaskDependency", "task"), Cascade("TaskDependency", "dependent_task")),
    "TaskTemplate": (Cascade("Task", "task_template", "project__id is null"),),
}


def retire(edit: Edit, entity_type: str, row_id: int) -> list[Row]:
    """Take a row out of every listing. Returns what was retired, the row itself first.

    Links to what is retired show null, or drop out of lists, until it is revived. Raises the 404
    of a row that is not live, and the 400 of one that cannot be deleted.
    """
    row = edit.rows.live(entity_type, row_id)
    if entity_type in PERMANENT or (entity_type == "Reply" and row["entity"] is None):
        raise refused(f"Entity of type {entity_type} can not be deleted by this user.")
    retired: list[Row] = []
    _retire(edit, entity_type, row_id, retired)
    edit.finish(*retired)
    if edit.log is not None:
        for retired_row in retired:
            about = edit.rows.ref(*retired_row)
            assert about is not None
            edit.log.retired(about)
    return retired


def revive(edit: Edit, entity_type: str, row_id: int) -> list[Row]:
    """Bring a row back under its id, with what was retired along with it.

    Returns what was revived: nothing if the row is live. Raises the 404 of an unknown one.
    """
    row = edit.rows.find(entity_type, row_id)
    if row is None:
        raise no_such_entity(entity_type, row_id)
    if row["_retired_at"] is None:
        return []
    revived: list[Row] = []
    _revive(edit, entity_type, row, revived)
    edit.finish(*revived)
    if edit.log is not None:
        for revived_row in revived:
            about = edit.rows.ref(*revived_row)
            assert about is not None
            edit.log.revived(about)
    return revived


def _retire(edit: Edit, kind: str, row_id: int, retired: list[Row]) -> None:
    row = edit.rows.live(kind, row_id)
    stamps = edit.policy.stamps
    edit.rows.set(kind, row_id, {"_retired_at": edit.instant})
    if stamps.on_cascade if retired else stamps.on_retire:
        edit.stamp([(kind, row_id)])
    _mark_stale(edit, kind, row)
    retired.append((kind, row_id))
    for cascade in CASCADES.get(kind, ()):
        for id_ in edit.rows.ids(cascade.kind, _along(cascade, "is null"), row_id, kind):
            _retire(edit, cascade.kind, id_, retired)


def _revive(edit: Edit, kind: str, row: Columns, revived: list[Row]) -> None:
    row_id, retired_at = row["id"], row["_retired_at"]
    assert isinstance(row_id, int)
    stamps = edit.policy.stamps
    edit.rows.set(kind, row_id, {"_retired_at": None})
    if stamps.on_cascade if revived else stamps.on_revive:
        edit.stamp([(kind, row_id)])
    _mark_stale(edit, kind, row)
    revived.append((kind, row_id))
    for cascade in CASCADES.get(kind, ()):
        condition = _along(cascade, "= ?")
        for id_ in edit.rows.ids(cascade.kind, condition, row_id, kind, retired_at):
            mate = edit.rows.find(cascade.kind, id_)
            assert mate is not None
            waits_for = _retired_end(edit, cascade.kind, mate)
            if waits_for is None:
                _revive(edit, cascade.kind, mate, revived)
            else:
                edit.rows.set(cascade.kind, id_, {"_retired_at": waits_for})


def _along(cascade: Cascade, retired_at: str) -> str:
    link = cascade.link
    return (
        f'"{link}__id" = ? and "{link}__type" = ? and {cascade.condition}'
        f" and _retired_at {retired_at}"
    )


def _retired_end(edit: Edit, kind: str, row: Columns) -> object:
    """When the other task of a dependency was retired; None: it is live."""
    if kind != "TaskDependency":
        return None
    for end in ("task", "dependent_task"):
        task_id = row[f"{end}__id"]
        task = edit.rows.find("Task", task_id) if isinstance(task_id, int) else None
        if task is not None and task["_retired_at"] is not None:
            return task["_retired_at"]
    return None


def _mark_stale(edit: Edit, kind: str, row: Columns) -> None:
    """Every text that names the row is stale; two-way links count as changed at the far end."""
    places = places_of(edit.rows, edit.neighbours, kind, row)
    edit.stale |= places
    edit.far |= {
        (owner, row_id)
        for owner, link, row_id in places
        if owner != "EventLogEntry" and _is_two_way(edit, owner, link, kind)
    }


def _is_two_way(edit: Edit, owner: str, link: str, kind: str) -> bool:
    field = edit.schema[owner].fields[link]
    is_far = field.inverse_of is not None or field.through is not None
    return is_far or edit.neighbours.is_two_way(owner, link, kind)
