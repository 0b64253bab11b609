"""Editing a sandbox site from Python, without its HTTP API: what a studio does while it is read.

    editor = Editor(database)
    shot = editor.create("Shot", project=("Project", 70), code="sh010")
    editor.update("Shot", shot, sg_status_list="ip", sg_sequence=("Sequence", 3))
    editor.retire("Shot", shot)

A link is `(type, id)`, a multi link a list of them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.query.values import DECODED_TEXT, ENCODED, column
from shotgrid_dagster.sandbox.store import database as store
from shotgrid_dagster.sandbox.store.schema import Field
from shotgrid_dagster.sandbox.store.site_clock import SiteClock
from shotgrid_dagster.sandbox.store.site_fields import site_schema
from shotgrid_dagster.sandbox.writes import changes, creation, relinking, retirement
from shotgrid_dagster.sandbox.writes.edit import Edit, Row, Transactions
from shotgrid_dagster.sandbox.writes.policy import WritePolicy
from shotgrid_dagster.sandbox.writes.values.link_values import MODE

DECODED = ENCODED | {"multi_entity", "url"}


class Editor:
    """Edits the site in `database`, each call in one transaction of its own.

    `as_script`: False, a person, whose edits are always logged; True, the script that reads the
    site; or the id of an ApiUser. `now`: another clock than the site's own, which is called once
    per edit. Refusals are ApiErrors.
    """

    def __init__(
        self,
        database: Path,
        as_script: bool | int = False,
        now: Callable[[], datetime] | None = None,
        policy: WritePolicy | None = None,
    ) -> None:
        self.database = database
        self.clock = SiteClock(now)
        self.transactions = Transactions(SCHEMA, policy or WritePolicy())
        self.writer = self._who(as_script)

    def create(self, entity_type: str, **values: object) -> int:
        """Make a row. Returns its id. `created_at` and `updated_at` may be given, also as None."""
        with self._edit() as edit:
            return creation.create(edit, entity_type, _sent(values))

    def update(self, entity_type: str, row_id: int, **values: object) -> bool:
        """Write fields of a row. Returns False if nothing changed, and so no stamp moved."""
        with self._edit() as edit:
            return changes.update(edit, entity_type, row_id, _sent(values))

    def retire(self, entity_type: str, row_id: int) -> list[Row]:
        """Delete a row. Returns what was retired: the row, and then what went along with it."""
        with self._edit() as edit:
            return retirement.retire(edit, entity_type, row_id)

    def revive(self, entity_type: str, row_id: int) -> list[Row]:
        """Bring a row back. Returns what was revived; nothing if it was live."""
        with self._edit() as edit:
            return retirement.revive(edit, entity_type, row_id)

    def erase(self, entity_type: str, row_id: int) -> None:
        """Remove a row for good: no listing shows it, live or retired, and nothing is logged."""
        with self._edit() as edit:
            relinking.erase(edit, (entity_type, row_id))
            edit.finish()

    def link(self, entity_type: str, row_id: int, field: str, *targets: Row) -> bool:
        """Add rows to a multi link, from whichever end. Returns False if they were there."""
        return self._relink("add", entity_type, row_id, field, targets)

    def unlink(self, entity_type: str, row_id: int, field: str, *targets: Row) -> bool:
        """Take rows from a multi link; what connected them, or a Reply, is erased."""
        return self._relink("remove", entity_type, row_id, field, targets)

    def backdate(self, entity_type: str, row_id: int, **stamps: str | None) -> None:
        """Set `created_at` or `updated_at` of a row that is there, which no client can do."""
        with self._edit() as edit:
            edit.rows.set(entity_type, row_id, stamps)

    def hide_project(self, project_id: int, script: int | None = None) -> None:
        """Take a project out of what a script sees (by default the one that reads the site)."""
        self._show_projects(script, lambda seen: seen - {project_id})

    def show_project(self, project_id: int, script: int | None = None) -> None:
        """Give it back. A script that sees every project is restricted to none."""
        self._show_projects(script, lambda seen: seen | {project_id})

    def log_writes(self, script: int | None = None, is_on: bool = True) -> None:
        """Whether the writes of a script leave events; off unless it was switched on."""
        with self._edit() as edit:
            script_id = script or self._script(edit.rows.connection)
            edit.rows.set("ApiUser", script_id, {"generate_event_log_entries": int(is_on)})

    def dump(self, entity_type: str, retired: bool | None = False) -> dict[int, dict[str, Any]]:
        """Every row by its id, straight from the tables; `retired` None: live and retired ones.

        Links are `{"id", "name", "type"}` or None, multi links lists of them; JSON is decoded,
        checkboxes are booleans, media are unsigned. Of events, those that can be seen.
        """
        condition = "1" if retired is None else f"(t._retired_at is not null) = {int(retired)}"
        with closing(store.connect(self.database)) as connection:
            definition = site_schema(connection, SCHEMA)[entity_type]
            fields = [
                field for field in definition.fields.values() if field.is_stored or field.expression
            ]
            chosen = ", ".join(
                "t.id" if field.name == "id" else column(field, "t") for field in fields
            )
            if entity_type == "EventLogEntry":
                now = self.clock.look(connection).timestamp()
                condition += f" and coalesce(t._visible_at, 0) <= {now}"
            found = connection.execute(
                f'select {chosen} from "{definition.slug}" t where {condition} order by t.id'
            )
            rows = [
                {field.name: _plain(field, value) for field, value in zip(fields, row, strict=True)}
                for row in found
            ]
        return {_id(row): row for row in rows}

    @contextmanager
    def _edit(self) -> Iterator[Edit]:
        with closing(store.connect(self.database)) as connection:
            schema = site_schema(connection, SCHEMA)
            if schema is not self.transactions.schema:
                self.transactions.learn(schema)
            with self.transactions.editing(connection, self.clock, self.writer) as edit:
                yield edit

    def _relink(
        self, mode: str, entity_type: str, row_id: int, field: str, targets: tuple[Row, ...]
    ) -> bool:
        value = {MODE: mode, "value": [_link(target) for target in targets]}
        with self._edit() as edit:
            return changes.update(edit, entity_type, row_id, {field: value})

    def _who(self, as_script: bool | int) -> Row:
        with closing(store.connect(self.database)) as connection:
            if as_script is True:
                return "ApiUser", self._script(connection)
            if as_script is not False:
                return "ApiUser", as_script
            (person,) = connection.execute(
                "select min(id) from human_users"
                " where _retired_at is null and sg_status_list = 'act'"
            ).fetchone()
            return "HumanUser", int(person)

    def _script(self, connection: sqlite3.Connection) -> int:
        name = store.site_value(connection, "script_name")
        (found,) = connection.execute(
            "select id from api_users where firstname = ? and _retired_at is null", (name,)
        ).fetchone()
        return int(found)

    def _show_projects(self, script: int | None, choose: Callable[[set[int]], set[int]]) -> None:
        with self._edit() as edit:
            script_id = script or self._script(edit.rows.connection)
            row = edit.rows.live("ApiUser", script_id)
            every = set(edit.rows.ids("Project", "_retired_at is null"))
            chosen = {link["id"] for link in json.loads(str(row["projects"]))} or every
            seen = choose(chosen)
            if not seen:
                raise ValueError("a script without projects would see all of them")
            links = (
                [] if seen >= every else [_link(("Project", project)) for project in sorted(seen)]
            )
            changes.update(edit, "ApiUser", script_id, {"projects": links})


def _sent(values: dict[str, object]) -> dict[str, object]:
    """Values as they stand in the body of a request."""
    return {name: _as_sent(value) for name, value in values.items()}


def _as_sent(value: object) -> object:
    if isinstance(value, list):
        return [_as_sent(member) for member in value]
    return _link(value) if isinstance(value, tuple) else value


def _link(target: tuple[object, ...]) -> dict[str, object]:
    kind, row_id = target
    return {"type": kind, "id": row_id}


def _plain(field: Field, value: object) -> object:
    if field.data_type in DECODED or field.name in DECODED_TEXT:
        return None if value is None else json.loads(str(value))
    return bool(value) if field.data_type == "checkbox" else value


def _id(row: dict[str, object]) -> int:
    assert isinstance(row["id"], int)
    return row["id"]
