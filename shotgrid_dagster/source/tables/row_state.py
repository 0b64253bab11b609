"""What became of a row on the site: the values of the column `_sg_state`.

Whoever decides by the state of a row asks here: checks, publication, catalog, reports, views. The
models are SQL, and have the values as texts; a test holds them against these.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class RowState(str, Enum):
    """The state of a row. As a text, and in texts, it is its value."""

    LIVE = "live"
    RETIRED = "retired"
    LEFT_OUT = "left_out"
    LOST = "lost"

    def __str__(self) -> str:
        return self.value

    @property
    def meaning(self) -> str:
        """What it says of the row, as people read it."""
        return _MEANINGS[self]

    @property
    def is_shown(self) -> bool:
        """Whether the site shows such rows to a read: they are counted against the site's own."""
        return self in (RowState.LIVE, RowState.RETIRED)

    @property
    def is_deleted(self) -> bool:
        """Whether the row is gone, as far as anybody can tell; a left out one is just not read."""
        return self in (RowState.RETIRED, RowState.LOST)


_MEANINGS = {
    RowState.LIVE: "on the site",
    RowState.RETIRED: "deleted, revivable",
    RowState.LEFT_OUT: "outside the projects of the settings; as it was when it was last read",
    RowState.LOST: "on the site neither live nor retired: erased, or no longer visible to the key",
}

SHOWN = tuple(state for state in RowState if state.is_shown)
"""The states that a site is read in: a pass each, live rows first."""

ASIDE = tuple(state for state in RowState if not state.is_shown)
"""Rows in these states were not there when their type was last compared."""


def in_words(states: Iterable[RowState] = RowState) -> str:
    """The states as a sentence has them: `live, retired, left_out or lost`."""
    *first, last = (str(state) for state in states)
    return f"{', '.join(first)} or {last}"


def sql_list(states: Iterable[RowState] = RowState) -> str:
    """The states as SQL has them behind `in`: `('live', 'retired')`."""
    return f"({', '.join(repr(str(state)) for state in states)})"
