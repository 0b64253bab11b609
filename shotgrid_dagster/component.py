"""The project as a component, for those who write YAML and use `dg`.

    type: shotgrid_dagster.component.ShotGridComponent
    attributes:
      site_url: studio.shotgrid.autodesk.com
      entity_types: [Project, Shot, Task]

It makes what `definitions.py` has. An attribute goes before the same setting in
`.dlt/config.toml` and in the environment. The script's name and key are no attributes, because
Dagster shows those: they stay in `.dlt/secrets.toml` or in the environment.
"""

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails

from shotgrid_dagster.config.project import read_project_file
from shotgrid_dagster.config.reports import read_report_settings
from shotgrid_dagster.config.schedules import ScheduleSettings, read_schedule_settings
from shotgrid_dagster.config.section import Section, is_list
from shotgrid_dagster.config.settings import Settings

OF_THE_PROJECT = ("data_dir", "destination", "entity_types")
OF_A_RUN = ("site_url", "time_zone")
"""The site's settings that are attributes, beside all the hours."""


def _attributes(section: type[Section], names: Iterable[str]) -> dict[str, Any]:
    """Settings as optional attributes, as pydantic makes a model of them.

    Their values are checked by their own section.
    """
    fields = {name: section.model_fields[name] for name in names}
    return {
        name: (
            list[str] | None if is_list(field) else str | None,
            Field(default=None, description=field.description),
        )
        for name, field in fields.items()
    }


if TYPE_CHECKING:
    # What `_attributes` gives, which a checker cannot follow.
    Attributes = dg.Model
else:
    Attributes = create_model(
        "Attributes",
        __base__=dg.Model,
        **_attributes(Settings, ("site_url", *OF_THE_PROJECT, "time_zone")),
        **_attributes(ScheduleSettings, ScheduleSettings.own_settings()),
    )


class ShotGridComponent(dg.Component, Attributes, dg.Resolvable):
    """A typed, complete and fresh copy of a ShotGrid site: an asset per entity type, and models."""

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        """What the YAML is checked against: a misspelt key is refused with the nearest real one."""
        return _with_hints(cls.model())

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The definitions of the project that the YAML file is in.

        Raises:
            SettingsError: an attribute, `.dlt/config.toml` or the environment is wrong.
            ModelError, ValueError: as `build_definitions`.
        """
        folder = context.project_root.absolute()
        given = {name: value for name, value in self if value is not None}
        project = read_project_file(folder)
        hours = read_schedule_settings(folder)
        reporting = read_report_settings(folder)
        of_the_project = {name: given[name] for name in OF_THE_PROJECT if name in given}
        if "data_dir" in given:
            of_the_project["data_dir"] = folder / given["data_dir"]
        # Last: it imports dlt, which tells with a traceback of a slip in the files.
        from shotgrid_dagster.defs.build import build_definitions

        return build_definitions(
            project.changed(**of_the_project),
            hours=hours.changed(
                **{name: given[name] for name in ScheduleSettings.model_fields if name in given}
            ),
            reporting=reporting,
            **{name: given[name] for name in OF_A_RUN if name in given},
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
                    error.title, [_explained(details, names) for details in error.errors()]
                ) from None

    return ShotGridAttributes


def _explained(error: ErrorDetails, names: Sequence[str]) -> InitErrorDetails:
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
