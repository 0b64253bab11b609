"""The values of a filter: checked as the site checks them, and then as they are stored."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from shotgrid_dagster.sandbox import errors
from shotgrid_dagster.sandbox.query.filters import date_windows
from shotgrid_dagster.sandbox.query.filters.sent_conditions import SentCondition
from shotgrid_dagster.sandbox.ruby_text import TRUTH

Scalar = str | int | float | None

SCALAR_LISTS = frozenset(
    {"text", "list", "status_list", "entity_type", "color", "date", "date_time", "uuid"}
)
"""Data types for which `in` takes one value where it wants a list."""


def scalar(sent: SentCondition, data_type: str, value: object) -> Scalar:
    """The value as it is stored; null stands for no value. Raises the site's 400."""
    return _CHECKS[data_type](sent, value)


def members(sent: SentCondition, data_type: str) -> list[Scalar]:
    """The values of `in` and `not_in`."""
    value = sent.value
    if not isinstance(value, list):
        if data_type not in SCALAR_LISTS:
            raise sent.wrong_class(("Array",), value)
        value = [value]
    if data_type in ("list", "status_list"):
        value = [member for member in value if isinstance(member, str)]
    if data_type == "text" and None in value:
        raise errors.refused(f"Read failed for entity type [{sent.owner}]")
    return [scalar(sent, data_type, member) for member in value]


def pair(sent: SentCondition, data_type: str) -> tuple[Scalar, Scalar]:
    """The two ends of `between`, in the order sent."""
    value = sent.value
    if not isinstance(value, list):
        raise sent.wrong_class(("Array",), value)
    if len(value) != 2:
        raise sent.wrong_value("expected an Array of 2 elements")
    return scalar(sent, data_type, value[0]), scalar(sent, data_type, value[1])


def count_and_unit(sent: SentCondition) -> tuple[int, str]:
    """`[5, "DAY"]` of `in_last` and `in_next`."""
    value = sent.value
    if not isinstance(value, list) or len(value) != 2:
        raise sent.wrong_class(("Array",), value)
    count, unit = value
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise sent.wrong_value("expected a positive Integer")
    if unit not in date_windows.UNITS:
        raise sent.wrong_value(f"expected one of [{', '.join(date_windows.UNITS)}]")
    return count, str(unit)


def offset(sent: SentCondition) -> int:
    """The signed offset of `in_calendar_*`: 0 is now."""
    if isinstance(sent.value, int) and not isinstance(sent.value, bool):
        return sent.value
    raise sent.wrong_class(("Integer",), sent.value)


def text(sent: SentCondition) -> str:
    """The string that `type_is` and `name_*` take."""
    if isinstance(sent.value, str):
        return sent.value
    raise sent.wrong_class(("String",), sent.value)


def link(sent: SentCondition, value: object) -> tuple[str, int] | None:
    """`{"type": "Shot", "id": 12}`, or null: the link is empty."""
    if value is None:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise sent.wrong_link(value)
    row = value.get("id")
    if not isinstance(row, int) or isinstance(row, bool):
        raise sent.wrong_value("expected a Hash with 'type' and 'id'")
    return value["type"], row


def links(sent: SentCondition) -> list[tuple[str, int]]:
    """The links of `in` and `not_in`: one or a list of them, not none."""
    value = sent.value if isinstance(sent.value, list) else [sent.value]
    found = [target for member in value if (target := link(sent, member)) is not None]
    if not found:
        raise sent.wrong_value("expected at least one Hash with 'type' and 'id'")
    return found


def _string(sent: SentCondition, value: object) -> Scalar:
    if value is not None and not isinstance(value, str):
        raise sent.wrong_class(("String", "NilClass"), value)
    return value or None


def _number(sent: SentCondition, value: object) -> Scalar:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d+\s*", value):
        return int(value)
    raise sent.wrong_class(("String", "Integer", "NilClass"), value)


def _float(sent: SentCondition, value: object) -> Scalar:
    if value is None or isinstance(value, float):
        return value
    if isinstance(value, str):
        return _decimal(sent, value)
    raise sent.wrong_class(("String", "Float", "NilClass"), value)


def _whole(sent: SentCondition, value: object) -> Scalar:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise sent.wrong_class(("Integer", "NilClass"), value)


def _duration(sent: SentCondition, value: object) -> Scalar:
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    if isinstance(value, str):
        return _decimal(sent, value)
    raise sent.wrong_class(("String", "Integer", "Float", "NilClass"), value)


def _decimal(sent: SentCondition, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise sent.wrong_value("expected a number") from None


def _checkbox(sent: SentCondition, value: object) -> Scalar:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        if value not in ("true", "false"):
            raise sent.wrong_truth()
        return int(value == "true")
    raise sent.wrong_class(TRUTH, value)


def _date(sent: SentCondition, value: object) -> Scalar:
    return _stored_date(sent, value, date_windows.day, "YYYY-MM-DD")


def _date_time(sent: SentCondition, value: object) -> Scalar:
    return _stored_date(sent, value, date_windows.second, "YYYY-MM-DDTHH:MM:SSZ")


def _stored_date(
    sent: SentCondition, value: object, read: Callable[[str], str | None], form: str
) -> Scalar:
    if value is None:
        return None
    if not isinstance(value, str):
        raise sent.wrong_class(("String", "NilClass"), value)
    stored = read(value)
    if stored is None:
        raise sent.wrong_value(f"expected a date in the form '{form}'")
    return stored


def _uuid(sent: SentCondition, value: object) -> Scalar:
    if not isinstance(value, str):
        raise sent.wrong_class(("String",), value)
    if value == "":
        return None
    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise errors.refused(f"Read failed for entity type [{sent.owner}]") from None


def _color(sent: SentCondition, value: object) -> Scalar:
    stored = _string(sent, value)
    if sent.owner in ("Step", "Project") and isinstance(stored, str):
        parts = stored.split(",")
        if len(parts) != 3 or not all(part.isdigit() and int(part) < 256 for part in parts):
            raise sent.wrong_value("expected a color in the form '255,255,255'")
    return stored


def _nothing(sent: SentCondition, value: object) -> Scalar:
    if value is not None:
        raise sent.wrong_class(("NilClass",), value)
    return None


_CHECKS: dict[str, Callable[[SentCondition, object], Scalar]] = {
    "text": _string,
    "list": _string,
    "status_list": _string,
    "entity_type": _string,
    "color": _color,
    "uuid": _uuid,
    "number": _number,
    "float": _float,
    "currency": _duration,
    "percent": _whole,
    "timecode": _whole,
    "duration": _duration,
    "checkbox": _checkbox,
    "date": _date,
    "date_time": _date_time,
    "image": _nothing,
}
