"""The settings of a run: `.dlt/config.toml`, `.dlt/secrets.toml` or the environment.

All of them stand in the section `[sources.shotgun_software_source]`; by environment, dlt's way:
`SOURCES__SHOTGUN_SOFTWARE_SOURCE__SITE_URL`. They are read when a run starts, never on import.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from typing_extensions import Self

from shotgrid_dagster.config.project import SOURCE, Name, ProjectFile, project_dir
from shotgrid_dagster.config.rules import Rules
from shotgrid_dagster.config.section import CanBe
from shotgrid_dagster.config.values.clock import UTC, LocalTime, StudioClock, TimeZone
from shotgrid_dagster.config.values.folders import why_not_usable
from shotgrid_dagster.config.values.query_fields import QueryFields
from shotgrid_dagster.errors import SettingsError
from shotgrid_dagster.site.http.address import base_url
from shotgrid_dagster.site.http.retry_policy import RetryPolicy
from shotgrid_dagster.site.search import LARGEST_PAGE

SANDBOX = "sandbox"
"""The `site_url` that stands for the bundled site."""


class Settings(ProjectFile):
    """What a run needs to know. Print it freely: the key is masked.

    Raises:
        SettingsError: a setting is missing, unknown or not possible.
        AddressRefused: `site_url` cannot be a site.
    """

    site_url: Annotated[str, CanBe("an address such as 'studio.shotgrid.autodesk.com'")] = Field(
        default=SANDBOX,
        description="The site: a bare host, or a URL with or without `/api/v1`. `sandbox` is the "
        "bundled site, which needs no account.",
    )
    client_id: str | None = Field(default=None, description="The script's name.")
    client_secret: SecretStr | None = Field(default=None, description="The script's key.")
    sandbox_size: Literal["tiny", "studio", "medium", "large"] = Field(
        default="studio", description="How big a studio the sandbox site makes up."
    )
    page_size: int = Field(default=LARGEST_PAGE, ge=1, le=LARGEST_PAGE, description="Rows a page.")
    concurrency: int = Field(default=4, ge=1, le=16, description="Requests under way at once.")
    projects: Annotated[
        tuple[Name, ...], CanBe("a list of names and ids such as ['Blue Harvest', 70]")
    ] = Field(
        default=(),
        description="Only rows of these projects are read; none: of all. Rows without a project, "
        "and types without one, are read whole.",
    )
    archived_projects: bool = Field(
        default=True, description="Whether rows of archived projects are read."
    )
    template_projects: bool = Field(
        default=True, description="Whether rows of template projects are read."
    )
    demo_projects: bool = Field(default=True, description="Whether rows of demo projects are read.")
    most_retries: int = Field(
        default=RetryPolicy.budget,
        ge=0,
        description="Failed requests of one run that are tried again, all together.",
    )
    most_requests: int = Field(
        default=0, ge=0, description="Requests that one run may send; 0: as many as it takes."
    )
    most_lost: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="The share of a table's rows that may vanish at once; more looks like lost "
        "permission.",
    )
    on_lost: Literal["mark", "delete"] = Field(
        default="mark",
        description="What becomes of rows that the site no longer shows, live or retired.",
    )
    overlap: float = Field(
        default=120.0,
        ge=0,
        description="Seconds before the last load's start that are read again: a change may be "
        "committed late.",
    )
    time_zone: TimeZone = UTC
    work_starts: LocalTime = Field(
        default="09:00",
        description="When a working day begins, local time. How long it is, the site says.",
    )
    query_fields: QueryFields = Field(
        default=False,
        description="Query fields whose values are rebuilt with one or two summaries each: all of "
        "them, none, or those that are named.",
    )

    @field_validator("site_url")
    @classmethod
    def _is_an_address(cls, site_url: str) -> str:
        if site_url != SANDBOX:
            base_url(site_url)
        return site_url

    @field_validator("projects", mode="before")
    @classmethod
    def _ids_are_names_too(cls, projects: object) -> object:
        if not isinstance(projects, (list, tuple)):
            return projects
        return [str(project) if type(project) is int else project for project in projects]

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if not self.is_sandbox:
            for name, value in (("client_id", self.client_id), ("client_secret", self.key)):
                if not value:
                    raise SettingsError(
                        f"{name} is not set: put it into .dlt/secrets.toml under "
                        f"[sources.{SOURCE}], or set SOURCES__{SOURCE.upper()}__{name.upper()}."
                    )
        return self

    @property
    def is_sandbox(self) -> bool:
        """Whether the bundled site is read."""
        return self.site_url == SANDBOX

    @property
    def key(self) -> str:
        """The script's key, readable: for the site alone, and for no message. Empty: none."""
        return self.client_secret.get_secret_value() if self.client_secret else ""

    @property
    def project(self) -> ProjectFile:
        """The part that decides which assets there are."""
        return ProjectFile(**{name: getattr(self, name) for name in ProjectFile.model_fields})

    @property
    def retry_policy(self) -> RetryPolicy:
        """How long failing requests are tried again, and how many are sent at most."""
        return RetryPolicy(budget=self.most_retries, most_requests=self.most_requests or None)

    @property
    def reads_all_projects(self) -> bool:
        """Whether no project is left out."""
        switches = (self.archived_projects, self.template_projects, self.demo_projects)
        return all(switches) and not self.projects

    @property
    def rules(self) -> Rules:
        """How rows that vanished are treated."""
        return Rules(self.most_lost, self.on_lost)

    @property
    def clock(self) -> StudioClock:
        """The studio's working time."""
        return StudioClock(self.time_zone, self.work_starts)


def read_settings(**given: object) -> Settings:
    """The settings of this project; what is `given` (and not None) goes before what is set.

    Raises:
        SettingsError: a setting is missing, unknown, or not possible.
        AddressRefused: `site_url` cannot be a site.
    """
    # The sections are listed there, this one among them.
    from shotgrid_dagster.config.reading import read_section

    folder = project_dir().absolute()
    given = {name: value for name, value in given.items() if value is not None}
    settings = read_section(
        Settings, folder, given, vaults=Settings.model_fields.keys() - ProjectFile.model_fields
    )
    if "data_dir" not in given:
        settings = settings.changed(data_dir=folder / settings.data_dir)
    why = why_not_usable(settings.data_dir.absolute())
    if why:
        raise SettingsError(f"data_dir is {str(settings.data_dir)!r}: {why}.")
    return settings
