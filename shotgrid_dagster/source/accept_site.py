"""Accepting a site that has a new address, for a data folder and a dataset that hold it already."""

from __future__ import annotations

from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.source.connect import connected
from shotgrid_dagster.source.loading.site_tables.site_table import dataset_site, write_site
from shotgrid_dagster.source.site_identity import (
    AnotherSite,
    folder_site,
    identity_of,
    note_folder_site,
)


def accept_site(settings: Settings) -> str:
    """Note the site of the settings in the folder and in the dataset; gives what was done.

    Raises:
        AnotherSite: it tells another id of itself than the one that is held.
        SiteError: it cannot be reached.
        WarehouseError: the database cannot be used.
    """
    with connected(settings) as site:
        now = identity_of(site, settings)
    warehouse = Warehouse(settings.data_dir, settings.destination)
    if warehouse.is_duckdb and not warehouse.database_path.exists():
        of_dataset = None
    else:
        with warehouse.loading(), Tables(warehouse) as tables:
            of_dataset = dataset_site(tables)
            for known in filter(None, (folder_site(settings.data_dir), of_dataset)):
                if known.id is not None and now.id is not None and known.id != now.id:
                    raise AnotherSite(
                        f"The site {known} is held, and {now} says that it is another one: "
                        "nothing was changed.",
                        "Give it a data_dir (and a database or dataset) of its own.",
                    )
            if of_dataset is not None and of_dataset != now:
                write_site(tables, now)
    held = folder_site(settings.data_dir) or of_dataset
    if held is None:
        return f"Nothing is held yet: the first load takes {now}."
    note_folder_site(settings.data_dir, now)
    return f"The data folder and the dataset are of {now} from now on (before: {held})."
