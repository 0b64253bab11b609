"""From the settings to the projects that are copied, by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.errors import SettingsError
from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.source.reading.exclusions import refuse_unknown_types, types_named
from shotgrid_dagster.source.reading.scope import PROJECT, Scope

FLAGS = ("archived", "is_template", "is_demo")


def scope_of(site: Site, entity_types: Sequence[EntityType], settings: Settings) -> Scope:
    """The scope that the settings ask for; the projects are asked for only if some are left out.

    Raises:
        SettingsError: a setting names a type or a project that the site does not have; a type
            that is to be loaded aside, which fails alone.
        SiteError: the projects cannot be read.
    """
    known = [entity_type.name for entity_type in entity_types]
    refuse_unknown_types("exclude_fields", types_named(settings.exclude_fields), known)
    if settings.reads_all_projects:
        return Scope(settings.exclude_fields)
    projects = _projects(site)
    wanted = _named(settings.projects, projects) if settings.projects else set(projects)
    unwanted = {
        "archived": not settings.archived_projects,
        "is_template": not settings.template_projects,
        "is_demo": not settings.demo_projects,
    }
    kept = (
        id_
        for id_ in wanted
        if not any(projects[id_].get(flag) and unwanted[flag] for flag in FLAGS)
    )
    return Scope(settings.exclude_fields, tuple(sorted(kept)))


def _projects(site: Site) -> dict[int, dict[str, object]]:
    there = {field.name for field in site.fields(PROJECT)}
    fields = [name for name in ("name", *FLAGS) if name in there]
    rows = (row for retired in (False, True) for row in site.rows(PROJECT, fields, retired=retired))
    return {int(str(row["id"])): row for row in rows}


def _named(wanted: Sequence[str], projects: dict[int, dict[str, object]]) -> set[int]:
    ids = {str(id_): id_ for id_ in projects}
    names: dict[str, list[int]] = {}
    for id_, row in projects.items():
        names.setdefault(str(row.get("name")), []).append(id_)
    chosen: set[int] = set()
    for project in wanted:
        if project in names:
            chosen.update(names[project])
        elif project in ids:
            chosen.add(ids[project])
        else:
            alike = {name.casefold(): name for name in names}
            near = get_close_matches(project.casefold(), alike, n=1)
            hint = f"did you mean {alike[near[0]]!r}?" if near else "give its name, or its id."
            raise SettingsError(
                f"projects names {project!r}, which the script does not see: {hint}"
            )
    return chosen
