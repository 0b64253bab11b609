"""What is not known of a real site, and so can be chosen. Everything is off unless asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

import msgspec


@dataclass(frozen=True)
class StampPolicy:
    """Which rows get a new `updated_at` though nobody wrote one of their own fields."""

    on_retire: bool = False
    """The row that is retired."""
    on_revive: bool = False
    """The row that is revived."""
    on_cascade: bool = False
    """Rows that are retired or revived along with another."""
    on_far_side: bool = False
    """Rows whose two-way link changed because the row at its other end was written."""


@dataclass(frozen=True)
class EventPolicy:
    """How events get their ids, and when they can be seen."""

    block: int = 1
    """Each of the site's processes reserves so many ids at a time, so lower ids are used later.
    1: ids rise one by one. A real site: 33."""
    head_density: float = 1.0
    """The share of events that are seen at once. A real site: 0.7."""
    late_seconds: float = 0.0
    """The other events are seen up to so many seconds later."""
    unused: float = 0.0
    """The share of ids that no event ever gets."""
    regain_links: bool = False
    """Whether events name a row again in their link when it is revived."""


@dataclass(frozen=True)
class WritePolicy:
    """How the site takes writes."""

    stamps: StampPolicy = field(default_factory=StampPolicy)
    events: EventPolicy = field(default_factory=EventPolicy)


def policy_from_text(texts: Iterable[str]) -> WritePolicy:
    """A policy from a command line: `on_retire`, `block=33`, `head_density=0.7`, ...

    Raises:
        ValueError: there is no such choice, or its value is not of its type; the text says which.
    """
    stamps, events = asdict(StampPolicy()), asdict(EventPolicy())
    policy = WritePolicy()
    for text in texts:
        name, equals, value = text.partition("=")
        chosen = stamps if name in stamps else events
        if name not in chosen:
            raise ValueError(f"{name} is not one of {', '.join([*stamps, *events])}")
        chosen[name] = value if equals else True
        try:
            policy = msgspec.convert(
                {"stamps": stamps, "events": events}, WritePolicy, strict=False
            )
        except msgspec.ValidationError as problem:
            raise ValueError(f"{name} cannot be {value or 'on'} ({problem})") from None
    return policy
