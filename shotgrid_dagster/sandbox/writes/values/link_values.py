"""Links as they are sent: `{"type", "id"}`, a list of them, or a list with a mode."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from shotgrid_dagster.sandbox.store.refs import Ref
from shotgrid_dagster.sandbox.writes.stored_rows import Columns, StoredRows
from shotgrid_dagster.sandbox.writes.values.sent_values import Sent

MODE = "multi_entity_update_mode"


@dataclass(frozen=True)
class Relinking:
    """What becomes of a multi link: which rows it gains and which it loses."""

    added: list[Ref]
    removed: list[Ref]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


def single(rows: StoredRows, sent: Sent) -> Ref | None:
    """The live row of a single link. Raises the 400 of another class, type or id."""
    return None if sent.value is None else _ref(rows, sent, sent.value)


def relinking(rows: StoredRows, sent: Sent, row: Columns) -> Relinking:
    """How a multi link of `row` changes. A bare list replaces what is shown.

    Rows that are retired are not shown, and so they are left alone.
    """
    mode: object = "set"
    members = sent.value
    if isinstance(sent.value, dict):
        mode, members = sent.value.get(MODE), sent.value.get("value")
        if mode not in ("add", "remove", "set"):
            raise sent.wrong_mode()
    if not isinstance(members, list):
        raise sent.wrong_class("Array", "Hash")
    named = _by_key(_ref(rows, sent, member) for member in members)
    shown = _by_key(shown_links(row[sent.field.name]))
    added = [ref for key, ref in named.items() if key not in shown]
    if mode == "add":
        return Relinking(added, [])
    if mode == "remove":
        return Relinking([], [ref for key, ref in shown.items() if key in named])
    return Relinking(added, [ref for key, ref in shown.items() if key not in named])


def shown_links(text: object) -> list[Ref]:
    """The rows that the text of a link names."""
    value = json.loads(str(text)) if text else []
    each = value if isinstance(value, list) else [value]
    return [Ref(link["type"], link["id"], link["name"]) for link in each]


def _ref(rows: StoredRows, sent: Sent, value: object) -> Ref:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise sent.wrong_link(value, rows.schema)
    kind, row_id = value["type"], value.get("id")
    if not isinstance(row_id, int) or isinstance(row_id, bool):
        raise sent.wrong_value("expected a Hash with 'type' and 'id'")
    found = rows.ref(kind, row_id) if kind in (sent.field.valid_types or rows.schema) else None
    if found is None or not found.is_live:
        raise sent.not_legal()
    return found


def _by_key(refs: Iterable[Ref]) -> dict[tuple[str, int], Ref]:
    return {(ref.type, ref.id): ref for ref in refs}
