"""A database that version 0.1.0 made: its cursors and rows are taken over.

`version_0_1_0.duckdb.xz` was written by the code of that release, from the tiny sandbox site in
pages of 20, by two loads; before the second, TaskDependency 1 was erased.
"""

from __future__ import annotations

import lzma
from pathlib import Path
from typing import Any

import duckdb
import pytest

from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.destination.warehouse import DATASET, Warehouse
from shotgrid_dagster.source.loading.states.load_states import read_states
from shotgrid_dagster.source.whole_site import SiteLoad, load_site
from shotgrid_dagster_tests.conftest import SandboxSite

MADE = Path(__file__).with_name("version_0_1_0.duckdb.xz")

TYPES = ("Project", "Shot", "TaskDependency", "EventLogEntry")
PAGE = 20


class Old:
    """A data folder of version 0.1.0, and the site that was loaded into it."""

    def __init__(self, site: SandboxSite, folder: Path) -> None:
        self._site = site
        self.folder = folder
        folder.mkdir()
        (folder / "shotgun_software.duckdb").write_bytes(lzma.decompress(MADE.read_bytes()))
        site.edit("delete from task_dependencies where id = 1")
        # What happened on that site before the second load, as far as the log goes by it.
        newest = site.client().newest_id("EventLogEntry")
        for entry in self.query(
            "select id, event_type, attribute_name, strftime(created_at, '%Y-%m-%dT%H:%M:%SZ') "
            f"from event_log_entries where id > {newest} order by id"
        ):
            site.edit(
                "insert into event_log_entries (id, event_type, attribute_name, created_at) "
                "values (?, ?, ?, ?)",
                *entry,
            )

    def load(self) -> SiteLoad:
        settings = self._site.settings(self.folder, entity_types=TYPES, page_size=PAGE)
        result = load_site(settings)
        assert result.failed == {}
        return result

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.folder / "shotgun_software.duckdb")) as connection:
            connection.execute(f"set search_path = '{DATASET}'")
            return connection.execute(sql).fetchall()


@pytest.fixture
def old(own_site: SandboxSite, tmp_path: Path) -> Old:
    return Old(own_site, tmp_path / "data")


def test_the_states_of_all_tables_are_found(old: Old) -> None:
    with Tables(Warehouse(old.folder)) as tables:
        states = read_states(tables, {"shots": "Shot", "event_log_entries": "EventLogEntry"}, PAGE)
    shots, log = states["shots"], states["event_log_entries"]
    assert shots.cursor is not None
    assert shots.rows == {"live": 18, "retired": 4}
    assert {"id", "code", "_sg_state"} <= set(shots.columns)
    assert shots.fields["sg_status_list"] == "text"
    assert shots.last_id == 22
    assert log.last_id > 2000
    assert (shots.generation, log.generation) == (0, 0)


def test_the_next_load_goes_on_from_there_and_keeps_what_is_lost(old: Old) -> None:
    before = dict(old.query("select id, _sg_state from task_dependencies"))
    assert before[1] == "lost"
    with Tables(Warehouse(old.folder)) as tables:
        cursor = read_states(tables, {"shots": "Shot"}, PAGE)["shots"].cursor
    result = old.load()
    assert result.loaded["Shot"].cursor_before == cursor
    assert result.loaded["Shot"].channel == "window"
    assert result.loaded["EventLogEntry"].why.startswith("from id ")
    assert dict(old.query("select id, _sg_state from task_dependencies"))[1] == "lost"
    doubled = old.query("select count(*) - count(distinct id) from event_log_entries")
    assert doubled == [(0,)]


def test_a_changed_table_gets_a_state_of_the_new_kind_and_goes_on_from_that(
    old: Old, own_site: SandboxSite
) -> None:
    old.load()
    own_site.edit("update shots set code = 'renamed', updated_at = '2038-01-01' where id = 1")
    old.load()
    kept = old.query("select max(generation) from _sg_load_state where table_name = 'shots'")
    assert kept[0][0] >= 1
    assert old.query("select code from shots where id = 1") == [("renamed",)]
    assert {loaded.rows_loaded for loaded in old.load().loaded.values()} == {0}


def test_tables_that_lack_the_ids_of_loads_get_them(old: Old, own_site: SandboxSite) -> None:
    """As they were made where no `.dlt/config.toml` asked dlt for them."""
    tables = [name for (name,) in old.query("select table_name from _sg_entity_types")]
    for (view,) in old.query("select view_name from duckdb_views() where not internal"):
        old.query(f"drop view {view}")
    for table in tables:
        old.query(f"alter table {table} drop column _dlt_load_id")
    own_site.edit("update shots set code = 'renamed', updated_at = '2038-01-01' where id = 1")
    old.load()
    named = old.query("select code, _dlt_load_id is not null from shots where id = 1")
    assert named == [("renamed", True)]
