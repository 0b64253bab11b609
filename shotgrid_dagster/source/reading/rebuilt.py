"""The values of query fields, asked of the site in bulk and put into the rows that came without."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

import pyarrow as pa
import pyarrow.compute as pc

from shotgrid_dagster.config.values.query_fields import Chosen
from shotgrid_dagster.errors import SettingsError
from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.site.errors import NoPermission, RequestRefused
from shotgrid_dagster.site.search import Condition
from shotgrid_dagster.source.reading.query_fields import (
    COUNTS,
    QUERY_FIELD,
    NotRebuilt,
    Question,
    is_chosen,
    question,
)
from shotgrid_dagster.source.tables.columns import STATE, Column, Kind, Layout
from shotgrid_dagster.source.tables.row_state import RowState

NO_ROW: Condition = ["id", "less_than", 0]


@dataclass(frozen=True)
class Values:
    """The value of a query field for every row of its type."""

    by_id: dict[int, object] = field(default_factory=dict)
    otherwise: object = None
    """Of rows that nothing is linked to."""

    def of(self, ids: Iterable[int]) -> list[object]:
        """The value for each id, in their order."""
        return [self.by_id.get(id_, self.otherwise) for id_ in ids]


def ask(site: Site, query: Question) -> Values:
    """The values of a query field, in one request, or two where "no rows" is not simply 0.

    Raises:
        NotRebuilt: the site does not summarize so, or the groups do not add up.
        SiteError: the site failed.
    """
    try:
        answer = site.summarize(
            query.summarized, query.summary, group_by=query.link, where=query.where
        )
        if query.link is None:
            return Values(otherwise=answer.whole)
        otherwise: object = 0
        if query.summary.type not in COUNTS:
            nothing = site.summarize(query.summarized, query.summary, where=[NO_ROW])
            otherwise = nothing.whole
    except (RequestRefused, NoPermission) as error:
        raise NotRebuilt(str(error)) from None
    return Values(query.values(answer.groups), otherwise)


class Rebuilt:
    """The chosen query fields of one reading of an entity type.

    What the site sends in a row stays. A row that came without gets the rebuilt value; the site is
    asked when the first such row comes, once a field. Retired rows get none: no link leads to them.
    """

    def __init__(self, site: Site, layout: Layout, chosen: Chosen) -> None:
        self.reasons: dict[str, str] = {}
        """Field -> why it was chosen and not rebuilt."""
        self._site = site
        self._asked: dict[str, tuple[Question, Kind, Column]] = {}
        self._values: dict[str, Values | None] = {}
        self._seen: set[int] = set()
        _refuse_unknown(layout.entity_type, chosen)
        for field_columns in layout.fields_read:
            if not is_chosen(chosen, layout.entity_type.name, field_columns.field):
                continue
            try:
                query = question(layout.entity_type.name, field_columns.field)
            except NotRebuilt as error:
                self.reasons[field_columns.field.name] = str(error)
            else:
                self._asked[field_columns.field.name] = (
                    query,
                    field_columns.kind,
                    field_columns.columns[0],
                )

    @property
    def columns(self) -> list[str]:
        """The columns that are rebuilt, as far as the site lets them."""
        return [column.name for _, _, column in self._asked.values()]

    def fill(self, table: pa.Table, state: RowState) -> pa.Table:
        """Rows of one page, with the values that they came without."""
        if state != RowState.LIVE or not self._asked:
            return table
        ids = table["id"].to_pylist()
        self._seen.update(ids)
        for name, (_, _, column) in self._asked.items():
            if not table[column.name].null_count:
                continue
            rebuilt = self._array(name, ids)
            if rebuilt is not None:
                filled = pc.coalesce(table[column.name], rebuilt)
                position = table.schema.get_field_index(column.name)
                table = table.set_column(position, table.schema.field(position), filled)
        return table

    def changed(self, held: pa.Table) -> list[int]:
        """The ids of live rows that were not read this time, and whose value is another one now.

        `held`: `id`, the state and the rebuilt columns of the table.
        """
        unread = pc.invert(pc.is_in(held["id"], value_set=pa.array(self._seen, pa.int64())))
        held = held.filter(pc.and_(unread, pc.equal(held[STATE], RowState.LIVE)))
        ids = held["id"].to_pylist()
        other: set[int] = set()
        for name, (_, _, column) in self._asked.items():
            now = self._array(name, ids) if column.name in held.column_names else None
            if now is None:
                continue
            before = held[column.name].cast(column.type).to_pylist()
            pairs = zip(ids, before, now.to_pylist(), strict=True)
            other.update(id_ for id_, value, value_now in pairs if value != value_now)
        return sorted(other)

    def _array(self, name: str, ids: list[int]) -> pa.Array | None:
        """The values of a field for some rows; None: the site did not give them."""
        query, kind, column = self._asked[name]
        if name not in self._values:
            self._values[name] = self._ask(name, query, kind)
        values = self._values[name]
        if values is None:
            return None
        return pa.array([_of_kind(value, kind) for value in values.of(ids)], column.type)

    def _ask(self, name: str, query: Question, kind: Kind) -> Values | None:
        try:
            values = ask(self._site, query)
            for value in (*values.by_id.values(), values.otherwise):
                _of_kind(value, kind)
        except NotRebuilt as error:
            self.reasons[name] = str(error)
        except (ValueError, TypeError):
            self.reasons[name] = f"its values do not fit its column, which is {kind.value}"
        else:
            return values
        return None


def _refuse_unknown(entity_type: EntityType, chosen: Chosen) -> None:
    """Raises SettingsError: a field that is named is none of the type's query fields."""
    known = [field_.name for field_ in entity_type.fields if field_.data_type == QUERY_FIELD]
    for named in chosen if isinstance(chosen, tuple) else ():
        owner, _, name = named.partition(".")
        if owner == entity_type.name and name not in known:
            near = get_close_matches(name, known, n=1)
            raise SettingsError(
                f"query_fields names {named}, which is no query field of {owner}: "
                + (f"did you mean {near[0]}?" if near else f"it has {', '.join(known) or 'none'}.")
            )


def _of_kind(value: object, kind: Kind) -> object:
    """A value as its column takes it. Raises ValueError or TypeError: it does not fit."""
    if value is None:
        return None
    if kind is Kind.JSON:
        return json.dumps(value, ensure_ascii=False)
    if kind is Kind.TEXT:
        return str(value)
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError(value)
    if kind is Kind.INTEGER:
        if isinstance(value, float) and not value.is_integer():
            raise ValueError(value)
        return int(value)
    if kind is Kind.FLOAT:
        return float(value)
    raise TypeError(value)
