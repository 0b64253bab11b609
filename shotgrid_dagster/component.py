"""The project as a component, for those who write YAML and use `dg`.

    type: shotgrid_dagster.component.ShotGridComponent
    attributes:
      site_url: studio.shotgrid.autodesk.com
      entity_types: [Project, Shot, Task]

It makes what `definitions.py` has. An attribute goes before the same setting in
`.dlt/config.toml`. The script's name and key are no attributes, because Dagster shows those: they
stay in `.dlt/secrets.toml` or in the environment.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from difflib import get_close_matches

import dagster as dg
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails

from shotgrid_dagster.config.project import read_project_file
from shotgrid_dagster.config.reports import read_report_settings
from shotgrid_dagster.config.schedules import ScheduleSettings, read_schedule_settings


class ShotGridComponent(dg.Component, dg.Model, dg.Resolvable):
    """A typed, complete and fresh copy of a ShotGrid site: an asset per entity type, and models."""

    site_url: str | None = Field(None, description="`sandbox`, a bare host, or the site's URL.")
    data_dir: str | None = Field(
        None, description="Where the databases are, relative to the project's folder."
    )
    destination: str | None = Field(None, description="A dlt destination: duckdb, postgres, ...")
    entity_types: list[str] | None = Field(
        None, description="Load only these; left out: all that the site has."
    )
    time_zone: str | None = Field(None, description="The studio's, as an IANA name.")
    incremental: str | None = Field(None, description="Cron line of every_15_minutes.")
    census: str | None = Field(None, description="Cron line of nightly_census.")
    full_refresh: str | None = Field(None, description="Cron line of weekly_full_refresh.")
    morning: str | None = Field(None, description="Cron line of every_morning.")
    publish: str | None = Field(
        None, description="Cron line: models_follow publishes once between two of its times."
    )

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        """What the YAML is checked against: a misspelt key is told with the nearest real one."""
        return _with_hints(cls.model())

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The definitions of the project that the YAML file is in.

        Raises:
            SettingsError: `.dlt/config.toml` is wrong.
            ModelError, ValueError: as `build_definitions`.
        """
        from shotgrid_dagster.defs.build import build_definitions

        folder = context.project_root
        given = {name: value for name, value in self if value is not None}
        project = read_project_file(folder)
        if self.data_dir is not None:
            project = replace(project, data_dir=folder.absolute() / self.data_dir)
        if self.destination is not None:
            project = replace(project, destination=self.destination)
        if self.entity_types is not None:
            project = replace(project, entity_types=tuple(self.entity_types))
        hours = {
            field.name: given[field.name]
            for field in fields(ScheduleSettings)
            if field.name in given
        }
        return build_definitions(
            project,
            hours=replace(read_schedule_settings(folder), **hours),
            reporting=read_report_settings(folder),
            site_url=self.site_url,
            time_zone=self.time_zone,
        )


def _with_hints(attributes: type[BaseModel]) -> type[BaseModel]:
    """The same model, whose errors about unknown keys name the nearest known one."""
    names = list(attributes.model_fields)

    # A base that is made at run time, which a checker cannot follow.
    class ShotGridAttributes(attributes):  # type: ignore[misc, valid-type]  # made at run time
        # `dg check yaml` goes by the JSON schema alone: it points at the key, and lists the names.
        model_config = ConfigDict(json_schema_extra={"propertyNames": {"enum": [*names]}})

        @model_validator(mode="wrap")  # type: ignore[misc]  # its type wants Self: Python 3.11
        @classmethod
        def _hint(cls, given: object, check: Callable[[object], object]) -> object:
            try:
                return check(given)
            except ValidationError as error:
                raise ValidationError.from_exception_data(
                    error.title, [_told(item, names) for item in error.errors()]
                ) from None

    return ShotGridAttributes


def _told(error: ErrorDetails, names: Sequence[str]) -> InitErrorDetails:
    """One error as pydantic takes it back, in a sentence if it is about an unknown key."""
    if error["type"] != "extra_forbidden":
        return InitErrorDetails(
            type=error["type"], loc=error["loc"], input=error["input"], ctx=error.get("ctx", {})
        )
    key = str(error["loc"][-1])
    near = get_close_matches(key, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}."
    sentence = ValueError(f"{key} is not an attribute of ShotGridComponent: {hint}")
    return InitErrorDetails(
        type="value_error", loc=error["loc"], input=error["input"], ctx={"error": sentence}
    )
