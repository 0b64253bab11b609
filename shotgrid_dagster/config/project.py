"""The part of the settings that decides which assets there are.

It stands in `.dlt/config.toml` and, like every other setting, in the environment. Dagster loads
the definitions in one process and runs them in others: both read the same, or an entity type would
have no asset and be loaded, or a field that is to be left out (people's e-mail addresses) be
copied. So where the two have environments of their own, such a variable is set in both; the file
is the place that cannot differ. No vault is asked for these settings, because definitions load
without a network.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from shotgrid_dagster.config.section import CanBe, Section
from shotgrid_dagster.config.toml_files import config_path, project_dir
from shotgrid_dagster.config.values.destinations import known_destination

__all__ = [
    "NOT_LOADED",
    "SOURCE",
    "ProjectFile",
    "config_path",
    "is_loaded",
    "project_dir",
    "read_project_file",
]

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

Name = Annotated[str, Field(min_length=1)]


def is_loaded(entity_type: str, chosen: Collection[str]) -> bool:
    """Whether an entity type is loaded, given the setting `entity_types`."""
    return entity_type in chosen if chosen else entity_type not in NOT_LOADED


class ProjectFile(Section):
    """Where a project keeps its data, and what it loads there."""

    SECTION: ClassVar[tuple[str, ...]] = ("sources", SOURCE)

    data_dir: Annotated[Path, CanBe("the path of a folder")] = Field(
        default=Path("data"),
        description="Where the databases and the site's saved schema are, relative to the "
        "project's folder.",
    )
    destination: Annotated[str, CanBe("the name of a dlt destination")] = Field(
        default="duckdb",
        description="The dlt destination that is loaded: `duckdb` is the file "
        "`shotgun_software.duckdb` in `data_dir`.",
    )
    entity_types: Annotated[tuple[Name, ...], CanBe("a list of names such as ['Shot', 'Task']")] = (
        Field(
            default=(),
            description="Only these entity types are loaded; none: all that the site has, save "
            "those of its web pages.",
        )
    )
    exclude_fields: Annotated[
        tuple[Name, ...], CanBe("a list of names such as ['HumanUser.email', '*.sg_salary*']")
    ] = Field(
        default=(),
        description="Fields that are not copied: of one type, of any type (`email`), or by "
        "pattern. People's e-mail addresses, for example.",
    )

    @field_validator("data_dir", mode="before")
    @classmethod
    def _has_a_name(cls, folder: object) -> object:
        # An empty path would be the project's own folder.
        if folder == "":
            raise ValueError("it can be the path of a folder.")
        return folder

    @field_validator("destination")
    @classmethod
    def _is_known(cls, name: str) -> str:
        return known_destination(name)

    @property
    def schema_path(self) -> Path:
        """The site's schema as it was last discovered."""
        return self.data_dir / "schema.json"

    @property
    def database_path(self) -> Path:
        """The DuckDB file of the loads."""
        return self.data_dir / "shotgun_software.duckdb"

    def loads(self, entity_type: str) -> bool:
        """Whether an entity type is to be loaded."""
        return is_loaded(entity_type, self.entity_types)


def read_project_file(folder: Path | None = None) -> ProjectFile:
    """The project in a folder; what is not set has its default.

    Raises:
        SettingsError: a file is not TOML, a name is unknown, or a value is not possible.
    """
    # The sections are listed there, this one among them.
    from shotgrid_dagster.config.reading import read_section

    folder = (folder or project_dir()).absolute()
    project = read_section(ProjectFile, folder)
    return project.changed(data_dir=folder / project.data_dir)
