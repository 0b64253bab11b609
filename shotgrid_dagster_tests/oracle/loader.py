"""One load, in a process of its own."""

from __future__ import annotations

import logging
import os
import sys

from shotgrid_dagster.site import Site
from shotgrid_dagster.site.transport import Patience
from shotgrid_dagster.source.channel import Wish
from shotgrid_dagster.source.settings import Settings
from shotgrid_dagster.source.warehouse import Warehouse
from shotgrid_dagster.source.whole_site import load_entity_types
from shotgrid_dagster_tests.oracle.sabotage import SABOTAGES

PATIENCE = Patience(tries=5, first_tries=5, first_wait=0.01, longest_wait=0.1)


def load(settings: Settings, wish: Wish, sabotage: str) -> None:
    """Load the chosen entity types; exits with 1 when one of them failed."""
    logging.disable(logging.CRITICAL)
    if sabotage:
        SABOTAGES[sabotage]()
    site = Site(
        settings.site_url,
        settings.client_id or "",
        settings.client_secret or "",
        page_size=settings.page_size,
        patience=PATIENCE,
    )
    result = load_entity_types(site, settings, Warehouse(settings.data_dir), wish)
    if result.failed:
        print(result.failed, file=sys.stderr, flush=True)
        os._exit(1)
