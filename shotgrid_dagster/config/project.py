"""The part of the settings that decides which assets there are.

It is read from `.dlt/config.toml` alone, never from the environment or from secrets, because
Dagster loads the definitions in processes that have neither.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dlt

from shotgrid_dagster.errors import SettingsError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SOURCE = "shotgun_software_source"

NOT_LOADED = {
    "Page": "a web page's layout; which rows are visible depends on who asks",
    "PageHit": "a counter of the web pages",
    "PageSetting": "a web page's layout, about a hundred rows for each shot",
    "PermissionRuleSet": "its rules cannot be read",
    "BannerUserConnection": "belongs to the web pages",
    "AppWelcomeUserConnection": "belongs to the web pages",
    "RvLicense": "a licence server's table",
}
"""Entity types that are left out unless they are named in `entity_types`, and why."""


def is_loaded(entity_type: str, chosen: Collection[str]) -> bool:
    """Whether an entity type is loaded, given the setting `entity_types`."""
    return entity_type in chosen if chosen else entity_type not in NOT_LOADED


@dataclass(frozen=True)
class ProjectFile:
    """Where a project keeps its data, and what it loads there."""

    data_dir: Path
    destination: str = "duckdb"
    entity_types: tuple[str, ...] = ()
    exclude_fields: tuple[str, ...] = ()

    @property
    def schema_path(self) -> Path:
        """The site's schema as it was last discovered."""
        return self.data_dir / "schema.json"

    @property
    def database_path(self) -> Path:
        return self.data_dir / "shotgun_software.duckdb"

    def loads(self, entity_type: str) -> bool:
        return is_loaded(entity_type, self.entity_types)


def project_dir() -> Path:
    """The folder that `.dlt` is in."""
    return Path(dlt.current.run_context().run_dir)


def config_path(folder: Path) -> Path:
    """The settings file of the project in a folder."""
    return folder / ".dlt" / "config.toml"


def read_config_file(folder: Path) -> dict[str, Any]:
    """What stands in the settings file; nothing when there is none.

    Raises:
        SettingsError: the file is not TOML.
    """
    path = config_path(folder)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error


def read_project_file(folder: Path | None = None) -> ProjectFile:
    """The project in a folder; without a config file it has the defaults.

    Raises:
        SettingsError: the file is not TOML, or a setting has the wrong type.
    """
    folder = (folder or project_dir()).absolute()
    path = config_path(folder)
    content = read_config_file(folder)
    section = content.get("sources", {}).get(SOURCE, {})
    data_dir = section.get("data_dir", "data")
    destination = section.get("destination", "duckdb")
    entity_types = _names(section, "entity_types", "['Shot', 'Task']", path)
    exclude_fields = _names(section, "exclude_fields", "['HumanUser.email']", path)
    if not isinstance(data_dir, str) or not isinstance(destination, str):
        raise SettingsError(f"data_dir and destination in {path} must be texts.")
    return ProjectFile(folder / data_dir, destination, entity_types, exclude_fields)


def _names(section: dict[str, Any], setting: str, such_as: str, path: Path) -> tuple[str, ...]:
    names = section.get(setting, [])
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise SettingsError(f"{setting} in {path} must be a list of names: {such_as}.")
    return tuple(names)
