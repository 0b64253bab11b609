"""The table that says which site a dataset is of: one row, in the destination itself.

Whatever folder or machine loads into it: one query tells whether it may.
"""

from __future__ import annotations

import pyarrow as pa

from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.source.loading.packages.hints import schema_hints
from shotgrid_dagster.source.loading.packages.package import Package, TableRows
from shotgrid_dagster.source.site_identity import SiteIdentity

TABLE = "_sg_site"

SCHEMA = pa.schema([pa.field("address", pa.string(), nullable=False), ("site_id", pa.string())])


def dataset_site(tables: Tables) -> SiteIdentity | None:
    """The site that was loaded into the dataset; None: none yet, or by an older version."""
    with tables.opened():
        if TABLE not in tables.names():
            return None
        rows = tables.read_columns(TABLE, SCHEMA.names).to_pylist()
    if not rows:
        return None
    return SiteIdentity(str(rows[0]["address"]), rows[0]["site_id"])


def first_site_rows(tables: Tables, site: SiteIdentity) -> TableRows:
    """The part of a package that says whose the dataset is, where it does not say it yet."""
    # Whoever dropped the table did not tell dlt.
    tables.forget_missing({TABLE})
    return site_rows(site)


def site_rows(site: SiteIdentity) -> TableRows:
    """The part of a package that says whose the dataset is."""
    rows = pa.Table.from_pylist([{"address": site.address, "site_id": site.id}], SCHEMA)
    return TableRows(TABLE, SCHEMA, schema_hints(SCHEMA), "replace", (), [rows])


def write_site(tables: Tables, site: SiteIdentity) -> None:
    """Say whose the dataset is, in a package of its own.

    Raises:
        dlt.pipeline.exceptions.PipelineStepFailed: the load failed.
    """
    package = Package(tables, [site_rows(site)])
    package.extract()
    package.load()
