"""What goes wrong, as sentences for whoever started the run. Whoever catches, catches the base."""

from __future__ import annotations


class ShotGridDagsterError(Exception):
    """Anything that this project tells its user in a sentence, with the next step in it.

    Args:
        what: what happened.
        advice: what to do about it, as sentences of its own. Whoever knows better what to do puts
            other words in its place.
    """

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(f"{what} {advice}" if advice else what)
        self.what = what
        self.advice = advice


class SettingsError(ShotGridDagsterError):
    """A setting is missing, or has a value that cannot be used."""


class WarehouseError(ShotGridDagsterError):
    """The database cannot be used; the text says why, and what to do."""
