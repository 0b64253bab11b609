"""How an entity type is spelt in paths and tables, and what people call things."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

LONGEST = 63
"""Bytes of a table name that Postgres takes."""

LONGEST_LABEL = 250
"""Characters of a display name; what is longer is no name that people read."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_WORD_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def table_name(entity_type: str) -> str:
    """The snake_case plural that ShotGrid's own paths use.

    `PublishedFile` -> `published_files`, `Asset_linked_projects_Connection` ->
    `asset_linked_projects_connections`, `CustomEntity01` -> `custom_entity01s`. A name that is no
    plain word is made one, and gets eight digits of its own hash.
    """
    if not _PLAIN.fullmatch(entity_type):
        return with_digest(_made_plain(entity_type), entity_type)
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


def _made_plain(entity_type: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", entity_type.lower()).strip("_")
    return plain if plain and plain[0].isalpha() else f"t_{plain}".strip("_")


def segment(name: str) -> str:
    """A name as one segment of a path, whatever is in it."""
    return quote(name, safe="")


def label(name: object, otherwise: str) -> str:
    """What people call a thing, on one line and without control characters.

    `otherwise` where the site gives it no name that can be seen.
    """
    shown = _on_one_line(name) if isinstance(name, str) else ""
    if len(shown) > LONGEST_LABEL:
        shown = shown[: LONGEST_LABEL - 3].rstrip() + "..."
    return shown or _on_one_line(otherwise) or "?"


def _on_one_line(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()
