"""How an entity type is spelt in paths and tables."""

from __future__ import annotations

import hashlib
import re

LONGEST = 63
"""Bytes of a table name that Postgres takes."""

_WORD_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def table_name(entity_type: str) -> str:
    """The snake_case plural that ShotGrid's own paths use.

    `PublishedFile` -> `published_files`, `Asset_linked_projects_Connection` ->
    `asset_linked_projects_connections`, `CustomEntity01` -> `custom_entity01s`.
    """
    word = re.sub(r"_+", "_", _WORD_BREAK.sub("_", entity_type)).lower()
    if re.search(r"[^aeiou]y$", word):
        plural = word[:-1] + "ies"
    else:
        plural = word + ("es" if re.search(r"(s|x|z|ch|sh)$", word) else "s")
    return plural if len(plural) <= LONGEST else with_digest(plural, entity_type)


def with_digest(table: str, entity_type: str) -> str:
    """A table name that no other entity type has."""
    digest = hashlib.blake2b(entity_type.encode(errors="replace"), digest_size=4).hexdigest()
    return f"{table[: LONGEST - len(digest) - 1].rstrip('_')}_{digest}"
