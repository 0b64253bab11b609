"""What every section of the settings is: a frozen pydantic model, whose errors are sentences.

A setting is written once, as a field of its section's model: its name, its default, what it can be
(`ge`, `le`, its type, or `CanBe`) and its sentence (`description`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import (
    BaseModel,
    ConfigDict,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo
from typing_extensions import Self

from shotgrid_dagster.config.errors import WrongValue
from shotgrid_dagster.errors import SettingsError


@dataclass(frozen=True)
class CanBe:
    """What a setting can be, where its type does not say it: put it into `Annotated`."""

    text: str


class Section(BaseModel):
    """The settings of one section.

    Raises:
        SettingsError: a name is no setting of the section, or a value is not possible.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True
    )

    SECTION: ClassVar[tuple[str, ...]]
    """Where it stands in the file: `("sources", "shotgun_software_source")`."""
    BORROWED: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Settings of another section that this one needs: name -> that section."""

    def __init__(self, **given: object) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            raise _explained(type(self), given, error) from None

    @field_validator("*", mode="before")
    @classmethod
    def _no_look_alikes(cls, value: object, info: ValidationInfo) -> object:
        """Neither `yes` nor 1 is true, and true is no number."""
        expected = cls.model_fields[str(info.field_name)].annotation
        if expected is bool:
            if isinstance(value, str) and value.strip().lower() in ("true", "false"):
                return value.strip().lower() == "true"
            if not isinstance(value, bool):
                raise ValueError
        elif expected in (int, float) and isinstance(value, bool):
            raise ValueError
        return value

    @classmethod
    def own_settings(cls) -> dict[str, FieldInfo]:
        """The settings that stand in this section."""
        return {name: field for name, field in cls.model_fields.items() if name not in cls.BORROWED}

    def changed(self, **given: object) -> Self:
        """The same with other values, which are checked."""
        return type(self)(
            **{**{name: getattr(self, name) for name in self.model_fields_set}, **given}
        )


def in_brackets(section: Sequence[str]) -> str:
    """A section as it is written in a file: `[schedules]`."""
    return f"[{'.'.join(section)}]"


def is_secret(field: FieldInfo) -> bool:
    """Whether a setting's value is shown to nobody."""
    return field.annotation is SecretStr or SecretStr in get_args(field.annotation)


def is_list(field: FieldInfo) -> bool:
    """Whether a setting is a list, or may be one."""
    kinds = (field.annotation, *get_args(field.annotation))
    return any(get_origin(kind) is tuple for kind in kinds)


def what_it_can_be(field: FieldInfo) -> str:
    """`a whole number, 1 to 16`, `'mark' or 'delete'`, ..."""
    for rule in field.metadata:
        if isinstance(rule, CanBe):
            return rule.text
    if get_origin(field.annotation) is Literal:
        *most, last = (repr(choice) for choice in get_args(field.annotation))
        return f"{', '.join(most)} or {last}"
    if field.annotation is bool:
        return "true or false"
    if field.annotation in (int, float):
        kind = "a whole number" if field.annotation is int else "a number"
        least = next((rule.ge for rule in field.metadata if isinstance(rule, Ge)), None)
        most_ = next((rule.le for rule in field.metadata if isinstance(rule, Le)), None)
        return f"{kind}, {least} or more" if most_ is None else f"{kind}, {least} to {most_}"
    return "a text"


def unknown(name: str, names: Sequence[str]) -> str:
    """How the sentence about an unknown name ends: with the nearest that is known, or with all."""
    near = get_close_matches(name.lower(), names, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(names))}."


def _explained(
    section: type[Section], given: Mapping[str, object], error: ValidationError
) -> SettingsError:
    """The first thing that is wrong, as a sentence."""
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0])
    if name not in section.model_fields:
        hint = unknown(name, list(section.own_settings()))
        return SettingsError(f"{name} is not a setting of {in_brackets(section.SECTION)}: {hint}")
    field = section.model_fields[name]
    reason = str(first.get("ctx", {}).get("error", "")) or f"it can be {what_it_can_be(field)}."
    if is_secret(field):
        return WrongValue(name, f"is not possible: {reason}")
    return WrongValue(name, f"is {_as_written(given.get(name))}: {reason}")


def _as_written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(list(value)) if isinstance(value, tuple) else repr(value)
