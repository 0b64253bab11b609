"""What a site promises: every link shows what is true, every status came about by events."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import defaultdict
from pathlib import Path

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.store.links import STAMPS

Row = tuple[str, int]


def rows_of(site: sqlite3.Connection, entity_type: str) -> list[sqlite3.Row]:
    return site.execute(f'select * from "{SCHEMA[entity_type].slug}" order by id').fetchall()


def dump(path: Path) -> dict[str, str]:
    """A digest of every table."""
    connection = sqlite3.connect(path)
    names = [
        row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")
    ]
    return {
        name: hashlib.sha256(
            "\n".join(
                map(repr, connection.execute(f'select * from "{name}" order by 1, 2'))
            ).encode()
        ).hexdigest()
        for name in names
    }


class Links:
    """What every link should show, worked out row by row from what is true."""

    def __init__(self, site: sqlite3.Connection) -> None:
        self.site = site
        self.rows = {name: rows_of(site, name) for name in SCHEMA}
        self.names: dict[Row, str | None] = {}
        self.live: set[Row] = set()
        for entity_type in SCHEMA.values():
            for row in self.rows[entity_type.name]:
                key = (entity_type.name, row["id"])
                display = dict(row).get("cached_display_name")
                self.names[key] = display or (
                    row[entity_type.identity] if entity_type.identity else None
                )
                if row["_retired_at"] is None:
                    self.live.add(key)
        self.near: defaultdict[tuple[str, str, int], list[Row]] = defaultdict(list)
        self.far: defaultdict[tuple[str, str, int, str], list[Row]] = defaultdict(list)
        for owner, field, owner_id, _, target, target_id in site.execute("select * from _links"):
            self.near[owner, field, owner_id].append((target, target_id))
            self.far[owner, field, target_id, target].append((owner, owner_id))
        for entity_type in SCHEMA.values():
            singles = [f.name for f in entity_type.fields.values() if f.data_type == "entity"]
            for row in self.rows[entity_type.name]:
                for name in singles:
                    end = (entity_type.name, name, row[f"{name}__id"], row[f"{name}__type"])
                    self.far[end].append((entity_type.name, row["id"]))

    def single(self, target: Row, field: str) -> str | None:
        if target[1] is None or (target not in self.live and field not in STAMPS):
            return None
        return self._text(target)

    def multi(self, entity_type: str, field: str, row_id: int) -> str:
        definition = SCHEMA[entity_type].fields[field]
        if definition.through:
            connection, here, there = definition.through
            joins = self.far[connection, here, row_id, entity_type]
            kind = SCHEMA[connection].fields[there].valid_types[0]
            by_id = self._by_id(connection)
            targets = [
                (kind, by_id[join[1]][f"{there}__id"]) for join in joins if join in self.live
            ]
        elif definition.inverse_of:
            owner, near = definition.inverse_of.split(".")
            targets = self.far[owner, near, row_id, entity_type]
        else:
            targets = self.near[entity_type, field, row_id]
        if field == "open_notes":
            notes = self._by_id("Note")
            targets = [t for t in targets if notes[t[1]]["sg_status_list"] in ("opn", "ip")]
        shown = sorted(
            (target for target in targets if target in self.live),
            key=lambda target: (self.names[target] or "", target[1]),
        )
        return f"[{','.join(self._text(target) for target in shown)}]"

    def _by_id(self, entity_type: str) -> dict[int, sqlite3.Row]:
        if not hasattr(self, f"_{entity_type}"):
            rows = {row["id"]: row for row in self.rows[entity_type]}
            setattr(self, f"_{entity_type}", rows)
        found: dict[int, sqlite3.Row] = getattr(self, f"_{entity_type}")
        return found

    def _text(self, target: Row) -> str:
        shown = {"id": target[1], "name": self.names[target], "type": target[0]}
        return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))

    def check(self) -> None:
        """Every link of every row shows what is true."""
        for entity_type in SCHEMA.values():
            for field in entity_type.fields.values():
                where = f"{entity_type.name}.{field.name}"
                if field.data_type == "entity":
                    for row in self.rows[entity_type.name]:
                        target = (row[f"{field.name}__type"], row[f"{field.name}__id"])
                        assert target[1] is None or target in self.names, where
                        assert row[field.name] == self.single(target, field.name), where
                elif field.data_type == "multi_entity":
                    for row in self.rows[entity_type.name]:
                        expected = self.multi(entity_type.name, field.name, row["id"])
                        assert row[field.name] == expected, where


def check_statuses(site: sqlite3.Connection) -> None:
    """The log tells how every row came to its status, without a hole."""
    said: dict[Row, object] = {}
    for event in rows_of(site, "EventLogEntry"):
        if event["attribute_name"] == "sg_status_list":
            meta = json.loads(event["meta"])
            key = (meta["entity_type"], meta["entity_id"])
            assert meta["old_value"] == said.get(key)
            assert meta.get("in_create", False) == (key not in said)
            said[key] = meta["new_value"]
    for entity_type in SCHEMA.values():
        if "sg_status_list" in entity_type.fields:
            for row in rows_of(site, entity_type.name):
                assert said.get((entity_type.name, row["id"])) == row["sg_status_list"]
