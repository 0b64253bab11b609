"""The event log: notes taken while the rows are made, written out in the order of time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import md5
from uuid import UUID

from shotgrid_dagster.sandbox.links import encode
from shotgrid_dagster.sandbox.studio.clock import DAY, event_instant, instant
from shotgrid_dagster.sandbox.studio.refs import Ref
from shotgrid_dagster.sandbox.studio.register import Encoded, Register

COLUMNS = (
    "at", "event_type", "attribute", "description", "meta", "entity_type", "entity_id",
    "entity_name", "is_live", "project", "user",
)  # fmt: skip


class Diary:
    """Takes events in any order; `write` sorts them, so that ids and instants rise together.

    What was noted waits in a temporary table: a big log does not have to fit in memory.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._noted: list[tuple[object, ...]] = []
        self._refs: dict[tuple[str, int], Ref] = {}
        connection.execute(f"create temp table diary ({', '.join(COLUMNS)})")

    def created(self, at: int, row: Ref, project: Ref | None, by: Ref) -> None:
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
        before, after = (json.dumps(_said(value), ensure_ascii=False) for value in (old, new))
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
        """Any event. `by` is the writer, `row` what it is about."""
        for ref in (by, project):
            if ref is not None:
                self._refs[ref.type, ref.id] = ref
        entity = (row.type, row.id, row.name, row.is_live) if row else (None, None, None, None)
        shown = (project.id if project else None, f"{by.type} {by.id}")
        self._noted.append((at, event_type, attribute, description, encode(meta), *entity, *shown))
        if len(self._noted) == 5_000:
            self._put_down()

    def write(self, register: Register) -> None:
        """Enter every event into the log."""
        self._put_down()
        for event in self._in_order():
            register.enter("EventLogEntry", register.next_id("EventLogEntry"), event)

    def _put_down(self) -> None:
        holes = ", ".join("?" * len(COLUMNS))
        self._connection.executemany(f"insert into diary values ({holes})", self._noted)
        self._noted.clear()

    def _in_order(self) -> Iterator[dict[str, object]]:
        rows = self._connection.execute("select * from diary order by at, rowid")
        for (
            at,
            event_type,
            attribute,
            description,
            meta,
            type_,
            id_,
            name,
            live,
            show,
            user,
        ) in rows:
            user_type, user_id = user.split()
            yield {
                "event_type": event_type,
                "attribute_name": attribute,
                "description": description,
                "meta": Encoded(meta),
                "entity": None if type_ is None else Ref(type_, id_, name, bool(live)),
                "project": None if show is None else self._refs["Project", show],
                "user": self._refs[user_type, int(user_id)],
                "session_uuid": None if user_type == "ApiUser" else _session(user, at // DAY),
                "created_at": instant(at),
            }


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


def unique_id(of: str) -> str:
    """A UUID that is the same for the same text."""
    return str(UUID(bytes=md5(of.encode(), usedforsecurity=False).digest(), version=4))


@lru_cache(maxsize=4_096)
def _session(user: str, day: int) -> str:
    """One session per person and day."""
    return unique_id(f"{user} {day}")


def _said(value: object) -> object:
    return value.get("name") if isinstance(value, dict) else value
