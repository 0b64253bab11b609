"""Rows that links show otherwise than before: events tell that they were renamed, retired, revived.

A link holds the name of what it points to, and is empty while that is retired. So a renamed Shot
changes its Tasks, its Notes and all entries of the event log about it, none of which gets a stamp
or an event of its own. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from shotgrid_dagster.site.search import Condition
from shotgrid_dagster.source.tables.columns import FieldColumns, Kind

NAMES = frozenset(
    {
        "cached_display_name",
        "code",
        "content",
        "display_name",
        "firstname",
        "lastname",
        "name",
        "revision_number",
        "subject",
        "title",
    }
)
"""Fields that make the name by which links show a row: `code` of a Shot, `content` of a Task,
`subject` of a Note, `firstname` and `lastname` of a script, `name` of a person or a project, `code`
and `revision_number` of a Cut. No schema says which it is of a type, and a field too many costs
some rows that are read again."""

NAMES_OF_TYPES = frozenset(
    {
        ("TimeLog", "description"),
        ("TaskDependency", "task"),
        ("TaskDependency", "dependent_task"),
        ("Note", "sg_status_list"),
    }
)
"""The same, of these types alone; a Note that is closed leaves the lists of open ones."""

CHANGED, RETIRED, REVIVED = "attribute_change", "entity_retirement", "entity_revival"
"""What `type` in an entry's `meta` says."""

Row = tuple[str, int]
"""Entity type and id."""

Entry = tuple[str | None, int | None, str | None, str | None, bool | None]
"""What an entry of the event log tells: entity type, id, change (`type` in its meta), attribute,
and whether it is part of the making of a row, which nothing linked to before."""


class _Link(msgspec.Struct, gc=False):
    type: str
    id: int


_decode = msgspec.json.Decoder(list[_Link]).decode


@dataclass(frozen=True)
class ShownAnew:
    """Rows that links show otherwise than before."""

    otherwise: frozenset[Row] = frozenset()
    """They were renamed or retired: what is held links to them."""
    back: frozenset[Row] = frozenset()
    """They were revived: what is held does not say what linked to them before, the site does."""

    def __bool__(self) -> bool:
        return bool(self.otherwise or self.back)

    @property
    def rows(self) -> frozenset[Row]:
        """All of them."""
        return self.otherwise | self.back

    def __or__(self, other: ShownAnew) -> ShownAnew:
        return ShownAnew(self.otherwise | other.otherwise, self.back | other.back)


NOTHING = ShownAnew()


def shown_anew(entries: Iterable[Entry]) -> ShownAnew:
    """What entries of the event log tell."""
    otherwise: set[Row] = set()
    back: set[Row] = set()
    for entity_type, id_, change, attribute, in_create in entries:
        if entity_type is None or id_ is None or in_create:
            continue
        if change == REVIVED:
            back.add((entity_type, int(id_)))
        elif change == RETIRED or (
            change == CHANGED and (attribute in NAMES or (entity_type, attribute) in NAMES_OF_TYPES)
        ):
            otherwise.add((entity_type, int(id_)))
    return ShownAnew(frozenset(otherwise), frozenset(back))


@dataclass(frozen=True)
class LinkField:
    """One field of links that is read, and which of some rows it may link to."""

    read: FieldColumns
    ids: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Entity type -> ids."""

    @property
    def is_list(self) -> bool:
        """Whether it is a column with a list of links."""
        return self.read.kind is Kind.LINKS

    @property
    def columns(self) -> list[str]:
        """The columns that say where it links to: of a single link, its id and its type."""
        return [column.name for column in self.read.columns[:2]]

    @property
    def can_be_asked_for(self) -> bool:
        """Whether a site filters by it: it names the types, and has a value of its own."""
        of_site = self.read.field
        is_plain = of_site.data_type in ("entity", "multi_entity")
        return is_plain and bool(of_site.valid_types) and "query" not in of_site.properties

    def condition(self) -> Condition:
        """That it links to one of these rows."""
        links = [
            {"type": type_, "id": id_} for type_, ids in self.ids.items() for id_ in sorted(ids)
        ]
        return [self.read.field.name, "in", links]

    def links(self, value: str | None) -> bool:
        """Whether a list of links has one to these rows."""
        try:
            links = _decode(value) if value else []
        except (msgspec.DecodeError, RecursionError):
            return False
        return any(link.id in self.ids.get(link.type, ()) for link in links)


def link_fields(read: Iterable[FieldColumns], rows: Iterable[Row]) -> Iterator[LinkField]:
    """The fields that may link to some of the rows; one that says no types may link to any."""
    ids: dict[str, set[int]] = {}
    for type_, id_ in rows:
        ids.setdefault(type_, set()).add(id_)
    for columns in read:
        if columns.kind not in (Kind.LINK, Kind.LINKS):
            continue
        types = columns.field.valid_types or tuple(ids)
        if chosen := {type_: frozenset(ids[type_]) for type_ in types if type_ in ids}:
            yield LinkField(columns, chosen)


def linking(table: pa.Table, fields: Sequence[LinkField]) -> set[int]:
    """The ids of those rows of a table that link by these fields."""
    found: set[int] = set()
    for link_field in fields:
        if any(name not in table.column_names for name in link_field.columns):
            continue
        if link_field.is_list:
            values = table[link_field.columns[0]].cast(pa.string()).to_pylist()
            ids = table["id"].to_pylist()
            found.update(
                id_ for id_, value in zip(ids, values, strict=True) if link_field.links(value)
            )
            continue
        ids_of, types_of = (table[name] for name in link_field.columns)
        for type_, wanted in link_field.ids.items():
            linked = pc.and_(
                pc.equal(types_of, type_),
                pc.is_in(ids_of, value_set=pa.array(sorted(wanted), ids_of.type)),
            )
            found.update(table["id"].filter(pc.fill_null(linked, False)).to_pylist())
    return found
