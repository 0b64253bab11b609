"""Which links show a row, or change along with another link. Worked out once per schema."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from shotgrid_dagster.sandbox.store.schema import EntityType


@dataclass(frozen=True)
class Join:
    """A multi link that is kept in the rows of a connection type."""

    owner: str
    field: str
    here: str
    """The connection's link to the owner of the field."""
    there: str


class Neighbours:
    """The links of a schema by the rows that they are shown on."""

    def __init__(self, schema: Mapping[str, EntityType]) -> None:
        self.far_sides: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        """(type, near link) -> (type, multi link) that shows it from the other end."""
        self.joins: defaultdict[str, list[Join]] = defaultdict(list)
        """Connection type -> the multi links that are kept in it."""
        self.singles: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        """Type -> (type, single link) that may point to it."""
        for entity_type in schema.values():
            for field in entity_type.fields.values():
                if field.inverse_of is not None:
                    owner, near = field.inverse_of.split(".")
                    self.far_sides[owner, near].append((entity_type.name, field.name))
                elif field.through is not None:
                    kind, here, there = field.through
                    self.joins[kind].append(Join(entity_type.name, field.name, here, there))
                elif field.data_type == "entity":
                    for target in field.valid_types or schema:
                        self.singles[target].append((entity_type.name, field.name))

    def is_two_way(self, owner: str, near: str, target: str) -> bool:
        """Whether a link of `owner` also shows on rows of the type `target`."""
        return any(kind == target for kind, _ in self.far_sides[owner, near])
