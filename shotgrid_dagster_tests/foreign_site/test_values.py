"""Every impossible value of every data type is in its table or in quarantine, and counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pytest

from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.source.loading.quarantine_table import TABLE as QUARANTINE
from shotgrid_dagster_tests.foreign_site.site import ForeignSite, ForeignType, foreign_site
from shotgrid_dagster_tests.foreign_site.values import DATA_TYPES, ONE_A_KIND, VALUES
from shotgrid_dagster_tests.postgres import running_postgres

DATASET = "shotgun_software_data"


@pytest.fixture
def site() -> Iterator[ForeignSite]:
    with foreign_site() as running:
        running.types["Shot"] = ForeignType({"code": "text"}, {1: {"code": b'"fine"'}})
        yield running


def serve(site: ForeignSite, data_types: tuple[str, ...]) -> None:
    site.types |= {_name(data_type): of_values(data_type) for data_type in data_types}


def _name(data_type: str) -> str:
    return "Of" + data_type.title().replace("_", "")


def of_values(data_type: str) -> ForeignType:
    """An entity type with a row for each value, a good field beside it, and one row of null."""
    rows = {
        id_: {"code": b'"row %d"' % id_, "value": value}
        for id_, value in enumerate((*VALUES, b"null"), start=1)
    }
    return ForeignType({"code": "text", "value": data_type}, rows)


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "shotgun_software.duckdb")) as connection:
        connection.execute(f"set search_path = '{DATASET}'")
        return connection.execute(sql).fetchall()


def quarantined(folder: Path) -> set[tuple[str, int]]:
    found = rows(folder, f"select table_name, row_id, field from {QUARANTINE}")
    assert {field for _, _, field in found} == {"value"}
    assert len(found) == len({(table, id_) for table, id_, _ in found})
    return {(table, id_) for table, id_, _ in found}


def read_naively(data_type: str, raw: bytes) -> object:
    """What a value is, by Python's own reading of it; signatures are none of these."""
    if data_type in AS_THEY_COME:
        return raw.decode()
    value = json.loads(raw)
    if data_type in NUMBERS:
        return int(value) if isinstance(value, str) else value
    if data_type in ("float", "currency"):
        return float(value)
    if data_type == "checkbox":
        return {"true": True, "1": True, "false": False, "0": False}[str(value).lower()]
    if data_type == "date":
        return date.fromisoformat(value)
    if data_type == "date_time":
        since = datetime.fromisoformat(value.replace("Z", "+00:00")) - EPOCH
        return since // timedelta(microseconds=1)
    if data_type == "entity":
        return int(value["id"])
    if data_type == "image":
        return urlsplit(value).path
    if data_type == "url":
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value


AS_THEY_COME = (
    *("multi_entity", "addressing", "serializable", "jsonb", "tag_list", "summary"),
    "from_the_future",
)
NUMBERS = ("number", "percent", "timecode", "duration")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def test_there_are_at_least_sixty_impossible_values_and_all_are_different() -> None:
    assert len(set(VALUES)) == len(VALUES) >= 60


@pytest.mark.parametrize(
    ("page_size", "data_types"),
    [(5000, DATA_TYPES), (10, ONE_A_KIND)],
    ids=["whole", "by pages of ten"],
)
def test_every_value_is_in_its_table_or_in_quarantine_and_a_second_run_is_not_wedged(
    site: ForeignSite, tmp_path: Path, page_size: int, data_types: tuple[str, ...]
) -> None:
    serve(site, data_types)
    first = site.load(tmp_path, page_size=page_size)
    assert first.failed == {}
    assert rows(tmp_path, "select code from shots") == [("fine",)]
    aside = quarantined(tmp_path)
    served = 0
    for data_type in data_types:
        loaded = first.loaded[_name(data_type)]
        table = loaded.layout.table
        column = {"entity": "value__id", "date_time": "epoch_us(value)"}.get(data_type, "value")
        held = dict(rows(tmp_path, f"select id, {column} from {table}"))
        assert sorted(held) == list(range(1, len(VALUES) + 2))
        assert rows(tmp_path, f"select count(*) from {table} where code = 'row ' || id") == [
            (len(held),)
        ]
        in_table = set()
        for id_, raw in enumerate(VALUES, start=1):
            if (table, id_) not in aside:
                assert held[id_] == read_naively(data_type, raw), (data_type, raw)
                in_table.add(id_)
        in_quarantine = {id_ for of, id_ in aside if of == table}
        assert in_table | in_quarantine == set(range(1, len(VALUES) + 1))
        assert loaded.quarantined == len(in_quarantine)
        served += len(in_table) + len(in_quarantine)
    assert served == len(data_types) * len(VALUES)

    second = site.load(tmp_path, page_size=page_size)
    assert second.failed == {}
    assert {
        name: item.rows_loaded for name, item in second.loaded.items() if item.rows_loaded
    } == {}
    assert quarantined(tmp_path) == aside


def test_postgres_takes_every_value_that_is_not_in_quarantine_and_gives_it_back(
    site: ForeignSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no NUL, no year 0, and its JSON is read back as numbers of any size."""
    serve(site, ONE_A_KIND)
    with running_postgres() as address:
        monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", address)
        for _ in range(2):
            done = site.load(tmp_path, "postgres")
            assert done.failed == {}
        with Tables(Warehouse(tmp_path, "postgres")) as tables:
            counted = f"select table_name, count(*) from {{{QUARANTINE}}} group by table_name"
            aside: dict[str, int] = dict(tables.rows(counted) or ())
            for data_type in ONE_A_KIND:
                loaded = done.loaded[_name(data_type)]
                table = loaded.layout.table
                assert loaded.quarantined == aside[table]
                names = [column.name for column in loaded.layout.columns]
                held = tables.read_columns(table, names)
                assert held.num_rows == len(VALUES) + 1
                view = f"select count(link__id) from {{{table}__value}}"
                assert data_type != "multi_entity" or tables.rows(view) == [(0,)]
