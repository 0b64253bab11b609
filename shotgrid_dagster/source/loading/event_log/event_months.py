"""A stretch of the event log by the time of its entries, read again into the same table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.errors import WarehouseError
from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.source.loading.packages.hints import layout_hints
from shotgrid_dagster.source.loading.packages.package import Package, TableRows
from shotgrid_dagster.source.loading.states.load_states import read_states
from shotgrid_dagster.source.reading.event_log import EventLog
from shotgrid_dagster.source.reading.reading import Batch
from shotgrid_dagster.source.reading.scope import EVERYTHING, Scope
from shotgrid_dagster.source.tables.row_state import RowState


@dataclass(frozen=True)
class Months:
    """From the first instant of a month to the first instant of the month after the last (UTC)."""

    start: datetime
    end: datetime

    def __str__(self) -> str:
        last = (self.end - timedelta(days=1)).strftime("%Y-%m")
        first = self.start.strftime("%Y-%m")
        return first if first == last else f"{first} to {last}"


@dataclass(frozen=True)
class MonthsLoaded:
    """Entries of these months on the site, and how many of them the table did not have."""

    read: int
    missing: int


class MonthsOfLog(EventLog):
    """One reading of all entries that were made in some months."""

    channel = "months"

    def __init__(self, site: Site, entity_type: EntityType, months: Months) -> None:
        super().__init__(site, entity_type, str(months))
        self._months = months

    def batches(self) -> Iterator[Batch]:
        """Read the live entries of these months.

        Raises:
            SiteError: the site refused, or failed for good.
        """
        self.prepare()
        where = [
            # Comparisons are strict, and stamps are whole seconds.
            ["created_at", "greater_than", _iso(self._months.start - timedelta(seconds=1))],
            ["created_at", "less_than", _iso(self._months.end)],
        ]
        for batch in self.pages(RowState.LIVE, where=where):
            self.note(batch.table, RowState.LIVE)
            yield batch


def load_months(
    tables: Tables,
    site: Site,
    entity_type: EntityType,
    months: Months,
    scope: Scope = EVERYTHING,
) -> MonthsLoaded:
    """Add the entries of these months that the table does not have.

    The low-water mark of the ordinary load stays where it is.

    Raises:
        SiteError: the site refused, or failed for good; nothing was changed.
        WarehouseError: the event log was never loaded.
        dlt.pipeline.exceptions.PipelineStepFailed: the load failed; nothing was changed.
    """
    table = entity_type.table
    with tables.locked([table]):
        state = read_states(tables, {table: entity_type.name}, site.page_size).get(table)
        if state is None or not state.last_id:
            raise WarehouseError(
                f"The event log was not loaded yet: materialize shotgrid/{table} first."
            )
        reading = MonthsOfLog(site, entity_type, months)
        reading.keep_to(scope, state.fields, takes_nul=tables.dialect.takes_nul)
        held = tables.read_columns(table, ["id"])["id"].combine_chunks()
        read = 0

        def missing() -> Iterator[pa.Table]:
            nonlocal read
            for batch in reading.batches():
                read += batch.table.num_rows
                known = pc.is_in(batch.table["id"], value_set=held)
                yield batch.table.filter(pc.invert(known))

        reading.prepare()
        layout = reading.layout
        hints = layout_hints(layout)
        # Merged on id: an ordinary load may bring one of them at the same time.
        part = TableRows(
            table, layout.arrow_schema, hints, "merge", ("id",), missing(), is_of_site=True
        )
        package = Package(tables, [part])
        package.extract()
        package.load()
    return MonthsLoaded(read, part.loaded)


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
