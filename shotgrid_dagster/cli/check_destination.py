"""Whether the destination can be written, as `shotgrid-dagster check` finds it out."""

from __future__ import annotations

from shotgrid_dagster.cli.findings import Finding, Level, Section
from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.destination.trial import try_out
from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.errors import WarehouseError

PATIENCE = 5.0
"""Seconds that another program, which has the DuckDB file open, is waited for."""


def destination_section(settings: Settings) -> Section:
    """Open the destination, write a table there, and drop it."""
    warehouse = Warehouse(
        settings.data_dir, settings.destination, "check", reader_patience=PATIENCE
    )
    return Section("Destination", (_finding(warehouse),))


def _finding(warehouse: Warehouse) -> Finding:
    if warehouse.is_duckdb:
        holder = warehouse.busy_with()
        if holder is not None:
            said = f"duckdb: {holder} is at work there now, so it was not tried."
            return Finding(Level.NOTE, said)
    try:
        return Finding(Level.OK, f"{warehouse.destination}: {try_out(warehouse)}.")
    except WarehouseError as error:
        return Finding(Level.FAILS, str(error))
