"""Writing what entity types have for a package, and what is done to their tables afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import pyarrow as pa

from shotgrid_dagster.destination.comments import describe_columns
from shotgrid_dagster.destination.errors import LoadedElsewhere
from shotgrid_dagster.destination.link_views import make_link_views
from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.source.loading import quarantine_table
from shotgrid_dagster.source.loading.free_memory import give_back, glibc
from shotgrid_dagster.source.loading.load_result import LoadResult, changes_of_columns
from shotgrid_dagster.source.loading.packages.hints import layout_hints, schema_hints
from shotgrid_dagster.source.loading.packages.package import Package, TableRows
from shotgrid_dagster.source.loading.states import state_table
from shotgrid_dagster.source.loading.states.load_states import delete_old_states, generations
from shotgrid_dagster.source.loading.type_load import TypeLoad, TypePackage
from shotgrid_dagster.source.reading.load_state import LoadState
from shotgrid_dagster.source.tables.column_names import view_name
from shotgrid_dagster.source.tables.columns import STATE
from shotgrid_dagster.source.tables.row_state import RowState


def write(
    tables: Tables,
    pairs: Sequence[tuple[TypeLoad, TypePackage]],
    also: Sequence[TableRows] = (),
    then: Callable[[Mapping[str, int]], None] = lambda _loaded: None,
) -> dict[str, int]:
    """Load one package with the rows of these types, and what goes with them; table -> rows.

    The site is not waited for while the destination is held. `then` is called with the same, once
    the package is loaded and while the destination is still held: it must not raise.

    Raises:
        PipelineStepFailed, WarehouseError: nothing was changed.
    """
    parts = [_part(load, package) for load, package in pairs]
    try:
        package = Package(tables, parts, [_quarantined(pairs), _states(pairs), *also])
        package.extract()
        give_back(glibc())
        with tables.opened():
            _refuse_if_brought_further(tables, pairs)
            package.load()
            for load, _ in pairs:
                load.quarantine.settle()
            delete_old_states(tables, {load.table: load.state for load, _ in pairs})
            loaded = {part.table: part.loaded for part in parts}
            then(loaded)
    except BaseException:
        # A package that is left over would be loaded with the next one.
        tables.renew()
        raise
    return loaded


def finish(tables: Tables, load: TypeLoad, loaded: int) -> LoadResult:
    """Renew what follows from a table's columns, and count its rows, once it is loaded."""
    before, layout, table = load.before, load.reading.layout, load.table
    if load.state is before:
        return load.nothing_new()
    is_described_anew = before.layout != layout.digest
    schema_changes = changes_of_columns(before.columns, layout)
    with tables.opened():
        if schema_changes or load.mode.full_refresh or not before.is_loaded:
            views = {column: view_name(table, column) for column in layout.link_lists}
            make_link_views(tables, table, views)
        if is_described_anew:
            described = (*layout.columns, *layout.kept_columns)
            describe_columns(
                tables, table, {column.name: column.description for column in described}
            )
        if load.rules.on_lost == "delete":
            tables.delete_rows(table, {STATE: RowState.LOST})
        rows = tables.count_by(STATE, [table])[table]
    is_news = bool(loaded) or not before.is_loaded or is_described_anew
    is_other_quarantine = load.state.quarantined != before.quarantined
    return LoadResult(
        layout,
        load.reading.channel,
        load.reading.why,
        loaded,
        rows,
        schema_changes,
        load.state.quarantined,
        before.cursor,
        _cursor_of(load.state) if is_news else before.cursor,
        before.version,
        load.state.version,
        is_described_anew or is_other_quarantine,
        before.rows.get(RowState.LOST, 0) if load.deletes_lost else 0,
    )


def _cursor_of(state: LoadState) -> str | None:
    return state.cursor or (state.resume.started_at if state.resume else None)


def _part(load: TypeLoad, package: TypePackage) -> TableRows:
    layout = load.reading.layout
    return TableRows(
        load.table,
        layout.arrow_schema,
        layout_hints(layout),
        package.disposition,
        ("id",),
        package.rows,
        is_of_site=True,
    )


def _quarantined(pairs: Sequence[tuple[TypeLoad, TypePackage]]) -> TableRows:
    def rows() -> Iterator[pa.Table]:
        for load, _ in pairs:
            yield load.quarantine.new_rows()

    schema = quarantine_table.SCHEMA
    return TableRows(
        quarantine_table.TABLE, schema, schema_hints(schema), "merge", quarantine_table.KEY, rows()
    )


def _states(pairs: Sequence[tuple[TypeLoad, TypePackage]]) -> TableRows:
    def rows() -> Iterator[pa.Table]:
        states = [package.state().to_row(load.table) for load, package in pairs]
        yield pa.Table.from_pylist(states, state_table.SCHEMA)

    schema = state_table.SCHEMA
    return TableRows(state_table.TABLE, schema, schema_hints(schema), "append", (), rows())


def _refuse_if_brought_further(
    tables: Tables, pairs: Sequence[tuple[TypeLoad, TypePackage]]
) -> None:
    """Where no lock holds others off, the state that a load began with must still be the newest."""
    if tables.dialect.lock != "compared":
        return
    now = generations(tables, [load.table for load, _ in pairs])
    for load, _ in pairs:
        if now[load.table] >= load.state.generation:
            raise LoadedElsewhere(
                f"Another run loaded {load.table} meanwhile. Nothing was changed: run again."
            )
