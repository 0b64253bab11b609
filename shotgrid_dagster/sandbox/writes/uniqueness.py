"""The few names that no two live rows share."""

from __future__ import annotations

from collections.abc import Mapping

from shotgrid_dagster.sandbox.errors import refused
from shotgrid_dagster.sandbox.writes.edit import Edit

UNIQUE = {
    "Project": ("name", "code"),
    "HumanUser": ("login",),
    "PublishedFileType": ("code",),
    "LocalStorage": ("code",),
}


def check_unique(
    edit: Edit, kind: str, row_id: int, stored: Mapping[str, object], verb: str
) -> None:
    """Raises the 400 of a name that a live row has. Retired rows do not hold on to theirs."""
    for name in UNIQUE.get(kind, ()):
        if stored.get(name) is not None and edit.rows.ids(
            kind, f'"{name}" = ? and id <> ? and _retired_at is null', stored[name], row_id
        ):
            raise refused(
                f"{verb} failed for [{kind}.{name}]: the value is in use already: {stored[name]}"
            )
