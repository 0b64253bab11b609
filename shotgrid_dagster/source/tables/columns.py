"""Which columns a field becomes. Pure: a field in, columns or a reason out.

| data type | column |
|---|---|
| text, list, status_list, entity_type, color, uuid, footage | text |
| image | text: the path of its address; the signature is a secret and changes on every read |
| number, percent, timecode (milliseconds), duration (minutes) | bigint |
| float, currency | double; the site sends floats as strings |
| checkbox | bool |
| date; date_time | date; timestamp in UTC |
| entity `f` | `f__id` bigint, `f__type` text, `f__name` text |
| multi_entity `f`, addressing | JSON: the list of links in the site's order |
| url, serializable, jsonb, tag_list | JSON; a url without its signature |
| calculated | by its renderer: duration bigint, float double, else text |
| summary | by what it summarizes to: counts bigint, sums and averages double, a status text; a
  greatest, least, earliest or latest value, and a column of one record: JSON |
| any other | JSON, as it came |
| pivot_column, password | none: they carry nothing |

A column keeps the type that it was made with: a field that is given another data type on the site
is read as what it was, and a field that is read no longer keeps its column: the site has it no
longer, or it is skipped now.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

import pyarrow as pa

from shotgrid_dagster.site import EntityType, Field
from shotgrid_dagster.source.tables.column_names import LINK_PARTS, column_name, link_part
from shotgrid_dagster.source.tables.row_state import RowState

TIMESTAMP = pa.timestamp("us", tz="UTC")

STAMP = "updated_at"
"""The field that says when a row changed last; a few types have none."""
STATE = "_sg_state"
READ_AT = "_sg_read_at"
LOAD_ID = "_dlt_load_id"


class Kind(Enum):
    """How a field's value is decoded and laid out."""

    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    CHECKBOX = "checkbox"
    DATE = "date"
    DATE_TIME = "date_time"
    IMAGE = "image"
    URL = "url"
    JSON = "json"
    LINK = "link"
    LINKS = "links"


_KINDS = {
    "text": Kind.TEXT,
    "list": Kind.TEXT,
    "status_list": Kind.TEXT,
    "entity_type": Kind.TEXT,
    "color": Kind.TEXT,
    "uuid": Kind.TEXT,
    "footage": Kind.TEXT,
    "image": Kind.IMAGE,
    "number": Kind.INTEGER,
    "integer": Kind.INTEGER,
    "percent": Kind.INTEGER,
    "timecode": Kind.INTEGER,
    "duration": Kind.INTEGER,
    "float": Kind.FLOAT,
    "currency": Kind.FLOAT,
    "checkbox": Kind.CHECKBOX,
    "date": Kind.DATE,
    "date_time": Kind.DATE_TIME,
    "entity": Kind.LINK,
    "multi_entity": Kind.LINKS,
    "addressing": Kind.LINKS,
    "url": Kind.URL,
    "serializable": Kind.JSON,
    "jsonb": Kind.JSON,
    "tag_list": Kind.JSON,
}

_NO_NAME = re.compile(r'["\\\x00-\x1f]')
"""What would have to be escaped in JSON."""

_SUMMARIES = {
    "record_count": Kind.INTEGER,
    "count": Kind.INTEGER,
    "checked": Kind.INTEGER,
    "unchecked": Kind.INTEGER,
    "sum": Kind.FLOAT,
    "average": Kind.FLOAT,
    "percentage": Kind.FLOAT,
    "status_percentage": Kind.INTEGER,
    "status_percentage_as_float": Kind.FLOAT,
    "status_list": Kind.TEXT,
}
"""`summary_default` -> kind. What the others give depends on a field of another entity type."""

_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.FLOAT: pa.float64(),
    Kind.CHECKBOX: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.DATE_TIME: TIMESTAMP,
    Kind.IMAGE: pa.string(),
    Kind.URL: pa.string(),
    Kind.JSON: pa.string(),
    Kind.LINKS: pa.string(),
}

_STATES = "; ".join(f"{state}: {state.meaning}" for state in RowState)

JSON_KINDS = frozenset({Kind.URL, Kind.JSON, Kind.LINKS})

_UNITS = {
    "duration": "minutes",
    "timecode": "milliseconds",
    "percent": "percent",
}


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    type: pa.DataType
    description: str
    is_json: bool = False


@dataclass(frozen=True)
class FieldColumns:
    """How one field is read: its kind and its columns, in order."""

    field: Field
    kind: Kind
    columns: tuple[Column, ...]

    @property
    def is_retyped(self) -> bool:
        """Whether the column is of another type than the field has now."""
        return self.kind is not kind_of(self.field)


@dataclass(frozen=True)
class Skipped:
    """A field that is not read, and why."""

    field: Field
    reason: str


@dataclass(frozen=True)
class Layout:
    """An entity type as a table: what is read, what is not, and the columns."""

    entity_type: EntityType
    fields_read: tuple[FieldColumns, ...]
    skipped: tuple[Skipped, ...]
    derived: tuple[Column, ...] = ()
    """Columns of our own that are made from the row's fields."""
    derived_links: tuple[str, ...] = ()
    """Those of them that hold a list of links."""
    gone: tuple[FieldColumns, ...] = ()
    """Fields that were read once and that the site has no longer, or hides: their columns stay."""
    skipped_later: tuple[FieldColumns, ...] = ()
    """Fields that were read once and are `skipped` now: their columns stay, too."""

    @property
    def table(self) -> str:
        """The name of the entity type's table."""
        return self.entity_type.table

    @property
    def field_names(self) -> list[str]:
        """What is asked for by name."""
        return [field_columns.field.name for field_columns in self.fields_read]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns in their order: `id`, the fields', the derived ones, and our own."""
        own = (
            Column(STATE, pa.string(), _STATES),
            Column(READ_AT, TIMESTAMP, "The site's time when this row was read"),
        )
        id_ = Column("id", pa.int64(), f"The {self.entity_type.display_name}'s id on the site")
        read = (column for field_columns in self.fields_read for column in field_columns.columns)
        return (id_, *read, *self.derived, *own)

    @property
    def kept_columns(self) -> tuple[Column, ...]:
        """The columns of fields that are read no longer; what they hold is kept."""
        return _columns_of((*self.gone, *self.skipped_later))

    @property
    def columns_kept_by_refresh(self) -> tuple[Column, ...]:
        """Those whose values a full refresh keeps; it empties what the settings leave out."""
        later = (item for item in self.skipped_later if not item.field.left_out)
        return _columns_of((*self.gone, *later))

    @property
    def kinds(self) -> dict[str, str]:
        """Field -> the kind that its columns are of; those that are read no longer included."""
        return {
            field_columns.field.name: field_columns.kind.value
            for field_columns in (*self.fields_read, *self.gone, *self.skipped_later)
        }

    @property
    def retyped(self) -> tuple[str, ...]:
        """What is said of each field whose data type is another one now, in order."""
        return tuple(
            f"{field_columns.field.name} is {field_columns.field.data_type} on the site now, "
            f"and stays {field_columns.kind.value}"
            for field_columns in self.fields_read
            if field_columns.is_retyped
        )

    @property
    def digest(self) -> str:
        """A fingerprint of all columns, their types and their descriptions."""
        columns = (*self.columns, *self.kept_columns)
        said = repr([(column.name, str(column.type), column.description) for column in columns])
        return hashlib.blake2b(said.encode(errors="replace"), digest_size=16).hexdigest()

    @property
    def link_lists(self) -> tuple[str, ...]:
        """The columns that hold a list of links."""
        read = (
            field_columns.columns[0].name
            for field_columns in self.fields_read
            if field_columns.kind is Kind.LINKS
        )
        return (*read, *self.derived_links)

    @property
    def columns_of_links(self) -> tuple[str, ...]:
        """The columns that say where the fields that are read link to."""
        return tuple(
            column.name
            for field_columns in self.fields_read
            if field_columns.kind in (Kind.LINK, Kind.LINKS)
            for column in field_columns.columns[:2]
        )

    @property
    def arrow_schema(self) -> pa.Schema:
        """The columns as Arrow has them; everything may be null but `id`."""
        return pa.schema(
            [
                pa.field(column.name, column.type, nullable=column.name != "id")
                for column in self.columns
            ]
        )


def layout(
    entity_type: EntityType,
    derived: tuple[Column, ...] = (),
    held: Mapping[str, str] | None = None,
) -> Layout:
    """The table of an entity type.

    Args:
        entity_type: with its fields; those that the settings leave out are marked.
        derived: columns of our own.
        held: field -> kind of the columns that the table has already, see `Layout.kinds`.
    """
    held = held or {}
    fields_read: list[FieldColumns] = []
    skipped: list[Skipped] = []
    for field in entity_type.fields:
        if field.name == "id":
            continue
        if reason := why_skipped(field):
            skipped.append(Skipped(field, reason))
        else:
            kind = Kind(held[field.name]) if field.name in held else kind_of(field)
            fields_read.append(_field_columns(field, kind))
    there = {field.name for field in entity_type.fields}
    gone = tuple(
        _field_columns(Field(name, name, kind, GONE), Kind(kind))
        for name, kind in sorted(held.items())
        if name not in there
    )
    later = tuple(
        _field_columns(
            replace(item.field, description=f"Not read any longer: {item.reason}. {LAST_VALUES}"),
            Kind(held[item.field.name]),
        )
        for item in skipped
        if item.field.name in held
    )
    return Layout(
        entity_type, tuple(fields_read), tuple(skipped), derived, gone=gone, skipped_later=later
    )


def _columns_of(fields: tuple[FieldColumns, ...]) -> tuple[Column, ...]:
    return tuple(column for field_columns in fields for column in field_columns.columns)


LAST_VALUES = "The values are the last that were read"
GONE = "No longer on the site, or hidden from the script; the values are the last that were read"


def why_skipped(field: Field) -> str | None:
    """Why a field is not read, or carries nothing that can be kept; None: it is read."""
    if field.left_out:
        return "left out by the settings"
    if _NO_NAME.search(field.name) or not field.name:
        return "nothing can be asked for by its name"
    if not field.data_type:
        return "the site does not say what it holds"
    if field.data_type == "pivot_column":
        return "a pivot column is empty outside the web pages"
    if field.data_type == "password":
        return "a password reads as a mask"
    if field.name.endswith(("_by_current_user", "_current_user_can_see")):
        return "its value depends on who reads"
    if field.name == "reply_content":
        return "it holds a warning text, not the replies; they are rows of Reply"
    if field.name == "audit_trail":
        return "the site never returns it"
    return None


def kind_of(field: Field) -> Kind:
    """How a field is decoded; a data type that nobody has heard of is kept as JSON."""
    if field.name == "settings_json":
        # A text by its schema, which reads as the JSON that it holds (measured on a real site).
        return Kind.JSON
    if field.data_type == "calculated":
        renderer = str(field.properties.get("renderer") or "")
        return {"duration": Kind.INTEGER, "float": Kind.FLOAT}.get(renderer, Kind.TEXT)
    if field.data_type == "summary":
        return _SUMMARIES.get(str(field.properties.get("summary_default")), Kind.JSON)
    return _KINDS.get(field.data_type, Kind.JSON)


def _field_columns(field: Field, kind: Kind) -> FieldColumns:
    said = describe(field)
    name = column_name(field.name, is_link=kind is Kind.LINK)
    if name != field.name:
        said += f" (field {field.name})"
    columns: tuple[Column, ...]
    if kind is Kind.LINK:
        shown = ("id", "entity type", "name when it was read")
        types = (pa.int64(), pa.string(), pa.string())
        columns = tuple(
            Column(link_part(name, part), type_, f"{said}: {means}")
            for part, type_, means in zip(LINK_PARTS, types, shown, strict=True)
        )
    else:
        columns = (Column(name, _TYPES[kind], said, is_json=kind in JSON_KINDS),)
    return FieldColumns(field, kind, columns)


def describe(field: Field) -> str:
    """What a person reads about a column: display name, unit, targets, the site's own words."""
    said = field.display_name
    if unit := _UNITS.get(field.data_type):
        said += f" ({unit})"
    if field.valid_types:
        shown = ", ".join(field.valid_types[:4]) + (", ..." if len(field.valid_types) > 4 else "")
        said += f" -> {shown}"
    return f"{said}. {field.description}" if field.description else said
