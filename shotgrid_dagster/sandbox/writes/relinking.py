"""Links are written: both ends of a two-way link change, wherever the truth of it is kept."""

from __future__ import annotations

from shotgrid_dagster.sandbox.errors import refused
from shotgrid_dagster.sandbox.store.schema import Field
from shotgrid_dagster.sandbox.writes.edit import Edit, Row
from shotgrid_dagster.sandbox.writes.links.link_texts import places_of, targets
from shotgrid_dagster.sandbox.writes.values.link_values import Relinking
from shotgrid_dagster.sandbox.writes.values.names import named

ENDED_WITH_ITS_LINK = frozenset({"Reply"})
"""Types whose rows are erased when the row that they belong to lets go of them."""

PAIRS = {
    "TaskDependency": ("task", "dependent_task"),
    "PlaylistVersionConnection": ("playlist", "version"),
}
"""Connection types of which two live rows cannot connect the same rows."""


def set_single(edit: Edit, row: Row, link: str, target: Row | None) -> None:
    """Point a single link elsewhere."""
    kind, row_id = row
    was = edit.rows.find(kind, row_id)
    assert was is not None
    _far_ends(edit, kind, link, targets(edit.rows, kind, link, was))
    _joined_ends(edit, kind, link, was)
    new_type, new_id = target or (None, None)
    edit.rows.set(kind, row_id, {f"{link}__type": new_type, f"{link}__id": new_id})
    edit.stale.add((kind, link, row_id))
    _far_ends(edit, kind, link, [target] if target else [])
    _joined_ends(edit, kind, link, {**was, f"{link}__id": new_id})


def relink(edit: Edit, row: Row, field: Field, change: Relinking) -> None:
    """Add rows to a multi link and take rows from it."""
    added = [(ref.type, ref.id) for ref in change.added]
    removed = [(ref.type, ref.id) for ref in change.removed]
    if field.through is not None:
        _rejoin(edit, row, field.through, added, removed)
    elif field.inverse_of is not None:
        owner, near = field.inverse_of.split(".")
        _relink_from_afar(edit, row, (owner, near), added, removed)
    else:
        _relink_near(edit, row, field.name, added, removed)


def check_pair(edit: Edit, kind: str, row_id: int) -> None:
    """Raises the 400 of a second live row that connects the same rows."""
    if kind not in PAIRS:
        return
    columns = [f"{end}__id" for end in PAIRS[kind]]
    row = edit.rows.find(kind, row_id)
    assert row is not None
    same = " and ".join(f'"{column}" = ?' for column in columns)
    condition = f"{same} and id <> ? and _retired_at is null"
    if edit.rows.ids(kind, condition, *(row[column] for column in columns), row_id):
        raise refused(f"Create failed for [{kind}]: these rows are connected already.")
    if kind == "TaskDependency":
        _check_cycle(edit, row["task__id"], row["dependent_task__id"])


def erase(edit: Edit, row: Row) -> None:
    """Remove a row for good."""
    kind, row_id = row
    was = edit.rows.find(kind, row_id)
    assert was is not None
    edit.stale |= places_of(edit.rows, edit.neighbours, kind, was)
    for field in edit.schema[kind].fields.values():
        if field.data_type == "entity":
            _far_ends(edit, kind, field.name, targets(edit.rows, kind, field.name, was))
            _joined_ends(edit, kind, field.name, was)
    edit.rows.erase(kind, row_id)


def _relink_near(edit: Edit, row: Row, link: str, added: list[Row], removed: list[Row]) -> None:
    kind, row_id = row
    was = edit.rows.find(kind, row_id)
    assert was is not None
    kept = [target for target in targets(edit.rows, kind, link, was) if target not in removed]
    now = list(dict.fromkeys(kept + added))
    edit.rows.connection.execute(
        "delete from _links where owner_type = ? and field = ? and owner_id = ?",
        (kind, link, row_id),
    )
    edit.rows.connection.executemany(
        "insert into _links values (?, ?, ?, ?, ?, ?)",
        [(kind, link, row_id, position, *target) for position, target in enumerate(now)],
    )
    edit.stale.add((kind, link, row_id))
    _far_ends(edit, kind, link, [*added, *removed])


def _relink_from_afar(
    edit: Edit, row: Row, near: tuple[str, str], added: list[Row], removed: list[Row]
) -> None:
    owner, link = near
    edit.far |= {*added, *removed}
    if edit.schema[owner].fields[link].data_type == "multi_entity":
        for target in added:
            _relink_near(edit, target, link, [row], [])
        for target in removed:
            _relink_near(edit, target, link, [], [row])
        return
    for target in added:
        set_single(edit, target, link, row)
    for target in removed:
        if owner in ENDED_WITH_ITS_LINK:
            erase(edit, target)
        else:
            set_single(edit, target, link, None)


def _rejoin(
    edit: Edit, row: Row, through: tuple[str, str, str], added: list[Row], removed: list[Row]
) -> None:
    kind, here, there = through
    me = edit.rows.ref(*row)
    assert me is not None
    for target in removed:
        condition = f'"{here}__id" = ? and "{there}__id" = ? and _retired_at is null'
        for row_id in edit.rows.ids(kind, condition, row[1], target[1]):
            erase(edit, (kind, row_id))
        _log_other_end(edit, kind, there, target, Relinking([], [me]))
    for target in added:
        _connect(edit, kind, {here: row, there: target})
        _log_other_end(edit, kind, there, target, Relinking([me], []))


def _connect(edit: Edit, kind: str, ends: dict[str, Row]) -> None:
    """Make the row of a connection type."""
    definition = edit.schema[kind]
    row_id = edit.rows.next_id(kind)
    defaults = {
        field.name: field.properties["default_value"]
        for field in definition.fields.values()
        if field.properties.get("default_value") is not None
    }
    links = {
        f"{end}__{part}": ends[end][number]
        for end in ends
        for number, part in enumerate(("type", "id"))
    }
    row = {"id": row_id, **defaults, **links}
    row["cached_display_name"] = named(definition, row)
    edit.rows.insert(kind, row)
    for end in ends:
        edit.stale.add((kind, end, row_id))
        _joined_ends(edit, kind, end, row)
    check_pair(edit, kind, row_id)
    if kind == "TaskDependency" and edit.log is not None:
        _log_dependency(edit, row_id, ends)


def _log_dependency(edit: Edit, row_id: int, ends: dict[str, Row]) -> None:
    about = edit.rows.ref("TaskDependency", row_id)
    assert edit.log is not None
    assert about is not None
    fields = edit.schema["TaskDependency"].fields
    edit.log.created(about)
    for end, task in ends.items():
        edit.log.changed(about, fields[end], None, edit.rows.ref(*task), in_create=True)


def _log_other_end(edit: Edit, kind: str, there: str, other: Row, change: Relinking) -> None:
    """The tasks at the other end of a dependency tell of it, too."""
    about = edit.rows.ref(*other)
    assert about is not None
    for join in edit.neighbours.joins[kind]:
        if kind == "TaskDependency" and join.here == there and edit.log is not None:
            edit.log.changed(about, edit.schema[join.owner].fields[join.field], None, change)


def _check_cycle(edit: Edit, task: object, upstream: object) -> None:
    seen, ahead = set(), [upstream]
    while ahead:
        waits_for = ahead.pop()
        if waits_for == task:
            raise refused("Update failed for [Task.upstream_tasks]: a task cannot wait for itself.")
        if waits_for not in seen:
            seen.add(waits_for)
            found = edit.rows.connection.execute(
                "select dependent_task__id from task_dependencies"
                " where task__id = ? and _retired_at is null",
                (waits_for,),
            )
            ahead += [row[0] for row in found]


def _far_ends(edit: Edit, kind: str, link: str, ends: list[Row]) -> None:
    """The rows at these ends show the link `kind.link` too."""
    for target, target_id in ends:
        for at, shown in edit.neighbours.far_sides[kind, link]:
            if at == target:
                edit.stale.add((target, shown, target_id))
                edit.far.add((target, target_id))


def _joined_ends(edit: Edit, kind: str, link: str, row: dict[str, object]) -> None:
    """The rows that a connection connects show each other."""
    for join in edit.neighbours.joins[kind]:
        end = row.get(f"{join.here}__id")
        if link in (join.here, join.there) and isinstance(end, int):
            edit.stale.add((join.owner, join.field, end))
            edit.far.add((join.owner, end))
