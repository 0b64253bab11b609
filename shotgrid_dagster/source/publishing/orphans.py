"""Links whose target is in no table, found in a DuckDB that nobody writes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from shotgrid_dagster.destination.warehouse import DATASET
from shotgrid_dagster.source.tables.column_names import view_name
from shotgrid_dagster.source.tables.columns import STATE, Kind, Layout
from shotgrid_dagster.source.tables.row_state import RowState


@dataclass(frozen=True)
class Orphans:
    """Links of live rows whose target is in no table."""

    links: int
    """Links to loaded entity types."""
    by_column: Sequence[tuple[str, str, int]]
    """Column of links, entity type of the targets, links without one; most first."""

    @property
    def count(self) -> int:
        """Links without a target, of all columns together."""
        return sum(orphans for _, _, orphans in self.by_column)


def find_orphans(
    connection: duckdb.DuckDBPyConnection,
    layouts: Mapping[str, Layout],
    tables: Mapping[str, Sequence[str]],
) -> Orphans:
    """Links of live rows to loaded types, against the ids in their tables."""
    if not layouts:
        return Orphans(0, ())
    ids = " union all ".join(
        f"select {_literal(known.entity_type.name)} as type, id from {DATASET}.{table}"
        for table, known in layouts.items()
    )
    connection.execute(f"create temp table known as {ids}")
    selects = [
        select for table, known in layouts.items() for select in _links(table, known, tables[table])
    ]
    if not selects:
        return Orphans(0, ())
    links = " union all ".join(selects)
    counted = connection.execute(
        f"""
        with links as ({links})
        select place, links.type, count(*) as links, count(*) - count(known.id) as orphans
        from links
        left join known on known.type = links.type and known.id = links.id
        where links.type in (select distinct type from known)
        group by all
        order by orphans desc, place, links.type
        """
    ).fetchall()
    return Orphans(
        sum(links for _, _, links, _ in counted),
        tuple((place, type_, orphans) for place, type_, _, orphans in counted if orphans),
    )


def _links(table: str, known: Layout, there: Sequence[str]) -> Iterator[str]:
    """A select for each column of links that the table has."""
    single = [columns.field.name for columns in known.fields_read if columns.kind is Kind.LINK]
    for field in (name for name in single if f"{name}__id" in there):
        yield (
            f"""select '{table}.{field}' as place, "{field}__type" as type, "{field}__id" as id """
            f"from {DATASET}.{table} "
            f"""where {STATE} = '{RowState.LIVE}' and "{field}__id" is not null"""
        )
    for field in (list_ for list_ in known.link_lists if list_ in there):
        view = view_name(table, field)
        yield (
            f"select '{table}.{field}' as place, link__type as type, link__id as id "
            f'from {DATASET}."{view}" join {DATASET}.{table} as t on t.id = parent_id '
            f"where t.{STATE} = '{RowState.LIVE}'"
        )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
