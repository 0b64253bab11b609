"""`shotgrid-dagster check`: whether this project can load its site, and what it would see there.

Nothing is loaded. What is written is one table, which is dropped again: whether the destination can
be written is not known otherwise. Each section is shown as soon as it is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from difflib import get_close_matches

from shotgrid_dagster.cli.check_destination import destination_section
from shotgrid_dagster.cli.check_settings import settings_section
from shotgrid_dagster.cli.findings import Finding, Level, Section
from shotgrid_dagster.config.project import NOT_LOADED
from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.destination.warehouse import DATASET, Warehouse
from shotgrid_dagster.errors import ShotGridDagsterError, WarehouseError
from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.site.errors import NoPermission
from shotgrid_dagster.source.connect import connected
from shotgrid_dagster.source.loading.site_tables.site_table import dataset_site
from shotgrid_dagster.source.reading.chosen_projects import scope_of
from shotgrid_dagster.source.reading.event_log import EVENT_LOG
from shotgrid_dagster.source.reading.exclusions import leave_out
from shotgrid_dagster.source.reading.query_fields import (
    QUERY_FIELD,
    NotRebuilt,
    is_chosen,
    question,
)
from shotgrid_dagster.source.reading.scope import Scope
from shotgrid_dagster.source.reasons import reason
from shotgrid_dagster.source.site_identity import (
    AnotherSite,
    folder_site,
    identity_of,
    in_folder,
    refuse_other,
)
from shotgrid_dagster.source.tables.columns import layout

SKEW_SECONDS = 120
"""Between two clocks, from which on it is worth a word."""
NAMES_SHOWN = 6


@dataclass(frozen=True)
class _Seen:
    """What one entity type shows to the script."""

    entity_type: EntityType
    live: int = 0
    retired: int = 0
    failure: str = ""


def check_site(
    settings: Settings,
    now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    problems: Sequence[str] = (),
) -> Iterator[Section]:
    """The sections of the check; it ends early when the site cannot be talked to.

    Args:
        settings: of the project, validated.
        now: this machine's time in UTC.
        problems: what is wrong with the settings of other sections.
    """
    yield settings_section(settings, problems)
    yield destination_section(settings)
    try:
        with connected(settings) as site:
            yield from _of_the_site(site, settings, now)
    except ShotGridDagsterError as error:
        yield Section("Connection", (Finding(Level.FAILS, str(error)),))


def _of_the_site(site: Site, settings: Settings, now: Callable[[], datetime]) -> Iterator[Section]:
    asking, before = site.counting(), now()
    about = asking.about()
    after = now()
    seconds = (after - before).total_seconds()
    named = f"{about.get('site_name') or 'a site'}, ShotGrid {about.get('shotgun_version', '?')}"
    answered = f"{site.url} is {named}. Token and first answer took {seconds:.2f} s."
    yield Section("Connection", (Finding(Level.OK, answered),))
    yield Section("Data folder", (_folder(site, settings),))
    yield Section("Key", tuple(_key(site)))
    clocks = (
        _studio_time(asking.stats.first_date)
        if settings.is_sandbox
        else _clocks(asking.stats.first_date, before, after)
    )
    yield Section("Clocks", (clocks,))
    yield Section("Event log", tuple(_event_log(site)))
    there = site.entity_types()
    try:
        scope = scope_of(site, there, settings)
    except ShotGridDagsterError as error:
        yield Section("Scope", (Finding(Level.FAILS, str(error)),))
        return
    loaded = [entity_type for entity_type in there if settings.loads(entity_type.name)]
    with ThreadPoolExecutor(max_workers=settings.concurrency) as threads:
        seen = list(threads.map(lambda entity_type: _look(site, entity_type, scope), loaded))
    yield _entity_types(there, seen, settings)
    yield _fields(seen)
    yield _query_fields(seen, settings)


# -- one section each


def _folder(site: Site, settings: Settings) -> Finding:
    """Whether the data folder and the dataset are of this site, or nobody's yet."""
    now = identity_of(site, settings)
    warehouse = Warehouse(settings.data_dir, settings.destination)
    try:
        held = folder_site(settings.data_dir)
        refuse_other(held, now, in_folder(settings.data_dir))
        # Of a file, the folder tells: it need not be opened, which a load might hold.
        is_unknown = held is None and warehouse.database_path.exists()
        if is_unknown or not warehouse.is_duckdb:
            with Tables(warehouse) as tables:
                of_dataset = dataset_site(tables)
            refuse_other(of_dataset, now, f"The dataset {DATASET} in {settings.destination}")
            held = held or of_dataset
    except AnotherSite as error:
        return Finding(Level.FAILS, str(error))
    except WarehouseError:
        return Finding(Level.NOTE, "Whose the dataset is, is not known: see the destination above.")
    except Exception as error:  # noqa: BLE001  # of whatever destination
        return Finding(Level.NOTE, f"Whose the dataset is, is not known: {reason(error)}")
    if held is None:
        return Finding(Level.OK, "It holds no site yet: the first load makes it this one's.")
    return Finding(Level.OK, "What it holds is of this site.")


def _key(site: Site) -> Iterator[Finding]:
    who = f"The key of script {site.script!r} is good"
    try:
        me = next(_scripts(site, ["permission_rule_set", "projects"], site.script), None)
    except ShotGridDagsterError as error:
        yield Finding(Level.NOTE, f"{who}; its role is not known: {error}")
        return
    if me is None:
        yield Finding(Level.NOTE, f"{who}; it does not see its own row, so its role is not known.")
        return
    role = me.get("permission_rule_set")
    name = role.get("name") if isinstance(role, dict) else None
    yield Finding(Level.OK, f"{who}; its role is {name or 'none'} (ApiUser {me['id']}).")
    projects = me.get("projects")
    if isinstance(projects, list) and projects:
        names = _listed([str(project.get("name")) for project in projects])
        yield Finding(
            Level.NOTE, f"It is restricted to the projects {names}: rows of others are not seen."
        )


def _studio_time(site_time: datetime | None) -> Finding:
    told = "The sandbox has the time of its studio"
    if site_time is not None:
        told += f", {site_time:%Y-%m-%d %H:%M} UTC"
    return Finding(Level.OK, f"{told}, which runs on. Loads go by it.")


def _clocks(site_time: datetime | None, before: datetime, after: datetime) -> Finding:
    if site_time is None:
        return Finding(
            Level.NOTE,
            "The site does not say its time (a Date header that a proxy dropped?): loads go by "
            "this machine's clock, which must be right.",
        )
    # The site's time is in whole seconds; the answer was made between two looks at this clock.
    ahead = (site_time - after).total_seconds(), (site_time - before).total_seconds() + 1
    if ahead[0] <= 0 <= ahead[1] or abs(sum(ahead) / 2) < 1.5:
        return Finding(Level.OK, "The site's clock and this machine's agree to the second.")
    seconds = round(sum(ahead) / 2)
    which = "ahead of" if seconds > 0 else "behind"
    text = (
        f"The site's clock is {abs(seconds):,} s {which} this machine's. Loads go by the site's, "
        "so they are right all the same"
    )
    if abs(seconds) < SKEW_SECONDS:
        return Finding(Level.OK, f"{text}.")
    return Finding(Level.NOTE, f"{text}; schedules go by this machine's: set it right.")


def _event_log(site: Site) -> Iterator[Finding]:
    try:
        scripts = list(_scripts(site, ["firstname", "generate_event_log_entries"]))
    except ShotGridDagsterError as error:
        yield Finding(Level.NOTE, f"Which scripts leave events is not known: {error}")
        return
    for me in (script for script in scripts if script.get("firstname") == site.script):
        if me.get("generate_event_log_entries"):
            yield Finding(Level.OK, "What this script uploads leaves events in the log.")
        else:
            yield Finding(
                Level.OK,
                "generate_event_log_entries is off for this script: what it uploads leaves no "
                "events. It writes nothing else.",
            )
    silent = sorted(
        str(script.get("firstname"))
        for script in scripts
        if not script.get("generate_event_log_entries") and script.get("firstname") != site.script
    )
    if silent:
        who = "Another script leaves" if len(silent) == 1 else f"{len(silent)} other scripts leave"
        yield Finding(
            Level.NOTE,
            f"{who} no events: {_listed(silent)}. The sensor "
            "site_changes does not see what they change; a load does, by its window and census.",
        )


def _look(site: Site, entity_type: EntityType, scope: Scope) -> _Seen:
    """What one type shows within the scope; what is refused is part of the answer."""
    name = entity_type.name
    try:
        with_fields = replace(entity_type, fields=site.fields(name))
        known = leave_out(with_fields, scope.exclude_fields)
        where = scope.conditions(known)
        return _Seen(
            known, site.count(name, where=where), site.count(name, where=where, retired=True)
        )
    except ShotGridDagsterError as error:
        return _Seen(entity_type, failure=str(error))


def _entity_types(
    there: Sequence[EntityType], seen: Sequence[_Seen], settings: Settings
) -> Section:
    names = {entity_type.name for entity_type in there}
    good = [seen_type for seen_type in seen if not seen_type.failure]
    with_rows = [seen_type for seen_type in good if seen_type.live or seen_type.retired]
    rows = sum(seen_type.live + seen_type.retired for seen_type in good)
    findings = [
        Finding(
            Level.OK,
            f"{len(good)} of the site's {len(there)} entity types would be loaded: {rows:,} rows, "
            "as this script sees them.",
        )
    ]
    if not with_rows:
        findings = [
            Finding(Level.FAILS, "No row of any entity type is visible: is the role too narrow?")
        ]
    findings += [
        Finding(Level.FAILS, f"{seen_type.entity_type.name}: {seen_type.failure}")
        for seen_type in seen
        if seen_type.failure
    ]
    for name in settings.entity_types:
        if name not in names:
            near = get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]}?" if near else "leave it out."
            text = f"entity_types names {name}, which the site does not have: {hint}"
            findings.append(Finding(Level.FAILS, text))
    if EVENT_LOG not in {seen_type.entity_type.name for seen_type in seen}:
        findings.append(
            Finding(
                Level.NOTE,
                f"{EVENT_LOG} is not loaded: no history, and changes without a stamp are only "
                "found by a full refresh.",
            )
        )
    empty = [
        seen_type.entity_type.name
        for seen_type in good
        if not seen_type.live and not seen_type.retired
    ]
    if empty and with_rows:
        findings.append(
            Finding(
                Level.NOTE,
                f"No rows are visible of {_listed(empty, all_of_them=True)}: there are none, or "
                "the role does not see them. A site does not tell which.",
            )
        )
    if settings.entity_types:
        left_out = sorted(names - set(settings.entity_types))
        why = "not named in entity_types"
    else:
        left_out = sorted(name for name in names if name in NOT_LOADED)
        why = "unless entity_types names them"
    if left_out:
        findings.append(Finding(Level.OK, f"Not loaded, {why}: {_listed(left_out)}."))
    return Section("Entity types", tuple(findings), _table(with_rows))


def _table(seen: Sequence[_Seen]) -> tuple[str, ...]:
    if not seen:
        return ()
    width = max(len(seen_type.entity_type.name) for seen_type in seen)
    shown = [f"{'entity type'.ljust(width)}  {'live':>11}  {'retired':>9}  called on the site"]
    for seen_type in sorted(
        seen,
        key=lambda seen_type: (-seen_type.live - seen_type.retired, seen_type.entity_type.name),
    ):
        name, called = seen_type.entity_type.name, seen_type.entity_type.display_name
        retired = f"{seen_type.retired:,}" if seen_type.retired else ""
        line = f"{name.ljust(width)}  {seen_type.live:>11,}  {retired:>9}"
        shown.append(f"{line}  {called if called != name else ''}".rstrip())
    return tuple(shown)


def _fields(seen: Sequence[_Seen]) -> Section:
    read = 0
    skipped: dict[str, list[str]] = {}
    for seen_type in seen:
        laid_out = layout(seen_type.entity_type)
        read += len(laid_out.fields_read)
        for field in laid_out.skipped:
            name = f"{seen_type.entity_type.name}.{field.field.name}"
            skipped.setdefault(field.reason, []).append(name)
    findings = [Finding(Level.OK, f"{read:,} fields are read.")]
    findings += [
        Finding(Level.OK, f"{len(names)} skipped, because {reason}: {_listed(names)}.")
        for reason, names in sorted(skipped.items(), key=lambda pair: -len(pair[1]))
    ]
    return Section("Fields", tuple(findings))


def _query_fields(seen: Sequence[_Seen], settings: Settings) -> Section:
    able: list[str] = []
    chosen: set[str] = set()
    unable: list[Finding] = []
    for seen_type in seen:
        for field in seen_type.entity_type.fields:
            if field.data_type != QUERY_FIELD:
                continue
            name = f"{seen_type.entity_type.name}.{field.name}"
            is_wanted = is_chosen(settings.query_fields, seen_type.entity_type.name, field)
            if is_wanted:
                chosen.add(name)
            try:
                question(seen_type.entity_type.name, field)
            except NotRebuilt as error:
                unable.append(
                    Finding(
                        Level.NOTE if is_wanted else Level.OK, f"{name} cannot be rebuilt: {error}."
                    )
                )
            else:
                able.append(name)
    rebuilt = len(chosen.intersection(able))
    is_on = f"{rebuilt} of them are" if chosen else "the setting query_fields is off"
    findings = [Finding(Level.OK, f"{len(able)} query fields can be rebuilt; {is_on}.")]
    if isinstance(settings.query_fields, tuple):
        types = {seen_type.entity_type.name for seen_type in seen}
        findings += [
            Finding(Level.FAILS, f"query_fields names {name}, which is no query field here.")
            for name in settings.query_fields
            if name not in chosen and name.partition(".")[0] in types
        ]
    return Section("Query fields", (*findings, *unable))


def _scripts(
    site: Site, wanted: Sequence[str], name: str | None = None
) -> Iterator[dict[str, object]]:
    """Rows of the site's scripts; raises SiteError when the role may not read them."""
    where = [] if name is None else [["firstname", "is", name]]
    try:
        yield from site.rows("ApiUser", wanted, where=where)
    except NoPermission:
        raise NoPermission("the role may not read scripts (ApiUser).") from None


def _listed(names: Sequence[str], *, all_of_them: bool = False) -> str:
    """Some names, and how many more there are."""
    if all_of_them or len(names) <= NAMES_SHOWN + 1:
        return ", ".join(names)
    return f"{', '.join(names[:NAMES_SHOWN])} and {len(names) - NAMES_SHOWN} more"
