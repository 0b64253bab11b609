"""The site's settings in the destination: what is there, and what takes its place.

What was read last is kept in `_sg_load_state`, in a row of its own: the digest of the tables,
when the projects were asked (`cursor`), and what the site itself said then (`scope`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.source.loading.packages.hints import schema_hints
from shotgrid_dagster.source.loading.packages.package import Package, TableRows
from shotgrid_dagster.source.loading.site_tables.site_settings import (
    SCHEMAS,
    TABLES,
    ProjectsRead,
    SiteSettings,
)
from shotgrid_dagster.source.loading.states import state_table
from shotgrid_dagster.source.loading.states.load_states import delete_old_states, stored_states
from shotgrid_dagster.source.reading.load_state import LoadState

KEPT_AS = "_sg_site_settings"
"""What the three tables are called together in `_sg_load_state`."""


@dataclass(frozen=True)
class HeldSettings:
    """What the destination has."""

    digest: str
    """Of the tables, see `SiteSettings.digest`."""
    rows: Mapping[str, int]
    """Table -> rows."""
    projects_read: ProjectsRead
    generation: int

    def holds(self, settings: SiteSettings) -> bool:
        """Whether these settings are what is there, and need not be loaded anew."""
        rows = {name: len(table_rows) for name, table_rows in settings.tables.items()}
        is_same = self.digest == settings.digest and dict(self.rows) == rows
        return is_same and self.projects_read.holds(settings.projects_read)


def held_settings(tables: Tables) -> HeldSettings | None:
    """What was loaded last; None when a table is not there, or has no load state."""
    with tables.opened():
        there = tables.names()
        if not there.issuperset(TABLES):
            return None
        state = stored_states(tables, [KEPT_AS], there).get(KEPT_AS)
        if state is None or state.cursor is None or state.digest is None:
            return None
        # By a column of each that there has always been.
        counted = {name: tables.count_by(SCHEMAS[name].names[0], [name])[name] for name in TABLES}
    counts = {name: sum(counted[name].values()) for name in TABLES}
    read = ProjectsRead(state.scope, datetime.fromisoformat(state.cursor))
    return HeldSettings(state.digest, counts, read, state.generation)


def load_site_settings(tables: Tables, settings: SiteSettings) -> dict[str, int]:
    """Replace the tables, if anything changed; gives table -> rows.

    Raises:
        dlt.pipeline.exceptions.PipelineStepFailed: the load failed.
    """
    rows = {name: len(table_rows) for name, table_rows in settings.tables.items()}
    with tables.locked([KEPT_AS]), tables.opened():
        held = held_settings(tables)
        if held and held.holds(settings):
            return rows
        if held is None:
            tables.forget_missing(set(TABLES) - tables.names())
        read = settings.projects_read
        state = LoadState(
            cursor=read.at.isoformat(),
            digest=settings.digest,
            scope=read.of_site,
            generation=held.generation + 1 if held else 1,
        )
        package = Package(tables, _parts(settings), [_state(state)])
        package.extract()
        package.load()
        delete_old_states(tables, {KEPT_AS: state})
    return rows


def _parts(settings: SiteSettings) -> list[TableRows]:
    return [
        TableRows(
            name,
            SCHEMAS[name],
            schema_hints(SCHEMAS[name]),
            "replace",
            (),
            [pa.Table.from_pylist(rows, SCHEMAS[name])],
        )
        for name, rows in settings.tables.items()
    ]


def _state(state: LoadState) -> TableRows:
    def rows() -> Iterator[pa.Table]:
        yield pa.Table.from_pylist([state.to_row(KEPT_AS)], state_table.SCHEMA)

    schema = state_table.SCHEMA
    return TableRows(state_table.TABLE, schema, schema_hints(schema), "append", (), rows())
