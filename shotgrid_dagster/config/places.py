"""Where a setting's value is found: the environment, the project's files, a vault of dlt's.

dlt's own order: a variable goes before secrets.toml, that before config.toml, and a vault comes
last. What a script has set by `dlt.config[...] = ...` goes before the files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic.fields import FieldInfo

from shotgrid_dagster.config.section import in_brackets, is_list, is_secret
from shotgrid_dagster.config.toml_files import (
    CONFIG,
    SECRETS,
    TomlFile,
    read_project_files,
    read_toml,
)
from shotgrid_dagster.errors import SettingsError

if TYPE_CHECKING:
    from dlt.common.configuration.providers.provider import ConfigProvider


@dataclass(frozen=True)
class Found:
    """A value as it was set."""

    value: object
    place: str
    """`[report] of .dlt/config.toml`, `the variable REPORT__UPLOAD`."""


@dataclass(frozen=True)
class Places:
    """The places where settings of one project may stand."""

    files: Sequence[TomlFile]
    _providers: Sequence[ConfigProvider] = field(repr=False)

    @classmethod
    def of(cls, folder: Path | None) -> Places:
        """The places of the project in a folder; all files are read now.

        Raises:
            SettingsError: a file cannot be read, or is not TOML.
        """
        # First: dlt reads them too, and is asked for the rest below.
        files = read_project_files(folder)
        import dlt
        from dlt.common.configuration.container import Container
        from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

        known = {file.path for file in files}
        everybodys = Path(dlt.current.run_context().global_dir).absolute()
        for path in (everybodys / SECRETS, everybodys / CONFIG):
            if path.exists() and path not in known:
                files.append(TomlFile(path, read_toml(path), is_global=True))
        files.sort(key=lambda file: not file.holds_secrets)  # stable: the project's own first
        return cls(files, Container()[PluggableRunContext].providers.providers)

    def find(
        self, section: Sequence[str], name: str, about: FieldInfo, *, in_vaults: bool
    ) -> Found | None:
        """The value of a setting, where it is set.

        Raises:
            SettingsError: it is a secret, and stands where everybody may read it.
        """
        places = (
            self._in_providers(section, name, about, vaults=False),
            self._in_files(section, name, about),
            self._in_providers(section, name, about, vaults=True) if in_vaults else (),
        )
        return next((found for place in places for found in place), None)

    def _in_files(self, section: Sequence[str], name: str, about: FieldInfo) -> Iterator[Found]:
        for file in self.files:
            table: Any = file.content
            for part in section:
                table = table.get(part) if isinstance(table, dict) else None
            if not isinstance(table, dict) or name not in table:
                continue
            place = f"{in_brackets(section)} of {file.path}"
            if is_secret(about) and not file.holds_secrets:
                raise SettingsError(
                    f"{name} in {place} is a secret: move it to .dlt/{SECRETS}, which git ignores."
                )
            yield Found(table[name], place)

    def _in_providers(
        self, section: Sequence[str], name: str, about: FieldInfo, *, vaults: bool
    ) -> Iterator[Found]:
        from dlt.common.configuration.providers import EnvironProvider
        from dlt.common.configuration.providers.toml import SettingsTomlProvider
        from dlt.common.typing import TSecretStrValue

        hint = TSecretStrValue if is_secret(about) else str
        for provider in self._providers:
            is_file = isinstance(provider, SettingsTomlProvider)
            is_vault = not is_file and not isinstance(provider, EnvironProvider)
            if is_vault is not vaults or not (provider.supports_secrets or not is_secret(about)):
                continue
            value, key = provider.get_value(name, hint, "", *section)
            if value is None:
                continue
            place = provider.name
            if isinstance(provider, SettingsTomlProvider):
                # What it has from a file is read anew from the file: dlt reads it once a process.
                origin = provider.get_value_location(name, None, *section)
                if origin.endswith(provider.name):
                    continue
                place = origin or f"dlt's {provider.name}, set by a script"
            elif not is_vault:
                place = f"the variable {key}"
            yield Found(_from_text(value, about), place)


def _from_text(value: object, about: FieldInfo) -> object:
    """A list that is written as one text: JSON, or names between commas."""
    if not isinstance(value, str):
        return value
    if is_secret(about):
        return value.strip("\r\n")  # as files of secrets end
    if not is_list(about) or value.strip().lower() in ("true", "false"):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return [name.strip() for name in value.split(",") if name.strip()]
