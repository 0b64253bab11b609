"""What the site says about itself, as three small tables: statuses, working days, preferences.

None of it is an entity type, so it is read whole and replaces what was there. What each running
project says of its own takes five requests a project: of those it is read once a day, or when the
site itself says something else, see `ProjectsRead`.

| table | a row is |
|---|---|
| `_sg_status_settings` | a status that a status field may take; again for a project that differs |
| `_sg_work_days` | a calendar day of the studio; again for a project that differs |
| `_sg_preferences` | a site preference |

In the first two, `project_id` 0 stands for the studio itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

import pyarrow as pa

from shotgrid_dagster.config.values.clock import StudioClock
from shotgrid_dagster.site import Field, Site
from shotgrid_dagster.site.http.site_clock import TOLERANCE
from shotgrid_dagster.site.work_days import WorkDay
from shotgrid_dagster.source.tables.columns import TIMESTAMP

STATUSES, WORK_DAYS, PREFERENCES = "_sg_status_settings", "_sg_work_days", "_sg_preferences"
TABLES = (STATUSES, WORK_DAYS, PREFERENCES)

STUDIO = 0
"""The `project_id` of what holds for the whole site."""

STATUS_FIELD = "sg_status_list"
WITH_STATUSES = (
    "Task", "Shot", "Asset", "Version", "Sequence", "Episode", "Note", "PublishedFile", "Delivery",
)  # fmt: skip
"""The entity types whose statuses people follow."""
HIDDEN_BY_PROJECTS = WITH_STATUSES[:4]
"""Those of which each running project is asked what it hides: one request a project and type, and
one for its working days."""

YEARS_AHEAD = 2
"""Working days are known until the end of the year so many years from now: due dates need them."""

EARLIEST_YEAR = 2000
"""Working days begin no earlier, whatever a project is dated."""

HOURS_PER_DAY = 8.0
"""Of a site that does not say."""

SCHEMAS = {
    STATUSES: pa.schema(
        [
            ("entity_type", pa.string()),
            ("field_name", pa.string()),
            ("project_id", pa.int64()),
            ("code", pa.string()),
            ("name", pa.string()),
            ("position", pa.int64()),
            ("is_hidden", pa.bool_()),
            ("group_name", pa.string()),
        ]
    ),
    WORK_DAYS: pa.schema(
        [
            ("project_id", pa.int64()),
            ("day", pa.date32()),
            ("week_starts_on", pa.date32()),
            ("is_working", pa.bool_()),
            ("reason", pa.string()),
            ("description", pa.string()),
            ("begins_at", TIMESTAMP),
            ("ends_at", TIMESTAMP),
            ("work_starts_at", TIMESTAMP),
            ("work_ends_at", TIMESTAMP),
        ]
    ),
    PREFERENCES: pa.schema([("name", pa.string()), ("value", pa.string())]),
}


Rows = list[dict[str, object]]

PROJECTS_EVERY = timedelta(days=1)
"""How long what the projects say of their own is taken to hold."""


@dataclass(frozen=True)
class ProjectsRead:
    """When the projects were asked last, and what the site itself said then."""

    of_site: str
    """The digest of what the site said of itself, and of which projects were running."""
    at: datetime

    def holds(self, now: ProjectsRead) -> bool:
        """Whether they need not be asked again."""
        # A time that is still to come is of a clock that was wrong once.
        is_fresh = -TOLERANCE <= now.at - self.at < PROJECTS_EVERY
        return self.of_site == now.of_site and is_fresh


@dataclass(frozen=True)
class SiteSettings:
    """The tables, whole."""

    tables: Mapping[str, Rows]
    projects_read: ProjectsRead

    @property
    def digest(self) -> str:
        """A digest of all tables: the same as long as nothing in them changed."""
        return digest_of(self.tables)


def read_site_settings(
    site: Site,
    clock: StudioClock,
    concurrency: int = 4,
    projects_read: ProjectsRead | None = None,
) -> SiteSettings | None:
    """The settings; None when nothing changed since the projects were read.

    So it is when the site says of itself what it said when the projects were read last,
    `projects_read`, which is not long ago.

    Raises:
        SiteError: the site refused, or failed for good.
    """
    # They are many and small: while rows are decoded and loaded, there is room for them.
    site = site.counting(can_wait=True)
    preferences = site.preferences()
    projects = list(site.rows("Project", ["archived", "is_template", "created_at"]))
    running = [
        int(str(project["id"]))
        for project in projects
        if not (project["archived"] or project.get("is_template"))
    ]
    there = {entity_type.name for entity_type in site.entity_types()}
    first = date(_first_year(projects, _now(site)), 1, 1)
    last = date(_now(site).year + YEARS_AHEAD, 12, 31)
    minutes = 60 * hours_per_day(preferences)
    statuses: dict[int | None, dict[str, Field]] = {}
    days: dict[int | None, tuple[WorkDay, ...]] = {}

    def status_field(place: tuple[int | None, str]) -> Field | None:
        project_id, entity_type = place
        fields = site.fields(entity_type, project_id=project_id)
        return next((field for field in fields if field.name == STATUS_FIELD), None)

    def days_of(project_id: int | None) -> tuple[WorkDay, ...]:
        return site.work_days(first, last, project_id=project_id)

    def ask(of: Sequence[int | None], entity_types: Sequence[str]) -> None:
        places = [(project_id, name) for project_id in of for name in entity_types if name in there]
        for (project_id, name), field in zip(
            places, threads.map(status_field, places), strict=True
        ):
            if field:
                statuses.setdefault(project_id, {})[name] = field
        days.update(zip(of, threads.map(days_of, of), strict=True))

    def tables() -> dict[str, Rows]:
        return {
            STATUSES: list(status_rows(statuses, status_groups(preferences))),
            WORK_DAYS: list(work_day_rows(days, clock, timedelta(minutes=minutes))),
            PREFERENCES: [
                {"name": name, "value": value if isinstance(value, str) else json.dumps(value)}
                for name, value in sorted(preferences.items())
            ],
        }

    with ThreadPoolExecutor(max_workers=concurrency) as threads:
        ask([None], WITH_STATUSES)
        now = ProjectsRead(digest_of([running, tables()]), _now(site))
        if projects_read and projects_read.holds(now):
            return None
        ask(running, HIDDEN_BY_PROJECTS)
    return SiteSettings(tables(), now)


def hours_per_day(preferences: Mapping[str, object]) -> float:
    """How long a day of work is; 8 hours where the site says nothing that a day can hold."""
    hours = preferences.get("hours_per_day")
    is_number = isinstance(hours, (int, float)) and not isinstance(hours, bool)
    return float(str(hours)) if is_number and 0 < float(str(hours)) <= 24 else HOURS_PER_DAY


def digest_of(said: object) -> str:
    """The SHA-256 of a value that JSON can hold, in hexadecimal."""
    return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()


def status_groups(preferences: Mapping[str, object]) -> dict[str, str]:
    """Status code -> the name of the group that the site puts it in: Upcoming, Active or Done."""
    try:
        settings = json.loads(str(preferences.get("view_master_settings")))
        return {
            code: group["name"]
            for group in settings["status_groups"]
            for code in group["status_list"]
        }
    except (ValueError, KeyError, TypeError):
        # the layout of this preference is nowhere documented: then the models' own table counts
        return {}


def status_rows(
    fields: Mapping[int | None, Mapping[str, Field]], groups: Mapping[str, str]
) -> Iterator[dict[str, object]]:
    """The valid values of each status field; of a project, where it hides others than the site."""
    for project_id, of_project in fields.items():
        for entity_type, field in of_project.items():
            hidden = _texts(field, "hidden_values")
            of_site = _texts(fields[None][entity_type], "hidden_values")
            if project_id is not None and set(hidden) == set(of_site):
                continue
            names = field.properties.get("display_values")
            for position, code in enumerate(_texts(field, "valid_values")):
                yield {
                    "entity_type": entity_type,
                    "field_name": field.name,
                    "project_id": project_id or STUDIO,
                    "code": code,
                    "name": names.get(code) if isinstance(names, Mapping) else None,
                    "position": position,
                    "is_hidden": code in hidden,
                    "group_name": groups.get(code),
                }


def work_day_rows(
    days: Mapping[int | None, Sequence[WorkDay]], clock: StudioClock, length: timedelta
) -> Iterator[dict[str, object]]:
    """The studio's days with their instants in UTC; of a project, the days that differ."""
    of_studio = {day.date: day for day in days[None]}
    for project_id, of_project in days.items():
        if project_id is not None and of_project is days[None]:
            continue  # The site said the same, which was decoded once: see `Site.work_days`.
        for work_day in of_project:
            if project_id is not None and work_day == of_studio.get(work_day.date):
                continue
            work_starts_at = clock.at(work_day.date, time.fromisoformat(clock.work_starts))
            ends_at = clock.at(work_day.date + timedelta(days=1), time.min)
            yield {
                "project_id": project_id or STUDIO,
                "day": work_day.date,
                "week_starts_on": work_day.date - timedelta(days=work_day.date.weekday()),
                "is_working": work_day.working,
                "reason": work_day.reason,
                "description": work_day.description,
                "begins_at": clock.at(work_day.date, time.min),
                "ends_at": ends_at,
                "work_starts_at": work_starts_at,
                # work counts on the day that it began on, and days follow each other
                "work_ends_at": min(work_starts_at + length, ends_at),
            }


def _texts(field: Field, name: str) -> list[str]:
    values = field.properties.get(name)
    return list(dict.fromkeys(map(str, values))) if isinstance(values, list) else []


def _first_year(projects: Iterable[Mapping[str, object]], now: datetime) -> int:
    """The year in which the first project was made.

    Imports may be dated as somebody likes: no earlier than `EARLIEST_YEAR`, no later than now.
    """
    stamps = [str(project["created_at"]) for project in projects if project.get("created_at")]
    return max(EARLIEST_YEAR, min([now.year, *(int(stamp[:4]) for stamp in stamps)]))


def _now(site: Site) -> datetime:
    return site.stats.started_at or datetime.now(timezone.utc)
