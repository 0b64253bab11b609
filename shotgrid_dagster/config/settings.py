"""The settings of a project: `.dlt/config.toml`, `.dlt/secrets.toml` or the environment.

All of them stand in the section `[sources.shotgun_software_source]`; by environment, dlt's way:
`SOURCES__SHOTGUN_SOFTWARE_SOURCE__SITE_URL`. They are read when a run starts, never on import.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import time
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import dlt
from dlt.common.configuration import configspec, resolve_configuration
from dlt.common.configuration.exceptions import ConfigurationException
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.typing import TSecretStrValue

from shotgrid_dagster.config.clock import StudioClock
from shotgrid_dagster.config.project import SOURCE, ProjectFile, is_loaded, read_project_file
from shotgrid_dagster.config.query_fields import Chosen, as_chosen, is_possible
from shotgrid_dagster.config.rules import Rules
from shotgrid_dagster.errors import SettingsError
from shotgrid_dagster.site.http.address import base_url
from shotgrid_dagster.site.http.retry_policy import RetryPolicy
from shotgrid_dagster.site.search import LARGEST_PAGE

SECTION = ("sources", SOURCE)

SANDBOX = "sandbox"
"""The `site_url` that stands for the bundled site."""


@dataclass(frozen=True)
class Settings:
    """What a run needs to know. Print it freely: the key is masked."""

    site_url: str = SANDBOX
    """`sandbox`, a bare host, or a URL with or without `/api/v1`."""
    client_id: str | None = None
    """The script's name."""
    client_secret: str | None = None
    """The script's key."""
    data_dir: Path = Path("data")
    """Where the databases and the saved schema are; in the file only, relative to the project."""
    destination: str = "duckdb"
    """The name of a dlt destination; in the file only."""
    sandbox_size: str = "studio"
    """How big a studio the sandbox site makes up: `tiny`, `studio`, `medium` or `large`."""
    page_size: int = LARGEST_PAGE
    """Rows a page, 1 to 5,000."""
    concurrency: int = 4
    """Requests under way at once."""
    entity_types: tuple[str, ...] = ()
    """Entity types to load; none: all that are visible, save those in `project.NOT_LOADED`. In the
    file only."""
    exclude_fields: tuple[str, ...] = ()
    """Fields that are not copied: `HumanUser.email`, `email`, `*.sg_salary*`. In the file only."""
    projects: tuple[str, ...] = ()
    """Names or ids of the projects whose rows are read; none: all of them."""
    archived_projects: bool = True
    """Whether rows of archived projects are read."""
    template_projects: bool = True
    """Whether rows of template projects are read."""
    demo_projects: bool = True
    """Whether rows of demo projects are read."""
    most_retries: int = 200
    """Failed requests of one run that are tried again, all together."""
    most_requests: int = 0
    """Requests that one run may send; 0: as many as it takes."""
    most_lost: float = 0.05
    """The share of a type's rows that may vanish at once; more looks like lost permission."""
    on_lost: str = "mark"
    """What becomes of rows that the site no longer shows: `mark` or `delete`."""
    overlap: float = 120.0
    """Seconds before the last load's start that a window reads again."""
    time_zone: str = "UTC"
    """The studio's time zone, an IANA name; the site does not say it."""
    work_starts: str = "09:00"
    """When a working day begins, local time. How long it is, the site says."""
    query_fields: Chosen = False
    """Query fields whose values are rebuilt: all (true), none, or a list of `Type.field`."""

    def __post_init__(self) -> None:
        self.validate()

    def __repr__(self) -> str:
        shown = (
            f"{name}={'***' if name == 'client_secret' else getattr(self, name)!r}"
            for name in (field.name for field in fields(self))
            if getattr(self, name) not in (None, ())
        )
        return f"Settings({', '.join(shown)})"

    @property
    def is_sandbox(self) -> bool:
        return self.site_url == SANDBOX

    @property
    def project(self) -> ProjectFile:
        return ProjectFile(self.data_dir, self.destination, self.entity_types, self.exclude_fields)

    @property
    def retry_policy(self) -> RetryPolicy:
        """How long failing requests are tried again, and how many are sent at most."""
        return RetryPolicy(budget=self.most_retries, most_requests=self.most_requests or None)

    @property
    def reads_all_projects(self) -> bool:
        switches = (self.archived_projects, self.template_projects, self.demo_projects)
        return all(switches) and not self.projects

    @property
    def rules(self) -> Rules:
        return Rules(self.most_lost, self.on_lost)

    @property
    def clock(self) -> StudioClock:
        return StudioClock(self.time_zone, self.work_starts)

    def loads(self, entity_type: str) -> bool:
        """Whether an entity type is to be loaded."""
        return is_loaded(entity_type, self.entity_types)

    def validate(self) -> None:
        """Raise what is wrong, before anything is sent.

        Raises:
            SettingsError: with the setting's name and what to do.
            AddressRefused: `site_url` cannot be a site.
        """
        if not self.is_sandbox:
            base_url(self.site_url)
            for name in ("client_id", "client_secret"):
                if not getattr(self, name):
                    raise SettingsError(
                        f"{name} is not set: put it into .dlt/secrets.toml under "
                        f"[sources.{SOURCE}], or set SOURCES__{SOURCE.upper()}__{name.upper()}."
                    )
        if self.sandbox_size not in ("tiny", "studio", "medium", "large"):
            raise SettingsError(
                f"sandbox_size is {self.sandbox_size!r}: it can be 'tiny', 'studio', 'medium' or "
                "'large'."
            )
        if not 1 <= self.page_size <= LARGEST_PAGE:
            raise SettingsError(f"page_size is {self.page_size}: it can be 1 to {LARGEST_PAGE}.")
        if not 1 <= self.concurrency <= 16:
            raise SettingsError(f"concurrency is {self.concurrency}: it can be 1 to 16.")
        for name in ("most_retries", "most_requests"):
            if getattr(self, name) < 0:
                raise SettingsError(f"{name} is {getattr(self, name)}: it is a number, 0 or more.")
        if not 0 <= self.most_lost <= 1:
            raise SettingsError(f"most_lost is {self.most_lost}: it is a share, 0 to 1.")
        if self.on_lost not in ("mark", "delete"):
            raise SettingsError(f"on_lost is {self.on_lost!r}: it can be 'mark' or 'delete'.")
        try:
            time.fromisoformat(self.work_starts)
            self.clock.zone  # noqa: B018  # looks the zone up, or raises
        except (ValueError, ZoneInfoNotFoundError) as error:
            raise SettingsError(
                f"time_zone is {self.time_zone!r} and work_starts is {self.work_starts!r}: they "
                f'can be "Europe/London" and "09:00", for example ({error}).'
            ) from None
        if not is_possible(self.query_fields):
            raise SettingsError(
                f"query_fields is {self.query_fields!r}: it can be true, false or a list of fields "
                '["Shot.sg_approved_versions"].'
            )
        if self.overlap < 0:
            raise SettingsError(f"overlap is {self.overlap}: it is a number of seconds, 0 or more.")


@configspec
class _Configured(BaseConfiguration):
    """The settings as dlt resolves them; unset ones stay None and take the defaults above."""

    site_url: str | None = None
    client_id: str | None = None
    client_secret: TSecretStrValue | None = None
    sandbox_size: str | None = None
    page_size: int | None = None
    concurrency: int | None = None
    projects: list[Any] | None = None
    archived_projects: bool | None = None
    template_projects: bool | None = None
    demo_projects: bool | None = None
    most_retries: int | None = None
    most_requests: int | None = None
    most_lost: float | None = None
    on_lost: str | None = None
    overlap: float | None = None
    time_zone: str | None = None
    work_starts: str | None = None
    query_fields: Any | None = None  # `Any` alone dlt would insist on


def read_settings(**given: object) -> Settings:
    """The settings of this project; what is `given` (and not None) goes before what is set.

    Raises:
        SettingsError: a setting is missing, unknown, or of the wrong type.
        AddressRefused: `site_url` cannot be a site.
    """
    _refuse_unknown_names()
    try:
        configured = resolve_configuration(_Configured(), sections=SECTION)
    except ConfigurationException as error:
        raise SettingsError(f"A setting in [sources.{SOURCE}] is wrong: {error}") from error
    project = read_project_file()
    values: dict[str, Any] = {
        "data_dir": project.data_dir,
        "destination": project.destination,
        "entity_types": project.entity_types,
        "exclude_fields": project.exclude_fields,
    }
    values |= {name: configured[name] for name in _CONFIGURED}
    if configured["projects"] is not None:
        values["projects"] = tuple(str(item) for item in configured["projects"])
    values |= {name: value for name, value in given.items() if value is not None}
    values["query_fields"] = as_chosen(values["query_fields"])
    return Settings(**{name: value for name, value in values.items() if value is not None})


_CONFIGURED = (
    "site_url",
    "client_id",
    "client_secret",
    "sandbox_size",
    "page_size",
    "concurrency",
    "archived_projects",
    "template_projects",
    "demo_projects",
    "most_retries",
    "most_requests",
    "most_lost",
    "on_lost",
    "overlap",
    "time_zone",
    "work_starts",
    "query_fields",
)
_NAMES = {field.name for field in fields(Settings)}


def _refuse_unknown_names() -> None:
    """A misspelt setting would otherwise be ignored without a word."""
    section = dlt.config.get(".".join(SECTION), dict) or {}
    for name in section:
        if name not in _NAMES:
            near = get_close_matches(name, _NAMES, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(_NAMES))}."
            raise SettingsError(f"{name} in [sources.{SOURCE}] is not a setting: {hint}")
