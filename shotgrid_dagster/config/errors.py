"""What is wrong with the settings, in sentences."""

from __future__ import annotations


class SettingsError(Exception):
    """A setting is missing, unknown or not possible; the message names it."""


class WrongValue(SettingsError):
    """A setting has a value that it cannot have."""

    def __init__(self, setting: str, what: str, place: str = "") -> None:
        """`what`: the rest of the sentence, as in `is 0: it can be 1 to 16.`; `place`: where the
        value stands, as in `[report] of config.toml`."""
        self.setting = setting
        self.what = what
        super().__init__(f"{setting} in {place} {what}" if place else f"{setting} {what}")

    def at(self, place: str) -> WrongValue:
        """The same, with the place where the value stands."""
        return WrongValue(self.setting, self.what, place)
