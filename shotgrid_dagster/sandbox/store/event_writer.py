"""What the event log says of a change: an entry's type, its `meta` and its text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from shotgrid_dagster.sandbox.store.instants import event_instant
from shotgrid_dagster.sandbox.store.links import encode, quoted
from shotgrid_dagster.sandbox.store.refs import Ref, unique_id


class EventWriter(ABC):
    """Says what happened to a row as entries of the event log.

    Of every event: `at` is when (seconds since 1970), `by` the writer, `row` what it is about.
    """

    @abstractmethod
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
        """Write one entry."""

    def created(self, at: int, row: Ref, project: Ref | None, by: Ref) -> None:
        """A row was made."""
        meta = {"type": "new_entity", "entity_type": row.type, "entity_id": row.id}
        self.happened(
            at,
            f"Shotgun_{row.type}_New",
            meta,
            by,
            row,
            project,
            description=f"{by.name} created new {row.type} {row.name}",
        )

    def changed(
        self,
        at: int,
        row: Ref,
        project: Ref | None,
        by: Ref,
        attribute: tuple[str, str],
        old: object,
        new: object,
        *,
        in_create: bool = False,
    ) -> None:
        """`attribute` is a field's name and data type."""
        name, data_type = attribute
        meta: dict[str, object] = {
            "type": "attribute_change",
            "attribute_name": name,
            "entity_type": row.type,
            "entity_id": row.id,
            "field_data_type": data_type,
            "old_value": old,
            "new_value": new,
            "platform_id": None,
        }
        if in_create:
            meta["in_create"] = True
        before, after = _said(old), _said(new)
        self.happened(
            at,
            f"Shotgun_{row.type}_Change",
            meta,
            by,
            row,
            project,
            attribute=name,
            description=f'{by.name} changed "{name}" from {before} to {after} on {row.type}'
            f" {row.name}",
        )

    def retired(self, at: int, row: Ref, project: Ref | None, by: Ref) -> None:
        """A row was deleted: an event of its retirement, and one of its retirement date."""
        meta = {
            "type": "entity_retirement",
            "class_name": row.type,
            "display_name": row.name,
            "entity_type": row.type,
            "entity_id": row.id,
            "id": row.id,
            "retirement_date": event_instant(at),
        }
        self.happened(
            at,
            f"Shotgun_{row.type}_Retirement",
            meta,
            by,
            row,
            project,
            description=f"{by.name} deleted {row.type} {row.name}",
        )
        self.changed(
            at, row, project, by, ("retirement_date", "date_time"), None, event_instant(at)
        )

    def revived(self, at: int, row: Ref, project: Ref | None, by: Ref) -> None:
        """A retired row was brought back."""
        self.happened(
            at,
            f"Shotgun_{row.type}_Revival",
            {"type": "entity_revival", "entity_type": row.type, "entity_id": row.id},
            by,
            row,
            project,
            description=f"{by.name} revived {row.type} {row.name}",
        )


def linked(ref: Ref) -> dict[str, object]:
    """A link as the value of an attribute change."""
    return {
        "name": ref.name,
        "type": ref.type,
        "id": ref.id,
        "valid": "valid",
        "status": None,
        "uuid": unique_id(f"{ref.type} {ref.id}"),
    }


def _said(value: object) -> str:
    """A value as descriptions quote it: of a link, its name."""
    shown = value.get("name") if isinstance(value, dict) else value
    return quoted(shown) if shown is None or isinstance(shown, str) else encode(shown)
