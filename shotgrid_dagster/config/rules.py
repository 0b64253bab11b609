"""How a load treats rows that vanished."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """How a load treats what vanished."""

    most_lost: float
    """The share of a type's rows that may vanish at once."""
    on_lost: str
    """`mark` them, or `delete` them."""
