"""Proportions."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")

SHOT_STATUSES = {"fin": 53, "ip": 64, "wtg": 183}
ASSET_STATUSES = {"fin": 74, "ip": 24, "rev": 1, "hld": 1}
SEQUENCE_STATUSES = {"fin": 6, "ip": 6, "wtg": 3}
TASK_STATUSES: dict[str | None, int] = {"fin": 844, "apr": 4, "ip": 139, "wtg": 851, None: 62}
VERSION_STATUSES = {"rev": 29, "na": 28, "vwd": 21, "apr": 20, "fin": 2}
NOTE_STATUSES = {"opn": 64, "ip": 1, "clsd": 35}
FILE_STATUSES = {"wtg": 60, "ip": 5, "cmpt": 35}

PATHS = {
    "wtg": ["wtg"],
    "ip": ["wtg", "ip"],
    "fin": ["wtg", "ip", "fin"],
    "rev": ["wtg", "ip", "rev"],
    "apr": ["wtg", "ip", "rev", "apr"],
    "hld": ["wtg", "hld"],
    "cmpt": ["wtg", "cmpt"],
}
"""How work that starts as `wtg` comes to a status."""

VERSION_PATHS = {
    "rev": ["rev"],
    "na": ["na"],
    "vwd": ["rev", "vwd"],
    "apr": ["rev", "apr"],
    "fin": ["rev", "apr", "fin"],
}
NOTE_PATHS = {"opn": ["opn"], "ip": ["opn", "ip"], "clsd": ["opn", "clsd"]}
SEQUENCE_PATHS = {"ip": ["ip"], "fin": ["ip", "fin"], "wtg": ["wtg"]}


def apportioned(mix: Mapping[T, int], count: int) -> list[T]:
    """So many values in the proportions of the mix, kinds together in the order of the mix."""
    total = sum(mix.values())
    exact = {value: share * count / total for value, share in mix.items()}
    counts = {value: int(share) for value, share in exact.items()}
    by_rest = sorted(exact, key=lambda value: counts[value] - exact[value])
    for value in by_rest[: count - sum(counts.values())]:
        counts[value] += 1
    return [value for value, many in counts.items() for _ in range(many)]


def shuffled(rng: random.Random, values: list[T]) -> list[T]:
    """A copy in another order."""
    copy = list(values)
    rng.shuffle(copy)
    return copy
