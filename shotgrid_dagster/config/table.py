"""The settings as the README lists them: `python -m shotgrid_dagster.config.table`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic.fields import FieldInfo

from shotgrid_dagster.config.reading import SECTIONS
from shotgrid_dagster.config.section import in_brackets, is_secret, what_it_can_be


def settings_table() -> str:
    """A Markdown table of all settings: name, default, what it can be, what it is for."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "| setting | as it ships | it can be | what it is |"
    yield "|---|---|---|---|"
    for section in SECTIONS:
        yield f"| **`{in_brackets(section.SECTION)}`** | | | |"
        for name, field in section.own_settings().items():
            can_be = what_it_can_be(field).replace("*", "\\*")
            if is_secret(field):
                can_be += "; never in `config.toml`, which is no secret"
            cells = (f"`{name}`", _default(field), can_be, str(field.description))
            yield f"| {' | '.join(cells)} |"


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None:
        return "-"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{list(value)}`" if isinstance(value, tuple) else f"`{_toml(value)}`"


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, (str, Path)) else str(value)


if __name__ == "__main__":
    print(settings_table(), end="")
