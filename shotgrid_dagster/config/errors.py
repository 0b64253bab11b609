"""A value that a setting cannot have, as a sentence."""

from __future__ import annotations

from shotgrid_dagster.errors import SettingsError


class WrongValue(SettingsError):
    """A setting has a value that it cannot have."""

    def __init__(self, setting: str, what: str, place: str = "") -> None:
        """Say what is wrong.

        Args:
            setting: its name.
            what: the rest of the sentence, as in `is 0: it can be 1 to 16.`.
            place: where the value stands, as in `[report] of config.toml`.
        """
        self.setting = setting
        self.rest = what
        super().__init__(f"{setting} in {place} {what}" if place else f"{setting} {what}")

    def at(self, place: str) -> WrongValue:
        """The same, with the place where the value stands."""
        return WrongValue(self.setting, self.rest, place)
