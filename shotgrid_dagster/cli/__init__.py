"""`shotgrid-dagster`: what is done beside Dagster."""

from shotgrid_dagster.cli.commands import main

__all__ = ["main"]
