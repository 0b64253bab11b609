"""The files that settings stand in: `.dlt/config.toml` and `.dlt/secrets.toml`.

They are read here before dlt reads them, which tells of a slip with a traceback: so nothing here
imports dlt.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shotgrid_dagster.errors import SettingsError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CONFIG, SECRETS = "config.toml", "secrets.toml"


@dataclass(frozen=True)
class TomlFile:
    """What stands in one file."""

    path: Path
    content: dict[str, Any]
    is_global: bool = False
    """Whether it is dlt's own, for all the projects of a user."""

    @property
    def holds_secrets(self) -> bool:
        """Whether keys may stand in it."""
        return self.path.name == SECRETS


def project_dir() -> Path:
    """The folder that `.dlt` is in, as dlt finds it."""
    return Path(os.environ.get("DLT_PROJECT_DIR", "."))


def settings_dir(folder: Path) -> Path:
    """The folder of the settings of the project in a folder."""
    return folder / os.environ.get("DLT_CONFIG_FOLDER", ".dlt")


def config_path(folder: Path) -> Path:
    """The settings file of the project in a folder."""
    return settings_dir(folder) / CONFIG


def read_project_files(folder: Path | None = None) -> list[TomlFile]:
    """The files of the project in a folder, the secrets first; one that is not there is left out.

    Raises:
        SettingsError: one cannot be read, or is not TOML.
    """
    settings = settings_dir((folder or project_dir()).absolute())
    return [
        TomlFile(path, read_toml(path))
        for path in (settings / SECRETS, settings / CONFIG)
        if path.exists()
    ]


def read_toml(path: Path) -> dict[str, Any]:
    """What stands in a file.

    Raises:
        SettingsError: it cannot be read, or is not TOML: with the line and the column.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from None
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        why = f"no UTF-8 (at line {line}, column {column})"
    except tomllib.TOMLDecodeError as error:
        # Python says so: it has the line and the column as numbers from 3.14 on only.
        end = f"(at line {max(1, len(raw.splitlines()))}, the end of the file)"
        why = re.sub(r"\(at end of document\)$", end, str(error))
    raise SettingsError(f"{path} is not valid TOML: {why}.")
