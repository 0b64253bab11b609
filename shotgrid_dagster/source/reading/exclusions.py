"""Fields that the user does not want to have copied. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase

from shotgrid_dagster.errors import SettingsError
from shotgrid_dagster.site import EntityType, SiteSchema

WILD = frozenset("*?[")


def leave_out(entity_type: EntityType, patterns: Sequence[str]) -> EntityType:
    """The type with those fields marked that the patterns name.

    A pattern is a field of one type (`HumanUser.email`), a field of any type (`email`), or either
    with wildcards (`*.sg_salary*`).

    Raises:
        SettingsError: a pattern without wildcards names a field that this type has not.
    """
    name, fields = entity_type.name, entity_type.fields
    known = [field.name for field in fields]
    for pattern in patterns:
        of, _, field_name = pattern.rpartition(".")
        if of == name and not WILD & set(field_name) and field_name not in known:
            near = get_close_matches(field_name, known, n=1)
            hint = f"did you mean {name}.{near[0]}?" if near else "take it out."
            raise SettingsError(
                f"exclude_fields names {pattern}, but {name} has no field {field_name}: {hint}"
            )
    return replace(
        entity_type,
        fields=tuple(
            replace(field, left_out=any(_names(pattern, name, field.name) for pattern in patterns))
            for field in fields
        ),
    )


def leave_out_everywhere(schema: SiteSchema, patterns: Sequence[str]) -> SiteSchema:
    """The same for a schema that was saved; what it does not know is not complained of."""
    known = {
        name: [
            pattern
            for pattern in patterns
            if not pattern.startswith(f"{name}.") or _fits(pattern, entity_type)
        ]
        for name, entity_type in schema.entity_types.items()
    }
    marked = {
        name: leave_out(entity_type, known[name])
        for name, entity_type in schema.entity_types.items()
    }
    return replace(schema, entity_types=marked)


def refuse_unknown_types(setting: str, names: Sequence[str], known: Sequence[str]) -> None:
    """Entity types in a setting must be the site's.

    Raises:
        SettingsError: with the nearest name that the site has.
    """
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "take it out."
            raise SettingsError(f"{setting} names {name}, which the site does not have: {hint}")


def types_named(patterns: Sequence[str]) -> list[str]:
    """The entity types that the patterns name without wildcards."""
    named = [pattern.rpartition(".")[0] for pattern in patterns]
    return [name for name in named if name and not WILD & set(name)]


def _fits(pattern: str, entity_type: EntityType) -> bool:
    return any(_names(pattern, entity_type.name, field.name) for field in entity_type.fields)


def _names(pattern: str, entity_type: str, field: str) -> bool:
    of, _, wanted = pattern.rpartition(".")
    return fnmatchcase(entity_type, of or "*") and fnmatchcase(field, wanted)
