"""Plays a script: a site, a database, loads in processes of their own that can be killed."""

from __future__ import annotations

import multiprocessing
import shutil
import sqlite3
import time
from contextlib import closing
from multiprocessing.context import ForkServerContext
from pathlib import Path

from shotgrid_dagster.sandbox.editing import Editor
from shotgrid_dagster.sandbox.faults import Fault
from shotgrid_dagster.sandbox.writes.policy import EventPolicy, StampPolicy, WritePolicy
from shotgrid_dagster.site.walk import LARGEST_PAGE
from shotgrid_dagster.source.channel import Wish
from shotgrid_dagster_tests.conftest import SandboxSite, serving
from shotgrid_dagster_tests.oracle.edits import carry_out, is_restricted, show_all
from shotgrid_dagster_tests.oracle.script import FAULTS, Load, Script
from shotgrid_dagster_tests.oracle.witness import Warehouse, states, values

LATE_SECONDS = 0.3
LONGEST_LOAD = 120.0
BETWEEN_PAGES = 0.03


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
        """The way in which the extractor is broken on purpose, to try the oracle itself."""
        folder.mkdir(parents=True)
        self._database = folder / "site.sqlite"
        with (
            closing(sqlite3.connect(studio)) as there,
            closing(sqlite3.connect(self._database)) as here,
        ):
            there.backup(here)
        stamps = StampPolicy(*[script.stamps_move] * 4)
        events = EventPolicy()
        if script.events_late:
            events = EventPolicy(5, 0.7, LATE_SECONDS, 0.1, regain_links=script.stamps_move)
        policy = WritePolicy(stamps, events)
        self._editor = Editor(self._database, as_script=script.scripted, policy=policy)

    def play(self) -> list[str]:
        """Play the script to its quiet end; gives what is wrong after a load, or at the end."""
        try:
            with serving(self._database) as site:
                for step in self._script.steps:
                    if not isinstance(step, Load):
                        carry_out(self._editor, self._script.cast, step)
                    elif wrong := self._load(site, step):
                        return wrong
                return self._end(site)
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _load(self, site: SandboxSite, load: Load) -> list[str]:
        faults = []
        if (fault := FAULTS[load.fault]) is not None:
            kind, how = fault
            faults.append(Fault(kind, "_search|fields", nth=load.nth, **how))
        if self._script.page_size < LARGEST_PAGE:
            # Many small pages, and time for edits between them.
            faults.append(Fault("latency", "_search", seconds=BETWEEN_PAGES))
        site.app.state.faults.set(faults)
        before = self._stamps()
        process = self._start(site, Wish(census=load.census))
        started = time.monotonic()
        for edit in load.during:
            time.sleep(edit.pause)
            carry_out(self._editor, self._script.cast, edit)
        if load.killed_after is not None:
            time.sleep(max(0.0, started + load.killed_after - time.monotonic()))
            process.kill()
        process.join(LONGEST_LOAD)
        assert process.exitcode is not None, "a load did not end"
        site.recover()
        return self._steady(before) if process.exitcode == 0 else []

    def _stamps(self) -> dict[str, dict[int, object]]:
        """Entity type -> id -> `updated_at` of the live rows that the key can see."""
        if is_restricted(self._editor):
            return {}
        return {
            entity_type: {
                id_: row.get("updated_at") for id_, row in self._editor.dump(entity_type).items()
            }
            for entity_type in self._script.cast
            if entity_type != "EventLogEntry"
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
        """A quiet load by census, or in full; then the tables must be the site's."""
        script = self._script
        show_all(self._editor)
        if script.events_late:
            time.sleep(LATE_SECONDS)
        wish = Wish(full_refresh=script.ends_full, census=not script.ends_full)
        process = self._start(site, wish)
        process.join(LONGEST_LOAD)
        wrong = [] if process.exitcode == 0 else [f"the quiet load ended with {process.exitcode}"]
        warehouse = Warehouse(self._folder / "data")
        for entity_type in script.cast:
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
        if wrong or not self._knows_values(entity_type):
            return wrong
        for id_, row in values(self._editor, entity_type).items():
            table = held[id_]
            wrong += [
                f"{entity_type} {id_}.{name}: the site says {value!r}, the table {table[name]!r}"
                for name, value in row.items()
                if name in table and table[name] != value
            ]
        return wrong

    def _knows_values(self, entity_type: str) -> bool:
        """A full refresh knows all values. A census compares ids; the values of rows whose stamp
        did not move are only true where the type was read whole. Events never change, save their
        link, which the log keeps as it was."""
        if entity_type == "EventLogEntry":
            return False
        return self._script.ends_full or self._script.page_size == LARGEST_PAGE

    def _start(self, site: SandboxSite, wish: Wish) -> multiprocessing.process.BaseProcess:
        from shotgrid_dagster_tests.oracle import loader

        settings = site.settings(
            self._folder / "data",
            entity_types=self._script.cast,
            page_size=self._script.page_size,
            most_lost=1.0,
        )
        process = forks().Process(target=loader.load, args=(settings, wish, self._sabotage))
        process.start()
        return process
