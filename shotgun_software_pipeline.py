"""Load a whole ShotGrid site with plain dlt, without Dagster.

    python shotgun_software_pipeline.py
    python shotgun_software_pipeline.py --destination postgres

The settings are in `.dlt/`; with none, it loads the bundled sandbox site into DuckDB.
"""

import argparse
import gc
import sys

from shotgrid_dagster.config.toml_files import read_project_files
from shotgrid_dagster.errors import ShotGridDagsterError

try:
    read_project_files()  # first: of a slip in them, dlt tells with a traceback when it is imported
except ShotGridDagsterError as error:
    sys.exit(f"Error: {error}")

from shotgrid_dagster.source import read_settings, shotgun_software_source
from shotgrid_dagster.source.whole_site import load_site

__all__ = ["main", "shotgun_software_source"]


def main() -> int:
    """Load the site, print dlt's load info and the row counts; 1 when an entity type failed."""
    parser = argparse.ArgumentParser(description="Load a ShotGrid site with dlt.")
    parser.add_argument("--destination", help="a dlt destination: duckdb, postgres, filesystem")
    arguments = parser.parse_args()
    try:
        settings = read_settings(destination=arguments.destination)
        result = load_site(
            settings,
            settings.destination,
            on_progress=lambda _, loaded: print(
                f"{loaded.layout.table}: {loaded.rows_total} rows", flush=True
            ),
        )
    except ShotGridDagsterError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    if result.info is not None:
        print(result.info)
    total = sum(item.rows_total for item in result.loaded.values())
    loaded = sum(item.rows_loaded for item in result.loaded.values())
    print(f"{len(result.loaded)} tables, {total} rows, {loaded} of them loaded now.")
    for warning in result.warnings:
        print(f"Warning: {warning}", file=sys.stderr)
    for silence in result.silent:
        print(f"Warning: {silence}.", file=sys.stderr)
    for entity_type in result.gone:
        print(f"Warning: the site has no {entity_type} now; its table stays.", file=sys.stderr)
    for entity_type, why in result.failed.items():
        print(f"Error: {entity_type} was not loaded. {why}", file=sys.stderr)
    return 1 if result.failed else 0


if __name__ == "__main__":
    # All that was imported is here to stay: to look it through again and again is a tenth of the
    # CPU time of a first load (measured).
    gc.freeze()
    sys.exit(main())
