"""Views named as people see things on the site: `site."Shots"` with a column `"Shot Code"`. Pure.

They show the live rows. A link is the name of its target, beside its id and type; a list of links
is the names in the site's order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shotgrid_dagster.destination.warehouse import DATASET
from shotgrid_dagster.source.tables.columns import READ_AT, STATE, FieldColumns, Kind, Layout
from shotgrid_dagster.source.tables.row_state import RowState

SITE = "site"
"""The schema of the views."""


@dataclass(frozen=True)
class SiteViews:
    """The statements that make the views, and how many views there are."""

    count: int
    statements: tuple[str, ...]


class Names:
    """Gives each thing a name that nobody has yet; SQL does not tell cases apart."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def give(self, wanted: str, own: str) -> str:
        """The wanted name, or, where it is taken, with the name that the site has for it."""
        name = wanted
        if name.casefold() in self._taken:
            name = f"{wanted} ({own})"
        while name.casefold() in self._taken:
            name += "'"
        self._taken.add(name.casefold())
        return name


def site_views(layouts: Mapping[str, Layout], tables: Mapping[str, Sequence[str]]) -> SiteViews:
    """The views of these tables.

    The order decides who gets a name that two would have: entity types and fields go by their own
    names.

    Args:
        layouts: table -> how its entity type is laid out.
        tables: table -> its columns in the database.
    """
    statements = [f"create schema {SITE}"]
    names = Names()
    for table, known in sorted(layouts.items(), key=lambda pair: pair[1].entity_type.name):
        entity_type = known.entity_type
        view = _identifier(names.give(plural(entity_type.display_name), entity_type.name))
        columns = list(_columns(known, tables[table]))
        selected = ",\n    ".join(f"{value} as {_identifier(name)}" for name, value, _ in columns)
        statements.append(
            f"create view {SITE}.{view} as\nselect\n    {selected}\n"
            f"from {DATASET}.{table}\nwhere {STATE} = '{RowState.LIVE}'"
        )
        statements.append(
            f"comment on view {SITE}.{view} is "
            f"{_literal(f'The live rows of {table}, with the names that the site shows')}"
        )
        statements += [
            f"comment on column {SITE}.{view}.{_identifier(name)} is {_literal(said)}"
            for name, _, said in columns
        ]
    return SiteViews(len(layouts), tuple(statements))


def plural(name: str) -> str:
    """What several of a thing are called: `Category` -> `Categories`, `Status` -> `Statuses`."""
    if name == "Person":
        return "People"
    if re.search(r"[^aeiou]y$", name, re.I):
        return name[:-1] + "ies"
    if re.search(r"(ss|us|x|z|ch|sh)$", name, re.I):
        return name + "es"
    return name if name.endswith("s") else name + "s"


def _columns(known: Layout, there: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Name, SQL and comment of each column of a view."""
    names = Names()
    yield names.give("Id", "id"), "id", "id"
    for field_columns in known.fields_read:
        field = field_columns.field
        if all(column.name in there for column in field_columns.columns):
            for suffix, value in _values(field_columns):
                name = names.give(f"{field.display_name}{suffix}", f"{field.name}{suffix}")
                yield name, value, f"{known.table}.{field.name}"
    yield names.give("Read At", READ_AT), READ_AT, f"{known.table}.{READ_AT}"


def _values(field_columns: FieldColumns) -> Iterator[tuple[str, str]]:
    """What is added to the display name, and the SQL of the value."""
    if field_columns.kind is Kind.LINK:
        id_, type_, name = (_identifier(column.name) for column in field_columns.columns)
        yield "", name
        yield " Id", id_
        yield " Type", type_
    elif field_columns.kind is Kind.LINKS:
        column = _identifier(field_columns.columns[0].name)
        yield "", f"array_to_string(json_extract_string({column}, '$[*].name'), ', ')"
    else:
        yield "", _identifier(field_columns.columns[0].name)


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
