"""How an entity type is spelt in paths and tables."""

from __future__ import annotations

import re

_WORD_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def table_name(entity_type: str) -> str:
    """The snake_case plural that ShotGrid's own paths use.

    `PublishedFile` -> `published_files`, `Asset_linked_projects_Connection` ->
    `asset_linked_projects_connections`, `CustomEntity01` -> `custom_entity01s`.
    """
    word = re.sub(r"_+", "_", _WORD_BREAK.sub("_", entity_type)).lower()
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search(r"(s|x|z|ch|sh)$", word) else "s")
