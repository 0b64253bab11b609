"""What a table must hold after each load, worked out from a naive dump and the settings alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster_tests.changed_settings.drawing import Drawn
from shotgrid_dagster_tests.oracle.witness import states, values

EVENT_LOG = "EventLogEntry"
NO_COLUMN = re.compile(r".*_by_current_user|.*_current_user_can_see|reply_content|audit_trail")
"""Fields whose values depend on who reads, or that say nothing."""

Row = dict[str, Any]


def is_excluded(entity_type: str, field_name: str, patterns: tuple[str, ...]) -> bool:
    """Whether one of the patterns names the field."""
    for pattern in patterns:
        of, _, name = pattern.rpartition(".")
        if fnmatchcase(entity_type, of or "*") and fnmatchcase(field_name, name):
            return True
    return False


def chosen_projects(editor: Editor, drawn: Drawn) -> set[int] | None:
    """The ids of the projects whose rows are read; None: of all."""
    there = editor.dump("Project", retired=None)
    switches = {
        "archived": drawn.archived_projects,
        "is_template": drawn.template_projects,
        "is_demo": drawn.demo_projects,
    }
    if not drawn.projects and all(switches.values()):
        return None
    ids = sorted(there)
    named = {ids[at % len(ids)] for at, _ in drawn.projects} or set(ids)
    # Two projects may have one name: then both are meant.
    names = {there[ids[at % len(ids)]]["name"] for at, by_name in drawn.projects if by_name}
    named |= {id_ for id_ in ids if there[id_]["name"] in names}
    return {
        id_
        for id_ in named
        if all(is_read or not there[id_].get(flag) for flag, is_read in switches.items())
    }


def in_scope(editor: Editor, entity_type: str, projects: set[int] | None) -> set[int]:
    """The ids of the rows that are read."""
    rows = editor.dump(entity_type, retired=None)
    if projects is None:
        return set(rows)
    if entity_type == "Project":
        return set(rows) & projects
    if "project" not in SCHEMA[entity_type].fields:
        return set(rows)
    return {
        id_ for id_, row in rows.items() if not row["project"] or row["project"]["id"] in projects
    }


@dataclass
class Table:
    """What is known of one table."""

    columns: set[str] = field(default_factory=set)
    rows: dict[int, Row] = field(default_factory=dict)
    """Id -> `_sg_state` and values, as they were found after the last load."""
    projects: set[int] | None = None
    is_loaded: bool = False


@dataclass
class Seen:
    """The site, as one load must have seen it of one type."""

    states: dict[int, str]
    values: dict[int, dict[str, object]]
    within: set[int]
    projects: set[int] | None

    @classmethod
    def of(cls, editor: Editor, entity_type: str, drawn: Drawn) -> Seen:
        """A naive dump."""
        projects = chosen_projects(editor, drawn)
        return cls(
            states(editor, entity_type),
            values(editor, entity_type),
            in_scope(editor, entity_type, projects),
            projects,
        )


def field_of(entity_type: str, column: str) -> str:
    """The field that a column is of."""
    fields = SCHEMA[entity_type].fields
    return column if column in fields else column.rpartition("__")[0]


def wrong_after(
    entity_type: str,
    before: Table,
    seen: Seen,
    drawn: Drawn,
    channel: str,
    after: Table,
) -> list[str]:
    """What is wrong in a table after a load that ended well."""
    is_read_whole = drawn.mode.full_refresh or channel == "whole"
    check = _Comparison(entity_type, before, seen, drawn, after, is_read_whole=is_read_whole)
    return check.columns() + check.states() + check.values()


class _Comparison:
    def __init__(
        self,
        entity_type: str,
        before: Table,
        seen: Seen,
        drawn: Drawn,
        after: Table,
        *,
        is_read_whole: bool,
    ) -> None:
        self._type = entity_type
        self._before = before
        self._seen = seen
        self._drawn = drawn
        self._after = after.rows
        self._columns = after.columns
        self._is_other_scope = before.is_loaded and before.projects != seen.projects
        self._is_log = entity_type == EVENT_LOG
        # A window without a census is not told of what vanished.
        self._is_compared = drawn.mode.census or is_read_whole
        self._may_be_old = not is_read_whole

    def _excluded(self, column: str) -> bool:
        name = field_of(self._type, column)
        return is_excluded(self._type, name, self._drawn.exclude_fields)

    def columns(self) -> list[str]:
        """Fields that are read have columns; those that never were have none."""
        there = self._columns
        wanted = {
            column
            for row in self._seen.values.values()
            for column in row
            if not NO_COLUMN.fullmatch(column)
        }
        known = self._before.columns
        return [
            f"{self._type} has {'a' if column in there else 'no'} column {column}"
            for column in sorted(wanted)
            if (column in there) != (column in known or not self._excluded(column))
        ]

    def states(self) -> list[str]:
        """The state of each row that there ever was."""
        allowed = {
            id_: self._states_of(id_) for id_ in self._before.rows.keys() | self._seen.within
        }
        return [
            f"{self._type} {id_}: {' or '.join(map(str, states))} was expected, "
            f"the table says {self._state_in(self._after, id_)}"
            for id_, states in sorted(allowed.items())
            if self._state_in(self._after, id_) not in states
        ] + [f"{self._type} {id_} is in the table" for id_ in sorted(self._after.keys() - allowed)]

    def _state_in(self, rows: Mapping[int, Row], id_: int) -> str | None:
        return rows[id_]["_sg_state"] if id_ in rows else None

    def _states_of(self, id_: int) -> set[str | None]:
        seen, old = self._seen, self._state_in(self._before.rows, id_)
        if id_ in seen.within:
            return {seen.states[id_]}
        if self._is_log:
            return {old}  # it is history
        gone: str | None = "lost" if self._drawn.on_lost == "mark" else None
        if old == "lost":
            # It was on the site again, outside of the projects, or it was not.
            return {gone} if id_ not in seen.states else {gone, "left_out"}
        now = "left_out" if id_ in seen.states else gone
        if old == "left_out" and now != "left_out":
            # It is looked for when the projects are others, or all rows.
            return {now} if self._is_other_scope else {old, now}
        if not self._is_compared and not self._is_other_scope:
            return {now, old}
        return {now}

    def values(self) -> list[str]:
        """The values of each row: the site's, or those that it was left with."""
        wrong: list[str] = []
        for id_, row in self._after.items():
            old = self._before.rows.get(id_, {})
            is_read = row["_sg_state"] in ("live", "retired") and id_ in self._seen.within
            if not is_read:
                wrong += self._differences(id_, row, {name: old.get(name) for name in row})
            elif not (self._is_log and old):
                wrong += self._differences(id_, row, self._expected(id_, old))
        return wrong

    def _expected(self, id_: int, old: Row) -> Row:
        expected: Row = {}
        for column, value in self._seen.values[id_].items():
            if not self._excluded(column):
                expected[column] = value
            else:
                expected[column] = None if self._drawn.mode.full_refresh else old.get(column)
        return expected

    def _differences(self, id_: int, row: Row, expected: Row) -> list[str]:
        old = self._before.rows.get(id_, {})
        return [
            f"{self._type} {id_}.{name} ({row['_sg_state']}): {value!r} was expected, "
            f"the table says {row[name]!r}"
            for name, value in expected.items()
            if name in row
            and not name.startswith(("_sg_", "_dlt_"))
            and row[name] != value
            and not self._is_link_of_old(name, value, row, old)
        ]

    def _is_link_of_old(self, name: str, value: object, row: Row, old: Row) -> bool:
        """Whether nothing that was asked for could tell: a link that changed from its other end.
        Events keep the link that they had."""
        is_link = isinstance(value, list) or name.endswith(("__id", "__type", "__name"))
        if not is_link:
            return False
        return self._is_log or (self._may_be_old and row[name] == old.get(name))
