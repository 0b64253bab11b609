"""Plays a script: a site, a database, loads while edits happen, some in processes that die."""

from __future__ import annotations

import functools
import multiprocessing
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from shotgrid_dagster.sandbox.http.app import create_app
from shotgrid_dagster.sandbox.http.server import serve_in_thread
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.sandbox.writes.policy import EventPolicy, StampPolicy, WritePolicy
from shotgrid_dagster.site.search import LARGEST_PAGE
from shotgrid_dagster.source.reading.channel import LoadMode
from shotgrid_dagster.source.reading.event_log import EVENT_LOG
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.oracle import loader
from shotgrid_dagster_tests.oracle.edits import IN_TIME, carry_out, is_restricted, show_all
from shotgrid_dagster_tests.oracle.interruptions import Happening, Interruptions
from shotgrid_dagster_tests.oracle.loader import Order
from shotgrid_dagster_tests.oracle.script import FAULTS, Edit, Load, Script
from shotgrid_dagster_tests.oracle.witness import Doubled, Warehouse, states, values

LATE_SECONDS = 0.3
LONGEST_LOAD = 120.0
EVENTS = 120
"""Events of the studio's past that a script begins with: more only take time."""


def copy_studio(studio: Path, database: Path) -> None:
    """A copy of a studio for one script."""
    with closing(sqlite3.connect(studio)) as there, closing(sqlite3.connect(database)) as here:
        there.backup(here)
        here.execute(
            "delete from event_log_entries where id < (select id from event_log_entries "
            f"order by id desc limit 1 offset {EVENTS})"
        )
        here.commit()


def forks() -> ForkServerContext:
    """Processes that have everything imported when they start."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["shotgrid_dagster_tests.oracle.loader"])
    return context


class Stage:
    """One script on one copy of the studio."""

    def __init__(self, script: Script, studio: Path, folder: Path, sabotage: str = "") -> None:
        self._script = script
        self._folder = folder
        self._sabotage = sabotage
        """How the extractor is broken on purpose in processes of their own; see `sabotage.py`."""
        folder.mkdir(parents=True)
        self._database = folder / "site.sqlite"
        copy_studio(studio, self._database)
        stamps = StampPolicy(*[script.stamps_move] * 4)
        events = EventPolicy()
        if script.events_late:
            events = EventPolicy(5, 0.7, LATE_SECONDS, 0.1, regain_links=script.stamps_move)
        policy = WritePolicy(stamps, events)
        self._editor = Editor(self._database, as_script=script.scripted, policy=policy)
        self._was_restricted = False
        self._interruptions = Interruptions(create_app(self._database))

    def play(self) -> list[str]:
        """Play the script to its quiet end; gives what is wrong after a load, or at the end."""
        app = self._interruptions
        try:
            with serve_in_thread(self._database, app) as running:  # type: ignore[arg-type]  # ASGI all the same
                key = app.state.site.settings
                site = SandboxSite(
                    running.url, key["script_name"], key["script_key"], self._database, running.app
                )
                for step in self._script.steps:
                    if not isinstance(step, Load):
                        self._edit(step)
                    elif wrong := self._load(site, step):
                        return wrong
                return self._end(site)
        except Doubled as doubled:
            return [str(doubled)]
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _load(self, site: SandboxSite, load: Load) -> list[str]:
        if (fault := FAULTS[load.fault]) is not None:
            kind, how = fault
            site.fail(kind, "_search|fields", nth=load.nth, **how)
        before = self._stamps()
        happenings: list[tuple[int, Happening]] = [
            (at, functools.partial(self._carry_out, edit, before)) for at, edit in load.during
        ]
        order = self._order(site, LoadMode(census=load.census), load)
        if load.kill is None:
            self._interruptions.set(happenings)
            ended_well = not loader.load(order)
        else:
            ended_well = self._in_a_process(order, happenings)
        site.recover()
        wrong = self._steady(before) if ended_well else []
        self._interruptions.rest()
        return wrong

    def _carry_out(self, edit: Edit, untouched: dict[str, dict[int, object]]) -> None:
        """Make an edit, and take what it retired or hid out of the rows that nobody touched: it
        may be back before the load ends."""
        self._edit(edit)
        now = self._stamps()
        for entity_type, rows in untouched.items():
            for id_ in rows.keys() - now.get(entity_type, {}).keys():
                del rows[id_]

    def _edit(self, edit: Edit) -> None:
        """Make an edit; a back-dated one only where an event tells of it in time."""
        script = self._script
        is_told = EVENT_LOG in script.loaded and not script.scripted and not script.events_late
        kind = edit.kind if is_told else IN_TIME.get(edit.kind, edit.kind)
        carry_out(self._editor, script.cast, replace(edit, kind=kind))

    def _in_a_process(self, order: Order, happenings: list[tuple[int, Happening]]) -> bool:
        process = forks().Process(target=loader.load_and_die, args=(order,))
        assert order.kill is not None
        if order.kill.stage == "in a page":
            happenings = [*happenings, (order.kill.nth, lambda: process.kill())]
        self._interruptions.set(happenings)
        process.start()
        process.join(LONGEST_LOAD)
        assert process.exitcode is not None, "a load did not end"
        return process.exitcode == 0

    def _stamps(self) -> dict[str, dict[int, object]]:
        """Entity type -> id -> `updated_at` of the live rows that the key can see, events that
        are committed late when they are."""
        # What was hidden once comes back with a census only, as the site does not tell of it.
        self._was_restricted = self._was_restricted or is_restricted(self._editor)
        if self._was_restricted:
            return {}
        return {
            entity_type: {
                id_: row.get("updated_at") for id_, row in self._editor.dump(entity_type).items()
            }
            for entity_type in self._script.loaded
        }

    def _steady(self, before: dict[str, dict[int, object]]) -> list[str]:
        """What is wrong with rows that nobody touched while a load ran that ended well: each must
        be in its table, with the stamp that it had."""
        wrong: list[str] = []
        after = self._stamps()
        warehouse = Warehouse(self._folder / "data")
        for entity_type in before.keys() & after.keys():
            held = warehouse.rows(entity_type)
            for id_, stamp in before[entity_type].items():
                if id_ not in after[entity_type] or after[entity_type][id_] != stamp:
                    continue
                if id_ not in held:
                    wrong.append(f"{entity_type} {id_} was there all the time and is in no table")
                elif held[id_].get("updated_at") != stamp:
                    wrong.append(
                        f"{entity_type} {id_} was changed at {stamp} before the load, the table "
                        f"has it as of {held[id_].get('updated_at')}"
                    )
        return wrong

    def _end(self, site: SandboxSite) -> list[str]:
        """A quiet load by census, or in full; then the tables must be the site's. The event log
        must be complete without them, late entries included."""
        script = self._script
        show_all(self._editor)
        if script.events_late:
            time.sleep(LATE_SECONDS)
        if EVENT_LOG in script.loaded:
            before = self._stamps()
            loader.load(self._order(site, LoadMode()))
            if wrong := self._steady(before):
                return wrong
        mode = LoadMode(full_refresh=script.ends_full, census=not script.ends_full)
        failed = loader.load(self._order(site, mode))
        wrong = [
            f"the quiet load of {entity_type} failed: {why}" for entity_type, why in failed.items()
        ]
        warehouse = Warehouse(self._folder / "data")
        for entity_type in script.loaded:
            if not wrong:
                wrong += self._compare(entity_type, warehouse)
        return wrong

    def _compare(self, entity_type: str, warehouse: Warehouse) -> list[str]:
        held = warehouse.rows(entity_type)
        expected = states(self._editor, entity_type)
        found = {id_: row["_sg_state"] for id_, row in held.items() if row["_sg_state"] != "lost"}
        wrong = [
            f"{entity_type} {id_}: the site says {expected.get(id_, 'gone')}, the table "
            f"{held.get(id_, {}).get('_sg_state', 'nothing')}"
            for id_ in sorted(expected.keys() | found.keys())
            if expected.get(id_) != found.get(id_)
        ]
        if wrong:
            return wrong
        for id_, row in values(self._editor, entity_type).items():
            table = held[id_]
            wrong += [
                f"{entity_type} {id_}.{name}: the site says {value!r}, the table {table[name]!r}"
                for name, value in row.items()
                if name in table
                and table[name] != value
                and not self._may_be_old(entity_type, name, value, row, table)
            ]
        return wrong

    def _may_be_old(
        self,
        entity_type: str,
        name: str,
        value: object,
        row: dict[str, Any],
        table: dict[str, Any],
    ) -> bool:
        """Whether nothing that was asked for could have told of a change: of links that changed
        from their other end, without this row's stamp, where a type was not read whole and no
        event log was loaded, or whoever made the change leaves no events."""
        script = self._script
        is_told = EVENT_LOG in script.loaded and not script.scripted
        if script.ends_full or is_told:
            return False
        is_link = isinstance(value, list) or name.endswith(("__id", "__type", "__name"))
        if entity_type == EVENT_LOG:
            return is_link
        if script.page_size == LARGEST_PAGE:
            return False
        return is_link and "updated_at" in row and row["updated_at"] == table["updated_at"]

    def _order(self, site: SandboxSite, mode: LoadMode, load: Load | None = None) -> Order:
        settings = site.settings(
            self._folder / "data",
            entity_types=self._script.loaded,
            page_size=self._script.page_size,
            concurrency=self._script.concurrency,
            most_lost=1.0,
        )
        kill = load.kill if load else None
        return Order(settings, mode, self._script.package_rows, self._sabotage, kill)
