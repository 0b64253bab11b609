"""Events that are back-dated, and sites that go back to an older state: ids tell, not stamps."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.source.reading import event_log
from shotgrid_dagster.source.reading.channel import LoadMode
from shotgrid_dagster.source.reading.event_position import (
    MOST_GAPS,
    EventPosition,
    position_of,
)
from shotgrid_dagster_tests.conftest import serving
from shotgrid_dagster_tests.oracle.stage import copy_studio
from shotgrid_dagster_tests.oracle.witness import Warehouse as Held
from shotgrid_dagster_tests.oracle.witness import states, values
from shotgrid_dagster_tests.source.test_channels import Copy

TYPES = ("Shot", "Task", "Version", "EventLogEntry")


PAGE = 15
"""Each of the types is bigger."""


@pytest.fixture
def copy(backup: Backup) -> Iterator[Copy]:
    with backup.served() as served:
        yield served


def weeks_ago() -> datetime:
    return datetime.now(timezone.utc) - timedelta(weeks=5)


def wrong(copy: Copy, *entity_types: str) -> list[str]:
    """What is in a table otherwise than on the site, every value compared; lost rows aside."""
    found: list[str] = []
    held = Held(copy.folder)
    for entity_type in entity_types:
        rows = {
            id_: row for id_, row in held.rows(entity_type).items() if row["_sg_state"] != "lost"
        }
        expected = states(copy.editor, entity_type)
        if {id_: row["_sg_state"] for id_, row in rows.items()} != expected:
            found.append(f"{entity_type}: states")
        found += [
            f"{entity_type} {id_}.{name}: {value!r}, not {rows[id_][name]!r}"
            for id_, row in values(copy.editor, entity_type).items()
            for name, value in row.items()
            if id_ in rows
            and name in rows[id_]
            and rows[id_][name] != value
            and not _is_link_of_other_end(entity_type, name, value, row, rows[id_])
        ]
    return found


def _is_link_of_other_end(
    entity_type: str, name: str, value: object, row: dict[str, Any], held: dict[str, Any]
) -> bool:
    """A link whose other end was renamed or retired: neither an event nor a stamp tells of it, and
    an event keeps the link that it had."""
    is_link = isinstance(value, list) or name.endswith(("__id", "__type", "__name"))
    return is_link and (entity_type == "EventLogEntry" or row["updated_at"] == held["updated_at"])


# -- back-dated


def back_dated_edits(copy: Copy) -> None:
    """Rows and events with stamps of weeks before the load."""
    editor = Editor(copy.site.database, now=weeks_ago)
    editor.update("Shot", 1, description="said weeks ago")
    editor.update("Shot", 2, sg_status_list="fin")
    editor.retire("Shot", 3)
    editor.create("Shot", project=("Project", 3), code="made weeks ago")
    task = min(editor.dump("Task"))
    editor.update("Task", task, sg_description="said weeks ago", content="renamed weeks ago")
    editor.retire("Task", max(editor.dump("Task")))


def test_rows_that_back_dated_events_name_are_true_after_the_next_load(
    copy: Copy,
) -> None:
    copy.load(*TYPES)
    back_dated_edits(copy)
    loaded = copy.load(*TYPES)
    assert loaded["Shot"].channel == loaded["Task"].channel == "window"
    assert wrong(copy, *TYPES) == []
    assert copy.state("shots", 3) == "retired"
    assert {result.rows_loaded for result in copy.load(*TYPES).values()} == {0}


def test_each_type_follows_the_events_by_itself(copy: Copy) -> None:
    """A type that was not loaded with the log finds later what the log named meanwhile."""
    copy.load(*TYPES)
    back_dated_edits(copy)
    copy.load("EventLogEntry")
    copy.load("Shot")
    Editor(copy.site.database, now=weeks_ago).update("Shot", 5, description="later")
    copy.load("EventLogEntry")
    copy.load("Shot", "Task", "Version")
    assert wrong(copy, *TYPES) == []


def test_entries_that_are_committed_late_are_followed_when_they_appear(
    copy: Copy,
) -> None:
    copy.load(*TYPES)
    editor = Editor(copy.site.database, now=weeks_ago)
    with closing(sqlite3.connect(copy.site.database)) as database, database:
        ((newest,),) = database.execute("select max(id) from event_log_entries")
    editor.update("Shot", 1, description="said weeks ago")
    # Another entry, which is not late, and is behind it.
    Editor(copy.site.database).update("Shot", 2, description="said now")
    late = "id = (select min(id) from event_log_entries where id > ?)"
    copy.site.edit(f"update event_log_entries set _visible_at = 9e9 where {late}", newest)
    copy.load(*TYPES)
    assert copy.rows("select description from shots where id = 1") != [("said weeks ago",)]
    copy.site.edit(f"update event_log_entries set _visible_at = null where {late}", newest)
    copy.load(*TYPES)
    assert wrong(copy, *TYPES) == []


def test_a_state_of_an_older_version_follows_the_events_from_its_next_load_on(
    copy: Copy,
) -> None:
    copy.load(*TYPES)
    copy.rows("alter table _sg_load_state drop column events_followed")
    version = "select max(inserted_at) from _dlt_version"
    copy.rows(f"delete from _dlt_version where inserted_at <= ({version})")
    back_dated_edits(copy)
    copy.load(*TYPES)
    assert wrong(copy, *TYPES) == []
    Editor(copy.site.database, now=weeks_ago).update("Shot", 5, description="weeks ago, again")
    copy.load(*TYPES)
    assert wrong(copy, *TYPES) == []


def test_a_log_that_cannot_be_read_leaves_windows_as_they_are(
    copy: Copy,
) -> None:
    copy.site.fail("status", "EventLogEntry", status=403)
    copy.result("Shot", "EventLogEntry")
    copy.editor.update("Shot", 1, description="said")
    result = copy.result("Shot", "EventLogEntry")
    assert list(result.failed) == ["EventLogEntry"]
    assert (result.loaded["Shot"].channel, result.loaded["Shot"].rows_loaded) == ("window", 1)


def test_a_gap_is_not_given_up_because_the_entry_behind_it_is_back_dated() -> None:
    import pyarrow as pa

    now = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
    made = [now, now - timedelta(weeks=5), now + timedelta(days=400), now]
    events = pa.table({"id": [1, 5, 6, 9], "created_at": pa.array(made, pa.timestamp("us", "UTC"))})
    at_least, latest = event_log.made_at_least(events, None, now)
    assert at_least["created_at"].to_pylist() == [now] * 4
    assert latest == now
    assert event_log.low_water(at_least, 0, now - event_log.HOLDBACK) == 1


def test_a_position_knows_its_gaps_and_moves_over_them() -> None:
    at = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
    position = position_of([(4, None), (5, None), (8, None), (11, at)], 5)
    assert position == EventPosition(11, ((6, 7), (9, 10)), at)
    assert [id_ for id_ in range(4, 14) if not position.has(id_)] == [6, 7, 9, 10, 12, 13]
    assert EventPosition.from_json(position.to_json()) == position
    moved = position.moved_on([(7, None), (9, None), (14, None)], 7)
    assert moved == EventPosition(14, ((10, 10), (12, 13)))
    assert position.moved_on([], 5) == position
    many = position_of([(id_, at) for id_ in range(0, 4 * MOST_GAPS, 2)], 0)
    assert many is not None
    assert (len(many.gaps), many.newest) == (MOST_GAPS, 2 * MOST_GAPS)
    assert position_of([], 0) is None


# -- a site that goes back


class Backup:
    """A copy of a site's file, and the site served from it again."""

    def __init__(self, folder: Path, studio: Path) -> None:
        self.folder = folder
        self.database = folder / "site.sqlite"
        self._saved = folder / "backup.sqlite"
        copy_studio(studio, self.database)

    def save(self) -> None:
        with (
            closing(sqlite3.connect(self.database)) as there,
            closing(sqlite3.connect(self._saved)) as here,
        ):
            there.backup(here)

    def restore(self) -> None:
        for name in ("site.sqlite-wal", "site.sqlite-shm"):
            (self.folder / name).unlink(missing_ok=True)
        os.replace(self._saved, self.database)

    @contextmanager
    def served(self) -> Iterator[Copy]:
        with serving(self.database) as site:
            copy = Copy(site, self.folder / "data")
            copy.given = {"page_size": PAGE, "most_lost": 0.9}
            yield copy


@pytest.fixture
def backup(tiny_database: Path, tmp_path: Path) -> Backup:
    return Backup(tmp_path, tiny_database)


def after_the_backup(editor: Editor) -> int:
    """What the backup does not have; gives a Shot that was made."""
    shot = editor.create("Shot", project=("Project", 3), code="not in the backup")
    editor.update("Shot", 1, description="not in the backup")
    editor.retire("Shot", 2)
    for number in range(4):
        editor.update("Shot", 5, description=f"not in the backup either, {number}")
    return shot


@pytest.mark.parametrize("census", [False, True])
@pytest.mark.parametrize("new_entries", [0, 2, 40])
def test_a_site_that_went_back_is_read_again_and_said(
    backup: Backup, new_entries: int, census: bool
) -> None:
    """Whether its new events reach the ids of those that are held, or not."""
    with backup.served() as copy:
        copy.load(*TYPES)
        backup.save()
        lost = after_the_backup(copy.editor)
        copy.load(*TYPES)
        held_before = {id_ for (id_,) in copy.rows("select id from event_log_entries")}
    backup.restore()
    with backup.served() as copy:
        for number in range(new_entries):
            copy.editor.update("Shot", 6, description=f"after it, {number}")
        result = copy.result(*TYPES, mode=LoadMode(census=census))
        assert result.failed == {}
        assert any("went back" in warning for warning in result.warnings)
        assert "the site went back" in result.loaded["EventLogEntry"].why
        assert wrong(copy, *TYPES) == []
        assert copy.state("shots", lost) == "lost"
        gone = held_before - set(copy.editor.dump("EventLogEntry"))
        held = dict(copy.rows("select id, _sg_state from event_log_entries"))
        assert {state for id_, state in held.items() if id_ in gone} <= {"lost"}
        assert bool(gone) == (new_entries < 40)
        again = copy.result(*TYPES)
        assert again.warnings == ()
        assert again.loaded["Shot"].channel == "window"
        for number in range(40):
            copy.editor.update("Shot", 7, description=f"later, {number}")
        assert copy.result(*TYPES).warnings == ()
        assert wrong(copy, *TYPES) == []
        full = copy.result(*TYPES, mode=LoadMode(full_refresh=True))
        assert full.failed == {}
        assert wrong(copy, *TYPES) == []


def test_a_type_that_is_loaded_after_the_log_finds_that_the_site_went_back(
    backup: Backup,
) -> None:
    with backup.served() as copy:
        copy.load(*TYPES)
        backup.save()
        lost = after_the_backup(copy.editor)
        copy.load(*TYPES)
    backup.restore()
    with backup.served() as copy:
        copy.load("EventLogEntry")
        result = copy.result("Shot")
        assert any("went back" in warning for warning in result.warnings)
        assert copy.state("shots", lost) == "lost"
        assert wrong(copy, "Shot") == []


def test_a_log_that_the_key_no_longer_sees_is_not_taken_for_a_site_that_went_back(
    copy: Copy,
) -> None:
    copy.given["most_lost"] = 0.05
    copy.load(*TYPES)
    before = copy.rows("select id, _sg_state from event_log_entries order by id")
    copy.site.edit("update event_log_entries set _visible_at = 9e9")
    result = copy.result("EventLogEntry")
    assert "looks like lost permission" in result.failed["EventLogEntry"]
    assert copy.rows("select id, _sg_state from event_log_entries order by id") == before
    copy.site.edit("update event_log_entries set _visible_at = null")
    assert copy.result(*TYPES).warnings == ()
    assert wrong(copy, *TYPES) == []
