"""What can go wrong with a destination."""

from __future__ import annotations

from shotgrid_dagster.errors import WarehouseError

DISK_FULL = ("No space left", "Could not write", "File too large", "disk quota")
"""What the system, Arrow and DuckDB say when a file cannot grow: none has a class of error for it
that reaches us."""


class LoadedElsewhere(WarehouseError):
    """Another load brought the same table further while this one was under way."""
