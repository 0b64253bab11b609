"""Why a site refuses an upload, in a sentence that says what would be right."""

from __future__ import annotations

from difflib import get_close_matches

from shotgrid_dagster.site.client import Site
from shotgrid_dagster.site.errors import NoPermission, RequestRefused, SiteError, UploadRefused
from shotgrid_dagster.site.uploads.target import Target

HOLDS_FILES = ("image", "url")
"""The data types of fields that hold a file."""


def explained(site: Site, target: Target, error: RequestRefused) -> SiteError | None:
    """A better error for a refusal, where its reason can be found.

    Raises:
        SiteError: the site could not be asked for it.
    """
    if error.is_about_rights:
        return NoPermission(
            f"The script may not put a file on {target}: {error} Give its permission role the "
            "right to edit that, or use another script."
        )
    fields = {field.name: field for field in site.fields(target.entity_type)}
    files = sorted(name for name, field in fields.items() if field.data_type in HOLDS_FILES)
    if target.field is not None and target.field not in files:
        there = fields.get(target.field)
        wrong = (
            f"{target.entity_type} has no field {target.field!r}"
            if there is None
            else f"{target.entity_type}.{target.field} is a {there.data_type} field"
        )
        near = get_close_matches(target.field, files, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        return UploadRefused(
            f"{wrong}, which holds no file: {hint}Those that do: {', '.join(files) or 'none'}."
        )
    if not site.count(target.entity_type, where=[["id", "is", target.id]]):
        return UploadRefused(
            f"There is no {target.entity_type} {target.id}: it was never there, is deleted, or "
            "the script may not see it."
        )
    return None
