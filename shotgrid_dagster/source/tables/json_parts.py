"""JSON taken apart into its parts as they came, without reading what is in them. Pure.

One value that no reader of JSON takes (half of a surrogate pair, bytes that are no UTF-8, five
thousand brackets) makes a whole page unreadable. Here only brackets, quotes, commas and colons
count, so such a value is a part like the others, and whoever reads it finds out.
"""

from __future__ import annotations

import re

import msgspec

_SPACE = rb"[ \t\r\n]*"
_STRING = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
_PART = re.compile(_SPACE + rb"([\[\]{},:]|" + _STRING + rb"|[-+0-9a-zA-Z.]+)" + _SPACE, re.DOTALL)
_TO_NEXT_BRACKET = re.compile(rb'[^"\[\]{}]*(?:' + _STRING + rb'[^"\[\]{}]*)*([\[\]{}])', re.DOTALL)
_CLOSING = {b"[": b"]", b"{": b"}"}


def elements(raw: bytes) -> list[bytes]:
    """The elements of a JSON array, as they came.

    Raises:
        msgspec.ValidationError: it is something else.
        msgspec.DecodeError: it is broken.
    """
    parts = _parts(raw, b"[")
    if len(parts) % 2 != min(len(parts), 1) or any(part != b"," for part in parts[1::2]):
        raise msgspec.DecodeError("JSON is malformed: a comma is missing")
    return parts[0::2]


def members(raw: bytes) -> dict[str, bytes]:
    """Name -> value of a JSON object, the values as they came. Raises as `elements`."""
    parts = _parts(raw, b"{")
    if len(parts) % 4 != min(len(parts), 1) * 3:
        raise msgspec.DecodeError("JSON is malformed: a name or a value is missing")
    if any(part != b":" for part in parts[1::4]) or any(part != b"," for part in parts[3::4]):
        raise msgspec.DecodeError("JSON is malformed: a colon or a comma is missing")
    return {_name(name): value for name, value in zip(parts[0::4], parts[2::4], strict=True)}


def _name(raw: bytes) -> str:
    try:
        name: str = msgspec.json.decode(raw, type=str)
    except ValueError:
        # Nothing is asked for by such a name.
        return raw.decode(errors="backslashreplace")
    return name


def _parts(raw: bytes, opening: bytes) -> list[bytes]:
    """The values between the outermost brackets, and the commas and colons between them."""
    parts: list[bytes] = []
    first = _PART.match(raw)
    if first is None:
        raise msgspec.DecodeError("Input data was truncated")
    if first[1] != opening:
        raise msgspec.ValidationError(
            f"Expected `{'array' if opening == b'[' else 'object'}`, got something else"
        )
    at = first.end()
    while True:
        part = _PART.match(raw, at)
        if part is None:
            raise msgspec.DecodeError(f"JSON is malformed or truncated (byte {at})")
        at = part.end()
        if part[1] == _CLOSING[opening]:
            if at != len(raw):
                raise msgspec.DecodeError(f"JSON is malformed: trailing characters (byte {at})")
            return parts
        if part[1] in _CLOSING:
            end = _end(raw, part.end(1), part[1])
            parts.append(raw[part.start(1) : end])
            at = end
        else:
            parts.append(part[1])


def _end(raw: bytes, at: int, opening: bytes) -> int:
    """Where the brackets end that were opened just before `at`."""
    awaited = [_CLOSING[opening]]
    while awaited:
        bracket = _TO_NEXT_BRACKET.match(raw, at)
        if bracket is None:
            raise msgspec.DecodeError("Input data was truncated")
        at = bracket.end()
        if bracket[1] in _CLOSING:
            awaited.append(_CLOSING[bracket[1]])
        elif bracket[1] != awaited.pop():
            raise msgspec.DecodeError(f"JSON is malformed: a bracket too many (byte {at - 1})")
    return at
