"""What the column of a field is called, in every destination. Pure.

A field keeps its ShotGrid name where that is a plain one (`sg_cut_in`): lower-case words between
single underscores. Any other name (`Sg_X`, `f__id`, `sg_`, 名前, one that is too long) is made
plain and gets eight digits of its own hash. So a name depends on nothing but the field's: two
fields that differ in case or signs only, a field that is called like the part of a link, or a name
that a destination would cut or change, have the same columns on every site and in every run.
"""

from __future__ import annotations

import hashlib
import re

LONGEST = 63
"""Bytes: what Postgres takes; other destinations take more."""
LINK_PARTS = ("id", "type", "name")

_PLAIN = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_ROOM_FOR_PARTS = len("__type")


def column_name(field: str, *, is_link: bool = False) -> str:
    """The column of a field; of a link, what its parts begin with."""
    room = LONGEST - (_ROOM_FOR_PARTS if is_link else 0)
    if _PLAIN.fullmatch(field) and len(field) <= room and field != "id":
        return field
    return _with_digest(field, room)


def link_part(column: str, part: str) -> str:
    """`sg_sequence__id`; no field's own column has two underscores in a row."""
    return f"{column}__{part}"


def view_name(table: str, column: str) -> str:
    """The view of a column of links: `shots__assets`."""
    wanted = f"{table}__{column}"
    return wanted if len(wanted) <= LONGEST else _with_digest(wanted, LONGEST)


def _with_digest(name: str, room: int) -> str:
    digest = hashlib.blake2b(name.encode(errors="replace"), digest_size=4).hexdigest()
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if not plain or plain[0].isdigit():
        plain = f"f_{plain}".strip("_")
    return f"{plain[: room - len(digest) - 1].rstrip('_')}_{digest}"
