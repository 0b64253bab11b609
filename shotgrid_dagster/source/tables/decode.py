"""Pages of JSON into Arrow tables with the schema's types.

The fast way decodes a page into structs that were made from the layout: nothing is built for what
was not asked for. A page that does not fit (a text in a number field, half of a surrogate pair in a
text) takes the slow way, value by value; a value that does not fit its column, or that cannot be
read at all, is left empty there, and handed on beside the rows.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, cast

import msgspec
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from shotgrid_dagster.source.tables.columns import FieldColumns, Kind, Layout
from shotgrid_dagster.source.tables.row_parts import NOTHING, rows_in_parts, value_of
from shotgrid_dagster.source.tables.values import (
    NUL,
    BadValue,
    Link,
    bad_value,
    converted_value,
    holds_nul,
    stable_url,
    unsigned,
)

_Value = object

_STRUCT_TYPES: dict[Kind, Any] = {
    Kind.TEXT: str | None,
    Kind.INTEGER: int | None,
    Kind.FLOAT: float | None,
    Kind.CHECKBOX: bool | None,
    Kind.DATE: str | None,
    Kind.DATE_TIME: str | None,
    Kind.IMAGE: str | None,
    Kind.URL: msgspec.Raw,
    Kind.JSON: msgspec.Raw,
}

ROWS_AT_ONCE = 500
"""Rows that are decoded together: with more, what is made of them no longer fits the processor's
caches."""

_ONE_AT_A_TIME = threading.Lock()
"""The interpreter decodes one page at a time anyway. Two that took turns would hold the objects of
both, and throw each other out of the processor's caches."""


class _One(msgspec.Struct, gc=False, frozen=True):
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Many(msgspec.Struct, gc=False, frozen=True):
    data: msgspec.Raw = msgspec.Raw()


_NO_LINK = _One()
_NO_LINKS = _Many()


class Decoded:
    """One page: an Arrow table of the layout's fields, without our own columns."""

    def __init__(self, table: pa.Table, bad: Sequence[BadValue] = ()) -> None:
        self.table = table
        self.bad = bad

    @property
    def refused(self) -> Counter[str]:
        """Field name -> values that did not fit its column and were left empty."""
        return Counter(bad_value.field for bad_value in self.bad)

    @property
    def count(self) -> int:
        """The number of rows."""
        return int(self.table.num_rows)

    @property
    def ids(self) -> list[int]:
        """The ids of its rows, in the site's order."""
        ids: list[int] = self.table["id"].to_pylist()
        return ids


class PageDecoder:
    """Decodes the pages of one entity type.

    `takes_nul`: whether the destination holds texts with a NUL in them; Postgres does not.
    """

    def __init__(self, layout: Layout, *, takes_nul: bool = True) -> None:
        self._takes_nul = takes_nul
        self._fields_read = layout.fields_read
        read = {
            "id",
            *(
                column.name
                for field_columns in layout.fields_read
                for column in field_columns.columns
            ),
        }
        self._schema = pa.schema([field for field in layout.arrow_schema if field.name in read])
        attributes: list[tuple[str, Any, Any]] = []
        relationships: list[tuple[str, Any, Any]] = []
        names: dict[str, str] = {}
        for position, field_columns in enumerate(layout.fields_read):
            # Struct fields need Python names; a field of a site may be called anything.
            name = f"f{position}"
            names[name] = field_columns.field.name
            if field_columns.kind is Kind.LINK:
                relationships.append((name, _One, _NO_LINK))
            elif field_columns.kind is Kind.LINKS:
                relationships.append((name, _Many, _NO_LINKS))
            elif _STRUCT_TYPES[field_columns.kind] is msgspec.Raw:
                attributes.append((name, msgspec.Raw, msgspec.Raw()))
            else:
                attributes.append((name, _STRUCT_TYPES[field_columns.kind], None))
        attribute_struct = msgspec.defstruct("Attributes", attributes, gc=False, rename=names)
        link_struct = msgspec.defstruct("Relationships", relationships, gc=False, rename=names)
        row = msgspec.defstruct(
            "Row",
            [("id", int), ("attributes", attribute_struct), ("relationships", link_struct)],
            gc=False,
        )
        # Not strict: floats come as strings, and so do a few numbers.
        self._row: msgspec.json.Decoder[Any] = msgspec.json.Decoder(row, strict=False)
        # The value of a retyped field may come where the structs do not look.
        self._is_retyped = any(field_columns.is_retyped for field_columns in layout.fields_read)

    def __call__(self, raw: bytes) -> Decoded:
        """Decode one page.

        Raises:
            msgspec.DecodeError: it is not JSON.
            msgspec.ValidationError: it is not a page of rows, or an id has more than 64 bits.
        """
        with _ONE_AT_A_TIME:
            return self._decoded(raw)

    def _decoded(self, raw: bytes) -> Decoded:
        if self._is_retyped or (not self._takes_nul and NUL in raw):
            return self._slowly(raw)
        try:
            rows = _PAGE.decode(raw).data
            batches = [
                self._batch(rows[start : start + ROWS_AT_ONCE])
                for start in range(0, len(rows), ROWS_AT_ONCE)
            ]
            return Decoded(pa.Table.from_batches(batches, self._schema))
        except (ValueError, TypeError, OverflowError, RecursionError):
            # Of msgspec, orjson, Arrow and urllib: some value does not fit, or cannot be read.
            return self._slowly(raw)

    def _batch(self, raws: Sequence[msgspec.Raw]) -> pa.RecordBatch:
        rows = list(map(self._row.decode, raws))
        arrays = [pa.array([row.id for row in rows], pa.int64())]
        attributes = _transposed([row.attributes for row in rows])
        relationships = _transposed([row.relationships for row in rows])
        for field_columns in self._fields_read:
            is_link = field_columns.kind in (Kind.LINK, Kind.LINKS)
            arrays.extend(_arrays(field_columns, next(relationships if is_link else attributes)))
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _slowly(self, raw: bytes) -> Decoded:
        rows = rows_in_parts(raw)
        bad: list[BadValue] = []
        arrays = [pa.array([row.id for row in rows], pa.int64())]
        for field_columns in self._fields_read:
            values: list[_Value] = []
            for row in rows:
                value = value_of(field_columns, row)
                try:
                    converted = converted_value(field_columns, value)
                except (ValueError, TypeError, OverflowError, RecursionError):
                    bad.append(bad_value(row.id, field_columns, value))
                    converted = converted_value(field_columns, b"")
                if not self._takes_nul and holds_nul(field_columns, converted):
                    bad.append(bad_value(row.id, field_columns, value, "it has a NUL in it"))
                    converted = converted_value(field_columns, b"")
                values.append(converted)
            if field_columns.kind is Kind.LINK:
                links = cast("list[tuple[_Value, _Value, _Value]]", values)
                for part, column in enumerate(field_columns.columns):
                    arrays.append(pa.array([link[part] for link in links], column.type))
            else:
                arrays.append(pa.array(values, field_columns.columns[0].type))
        return Decoded(pa.Table.from_arrays(arrays, schema=self._schema), bad)


class _RawPage(msgspec.Struct):
    data: list[msgspec.Raw]


_PAGE = msgspec.json.Decoder(_RawPage)


# -- the fast way: struct attributes to arrays


def _transposed(structs: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The values of some structs of one type, field by field."""
    return zip(*map(msgspec.structs.astuple, structs), strict=True)


def _arrays(field_columns: FieldColumns, values: Sequence[Any]) -> list[pa.Array]:
    type_ = field_columns.columns[0].type
    if field_columns.kind is Kind.LINK:
        return _link_arrays([bytes(link.data) for link in values])
    if field_columns.kind is Kind.LINKS:
        lists = _texts([bytes(link.data) for link in values], "[]")
        if not pc.all(pc.starts_with(lists, "["), min_count=0).as_py():
            raise ValueError("not a list")
        return [lists]
    if field_columns.kind is Kind.JSON:
        return [_texts([bytes(value) for value in values], None)]
    if field_columns.kind is Kind.URL:
        return [pa.array([_stable_url_text(bytes(value)) for value in values], pa.string())]
    if field_columns.kind is Kind.IMAGE:
        return [pa.array([unsigned(value) for value in values], pa.string())]
    if field_columns.kind in (Kind.DATE, Kind.DATE_TIME):
        return [_within_the_calendar(pa.array(values, pa.string()).cast(type_))]
    array = pa.array(values, type_)
    if field_columns.kind is Kind.FLOAT and not pc.all(pc.is_finite(array), min_count=0).as_py():
        raise OverflowError("not a number")
    return [array]


DAY_1, DAY_LAST = ((day - date(1970, 1, 1)).days for day in (date.min, date.max))
"""The first and the last day that there are, as Arrow counts them."""


def _within_the_calendar(times: pa.Array) -> pa.Array:
    """Dates or times in UTC, if they are within the years 1 to 9999, which any destination takes.

    Raises:
        OverflowError: one is not.
    """
    span = pc.min_max(times)
    days = [span[end].cast(pa.date32()).cast(pa.int32()).as_py() for end in ("min", "max")]
    if days[0] is not None and (days[0] < DAY_1 or days[1] > DAY_LAST):
        raise OverflowError("a year before 1 or after 9999")
    return times


def _texts(raws: list[bytes], nothing: str | None) -> pa.Array:
    """JSON as it came; `nothing` where there is none."""
    texts = pa.array(raws, pa.binary()).cast(pa.string())
    is_nothing = pc.is_in(texts, value_set=pa.array(["", "null"]))
    return pc.if_else(is_nothing, pa.scalar(nothing, pa.string()), texts)


def _link_arrays(raws: list[bytes]) -> list[pa.Array]:
    """Ids, types and names. Many rows link to few targets, so each is decoded once."""
    encoded = pa.array(raws, pa.binary()).dictionary_encode()
    links = [_link_or_none(raw) for raw in encoded.dictionary.to_pylist()]
    parts = (
        pa.array([None if link is None else link.id for link in links], pa.int64()),
        pa.array([None if link is None else link.type for link in links], pa.string()),
        pa.array([None if link is None else link.name for link in links], pa.string()),
    )
    return [part.take(encoded.indices) for part in parts]


_link_or_none = msgspec.json.Decoder(Link | None, strict=False).decode


def _stable_url_text(raw: bytes) -> str | None:
    if raw in NOTHING:
        return None
    return orjson.dumps(stable_url(orjson.loads(raw))).decode()
