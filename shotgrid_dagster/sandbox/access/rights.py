"""What a caller may do, by its permission group: that of its own row, or of whom it speaks for.

Rows that a caller may not see are silently missing; fields never are. Measured for an Artist, and
for administrators; a vendor is taken for an artist here, and everybody else for an administrator.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Level:
    """What one permission group lets its members do."""

    name: str
    """As refusals spell it."""
    sees_every_project: bool = True
    """False: only those that the caller belongs to, which may be none."""
    unseen: frozenset[str] = frozenset()
    """Entity types that read as if they had no rows."""
    refused: frozenset[str] = frozenset()
    """Entity types that cannot be read at all."""
    sees_licences: bool = True
    editable: Mapping[str, frozenset[str]] | None = None
    """Entity type -> its fields that may be edited, of other types none; None: all that can be."""

    def edits(self, entity_type: str, field_name: str) -> bool:
        """Whether this level may edit a field, if it can be edited at all."""
        return self.editable is None or field_name in self.editable.get(entity_type, ())


ADMIN = Level("Admin")
ARTIST = Level(
    "Artist",
    sees_every_project=False,
    unseen=frozenset({"Shot", "Version", "Note", "PublishedFile"}),
    refused=frozenset({"ApiUser"}),
    sees_licences=False,
    # Of Shot there are two and of Asset there is one, too; which is not known.
    editable={"Task": frozenset({"sg_status_list", "task_reviewers"})},
)
LEVELS = {"artist": ARTIST, "vendor": ARTIST}
"""`PermissionRuleSet.code` -> level; those that are not here are administrators."""


@dataclass(frozen=True)
class Rights:
    """What one caller may do now."""

    level: Level = ADMIN
    projects: frozenset[int] | None = None
    """Whose rows are seen, besides rows of no project; None: those of all projects."""


EVERYTHING = Rights()


def rights_of(
    entity_type: str, row_id: int, sudo_as_login: str | None, connection: sqlite3.Connection
) -> Rights | None:
    """The rights of an ApiUser or HumanUser, or of the person in whose name it asks.

    An administrator sees the whole site; an administrator's script that names projects, only those.
    None: there is nobody like that any more.
    """
    by_login = sudo_as_login is not None
    is_script = entity_type == "ApiUser" and not by_login
    row = connection.execute(
        "select (select code from permission_rule_sets r where r.id = t.permission_rule_set__id),"
        f" t.projects from {'api_users' if is_script else 'human_users'} t"
        f" where t._retired_at is null and {'t.login' if by_login else 't.id'} = ?",
        (sudo_as_login if by_login else row_id,),
    ).fetchone()
    if row is None:
        return None
    level = LEVELS.get(row[0], ADMIN)
    projects = frozenset(int(link["id"]) for link in json.loads(row[1]))
    is_cut_down = not level.sees_every_project or (is_script and bool(projects))
    return Rights(level, projects if is_cut_down else None)
