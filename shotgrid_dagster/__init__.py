"""A typed, complete and fresh copy of a whole ShotGrid site, as a Dagster project."""
