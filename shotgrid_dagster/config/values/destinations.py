"""The setting `destination`."""

from __future__ import annotations

from difflib import get_close_matches


def known_destination(name: str) -> str:
    """The name, if dlt knows it: one of its own, one that is named in the settings, or a class.

    Raises:
        ValueError: it does not; with the nearest that it knows.
    """
    if name == "duckdb":
        # What most have, without dlt's import.
        return name
    import dlt.destinations
    from dlt.common.destination import Destination
    from dlt.common.exceptions import DltException

    known = dlt.destinations.__all__
    if name in known:
        return name
    try:
        Destination.from_reference(name)
    except (DltException, ValueError):
        near = get_close_matches(name.lower(), known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known))}."
        raise ValueError(f"dlt has no such destination, {hint}") from None
    return name
