"""Plays a sequence of loads with changing settings on one copy of the tiny studio."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.defs.checks import CHECKS
from shotgrid_dagster.destination.warehouse import Warehouse as Destination
from shotgrid_dagster.errors import ShotGridDagsterError
from shotgrid_dagster.sandbox.errors import ApiError
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.sandbox.writes.policy import StampPolicy, WritePolicy
from shotgrid_dagster.site.naming import table_name
from shotgrid_dagster.source.audit import Audit
from shotgrid_dagster.source.session import LoadSession
from shotgrid_dagster_tests.changed_settings.drawing import Drawn
from shotgrid_dagster_tests.changed_settings.expected import Seen, Table, wrong_after
from shotgrid_dagster_tests.conftest import SandboxSite, serving
from shotgrid_dagster_tests.oracle.edits import NothingToEdit, carry_out
from shotgrid_dagster_tests.oracle.script import Edit
from shotgrid_dagster_tests.oracle.stage import copy_studio
from shotgrid_dagster_tests.oracle.witness import Warehouse

CAST = ("Shot", "Sequence", "Version", "Task", "Note", "Playlist", "PlaylistVersionConnection")
IN_A_PROJECT = ("Shot", "Version", "Task", "Note")


def play(loads: Sequence[Drawn], studio: Path, folder: Path) -> list[str]:
    """What is wrong after one of the loads; nothing, if all is right."""
    folder.mkdir(parents=True)
    database = folder / "site.sqlite"
    copy_studio(studio, database)
    with serving(database) as site:
        played = _Play(site, folder / "data")
        for number, drawn in enumerate(loads, 1):
            if wrong := played.load(drawn):
                return [f"load {number}: {sentence}" for sentence in wrong]
    return []


class _Play:
    def __init__(self, site: SandboxSite, data_dir: Path) -> None:
        self._site = site
        self._data_dir = data_dir
        stamps = StampPolicy(True, True, True, True)
        self._editor = Editor(site.database, policy=WritePolicy(stamps))
        self._tables: dict[str, Table] = {}

    def load(self, drawn: Drawn) -> list[str]:
        for kind, seed in drawn.edits:
            edit(self._editor, kind, seed)
        settings = self._settings(drawn)
        channels: dict[str, str] = {}
        audits: dict[str, Audit] = {}
        failed: dict[str, Exception] = {}
        try:
            with LoadSession(settings, Destination(self._data_dir), mode=drawn.mode) as session:
                loaded = []
                for entity_type, outcome in session.load_all(drawn.mode):
                    if isinstance(outcome, Exception):
                        failed[entity_type.name] = outcome
                    else:
                        channels[entity_type.name] = outcome[0].channel
                        loaded.append(outcome)
                for result, reading in loaded:
                    audits[result.layout.entity_type.name] = session.audit(result, reading)
        except ShotGridDagsterError:
            if not drawn.most_requests:
                raise
        wrong = self._unexpected(drawn, failed)
        for name, audit in audits.items():
            wrong += _broken(name, audit)
        return wrong + self._compare(drawn, channels)

    def _settings(self, drawn: Drawn) -> Settings:
        there = self._editor.dump("Project", retired=None)
        ids = sorted(there)
        projects = tuple(
            there[ids[at % len(ids)]]["name"] if by_name else str(ids[at % len(ids)])
            for at, by_name in drawn.projects
        )
        given: dict[str, Any] = {**drawn.given, "projects": projects}
        return self._site.settings(self._data_dir, **given)

    def _unexpected(self, drawn: Drawn, failed: dict[str, Exception]) -> list[str]:
        if drawn.most_requests:
            return []
        return [
            f"{name} failed: {type(why).__name__}: {why}"
            for name, why in failed.items()
            if not self._has_lost_too_many(name, drawn)
        ]

    def _has_lost_too_many(self, entity_type: str, drawn: Drawn) -> bool:
        rows = self._tables.get(entity_type, Table()).rows
        shown = {id_ for id_, row in rows.items() if row["_sg_state"] in ("live", "retired")}
        there = self._editor.dump(entity_type, retired=None)
        return len(shown - there.keys()) > max(1, int(len(shown) * drawn.most_lost))

    def _compare(self, drawn: Drawn, channels: dict[str, str]) -> list[str]:
        wrong: list[str] = []
        held = Warehouse(self._data_dir)
        for name in self._tables.keys() | channels.keys():
            before = self._tables.get(name, Table())
            rows, columns = held.rows(name), held.columns(name)
            if name not in channels:
                if rows != before.rows:
                    wrong.append(f"{name} was not loaded, and its table is another one now")
                continue
            seen = Seen.of(self._editor, name, drawn)
            if self._has_lost_too_many(name, drawn) and channels[name] == "whole":
                wrong.append(f"{name} lost too many rows and was loaded")
            after = Table(columns, rows, seen.projects, is_loaded=True)
            wrong += wrong_after(name, before, seen, drawn, channels[name], after)
            self._tables[name] = after
        return wrong


def _broken(name: str, audit: Audit) -> list[str]:
    """The promises that a table does not keep."""
    verdicts = {check.name: check.judge(audit) for check in CHECKS}
    return [
        f"{table_name(name)} breaks {check}: {verdict.numbers} {verdict.said}"
        for check, verdict in verdicts.items()
        if not verdict.passed and not verdict.only_warns
    ] + [f"{table_name(name)}: {why}" for why in audit.unlooked.values()]


def edit(editor: Editor, kind: str, seed: int) -> None:
    """One edit; a refusal by the site, or nothing to edit, is none."""
    chance = random.Random(seed)
    if kind not in _OWN:
        carry_out(editor, CAST, Edit(kind, seed))
        return
    with contextlib.suppress(ApiError, NothingToEdit):
        _OWN[kind](editor, chance)


def _any(editor: Editor, entity_type: str, chance: random.Random) -> int:
    rows = sorted(editor.dump(entity_type))
    if not rows:
        raise NothingToEdit
    return chance.choice(rows)


def _archive(editor: Editor, chance: random.Random) -> None:
    """A project is archived, or brought back."""
    project = _any(editor, "Project", chance)
    is_archived = editor.dump("Project")[project]["archived"]
    editor.update("Project", project, archived=not is_archived)


def _move(editor: Editor, chance: random.Random) -> None:
    """A row goes to another project."""
    entity_type = chance.choice(IN_A_PROJECT)
    row = _any(editor, entity_type, chance)
    editor.update(entity_type, row, project=("Project", _any(editor, "Project", chance)))


def _lose(editor: Editor, chance: random.Random) -> None:
    """Some rows are erased; nothing tells of it."""
    entity_type = chance.choice(("Playlist", "Note", "Sequence", "Version"))
    for _ in range(chance.choice((1, 1, 4))):
        editor.erase(entity_type, _any(editor, entity_type, chance))


def _clear(editor: Editor, chance: random.Random) -> None:
    """A text is emptied."""
    editor.update("Shot", _any(editor, "Shot", chance), description=None)


_OWN = {"archive": _archive, "move": _move, "lose": _lose, "clear": _clear}
