"""The event log of a site that is running: what is written leaves its events at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shotgrid_dagster.sandbox.store.event_writer import EventWriter, linked
from shotgrid_dagster.sandbox.store.instants import DAY, instant
from shotgrid_dagster.sandbox.store.links import encode
from shotgrid_dagster.sandbox.store.refs import Ref, unique_id
from shotgrid_dagster.sandbox.store.schema import Field
from shotgrid_dagster.sandbox.writes.events.event_ids import EventIds
from shotgrid_dagster.sandbox.writes.policy import EventPolicy
from shotgrid_dagster.sandbox.writes.stored_rows import StoredRows
from shotgrid_dagster.sandbox.writes.values.link_values import Relinking


class EventLog:
    """The events of one writer at one instant."""

    def __init__(
        self,
        rows: StoredRows,
        policy: EventPolicy,
        at: int,
        writer: Ref,
        session_uuid: str | None,
    ) -> None:
        self._rows = rows
        self._at = at
        self._writer = writer
        self._events = _LoggedEvents(rows, policy, session_uuid)

    def created(self, row: Ref) -> None:
        """A row was made."""
        self._events.created(self._at, row, self._project(row), self._writer)

    def changed(
        self, row: Ref, field: Field, old: object, new: object, *, in_create: bool = False
    ) -> None:
        """A field changed. Links come as `Ref`; of a multi link, `new` is a `Relinking`."""
        project = self._project(row)
        if isinstance(new, Relinking):
            self._relinked(row, project, field.name, new.added, new.removed, in_create)
            return
        attribute = (field.name, field.data_type)
        before, after = (linked(value) if isinstance(value, Ref) else value for value in (old, new))
        self._events.changed(
            self._at, row, project, self._writer, attribute, before, after, in_create=in_create
        )

    def retired(self, row: Ref) -> None:
        """A row was deleted."""
        self._events.retired(self._at, row, self._project(row), self._writer)

    def revived(self, row: Ref) -> None:
        """A row was brought back."""
        self._events.revived(self._at, row, self._project(row), self._writer)

    def _relinked(
        self,
        row: Ref,
        project: Ref | None,
        attribute: str,
        added: Sequence[Ref],
        removed: Sequence[Ref],
        in_create: bool,
    ) -> None:
        meta: dict[str, object] = {
            "type": "attribute_change",
            "attribute_name": attribute,
            "entity_type": row.type,
            "entity_id": row.id,
            "field_data_type": "multi_entity",
            "added": [_member(ref) for ref in added],
            "removed": [_member(ref) for ref in removed],
            "platform_id": None,
        }
        if in_create:
            meta["in_create"] = True
        what = [f'added "{ref.name}"' for ref in added]
        what += [f'removed "{ref.name}"' for ref in removed]
        self._events.happened(
            self._at,
            f"Shotgun_{row.type}_Change",
            meta,
            self._writer,
            row,
            project,
            attribute=attribute,
            description=f'{self._writer.name} {", ".join(what)} on "{attribute}" of {row.type}'
            f" {row.name}",
        )

    def _project(self, row: Ref) -> Ref | None:
        if row.type == "Project":
            return row
        columns = self._rows.find(row.type, row.id) or {}
        project = columns.get("project__id")
        return self._rows.ref("Project", project) if isinstance(project, int) else None


class _LoggedEvents(EventWriter):
    """Events that are rows of the log as soon as they happen."""

    def __init__(self, rows: StoredRows, policy: EventPolicy, session_uuid: str | None) -> None:
        self._rows = rows
        self._ids = EventIds(rows.connection, policy)
        self._session_uuid = session_uuid
        self._linkable = rows.schema["EventLogEntry"].fields["entity"].valid_types

    def happened(
        self,
        at: int,
        event_type: str,
        meta: Mapping[str, object],
        by: Ref,
        row: Ref | None,
        project: Ref | None,
        *,
        attribute: str | None = None,
        description: str,
    ) -> None:
        row_id = self._ids.take()
        about = row if row is not None and row.type in self._linkable else None
        self._rows.insert(
            "EventLogEntry",
            {
                "id": row_id,
                "event_type": event_type,
                "attribute_name": attribute,
                "description": description,
                "meta": encode(meta),
                **_link("entity", about),
                **_link("project", project),
                # who retires the own account is not shown any more
                **_link("user", self._rows.ref(by.type, by.id)),
                "session_uuid": self._session(by, at),
                "created_at": instant(at),
                "_visible_at": self._ids.visible_at(row_id, at),
            },
        )

    def _session(self, by: Ref, at: int) -> str | None:
        if by.type == "ApiUser":
            return None
        return self._session_uuid or unique_id(f"{by.type} {by.id} {at // DAY}")


def _link(field: str, ref: Ref | None) -> dict[str, object]:
    if ref is None:
        return {field: None, f"{field}__type": None, f"{field}__id": None}
    text = ref.text if ref.is_live else None
    return {field: text, f"{field}__type": ref.type, f"{field}__id": ref.id}


def _member(ref: Ref) -> dict[str, object]:
    value = linked(ref)
    del value["valid"]
    return value
