"""Faults as they are written on a command line: `status:503,path=_search,nth=3,times=2`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from shotgrid_dagster.sandbox.faults.faults import KINDS, Fault

_OPTIONS: dict[str, Callable[[str], object]] = {
    "path": str,
    "method": str,
    "nth": int,
    "times": int,
    "seconds": float,
    "seconds_per_row": float,
    "retry_after": str,
    "says": str,
}
_MAIN_VALUE: dict[str, tuple[str, Callable[[str], object]]] = {
    "status": ("status", int),
    "latency": ("seconds", float),
    "hang": ("seconds", float),
}
"""Fault -> the option that stands behind its colon."""


def fault_from_text(text: str) -> Fault:
    """`KIND[:VALUE][,option=value]...`; a path with a comma in it cannot be written so.

    Raises ValueError with a sentence that says what is wrong.
    """
    first, *options = text.split(",")
    kind, colon, value = first.partition(":")
    given: dict[str, Any] = {}
    if colon and kind in KINDS:
        if kind not in _MAIN_VALUE:
            raise ValueError(f"{kind!r} takes no value, but {value!r} was given")
        name, read = _MAIN_VALUE[kind]
        given[name] = _read(name, read, value)
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or name not in _OPTIONS:
            raise ValueError(
                f"{option!r} is not one of {', '.join(f'{name}=' for name in _OPTIONS)}"
            )
        given[name] = _read(name, _OPTIONS[name], value)
    try:
        # `_read` gave each option the type that Fault declares for it.
        return Fault(kind, **given)
    except re.error as problem:
        raise ValueError(f"path is no regular expression: {problem}") from None


def _read(name: str, read: Callable[[str], object], value: str) -> object:
    try:
        return read(value)
    except ValueError:
        raise ValueError(f"{name} is not a number: {value!r}") from None
