"""Which entity type a path segment means: `shots`, `Shot`, `replys`, `Published_File`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from shotgrid_dagster.sandbox import errors
from shotgrid_dagster.sandbox.store.schema import EntityType


class EntitySegments:
    """Finds entity types by any case, singular or plural, as long as the words stand apart."""

    def __init__(self, schema: Mapping[str, EntityType]) -> None:
        self.learn(schema)

    def learn(self, schema: Mapping[str, EntityType]) -> None:
        """Find these entity types from now on, and no others."""
        self._types: dict[str, EntityType] = {}
        for entity_type in schema.values():
            word = words(entity_type.name)
            for spelling in (entity_type.slug, word, word + "s"):
                self._types.setdefault(spelling, entity_type)

    def find(self, segment: str) -> EntityType:
        """Raises the 404 of an unknown type."""
        found = self._types.get(words(segment)) or self._types.get(segment.lower())
        if found is None:
            raise errors.no_such_entity_type(segment)
        return found


def words(name: str) -> str:
    """`PublishedFile` -> `published_file`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"_+", "_", apart).lower()
