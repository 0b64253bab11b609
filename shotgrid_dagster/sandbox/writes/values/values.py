"""Values of a write, data type by data type: checked as the site checks them, then as stored.

| data types | taken | stored |
|---|---|---|
| text, footage | a string; its ends are stripped, an empty one is null | the string |
| number, percent, timecode | an integer of 32 bits | the integer |
| float | a number with a point; integers are refused | the number |
| currency | any number | the number |
| duration | any number; what is behind the point is dropped | whole minutes |
| checkbox | true, false, or these words; never null | 1 or 0 |
| date, date_time | `2026-03-04`; ISO 8601, without an offset UTC | the same, UTC |
| list, status_list | one of the valid values, in their case | the string |
| serializable, tag_list | an object or a list | JSON |
| jsonb | the same | JSON, its keys by length and then by bytes |
| image | null | null |
"""

from __future__ import annotations

import re
from collections.abc import Callable

from shotgrid_dagster.sandbox.errors import refused
from shotgrid_dagster.sandbox.query.filters import date_windows
from shotgrid_dagster.sandbox.query.values import DECODED_TEXT
from shotgrid_dagster.sandbox.ruby_text import TRUTH
from shotgrid_dagster.sandbox.store.links import encode
from shotgrid_dagster.sandbox.writes.values.sent_values import Sent

Stored = str | int | float | None

LARGEST = 2**31
NULL_NAMES = frozenset({"Task", "Note"})
"""Types whose rows may go without a name."""


def stored(sent: Sent) -> Stored:
    """The value as it is stored. Raises the site's 400s."""
    if sent.field.data_type == "checkbox":
        return _checkbox(sent)
    if sent.value is None:
        _check_null(sent)
        return None
    return _CHECKS[sent.field.data_type](sent)


def _check_null(sent: Sent) -> None:
    is_name = sent.field.name == sent.entity_type.identity
    if is_name and sent.entity_type.name not in NULL_NAMES:
        raise _nameless(sent)
    if sent.name == "Task.color":
        raise sent.not_legal()


def _nameless(sent: Sent) -> Exception:
    return refused(f"Cannot set identifier field to empty. ({sent.entity_type.name})")


def _string(sent: Sent) -> str:
    if not isinstance(sent.value, str):
        raise sent.wrong_class("String", "NilClass")
    return sent.value


def _text(sent: Sent) -> Stored:
    if sent.field.name in DECODED_TEXT and not isinstance(sent.value, str):
        return _document(sent)
    text = _string(sent).strip()
    if not text and sent.field.name == sent.entity_type.identity:
        raise _nameless(sent)
    return text or None


def _integer(sent: Sent) -> Stored:
    if not isinstance(sent.value, int) or isinstance(sent.value, bool):
        raise sent.wrong_class("Integer", "NilClass")
    return _within_32_bits(sent, sent.value)


def _within_32_bits(sent: Sent, value: int) -> int:
    if -LARGEST <= value < LARGEST:
        return value
    if sent.verb == "update":
        raise sent.failed("Invalid statement.")
    raise sent.failed("PG::NumericValueOutOfRange: ERROR:  integer out of range")


def _float(sent: Sent) -> Stored:
    if not isinstance(sent.value, float):
        raise sent.wrong_class("Float", "NilClass")
    return sent.value


def _currency(sent: Sent) -> Stored:
    if not isinstance(sent.value, (int, float)) or isinstance(sent.value, bool):
        raise sent.wrong_class("Float", "Integer", "NilClass")
    return float(sent.value)


def _duration(sent: Sent) -> Stored:
    if not isinstance(sent.value, (int, float)) or isinstance(sent.value, bool):
        raise sent.wrong_class("Integer", "Float", "NilClass")
    return _within_32_bits(sent, int(sent.value))


def _checkbox(sent: Sent) -> Stored:
    if isinstance(sent.value, str):
        if sent.value not in ("true", "false"):
            raise sent.wrong_truth()
        return int(sent.value == "true")
    if not isinstance(sent.value, bool):
        raise sent.wrong_class(*TRUTH)
    return int(sent.value)


def _date(sent: Sent) -> Stored:
    day = date_windows.day(_string(sent))
    if day is None:
        raise sent.wrong_value("expected a date in the form 'YYYY-MM-DD'")
    return day


def _date_time(sent: Sent) -> Stored:
    second = date_windows.second(_string(sent))
    if second is None:
        raise sent.wrong_value("expected a date in the form 'YYYY-MM-DDTHH:MM:SSZ'")
    return second


def _choice(sent: Sent) -> Stored:
    value = _string(sent)
    legal = sent.field.properties.get("valid_values")
    if isinstance(legal, list) and legal and value not in legal:
        raise sent.not_legal(legal)
    return value or None


def _color(sent: Sent) -> Stored:
    value = _string(sent)
    parts = value.split(",")
    is_decimal = len(parts) == 3 and all(re.fullmatch(r"\d{1,3}", part) for part in parts)
    is_token = sent.name == "Task.color" and value == "pipeline_step"
    if not is_token and not (is_decimal and all(int(part) < 256 for part in parts)):
        raise sent.not_legal()
    return value


def _document(sent: Sent) -> Stored:
    if not isinstance(sent.value, (dict, list)):
        raise sent.wrong_class("Hash", "Array", "NilClass")
    return encode(sent.value)


def _jsonb(sent: Sent) -> Stored:
    if not isinstance(sent.value, (dict, list)):
        raise sent.wrong_class("Hash", "Array", "NilClass")
    return encode(_by_length(sent.value))


def _by_length(value: object) -> object:
    """Keys in the order of the database: by length, then by bytes."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return {key: _by_length(value[key]) for key in keys}
    return [_by_length(member) for member in value] if isinstance(value, list) else value


def _words(sent: Sent) -> Stored:
    value = sent.value
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise sent.wrong_class("Array", "NilClass")
    return encode(value)


def _picture(sent: Sent) -> Stored:
    raise sent.wrong_class("NilClass")


_CHECKS: dict[str, Callable[[Sent], Stored]] = {
    "text": _text,
    "footage": _text,
    "uuid": _string,
    "entity_type": _string,
    "number": _integer,
    "percent": _integer,
    "timecode": _integer,
    "float": _float,
    "currency": _currency,
    "duration": _duration,
    "date": _date,
    "date_time": _date_time,
    "list": _choice,
    "status_list": _choice,
    "color": _color,
    "serializable": _document,
    "jsonb": _jsonb,
    "tag_list": _words,
    "image": _picture,
}
