"""What an entity type and a field of the sandbox site are, and how they are spelt in paths."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

LINKS = frozenset({"entity", "multi_entity"})
"""Data types whose values stand in `relationships`."""

UNSTORED = frozenset({"pivot_column", "password"})
"""Data types without a column: they read as a constant (null, a mask)."""


@dataclass(frozen=True)
class Field:
    """One field of an entity type, as `/schema/<Type>/fields` describes it."""

    name: str
    display_name: str
    data_type: str
    editable: bool = True
    mandatory: bool = False
    unique: bool = False
    visible: bool = True
    description: str = ""
    custom_metadata: str = ""
    properties: Mapping[str, object] = field(default_factory=dict)
    """`valid_types`, `valid_values`, `display_values`, `hidden_values`, `default_value`, ..."""
    custom: bool = False
    """Made by the studio, not by the vendor: `visible.editable` is true in the schema."""
    inverse_of: str | None = None
    """`"Shot.sg_sequence"`: this multi link is the far side of that single or multi link."""
    through: tuple[str, str, str] | None = None
    """Where the links are kept: (connection type, its link to this row, its link to the other)."""
    only_statuses: tuple[str, ...] = ()
    """Of a far side: only rows in one of these statuses are shown; empty: in any."""
    expression: str | None = None
    """SQL over the row (alias `t`) for a value that is computed on read (summary, calculated)."""
    in_schema: bool = True
    """False: returned on read, but missing from the schema (Note.read_by_current_user)."""
    returned: bool = True
    """False: in the schema, but never returned (EventLogEntry.audit_trail)."""

    @property
    def valid_types(self) -> tuple[str, ...]:
        """The entity types that a link may point to; none: any."""
        # `properties` holds anything; under this key it is a list of names.
        names: Any = self.properties.get("valid_types")
        return tuple(names or ())

    @property
    def is_link(self) -> bool:
        """Whether its values stand in `relationships`."""
        return self.data_type in LINKS

    @property
    def is_stored(self) -> bool:
        """Whether it has a column."""
        return self.data_type not in UNSTORED and self.expression is None and self.returned


@dataclass(frozen=True, eq=False)
class EntityType:
    """One entity type: its schema name, the name people see, and its fields in order."""

    name: str
    display_name: str
    fields: Mapping[str, Field]
    identity: str | None = None
    """The field that names a row (`code`, `content`, `subject`, ...); None: it has none."""
    computed_once: tuple[str, ...] = ()
    """SQL over `t.id` that several fields' expressions share: a page works it out once a row."""

    @property
    def slug(self) -> str:
        """The canonical path segment, which is the table's name too."""
        return slug(self.name)

    @property
    def is_project_scoped(self) -> bool:
        """Whether its rows belong to a project."""
        return "project" in self.fields


@lru_cache(maxsize=1_024)
def slug(entity_type: str) -> str:
    """The canonical path segment: snake_case plural (`PublishedFile` -> `published_files`)."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", entity_type)
    return plural(re.sub(r"_+", "_", words).lower())


def plural(word: str) -> str:
    """What several of a thing are called: `category` -> `categories`."""
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search(r"(s|x|z|ch|sh)$", word) else "s")
