"""The whole studio, written into the database of a new site."""

from __future__ import annotations

import hashlib
import json
import sqlite3

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.store import database as store
from shotgrid_dagster.sandbox.store import links
from shotgrid_dagster.sandbox.store.instants import instant
from shotgrid_dagster.sandbox.store.refs import unique_id
from shotgrid_dagster.sandbox.store.site_clock import STARTS_AT
from shotgrid_dagster.sandbox.studio.clock import NOW
from shotgrid_dagster.sandbox.studio.production import (
    breakdown,
    custom_entities,
    delivery,
    editorial,
    notes,
    pages,
    tasks,
    versions,
)
from shotgrid_dagster.sandbox.studio.production.show import Show
from shotgrid_dagster.sandbox.studio.site import calendar, people, projects, setup
from shotgrid_dagster.sandbox.studio.size import Size
from shotgrid_dagster.sandbox.studio.studio import Studio

SITE_NAME = "Sandbox Studio"
SCRIPT_KEY = "sandbox-key-that-opens-only-the-sandbox"
"""No secret: it opens the sandbox site and nothing else."""
LOGGED_SCRIPT_KEY = "sandbox-key-whose-edits-are-in-the-event-log"
"""The key of a script whose edits leave events, for whoever tries what follows from an edit."""

LOGINS_PER_SHOW = 200


def fill(connection: sqlite3.Connection, size: Size, name: str, seed: int) -> None:
    """Make the tables, and every row of a studio of that size; `name` is the size's."""
    store.create_tables(connection, SCHEMA)
    first_show = _work(Studio(connection, size, seed))
    store.create_indexes(connection, SCHEMA)
    links.refresh_far_sides(connection, SCHEMA)
    signing_key = hashlib.sha256(f"{seed}:signing key".encode()).hexdigest()
    for key, value in {
        "size": name,
        "seed": str(seed),
        STARTS_AT: instant(NOW),
        "site_id": unique_id(f"site {name} {seed} {size.shows}"),
        "site_name": SITE_NAME,
        "script_name": people.SCRIPT_NAME,
        "script_key": SCRIPT_KEY,
        "logged_script_name": people.LOGGED_SCRIPT_NAME,
        "logged_script_key": LOGGED_SCRIPT_KEY,
        "signing_key": signing_key,
        "_hidden_values": json.dumps({str(first_show): projects.HIDDEN_STATUSES}),
        "_work_days": json.dumps(calendar.exceptions(first_show)),
    }.items():
        store.set_site_value(connection, key, value)
    connection.execute("analyze")


def _work(studio: Studio) -> int:
    """Make every row. Returns the id of the first show."""
    staff = people.make_staff(studio.size.people)
    site_setup = setup.make_setup(studio, staff.admin)
    live, productions = projects.make_projects(studio, staff, site_setup, studio.size.shows)
    groups = people.make_people(studio, staff, live)
    for production in productions:
        show = Show(studio, staff, site_setup, groups, production)
        breakdown.break_down(show)
        tasks.plan_tasks(show)
        tasks.log_time(show)
        tasks.book_people(show)
        versions.submit_versions(show)
        notes.write_notes(show)
        editorial.make_cuts(show)
        delivery.publish(show)
        delivery.deliver(show)
        delivery.plan_phases(show)
        delivery.report_problems(show)
        pages.arrange_pages(show)
        custom_entities.make_custom_entities(show)
    people.make_logins(studio, staff, LOGINS_PER_SHOW * studio.size.shows)
    studio.rows.flush()
    studio.events.write()
    return next(production.project.id for production in productions if production.is_first)
