"""Names that are no settings: they would be ignored without a word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher, get_close_matches

from shotgrid_dagster.config.section import Section, in_brackets, unknown
from shotgrid_dagster.config.toml_files import TomlFile
from shotgrid_dagster.errors import SettingsError

SOURCES = "sources"
"""The section above the sections of dlt's sources."""

DLTS_OWN = ("data_writer", "extract", "load", "normalize", "schema")
"""Sections that dlt itself looks for below a source."""

LIKE = 0.8
"""How alike two names of sections are, so that one is the other misspelt; dlt has others."""
LIKE_A_SETTING = 0.85
"""The same of a setting that stands outside a section, where dlt has some too."""


def refuse_unknown(
    sections: Sequence[type[Section]], files: Sequence[TomlFile], environ: Mapping[str, str]
) -> None:
    """Hold the names in the files and in the environment against the settings that there are.

    Raises:
        SettingsError: one is no setting, or stands where nobody looks; with the nearest that is.
    """
    for file in files:
        _refuse_in_file(sections, file)
    for variable in sorted(environ):
        _refuse_variable(sections, variable)


# -- files


def _refuse_in_file(sections: Sequence[type[Section]], file: TomlFile) -> None:
    by_path = {section.SECTION: section for section in sections}
    for path, value in _tables_and_values(file.content):
        if path in by_path:
            section = by_path[path]
            if not isinstance(value, dict):
                raise SettingsError(
                    f"{path[-1]} in {file.path} is a section: write {in_brackets(path)} above its "
                    "lines."
                )
            for name, setting in value.items():
                if not (path[0] == SOURCES and name in DLTS_OWN and isinstance(setting, dict)):
                    _refuse_name(sections, section, name, f"{in_brackets(path)} of {file.path}")
        elif not file.is_global:
            _refuse_place(sections, path, value, file)


def _tables_and_values(content: Mapping[str, object]) -> Iterator[tuple[tuple[str, ...], object]]:
    """What stands at the top of a file and in `[sources]`, with where."""
    for name, value in content.items():
        if name == SOURCES and isinstance(value, dict):
            yield from (((name, below), setting) for below, setting in value.items())
        else:
            yield (name,), value


def _refuse_name(
    sections: Sequence[type[Section]], section: type[Section], name: str, place: str
) -> None:
    names = section.own_settings()
    if name in names:
        return
    for other in sections:
        if name in other.own_settings():
            raise SettingsError(
                f"{name} in {place} is a setting of {in_brackets(other.SECTION)}: write it there."
            )
    raise SettingsError(f"{name} in {place} is not a setting: {unknown(name, list(names))}")


def _refuse_place(
    sections: Sequence[type[Section]], path: tuple[str, ...], value: object, file: TomlFile
) -> None:
    """Refuse a section that is one of ours misspelt, and a setting of ours outside its section."""
    if isinstance(value, dict):
        inside = value.get(SOURCES)
        for section in sections:
            ours = section.SECTION
            is_inside = len(path) == 1 and isinstance(inside, dict) and ours[-1] in inside
            if is_inside or _is_like(path[-1], ours[-1]) or path[-1].lower() == ours[-1]:
                raise SettingsError(
                    f"{in_brackets((*path, SOURCES, ours[-1]) if is_inside else path)} in "
                    f"{file.path} is not a section that anybody reads: did you mean "
                    f"{in_brackets(ours)}?"
                )
        if len(path) == 1 and _is_like(path[0], SOURCES):
            raise SettingsError(
                f"{in_brackets(path)} in {file.path} is not a section that anybody reads: did you "
                f"mean [{SOURCES}]?"
            )
        return
    homes = {name: section for section in reversed(sections) for name in section.own_settings()}
    near = get_close_matches(path[-1].lower(), homes, n=1, cutoff=LIKE_A_SETTING)
    if near:
        raise SettingsError(
            f"{path[-1]} in {file.path} stands outside its section: write {near[0]} below "
            f"{in_brackets(homes[near[0]].SECTION)}."
        )


def _is_like(name: str, ours: str) -> bool:
    return name != ours and SequenceMatcher(None, name.lower(), ours).ratio() >= LIKE


# -- variables


def variable_of(section: type[Section], name: str) -> str:
    """The variable of a setting, dlt's way."""
    return "__".join((*section.SECTION, name)).upper()


def _refuse_variable(sections: Sequence[type[Section]], variable: str) -> None:
    place = f"the variable {variable}"
    for section in sections:
        prefix = variable_of(section, "")
        if variable.upper().startswith(prefix):
            name = variable[len(prefix) :].lower()
            below = name.partition("__")[0]
            if section.SECTION[0] == SOURCES and below != name and below in DLTS_OWN:
                return
            _refuse_variables_name(sections, section, name, place)
            if variable != variable.upper():
                raise SettingsError(f"{place} is not read: write it in capitals.")
            return
    for section in sections:
        for name in section.own_settings():
            meant = variable_of(section, name)
            if _is_meant(variable.upper(), meant, name):
                raise SettingsError(f"{place} is not read: did you mean {meant}?")


def _refuse_variables_name(
    sections: Sequence[type[Section]], section: type[Section], name: str, place: str
) -> None:
    names = section.own_settings()
    if name in names:
        return
    for other in sections:
        if name in other.own_settings():
            raise SettingsError(
                f"{place} is not a setting: did you mean {variable_of(other, name)}?"
            )
    near = get_close_matches(name, names, n=1)
    hint = (
        f"did you mean {variable_of(section, near[0])}?"
        if near
        else f"{in_brackets(section.SECTION)} has {', '.join(sorted(names))}."
    )
    raise SettingsError(f"{place} is not a setting: {hint}")


def _is_meant(variable: str, meant: str, name: str) -> bool:
    """Whether a variable is the other one, misspelt in its section."""
    section, _, last = variable.rpartition("__")
    ours = meant.rpartition("__")[0]
    if last == name.upper() and section:
        is_part = ours.startswith(f"{section}__") or section.endswith(f"__{ours}")
        return is_part or _is_like(section, ours.lower())
    # With one line below where there are two.
    is_long = "__" in ours
    return is_long and re.sub("_+", "_", variable) == re.sub("_+", "_", meant)
