"""What can go wrong with a destination, as sentences that say what to do next."""

from __future__ import annotations

DISK_FULL = ("No space left", "Could not write", "File too large", "disk quota")
"""What the system, Arrow and DuckDB say when a file cannot grow: none has a class of error for it
that reaches us."""


class WarehouseError(Exception):
    """The destination cannot be used; the message says why, and what to do."""


class LoadedElsewhere(WarehouseError):
    """Another load brought the same table further while this one was under way."""
