"""The setting `query_fields`."""

from __future__ import annotations

import json
import re
from contextlib import suppress

Chosen = bool | tuple[str, ...]
"""The setting `query_fields`: all of them, none, or those that are named as `Type.field`."""


def as_chosen(setting: object) -> object:
    """The setting as it stands in a file or in the environment, where a list is JSON."""
    if isinstance(setting, str):
        text = setting.strip()
        if text.startswith("["):
            with suppress(ValueError):
                setting = json.loads(text)
        elif text.lower() in ("true", "false"):
            return text.lower() == "true"
    return tuple(setting) if isinstance(setting, list) else setting


def is_possible(setting: object) -> bool:
    """Whether a setting is true, false, or a list of `Type.field`."""
    if isinstance(setting, tuple):
        return all(isinstance(item, str) and re.fullmatch(r"\w+\.\w+", item) for item in setting)
    return isinstance(setting, bool)
