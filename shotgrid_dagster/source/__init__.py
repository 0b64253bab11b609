"""A ShotGrid site as a dlt source: typed Arrow tables, one resource per entity type."""

from shotgrid_dagster.config.settings import Settings, read_settings
from shotgrid_dagster.source.public_source import shotgun_software_source

__all__ = ["Settings", "read_settings", "shotgun_software_source"]
