"""Which channel reads a type, what each finds, and what only another one finds."""

import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.destination.warehouse import DATASET, Warehouse
from shotgrid_dagster.sandbox.http.app import create_app
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.sandbox.writes.policy import EventPolicy, WritePolicy
from shotgrid_dagster.site import EntityType, Field, SiteError
from shotgrid_dagster.source.loading import type_load
from shotgrid_dagster.source.loading.event_log.event_log_load import EventLogLoad
from shotgrid_dagster.source.loading.load_result import LoadResult
from shotgrid_dagster.source.loading.packages import package_rows
from shotgrid_dagster.source.loading.writing import write
from shotgrid_dagster.source.reading import event_log
from shotgrid_dagster.source.reading.channel import LoadMode
from shotgrid_dagster.source.reading.load_state import LoadState
from shotgrid_dagster.source.reading.reading import Batch
from shotgrid_dagster.source.reading.snapshot import Snapshot
from shotgrid_dagster.source.tables import columns
from shotgrid_dagster.source.whole_site import SiteLoad, load_entity_types
from shotgrid_dagster_tests.conftest import SandboxSite, serving

PAGE = 5
"""Small enough for every type to be bigger than a page."""

CENSUS = LoadMode(census=True)


class Copy:
    """A site, the folder that it is loaded into, and an editor of it."""

    def __init__(self, site: SandboxSite, folder: Path, **policy: Any) -> None:
        self.site = site
        self.folder = folder
        self.editor = Editor(site.database, policy=WritePolicy(**policy))
        self.given: dict[str, Any] = {"page_size": PAGE, "most_lost": 0.5}

    def load(
        self, *entity_types: str, mode: LoadMode = LoadMode(), may_fail: bool = False
    ) -> dict[str, LoadResult]:
        result = self.result(*entity_types, mode=mode)
        assert may_fail or result.failed == {}
        return result.loaded

    def result(self, *entity_types: str, mode: LoadMode = LoadMode()) -> SiteLoad:
        settings = self.site.settings(self.folder, entity_types=entity_types, **self.given)
        client = self.site.client(page_size=settings.page_size)
        return load_entity_types(client, settings, Warehouse(self.folder), mode)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.folder / "shotgun_software.duckdb")) as connection:
            connection.execute(f"set search_path = '{DATASET}'")
            return connection.execute(sql).fetchall()

    def state(self, table: str, id_: int) -> object:
        ((state,),) = self.rows(f"select _sg_state from {table} where id = {id_}")
        return state


@pytest.fixture
def copy(own_site: SandboxSite, tmp_path: Path) -> Copy:
    return Copy(own_site, tmp_path / "data")


def test_a_type_that_fits_in_a_page_is_read_whole_and_a_bigger_one_by_window(copy: Copy) -> None:
    assert copy.load("Shot", "Group")["Shot"].why == "first load"
    again = copy.load("Shot", "Group", "AssetShotConnection")
    assert (again["Shot"].channel, again["Shot"].why) == ("window", "more than a page of 5")
    assert (again["Group"].channel, again["Group"].why) == ("whole", "fits in one page")
    third = copy.load("AssetShotConnection")["AssetShotConnection"]
    assert (third.channel, third.why) == ("whole", "its rows have no updated_at")


def test_a_window_asks_for_no_more_than_two_passes_when_nothing_changed(copy: Copy) -> None:
    copy.load("Shot")
    copy.site.app.state.faults.clear()
    shot = copy.load("Shot")["Shot"]
    assert (shot.channel, shot.rows_loaded) == ("window", 0)


def test_a_window_finds_edits_new_rows_and_back_dated_imports_and_nothing_else(copy: Copy) -> None:
    copy.load("Shot")
    copy.editor.update("Shot", 1, description="said")
    project = ("Project", 3)
    new = copy.editor.create("Shot", project=project, code="new")
    old = copy.editor.create(
        "Shot", project=project, code="old", created_at="2001-01-01T00:00:00Z",
        updated_at="2001-01-01T00:00:00Z",
    )  # fmt: skip
    shot = copy.load("Shot")["Shot"]
    assert (shot.channel, shot.rows_loaded) == ("window", 3)
    assert copy.rows(f"select code from shots where id in ({new}, {old}) order by id") == [
        ("new",),
        ("old",),
    ]
    assert copy.load("Shot")["Shot"].rows_loaded == 0


def test_a_row_that_is_future_dated_is_read_again_but_loaded_once(copy: Copy) -> None:
    copy.load("Shot")
    stamp = "2099-01-01T00:00:00Z"
    copy.editor.create(
        "Shot", project=("Project", 3), code="far", created_at=stamp, updated_at=stamp
    )
    assert copy.load("Shot")["Shot"].rows_loaded == 1
    assert copy.load("Shot")["Shot"].rows_loaded == 0


def test_rows_of_the_overlap_are_read_again_and_a_late_commit_in_it_is_found(copy: Copy) -> None:
    copy.load("Shot")
    copy.editor.update("Shot", 2, description="committed late")
    copy.load("Shot")
    # Committed after the load, with a stamp from before it.
    ((stamp,),) = copy.rows(
        "select strftime(_sg_read_at - interval 30 second, '%Y-%m-%dT%H:%M:%SZ') from shots "
        "where id = 2"
    )
    copy.site.edit("update shots set description = 'later', updated_at = ? where id = 3", stamp)
    assert copy.load("Shot")["Shot"].rows_loaded == 1
    assert copy.rows("select description from shots where id = 3") == [("later",)]


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_window_goes_by_the_clock_of_the_site_whatever_the_worker_s_says(
    tiny_database: Path, tmp_path: Path, hours: int
) -> None:
    def clock() -> datetime:
        return datetime.now(timezone.utc) + timedelta(hours=hours)

    database = Path(shutil.copy(tiny_database, tmp_path / "site.sqlite"))
    with serving(database, create_app(database, clock=clock)) as site:
        copy = Copy(site, tmp_path / "data")
        copy.load("Shot")
        Editor(database, now=clock).update("Shot", 1, description="said")
        assert copy.load("Shot")["Shot"].rows_loaded == 1
        assert copy.load("Shot")["Shot"].rows_loaded == 0
        ((read_at,),) = copy.rows("select max(_sg_read_at) from shots")
    assert isinstance(read_at, datetime)
    assert abs(read_at - clock()) < timedelta(minutes=1)


def test_a_retirement_that_moves_no_stamp_is_found_by_its_event(copy: Copy) -> None:
    copy.load("Shot", "EventLogEntry")
    copy.editor.retire("Shot", 1)
    copy.load("EventLogEntry")
    shot = copy.load("Shot")["Shot"]
    assert shot.channel == "window"
    assert copy.state("shots", 1) == "retired"
    copy.editor.revive("Shot", 1)
    copy.load("EventLogEntry")
    copy.load("Shot")
    assert copy.state("shots", 1) == "live"


def test_a_link_that_was_written_from_its_other_end_is_found_by_its_event(copy: Copy) -> None:
    copy.load("Shot", "EventLogEntry")
    assets = copy.editor.dump("Shot")[1]["assets"]
    stamp = copy.editor.dump("Shot")[1]["updated_at"]
    new = next(id_ for id_ in copy.editor.dump("Asset") if id_ not in _ids(assets))
    copy.editor.link("Asset", new, "shots", ("Shot", 1))
    assert copy.editor.dump("Shot")[1]["updated_at"] == stamp
    copy.load("EventLogEntry")
    assert copy.load("Shot")["Shot"].rows_loaded == 1
    ((held,),) = copy.rows("select assets from shots where id = 1")
    assert new in _ids(json.loads(str(held)))


def _ids(links: Any) -> set[int]:
    return {link["id"] for link in links}


def test_rows_that_events_name_are_read_again_once(copy: Copy) -> None:
    copy.load("Shot", "EventLogEntry")
    copy.editor.update("Shot", 1, description="said")
    copy.editor.update("Shot", 1, description=None)
    copy.load("EventLogEntry")
    copy.load("Shot")
    copy.site.app.state.requests.clear()
    copy.load("Shot")
    asked = copy.site.app.state.requests
    assert sum(times for what, times in asked.items() if what.endswith("_search")) == 2


def test_the_events_of_the_time_before_a_load_are_no_reason_to_read_rows_again(copy: Copy) -> None:
    copy.load("Shot", "EventLogEntry")
    copy.site.app.state.requests.clear()
    copy.load("Shot")
    asked = copy.site.app.state.requests
    assert sum(times for what, times in asked.items() if what.endswith("_search")) == 2


def test_a_silent_retirement_is_found_by_the_next_census(copy: Copy) -> None:
    copy.editor = Editor(copy.site.database, as_script=True)
    copy.load("Shot")
    copy.editor.retire("Shot", 1)
    copy.load("Shot")
    assert copy.state("shots", 1) == "live"
    copy.load("Shot", mode=CENSUS)
    assert copy.state("shots", 1) == "retired"


def test_a_census_marks_what_was_erased_and_a_later_one_brings_back_what_is_seen_again(
    copy: Copy,
) -> None:
    copy.load("Note")
    project = next(row["project"]["id"] for row in copy.editor.dump("Note").values())
    hidden = {
        id_ for id_, row in copy.editor.dump("Note").items() if row["project"]["id"] == project
    }
    copy.given["most_lost"] = 1.0
    copy.editor.hide_project(project)
    after = copy.load("Note", mode=CENSUS)["Note"]
    assert after.rows["lost"] >= len(hidden) > 0
    copy.editor.update("ApiUser", _reader(copy.editor), projects=[])
    back = copy.load("Note", mode=CENSUS)["Note"]
    assert "lost" not in back.rows


def _reader(editor: Editor) -> int:
    (id_,) = (
        id_ for id_, row in editor.dump("ApiUser").items() if row["firstname"] == "shotgrid_dagster"
    )
    return id_


def test_a_census_that_misses_too_many_rows_changes_nothing(copy: Copy) -> None:
    copy.load("Note")
    before = copy.rows("select * from notes order by id")
    copy.given["most_lost"] = 0.05
    copy.editor.update(
        "Note", next(id_ for id_ in copy.editor.dump("Note") if id_ % 3), content="!"
    )
    copy.site.edit("delete from notes where id % 3 = 0")
    settings = copy.site.settings(copy.folder, entity_types=("Note",), **copy.given)
    result = load_entity_types(
        copy.site.client(page_size=PAGE), settings, Warehouse(copy.folder), CENSUS
    )
    assert "looks like lost permission" in result.failed["Note"]
    assert copy.rows("select * from notes order by id") == before


def test_lost_rows_are_deleted_where_the_settings_say_so(copy: Copy) -> None:
    copy.load("TaskDependency")
    copy.given["on_lost"] = "delete"
    copy.editor.erase("TaskDependency", 1)
    after = copy.load("TaskDependency")["TaskDependency"]
    assert "lost" not in after.rows
    assert copy.rows("select count(*) from task_dependencies where id = 1") == [(0,)]


def test_a_full_refresh_finds_a_value_that_changed_without_a_stamp(copy: Copy) -> None:
    copy.load("Shot")
    copy.site.edit("update shots set description = 'unstamped' where id = 1")
    assert copy.load("Shot", mode=CENSUS)["Shot"].rows_loaded == 0
    everything = copy.load("Shot", mode=LoadMode(full_refresh=True))["Shot"]
    assert (everything.channel, everything.why) == ("whole", "full refresh")
    assert copy.rows("select description from shots where id = 1") == [("unstamped",)]


def test_a_new_field_is_filled_for_rows_that_did_not_change(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy.site.edit("update shots set description = 'of old' where id = 1")
    why_skipped = columns.why_skipped

    def without_description(field: Field) -> str | None:
        return "not there yet" if field.name == "description" else why_skipped(field)

    with monkeypatch.context() as patch:
        patch.setattr(columns, "why_skipped", without_description)
        copy.load("Shot")
    shot = copy.load("Shot")["Shot"]
    assert shot.why == "all rows, for the new column description"
    assert shot.schema_changes == ("+description",)
    assert copy.rows("select description from shots where id = 1") == [("of old",)]


def test_cursors_are_in_the_destination_so_a_new_machine_goes_on(copy: Copy) -> None:
    copy.load("Shot")
    other = Copy(copy.site, copy.folder)
    assert other.load("Shot")["Shot"].channel == "window"


def test_a_table_that_somebody_dropped_is_loaded_anew_with_its_views(copy: Copy) -> None:
    copy.load("Shot", "Group")
    links = copy.rows("select * from shots__assets order by all")
    copy.rows("drop table shots")
    again = copy.load("Shot", "Group")
    assert (again["Shot"].why, again["Group"].rows_loaded) == ("first load", 0)
    assert copy.rows("select count(*) from shots") == [(22,)]
    assert copy.rows("select * from shots__assets order by all") == links


# -- first loads that are interrupted


@pytest.fixture
def _small_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_rows, "PACKAGE_ROWS", PAGE)
    monkeypatch.setattr(type_load, "ROWS_TO_WAIT_FOR", PAGE)
    monkeypatch.setattr(type_load, "FEW_ROWS", PAGE)


@pytest.mark.usefixtures("_small_packages")
def test_a_first_load_that_breaks_off_goes_on_where_it_was(copy: Copy) -> None:
    copy.site.fail("status", "/entity/Shot/_search", status=403, nth=4)
    assert copy.load("Shot", may_fail=True) == {}
    ((before,),) = copy.rows("select count(*) from shots")
    assert 0 < int(str(before)) < 22
    copy.site.recover()
    counts = copy.site.client()
    shot = copy.load("Shot")["Shot"]
    assert shot.why == "goes on where it was interrupted, and what changed since"
    assert shot.rows_loaded + int(str(before)) == shot.rows_total == 22
    assert shot.rows["live"] == counts.count("Shot")
    assert copy.load("Shot")["Shot"].channel == "window"


@pytest.mark.usefixtures("_small_packages")
def test_rows_that_changed_while_a_first_load_was_interrupted_are_true_when_it_ends(
    copy: Copy,
) -> None:
    copy.site.fail("status", "/entity/Shot/_search", status=403, nth=4)
    copy.load("Shot", may_fail=True)
    copy.site.recover()
    retired, changed = copy.rows("select id from shots order by id limit 2")
    copy.editor.retire("Shot", int(str(retired[0])))
    copy.editor.update("Shot", int(str(changed[0])), description="meanwhile")
    copy.load("Shot", mode=CENSUS)
    assert copy.state("shots", int(str(retired[0]))) == "retired"
    assert copy.rows(f"select description from shots where id = {changed[0]}") == [("meanwhile",)]


@pytest.mark.usefixtures("_small_packages")
def test_rows_of_a_package_whose_state_was_lost_are_not_loaded_twice(copy: Copy) -> None:
    copy.site.fail("status", "/entity/Shot/_search", status=403, nth=4)
    copy.load("Shot", may_fail=True)
    # As if the process had been killed between the rows and the state.
    copy.rows(
        "delete from _sg_load_state where generation = (select max(generation) from "
        "_sg_load_state) and generation > 1"
    )
    copy.site.recover()
    copy.load("Shot")
    assert copy.rows("select count(*), count(distinct id) from shots") == [(22, 22)]


# -- the event log


def test_the_event_log_is_appended_to_and_keeps_what_a_deleted_row_was(copy: Copy) -> None:
    first = copy.load("EventLogEntry")["EventLogEntry"]
    assert first.channel == "event log"
    copy.editor.update("Shot", 1, description="said")
    copy.editor.retire("Shot", 1)
    later = copy.load("EventLogEntry")["EventLogEntry"]
    # Those that linked to it, or to what was retired along with it, are renewed.
    assert 0 < later.rows_loaded < 60
    said = copy.rows(
        "select event_type, _sg_entity_type, _sg_entity_id, _sg_change, _sg_new_value "
        "from event_log_entries order by id desc limit 20"
    )
    assert ("Shotgun_Shot_Retirement", "Shot", 1, "entity_retirement", None) in said
    assert ("Shotgun_Shot_Change", "Shot", 1, "attribute_change", '"said"') in said
    assert copy.load("EventLogEntry")["EventLogEntry"].rows_loaded == 0


def test_a_full_refresh_of_the_event_log_doubles_nothing(copy: Copy) -> None:
    copy.load("EventLogEntry")
    again = copy.load("EventLogEntry", mode=LoadMode(full_refresh=True))["EventLogEntry"]
    assert (again.why, again.rows_loaded) == ("from the first entry on", 0)
    ((rows, ids),) = copy.rows("select count(*), count(distinct id) from event_log_entries")
    assert rows == ids


def test_events_that_the_key_could_not_see_are_found_by_a_census_when_it_can(copy: Copy) -> None:
    copy.editor.hide_project(3)
    copy.load("EventLogEntry")
    ((before,),) = copy.rows("select count(*) from event_log_entries")
    copy.editor.update("ApiUser", _reader(copy.editor), projects=[])
    copy.load("EventLogEntry")
    assert copy.load("EventLogEntry", mode=CENSUS)["EventLogEntry"].rows_loaded > 100
    held = {id_ for (id_,) in copy.rows("select id from event_log_entries")}
    assert held == set(copy.editor.dump("EventLogEntry"))
    assert len(held) > int(str(before)) + 100
    assert copy.load("EventLogEntry", mode=CENSUS)["EventLogEntry"].rows_loaded == 0


def test_every_change_of_a_status_can_be_followed_in_columns(copy: Copy) -> None:
    copy.load("EventLogEntry")
    chains = copy.rows(
        "select _sg_entity_id, _sg_old_value, _sg_new_value from event_log_entries where "
        "_sg_entity_type = 'Shot' and attribute_name = 'sg_status_list' order by _sg_entity_id, id"
    )
    last: dict[object, object] = {}
    for shot, old, new in chains:
        assert old == last.get(shot)
        last[shot] = new
    assert len(last) > 10


def test_rows_that_are_retired_while_they_are_read_whole_are_there_once_and_stay_live(
    own_site: SandboxSite,
) -> None:
    site = own_site.client(page_size=PAGE)
    shots = {row["id"] for row in site.rows("Shot", [])}
    gone = {row["id"] for row in site.rows("Shot", [], retired=True)}
    snapshot = Snapshot(site, EntityType("Shot", "Shot"))
    batches = [
        batch.table
        for batch in _then(
            snapshot.batches(),
            lambda: own_site.edit(
                "update shots set _retired_at = '2026-01-01T00:00:00Z' where id % 2 = 0"
            ),
        )
    ]
    read = pa.concat_tables(batches)
    states = dict(zip(read["id"].to_pylist(), read["_sg_state"].to_pylist(), strict=True))
    assert len(states) == read.num_rows
    assert set(states) == shots | gone
    first = batches[0]["id"].to_pylist()
    assert any(id_ % 2 == 0 for id_ in first)
    assert {states[id_] for id_ in first} == {"live"}
    assert {states[id_] for id_ in gone} == {"retired"}


def _then(batches: Iterator[Batch], do: Callable[[], object]) -> Iterator[Batch]:
    """The batches, and something that happens behind the first of them."""
    yield next(batches)
    do()
    yield from batches


def test_events_that_are_committed_late_are_found_and_gaps_for_ever_do_not_stall(
    own_site: SandboxSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = EventPolicy(block=5, head_density=0.5, late_seconds=2.0, unused=0.2)
    copy = Copy(own_site, tmp_path / "data", events=late)
    copy.load("EventLogEntry")
    for number in range(8):
        copy.editor.update("Shot", 1, description=f"said {number}")
    copy.load("EventLogEntry")
    early = copy.rows("select count(*) from event_log_entries")
    _wait_until(lambda: not _hidden_events(own_site))
    copy.load("EventLogEntry")
    held = {id_ for (id_,) in copy.rows("select id from event_log_entries")}
    assert held == set(copy.editor.dump("EventLogEntry"))
    assert early != copy.rows("select count(*) from event_log_entries")


def _hidden_events(site: SandboxSite) -> bool:
    with closing(sqlite3.connect(site.database)) as connection:
        query = "select count(*) from event_log_entries where _visible_at > ?"
        now = site.app.state.site.clock().timestamp()
        return bool(connection.execute(query, (now,)).fetchone()[0])


def _wait_until(done: Callable[[], bool]) -> None:
    for _ in range(100):
        if done():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come to that")


def test_the_low_water_mark_stops_at_a_young_gap_and_goes_over_an_old_one() -> None:
    now = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)

    def events(*ages: tuple[int, int]) -> pa.Table:
        return pa.table(
            {
                "id": [id_ for id_, _ in ages],
                "created_at": [now - timedelta(minutes=minutes) for _, minutes in ages],
            }
        )

    settled = now - event_log.HOLDBACK
    assert event_log.low_water(events((1, 0), (2, 0), (4, 0), (5, 0)), 0, settled) == 2
    assert event_log.low_water(events((1, 60), (2, 60), (4, 60), (5, 60)), 0, settled) == 5
    assert event_log.low_water(events((3, 60), (7, 60), (9, 1), (10, 1)), 2, settled) == 7
    assert event_log.low_water(events((8, 60), (9, 1), (10, 1)), 5, settled) == 10
    assert event_log.low_water(events(), 5, settled) == 5


def test_the_event_log_goes_on_from_its_mark_when_its_first_load_breaks_off(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package_rows, "PACKAGE_ROWS", 500)
    monkeypatch.setattr(type_load, "ROWS_TO_WAIT_FOR", 500)
    monkeypatch.setattr(type_load, "FEW_ROWS", 500)
    copy.given["page_size"] = 500
    # Five pages of ids are looked at before: where the log ends when the load begins.
    copy.site.fail("status", "_search", status=403, nth=9)
    copy.load("EventLogEntry", may_fail=True)
    ((before,),) = copy.rows("select count(*) from event_log_entries")
    assert int(str(before)) >= 1000
    copy.site.recover()
    copy.load("EventLogEntry")
    held = {id_ for (id_,) in copy.rows("select id from event_log_entries")}
    assert held == set(copy.editor.dump("EventLogEntry"))


def test_events_that_were_read_ahead_but_not_loaded_are_read_again(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package_rows, "PACKAGE_ROWS", 200)
    monkeypatch.setattr(type_load, "ROWS_TO_WAIT_FOR", 200)
    monkeypatch.setattr(type_load, "FEW_ROWS", 200)
    settings = copy.site.settings(copy.folder, entity_types=("EventLogEntry",))
    client = copy.site.client(page_size=100)
    (log,) = (
        entity_type for entity_type in client.entity_types() if entity_type.name == "EventLogEntry"
    )
    reading = event_log.EventLog(client, log, "from the first entry on")
    read_ahead = list(reading.batches())

    def breaks_off() -> Iterator[Batch]:
        yield from read_ahead[:5]
        raise SiteError("the site went away")

    with Tables(Warehouse(copy.folder)) as tables:
        load = EventLogLoad(tables, reading, breaks_off(), LoadState(), LoadMode(), settings.rules)
        packages = load.packages()
        write(tables, [(load, next(packages))])
        write(tables, [(load, next(packages))])
        with pytest.raises((SiteError, PipelineStepFailed)):
            write(tables, [(load, next(packages))])
    assert copy.rows("select count(*) from event_log_entries") == [(400,)]
    copy.load("EventLogEntry")
    held = {id_ for (id_,) in copy.rows("select id from event_log_entries")}
    assert held == set(copy.editor.dump("EventLogEntry"))
