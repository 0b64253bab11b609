"""An update: what is sent is compared with what is there, and only what differs is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shotgrid_dagster.sandbox.store.refs import Ref
from shotgrid_dagster.sandbox.store.schema import Field
from shotgrid_dagster.sandbox.writes.edit import Edit, Row
from shotgrid_dagster.sandbox.writes.links.link_texts import places_of
from shotgrid_dagster.sandbox.writes.relinking import check_pair, relink, set_single
from shotgrid_dagster.sandbox.writes.stored_rows import Columns
from shotgrid_dagster.sandbox.writes.uniqueness import check_unique
from shotgrid_dagster.sandbox.writes.values.link_values import (
    Relinking,
    relinking,
    shown_links,
    single,
)
from shotgrid_dagster.sandbox.writes.values.names import named
from shotgrid_dagster.sandbox.writes.values.sent_values import Sent
from shotgrid_dagster.sandbox.writes.values.values import stored
from shotgrid_dagster.sandbox.writes.web_files import url_value
from shotgrid_dagster.sandbox.writes.write_rules import accepted


@dataclass(frozen=True)
class Change:
    """A field of a row gets another value."""

    field: Field
    old: object
    new: object
    """As stored; of a single link a `Ref`, of a multi link a `Relinking`."""


def update(edit: Edit, entity_type: str, row_id: int, body: Mapping[str, object]) -> bool:
    """Write some fields of a row. Returns False if that changed nothing.

    Nothing is logged and no stamp moves unless a value differs. Raises ApiError.
    """
    definition = edit.schema[entity_type]
    sent = accepted("update", definition, body)
    row = edit.rows.live(entity_type, row_id)
    changes = [change for value in sent if (change := _change(edit, value, row)) is not None]
    if not changes:
        return False
    put(edit, (entity_type, row_id), changes)
    return True


def put(edit: Edit, target: Row, changes: Sequence[Change]) -> None:
    """Make changes of a row, all of which are ones: stamps move, and events are written."""
    write(edit, target, changes)
    edit.stamp([target])
    if "updated_by" in edit.schema[target[0]].fields:
        set_single(edit, target, "updated_by", (edit.writer.type, edit.writer.id))
    edit.finish(target)
    about = edit.rows.ref(*target)
    if about is not None:
        log_changes(edit, about, changes)


def new_value(edit: Edit, sent: Sent, row: Columns) -> object:
    """What a sent value becomes. `row` is the row as it is. Raises the site's 400s."""
    if sent.field.data_type == "entity":
        return single(edit.rows, sent)
    if sent.field.data_type == "multi_entity":
        return relinking(edit.rows, sent, row)
    if sent.field.data_type == "url":
        project = row.get("project__id")
        return url_value(edit, sent, project if isinstance(project, int) else None)
    return stored(sent)


def write(edit: Edit, target: Row, changes: Sequence[Change], *, is_new: bool = False) -> None:
    """Put the new values into a row, and bring the name that it goes by in step with them."""
    kind, row_id = target
    definition = edit.schema[kind]
    plain = {change.field.name: change.new for change in changes if not change.field.is_link}
    if plain.get("image", "") is None and "filmstrip_image" in definition.fields:
        plain["filmstrip_image"] = None
    check_unique(edit, kind, row_id, plain, "Create" if is_new else "Update")
    if plain:
        edit.rows.set(kind, row_id, plain)
    for change in changes:
        if isinstance(change.new, Relinking):
            relink(edit, target, change.field, change.new)
        elif change.field.is_link:
            set_single(edit, target, change.field.name, _end(change.new))
    check_pair(edit, kind, row_id)
    row = edit.rows.find(kind, row_id)
    assert row is not None
    name = named(definition, row)
    is_renamed = "cached_display_name" in row and name != row["cached_display_name"]
    if is_renamed:
        edit.rows.set(kind, row_id, {"cached_display_name": name})
    # the status of a Note decides where it is shown as open
    if not is_new and (is_renamed or kind == "Note" or definition.identity in plain):
        edit.stale |= places_of(edit.rows, edit.neighbours, kind, row)


def log_changes(
    edit: Edit, about: Ref, changes: Sequence[Change], *, in_create: bool = False
) -> None:
    """One event for each change, unless the writer leaves none."""
    if edit.log is not None:
        for change in changes:
            edit.log.changed(about, change.field, change.old, change.new, in_create=in_create)


def _change(edit: Edit, sent: Sent, row: Columns) -> Change | None:
    new = new_value(edit, sent, row)
    old = row[sent.field.name]
    if isinstance(new, Relinking):
        return Change(sent.field, None, new) if new else None
    if sent.field.data_type == "entity":
        old = next(iter(shown_links(old)), None)
        return None if _end(old) == _end(new) else Change(sent.field, old, new)
    return None if new == old else Change(sent.field, old, new)


def _end(ref: object) -> Row | None:
    return (ref.type, ref.id) if isinstance(ref, Ref) else None
