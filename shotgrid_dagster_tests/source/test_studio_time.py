"""A site whose own time is not the worker's: what happened in it is found, and nothing is doubled.

The sandbox's studio works on by days while its copy is loaded now and then. Rows, events and `Date`
have the studio's time, which is months behind the real one or ahead of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.workdays.days import advance
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.source.whole_site import load_entity_types
from shotgrid_dagster_tests.conftest import SandboxSite, in_studio_time, serving
from shotgrid_dagster_tests.oracle import witness

TYPES = ("Task", "Version", "Note", "Shot", "TimeLog", "EventLogEntry")
PAGE = 20
"""Small enough for the types to be read by what changed, not whole."""


@pytest.fixture
def studio(tiny_database: Path, tmp_path: Path) -> Iterator[SandboxSite]:
    """A site in studio time, for one test."""
    path = Path(shutil.copy(tiny_database, tmp_path / "studio.sqlite"))
    with serving(in_studio_time(path)) as site:
        yield site


def load(site: SandboxSite, folder: Path) -> dict[str, Any]:
    settings = site.settings(folder, entity_types=TYPES, page_size=PAGE)
    loaded = load_entity_types(site.client(page_size=PAGE), settings, Warehouse(folder))
    assert loaded.failed == {}
    return loaded.loaded


def wrong_cells(editor: Editor, folder: Path) -> list[str]:
    """Cells and states that differ from a naive dump of the site.

    Not looked at: what the site computes on each read.
    """
    tables, wrong = witness.Warehouse(folder), []
    for entity_type in TYPES:
        held, fields = tables.rows(entity_type), SCHEMA[entity_type].fields
        states = witness.states(editor, entity_type)
        wrong += [f"{entity_type} {id_} is not there" for id_ in states.keys() - held.keys()]
        wrong += [f"{entity_type} {id_} is there" for id_ in held.keys() - states.keys()]
        rows = witness.values(editor, entity_type)
        for id_, row in ((id_, rows[id_]) for id_ in rows.keys() & held.keys()):
            if held[id_]["_sg_state"] != states[id_]:
                state = held[id_]["_sg_state"]
                wrong.append(f"{entity_type} {id_} is {states[id_]}, not {state}")
            for name, value in row.items():
                field = fields[name.split("__")[0]]
                if field.expression is not None:
                    continue
                if name in held[id_] and held[id_][name] != value:
                    wrong.append(f"{entity_type} {id_}.{name}: {value!r}, not {held[id_][name]!r}")
    return wrong


@pytest.mark.parametrize("days", [1, 3, 40])
def test_what_a_studio_did_in_days_that_passed_at_once_is_found_by_the_next_load(
    studio: SandboxSite, tmp_path: Path, days: int
) -> None:
    load(studio, tmp_path / "data")
    progress = advance(studio.database, days)
    second = load(studio, tmp_path / "data")
    assert progress.events > 10
    assert second["Task"].channel == second["Note"].channel == "window"
    assert wrong_cells(Editor(studio.database), tmp_path / "data") == []


def test_what_is_written_after_days_that_passed_at_once_is_found_too(
    studio: SandboxSite, tmp_path: Path
) -> None:
    editor = Editor(studio.database)
    for days in (2, 3):
        advance(studio.database, days)
        load(studio, tmp_path / "data")
        editor.update("Shot", 1, description=f"after {days} days")
        shot = load(studio, tmp_path / "data")["Shot"]
        assert (shot.channel, shot.rows_loaded) == ("window", 1)
        assert wrong_cells(editor, tmp_path / "data") == []
    assert load(studio, tmp_path / "data")["Shot"].rows_loaded == 0


def test_the_rows_of_a_copy_were_read_at_the_site_s_time(
    studio: SandboxSite, tmp_path: Path
) -> None:
    advance(studio.database, 3)
    said = parsedate_to_datetime(requests.get(f"{studio.url}/api/v1", timeout=10).headers["Date"])
    load(studio, tmp_path / "data")
    read_at = witness.Warehouse(tmp_path / "data").rows("Shot")[1]["_sg_read_at"]
    late = datetime.strptime(str(read_at), "%Y-%m-%dT%H:%M:%S%z") - said.astimezone(timezone.utc)
    assert timedelta() <= late < timedelta(minutes=1)
