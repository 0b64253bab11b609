"""A ShotGrid site over HTTP: tokens, schema, rows and counts. Knows requests, not dlt."""

from shotgrid_dagster.site.client import Site
from shotgrid_dagster.site.errors import SiteError
from shotgrid_dagster.site.schema import EntityType, Field, SiteSchema

__all__ = ["EntityType", "Field", "Site", "SiteError", "SiteSchema"]
