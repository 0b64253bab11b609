"""`kill -9` at each stage of a load: a reader sees old rows or new, and the next run mends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from starlette.applications import Starlette

from shotgrid_dagster.sandbox.http.app import create_app
from shotgrid_dagster.sandbox.http.server import serve_in_thread
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.source.reading.channel import LoadMode
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.oracle import loader
from shotgrid_dagster_tests.oracle.interruptions import Interruptions
from shotgrid_dagster_tests.oracle.loader import Order
from shotgrid_dagster_tests.oracle.script import STAGES, Kill
from shotgrid_dagster_tests.oracle.stage import copy_studio, forks
from shotgrid_dagster_tests.oracle.witness import states

PACKAGE_ROWS = 10
NEVER_COMPARED = ("_sg_read_at", "_dlt_load_id")

Rows = dict[int, dict[str, Any]]


class Copy:
    """A site, and what is loaded of it by processes that may die."""

    def __init__(self, site: SandboxSite, app: Interruptions, folder: Path) -> None:
        self.editor = Editor(site.database)
        self._app = app
        self._database = folder / "data" / "shotgun_software.duckdb"
        settings = site.settings(
            folder / "data", entity_types=("Shot",), page_size=5, concurrency=1, most_lost=0.5
        )
        self._order = Order(settings, LoadMode(), PACKAGE_ROWS)

    def load(self) -> None:
        assert loader.load(self._order) == {}

    def load_and_die(self, stage: str, nth: int) -> None:
        """A load that dies at a stage; that it came to it is part of the test."""
        order = replace(self._order, kill=Kill(stage, nth))
        process = forks().Process(target=loader.load_and_die, args=(order,))
        if stage == "in a page":
            self._app.set([(nth, process.kill)])
        process.start()
        process.join(60)
        assert process.exitcode == -9, f"it never came to {stage!r} for the {nth}th time"

    def read(self) -> Rows | None:
        """What a reader sees in the loader's own file; None: there is no table yet."""
        with duckdb.connect(str(self._database)) as connection:
            try:
                rows = connection.execute("select * from shotgun_software_data.shots")
            except duckdb.CatalogException:
                return None
            names = [item[0] for item in rows.description or ()]
            found = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
        kept = [{k: v for k, v in row.items() if k not in NEVER_COMPARED} for row in found]
        by_id = {int(str(row["id"])): row for row in kept}
        assert len(by_id) == len(kept), "a row is there twice"
        return by_id


@pytest.fixture
def copy(tiny_database: Path, tmp_path: Path) -> Iterator[Copy]:
    database = tmp_path / "site.sqlite"
    copy_studio(tiny_database, database)
    app = Interruptions(create_app(database))
    with serve_in_thread(database, app) as running:  # type: ignore[arg-type]  # ASGI all the same
        key = app.state.site.settings
        inner: Starlette = running.app
        yield Copy(
            SandboxSite(running.url, key["script_name"], key["script_key"], database, inner),
            app,
            tmp_path,
        )


def expected_states(editor: Editor) -> dict[int, str]:
    return states(editor, "Shot")


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("nth", [1, 2])
def test_a_first_load_that_is_killed_shows_whole_packages_and_is_ended_by_the_next_run(
    copy: Copy, stage: str, nth: int
) -> None:
    copy.load_and_die(stage, nth)
    seen = copy.read() or {}
    assert len(seen) in (0, 10, 22), "a part of a package was seen"
    copy.load()
    after = copy.read() or {}
    assert {id_: row["_sg_state"] for id_, row in after.items()} == expected_states(copy.editor)
    assert seen == {id_: after[id_] for id_ in seen}


@pytest.mark.parametrize("stage", STAGES)
def test_a_later_load_that_is_killed_shows_the_old_rows_or_the_new_and_never_a_mix(
    copy: Copy, stage: str
) -> None:
    copy.load()
    before = copy.read()
    editor = copy.editor
    first, *others = sorted(editor.dump("Shot"))[:9]
    for shot in others:
        editor.update("Shot", shot, description="said in one go")
    editor.retire("Shot", others[-1])
    editor.update("Shot", first, assets=[])
    copy.load_and_die(stage, 1)
    seen = copy.read()
    copy.load()
    after = copy.read()
    assert after is not None
    assert {id_: row["_sg_state"] for id_, row in after.items()} == expected_states(editor)
    assert before != after
    assert seen in (before, after)


@pytest.mark.parametrize("nth", [2, 3])
def test_a_merge_that_is_killed_at_a_later_job_shows_no_mix_either(copy: Copy, nth: int) -> None:
    copy.load()
    before = copy.read() or {}
    edited = set(sorted(copy.editor.dump("Shot"))[:8])
    for shot in edited:
        copy.editor.update("Shot", shot, description="said in one go")
    copy.load_and_die("in the load", nth)
    changed = {id_ for id_, row in (copy.read() or {}).items() if row != before[id_]}
    assert changed in (set(), edited)
