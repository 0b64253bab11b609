"""What the tables must hold, said without the extractor: a naive dump of the site's database."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import duckdb

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.site.naming import table_name

NOT_COMPARED = frozenset({"image", "url", "calculated", "summary", "float", "currency"})
"""Data types that are pinned by tests of their own: media lose their signature, the rest is
recomputed by the site on each read, or changes its text."""


def states(editor: Editor, entity_type: str) -> dict[int, str]:
    """id -> state of every row that the site has."""
    live = dict.fromkeys(editor.dump(entity_type), "live")
    retired = dict.fromkeys(editor.dump(entity_type, retired=True), "retired")
    return live | retired


def values(editor: Editor, entity_type: str) -> dict[int, dict[str, object]]:
    """id -> column -> value of every row that the site has, as the tables should hold them."""
    fields = SCHEMA[entity_type].fields
    rows = {}
    for id_, row in editor.dump(entity_type, retired=None).items():
        flat: dict[str, object] = {}
        for name, value in row.items():
            kind = fields[name].data_type
            if name == "id" or kind in NOT_COMPARED or not fields[name].in_schema:
                continue
            if kind == "entity":
                link = value if isinstance(value, dict) else {}
                for part in ("id", "type", "name"):
                    flat[f"{name}__{part}"] = link.get(part)
            else:
                flat[name] = value
        rows[id_] = flat
    return rows


class Doubled(Exception):
    """A row is in its table twice."""


class Warehouse:
    """The loaded tables, read with plain DuckDB."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "shotgun_software.duckdb"

    def columns(self, entity_type: str) -> set[str]:
        """The columns of a table, of one without rows too."""
        with duckdb.connect(str(self._path), read_only=True) as connection:
            cursor = connection.execute(
                f"select * from shotgun_software_data.{table_name(entity_type)} limit 0"
            )
            return {str(item[0]) for item in cursor.description or ()}

    def rows(self, entity_type: str) -> dict[int, dict[str, object]]:
        """id -> column -> value; JSON decoded, times as the site writes them."""
        with duckdb.connect(str(self._path), read_only=True) as connection:
            cursor = connection.execute(
                f"select * from shotgun_software_data.{table_name(entity_type)}"
            )
            columns = [item[0] for item in cursor.description or ()]
            kinds = [str(item[1]) for item in cursor.description or ()]
            found = cursor.fetchall()
        rows: dict[int, dict[str, object]] = {}
        for row in found:
            plain = {
                name: _plain(value, kind)
                for name, kind, value in zip(columns, kinds, row, strict=True)
            }
            id_ = plain["id"]
            assert isinstance(id_, int)
            if id_ in rows:
                raise Doubled(f"{entity_type} {id_} is in its table twice")
            rows[id_] = plain
        return rows


def _plain(value: object, kind: str) -> object:
    if isinstance(value, str) and kind == "JSON":
        return json.loads(value)
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value
