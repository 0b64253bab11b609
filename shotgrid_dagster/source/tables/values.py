"""Values of an answer one at a time: into those of columns, or why they do not fit."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import cast
from urllib.parse import urlsplit

import msgspec
import orjson

from shotgrid_dagster.source.tables.columns import JSON_KINDS, FieldColumns, Kind, kind_of
from shotgrid_dagster.source.tables.row_parts import NOTHING

_Value = object


class Link(msgspec.Struct, gc=False):
    """The target of a link; `name` is what it was called when the row was read."""

    id: int
    type: str
    name: str | None = None


@dataclass(frozen=True)
class BadValue:
    """A value that does not fit its column, which is empty in its row."""

    id: int
    """Of the row."""
    field: str
    value: str
    """As text, or as JSON; without signatures."""
    reason: str


_SIGNATURE = re.compile(r"(https?://[^\s\"?]*)\?[^\s\"]*")


NUL = b"\\u0000"
"""How JSON writes it."""


def holds_nul(field_columns: FieldColumns, converted: _Value) -> bool:
    """Whether a value that was converted for a column has a NUL in it, as text or in its JSON."""
    if isinstance(converted, tuple):
        return any(holds_nul(field_columns, part) for part in converted)
    sign = NUL.decode() if field_columns.kind in JSON_KINDS else "\0"
    return isinstance(converted, str) and sign in converted


def bad_value(
    id_: int, field_columns: FieldColumns, raw: bytes, reason: str | None = None
) -> BadValue:
    """The entry for a value, given as JSON, that does not fit; by default, what it should be."""
    field = field_columns.field
    text = raw.decode(errors="backslashreplace")
    reason = reason or f"not {_MEANT[field_columns.kind]}"
    try:
        value = msgspec.json.decode(raw)
    except RecursionError:
        reason = "it is nested too deep"
    except ValueError:
        reason += ", nor JSON that can be read"
    else:
        text = value if isinstance(value, str) else text
    if field_columns.is_retyped:
        reason += f"; the site calls it {field.data_type} now"
    return BadValue(
        id_, field.name, _SIGNATURE.sub(r"\1", text).replace("\0", NUL.decode()), reason
    )


_MEANT = {
    Kind.TEXT: "a text",
    Kind.INTEGER: "a whole number of 64 bits",
    Kind.FLOAT: "a finite number",
    Kind.CHECKBOX: "true or false",
    Kind.DATE: "a date",
    Kind.DATE_TIME: "a time with its zone",
    Kind.IMAGE: "an address",
    Kind.URL: "a file or an address",
    Kind.JSON: "JSON",
    Kind.LINK: "one link",
    Kind.LINKS: "a list of links",
}


def unsigned(address: str | None) -> str | None:
    """The stable part of a media address: its path.

    The query is a signature: a secret, and new on every read. The host is the storage's.
    """
    return None if address is None else urlsplit(address).path


def stable_url(value: object) -> object:
    """The value of a url field without signatures.

    It has three shapes (measured on a real site): an upload or web link
    `{url, name, content_type, link_type, type, id}`, a local file without `url`, or a bare string.
    A web link is what people typed and keeps its query.
    """
    if isinstance(value, dict) and isinstance(value.get("url"), str):
        if value.get("link_type") == "web":
            return value
        return {**value, "url": unsigned(cast("str", value["url"]))}
    return value


def _text(value: _Value) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError(value)


# The next three take what the fast way takes, or a value would depend on its neighbours.


def _integer(value: _Value) -> int | None:
    if value is None:
        return None
    # 2.0 is a whole number, and so is "2"; nothing is rounded.
    number = msgspec.convert(value, int, strict=False)
    if not -(2**63) <= number < 2**63:
        raise OverflowError(value)
    return number


def _float(value: _Value) -> float | None:
    if value is None:
        return None
    number = msgspec.convert(value, float, strict=False)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _checkbox(value: _Value) -> bool | None:
    return None if value is None else msgspec.convert(value, bool, strict=False)


def _date(value: _Value) -> date | None:
    # Of what is no text it raises TypeError.
    return None if value is None else date.fromisoformat(cast("str", value))


def _date_time(value: _Value) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(value)
    parsed = datetime.fromisoformat(value.replace("Z", "+00:00"))
    if parsed.tzinfo is None:
        raise ValueError(value)
    # Raises OverflowError where it is not within the years 1 to 9999.
    return parsed.astimezone(timezone.utc)


def _image(value: _Value) -> str | None:
    return unsigned(_text(value))


def _url(value: _Value) -> str | None:
    return None if value is None else orjson.dumps(stable_url(value)).decode()


def _json(value: _Value) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _link(value: _Value) -> tuple[int | None, str | None, str | None]:
    if value is None:
        return None, None, None
    link = msgspec.convert(value, Link, strict=False)
    if not -(2**63) <= link.id < 2**63:
        raise OverflowError(link.id)
    return link.id, link.type, link.name


def _links(value: _Value) -> str:
    if value is None:
        return "[]"
    if not isinstance(value, list):
        raise TypeError(value)
    return msgspec.json.encode(value).decode()


_CONVERT: dict[Kind, Callable[[_Value], _Value]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.FLOAT: _float,
    Kind.CHECKBOX: _checkbox,
    Kind.DATE: _date,
    Kind.DATE_TIME: _date_time,
    Kind.IMAGE: _image,
    Kind.URL: _url,
    Kind.JSON: _json,
    Kind.LINK: _link,
    Kind.LINKS: _links,
}
"""Kind -> from the value of an answer to that of a column; of a link, to those of three."""

_AS_THEY_COME = (Kind.JSON, Kind.LINKS)

_is_json = msgspec.json.Decoder(msgspec.Raw).decode


def converted_value(field_columns: FieldColumns, raw: bytes) -> _Value:
    """The value of a column, of a link that of three, from its JSON.

    Raises:
        ValueError, TypeError, OverflowError: it does not fit.
        RecursionError: it is nested too deep.
    """
    kind = field_columns.kind
    if raw in NOTHING:
        return _CONVERT[kind](None)
    if field_columns.is_retyped:
        value = msgspec.json.decode(raw)
        # A column of another kind would not take the signature off.
        is_image = kind_of(field_columns.field) is Kind.IMAGE and isinstance(value, str)
        return _CONVERT[kind](unsigned(value) if is_image else stable_url(value))
    if kind not in _AS_THEY_COME:
        return _CONVERT[kind](msgspec.json.decode(raw))
    # As the fast way keeps them: or a value would depend on its neighbours.
    if kind is Kind.LINKS and not raw.startswith(b"["):
        raise TypeError(raw)
    _is_json(raw)
    return raw.decode()
