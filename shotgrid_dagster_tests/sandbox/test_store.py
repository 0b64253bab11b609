"""The database file: made in whole or not at all, and by one process."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.store import database as store
from shotgrid_dagster.sandbox.store.schema import Field


def _fill(connection: sqlite3.Connection) -> None:
    store.create_tables(connection, SCHEMA)
    store.create_indexes(connection, SCHEMA)
    store.set_site_value(connection, "seed", "7")


def test_a_site_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "site.db"
    assert store.create(path, _fill)
    assert not store.create(path, _fill)
    assert store.site_value(store.connect(path), "seed") == "7"


def test_what_fails_while_it_is_made_leaves_no_site(tmp_path: Path) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        _fill(connection)
        raise RuntimeError("killed")

    path = tmp_path / "site.db"
    with pytest.raises(RuntimeError):
        store.create(path, fail)
    assert not path.exists()
    assert store.create(path, _fill), "what is left of the first attempt is in nobody's way"


def test_of_two_that_ask_at_once_one_makes_the_site_and_the_other_waits(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    made: list[bool] = []

    def fill_slowly(connection: sqlite3.Connection) -> None:
        time.sleep(0.2)
        _fill(connection)

    askers = [
        threading.Thread(target=lambda: made.append(store.create(path, fill_slowly)))
        for _ in range(3)
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert sorted(made) == [False, False, True]


def test_the_log_of_a_deleted_site_is_not_replayed_into_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    for suffix in ("-wal", "-shm"):
        store.beside(path, suffix).write_bytes(b"left over")
    store.create(path, _fill)
    assert not store.beside(path, "-wal").exists()
    assert store.site_value(store.connect(path), "seed") == "7"


def test_a_site_value_can_be_missing_and_be_changed(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    store.create(path, _fill)
    connection = store.connect(path)
    assert store.site_value(connection, "now") is None
    store.set_site_value(connection, "seed", "8")
    assert store.site_value(connection, "seed") == "8"


@pytest.mark.parametrize(
    ("data_type", "expected"),
    [
        ("text", ['"f" TEXT']),
        ("duration", ['"f" INTEGER']),
        ("checkbox", ['"f" INTEGER NOT NULL DEFAULT 0']),
        ("float", ['"f" REAL']),
        ("currency", ['"f" REAL']),
        ("entity", ['"f" TEXT', '"f__type" TEXT', '"f__id" INTEGER']),
        ("multi_entity", ["\"f\" TEXT NOT NULL DEFAULT '[]'"]),
        ("pivot_column", []),
        ("password", []),
    ],
)
def test_a_data_type_has_its_columns(data_type: str, expected: list[str]) -> None:
    assert store.columns(Field("f", "F", data_type)) == expected


def test_rows_changed_since_an_instant_are_found_by_index(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    store.create(path, _fill)
    plan = store.connect(path).execute(
        "explain query plan select id from tasks where updated_at > '2026-01-01T00:00:00Z'"
    )
    assert "tasks_updated_at" in str(plan.fetchall())
