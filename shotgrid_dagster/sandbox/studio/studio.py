"""A studio at work: whoever makes a row says when, by whom and what became of it."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from collections.abc import Mapping, Sequence

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.store.event_writer import linked
from shotgrid_dagster.sandbox.store.instants import instant
from shotgrid_dagster.sandbox.store.refs import Ref, display_name
from shotgrid_dagster.sandbox.studio.event_history import EventHistory
from shotgrid_dagster.sandbox.studio.row_writer import RowWriter
from shotgrid_dagster.sandbox.studio.size import Size

LOGGED_ON_CREATE = {
    "Project": ("name",),
    "Sequence": ("code",),
    "Shot": ("sg_sequence",),
    "Asset": ("code", "sg_asset_type"),
    "Playlist": ("code",),
    "Delivery": ("title",),
    "Ticket": ("title",),
    "CustomEntity01": ("code",),
}
"""Fields whose first value is in the log, beside the status of every row that has one."""

Change = tuple[int, str, Ref]
"""A later status: when, which, set by whom."""


class Studio:
    """Everything the makers of rows share."""

    def __init__(self, connection: sqlite3.Connection, size: Size, seed: int) -> None:
        self.size = size
        self.seed = seed
        self.rows = RowWriter(connection, SCHEMA)
        self.events = EventHistory(connection)

    def stream(self, part: str) -> random.Random:
        """The randomness of one part: what one part draws does not shift another."""
        return random.Random(f"{self.seed}:{part}")

    def media(self, name: str) -> str:
        """The path of a stored file below the media address: `/<a hash of its contents>/<name>`."""
        digest = hashlib.sha1(f"{self.seed}:{name}".encode(), usedforsecurity=False).hexdigest()
        return f"/{digest}/{name}"

    def make(
        self,
        entity_type: str,
        at: int,
        by: Ref,
        values: Mapping[str, object],
        *,
        row_id: int | None = None,
        history: Sequence[Change] = (),
        updated_by: Ref | None = None,
        retired_at: int | None = None,
        is_logged: bool = True,
    ) -> Ref:
        """Make a row at an instant, and let its status change as `history` says.

        `values` holds the first status. Stamps follow from `at` and `history` unless they are in
        `values`. Without `is_logged` the row leaves no events, like those of a script that does
        not generate any.
        """
        definition = SCHEMA[entity_type]
        row_id = row_id or self.rows.next_id(entity_type)
        name = display_name(definition, row_id, values)
        shown = name if definition.identity is None or name else values.get(definition.identity)
        ref = Ref(entity_type, row_id, None if shown is None else str(shown), retired_at is None)
        row: dict[str, object] = {"cached_display_name": name}
        if "created_at" in definition.fields:
            row["created_at"] = instant(at)
        if "created_by" in definition.fields:
            row["created_by"] = by
        if "updated_at" in definition.fields:
            row["updated_at"] = instant(history[-1][0] if history else at)
            row["updated_by"] = updated_by
        row |= values
        if history:
            row["sg_status_list"] = history[-1][1]
        retirement = None if retired_at is None else instant(retired_at)
        self.rows.enter(entity_type, row_id, row, retirement)
        if is_logged:
            self._log(ref, at, by, values, history, retired_at)
        return ref

    def connect(self, connection_type: str, **values: object) -> None:
        """Make a row of a connection type, which has no stamps and leaves no events."""
        row_id = self.rows.next_id(connection_type)
        name = display_name(SCHEMA[connection_type], row_id, values)
        self.rows.enter(connection_type, row_id, {"cached_display_name": name, **values})

    def _log(
        self,
        ref: Ref,
        at: int,
        by: Ref,
        values: Mapping[str, object],
        history: Sequence[Change],
        retired_at: int | None,
    ) -> None:
        project = ref if ref.type == "Project" else values.get("project")
        assert project is None or isinstance(project, Ref)
        fields = SCHEMA[ref.type].fields
        self.events.created(at, ref, project, by)
        for name in (*LOGGED_ON_CREATE.get(ref.type, ()), "sg_status_list"):
            value = values.get(name)
            if value is not None:
                new = linked(value) if isinstance(value, Ref) else value
                attribute = (name, fields[name].data_type)
                self.events.changed(at, ref, project, by, attribute, None, new, in_create=True)
        status = values.get("sg_status_list")
        for changed_at, new_status, who in history:
            attribute = ("sg_status_list", "status_list")
            self.events.changed(changed_at, ref, project, who, attribute, status, new_status)
            status = new_status
        if retired_at is not None:
            self.events.retired(retired_at, ref, project, by)
