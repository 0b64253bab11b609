"""Texts of every kind, and times at every edge, come through as they were, on any worker."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from shotgrid_dagster.sandbox.query import values
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.postgres import binaries, running_postgres
from shotgrid_dagster_tests.project import make_project
from shotgrid_dagster_tests.source.changing_site import ChangingSite, changing

TEXTS = [
    "🎬 família 👩‍👩‍👧",
    "لقطة ١٢ \u202etxet\u202c לילה",
    "a\r\nb\rc\nd\te",
    "nul\0in the middle",
    "x" * 1_000_000,
    "100% 'quoted' \"twice\" \\back ; -- drop",
    " ",
]


@pytest.fixture
def site(
    tiny_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ChangingSite]:
    # The site then sends what a test stored as JSON: SQLite would end a text at its NUL.
    monkeypatch.setattr(values, "DECODED_TEXT", frozenset({"description"}))
    with changing(tiny_database, tmp_path) as one:
        one.site.edit("update scenes set description = null")
        for number, text in enumerate(TEXTS, start=1):
            one.site.edit(
                "insert or replace into scenes (id, code, description) values (?, ?, ?)",
                number,
                f"scene {number}",
                json.dumps(text),
            )
        yield one


def test_every_text_comes_back_as_it_was_and_is_no_change_the_next_time(site: ChangingSite) -> None:
    site.load("Scene")
    count = len(TEXTS)
    held = site.rows(f"select description from scenes where id <= {count} order by id")
    assert [text for (text,) in held] == TEXTS
    site.site.edit("update scenes set code = 'renamed' where id = 1")
    assert site.load("Scene").loaded["Scene"].rows_loaded == 1


def test_postgres_holds_every_text_but_a_nul_which_is_quarantined(
    site: ChangingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    if binaries() is None:
        pytest.skip("there is no PostgreSQL server on this machine to start")
    import psycopg2

    with running_postgres() as address:
        monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", address)
        site.load("Scene", destination="postgres")
        site.site.edit("update scenes set code = 'renamed' where id = 1")
        assert site.load("Scene", destination="postgres").loaded["Scene"].rows_loaded == 1
        with psycopg2.connect(address) as connection, connection.cursor() as cursor:
            cursor.execute(
                "select description from shotgun_software_data.scenes "
                f"where id <= {len(TEXTS)} order by id"
            )
            held = [text for (text,) in cursor.fetchall()]
            cursor.execute(
                "select col_description('shotgun_software_data.scenes'::regclass, ordinal_position)"
                " from information_schema.columns where table_name = 'scenes'"
                " and column_name = 'description' and table_schema = 'shotgun_software_data'"
            )
            assert cursor.fetchone() == ("Description",)
            cursor.execute("select row_id, field, value from shotgun_software_data._sg_quarantine")
            ((scene, field, value),) = cursor.fetchall()
    assert (scene, field, value) == (4, "description", r"nul\u0000in the middle")
    assert held == [None if "\0" in text else text for text in TEXTS]


EDGES = {
    1: ("2024-02-29T00:00:00Z", "2024-02-29"),
    2: ("2023-12-31T23:59:59Z", "2023-12-31"),
    3: ("2026-03-08T07:30:00Z", "2026-03-08"),  # the clocks of St John's go forward
    4: ("2026-11-01T03:30:00Z", "2026-11-01"),  # and back: this local time is there twice
    5: ("2026-03-29T01:00:00Z", "2026-03-29"),
    6: ("2038-01-19T03:14:08Z", "2038-01-19"),
    7: ("1969-12-31T23:59:59Z", "1969-12-31"),
}


def test_times_and_dates_are_the_same_whatever_the_time_zone_of_the_worker(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    for id_, (stamp, day) in EDGES.items():
        own_site.edit(
            "update shots set created_at = ?, updated_at = ? where id = ?", stamp, stamp, id_
        )
        own_site.edit("update tasks set due_date = ?, start_date = ? where id = ?", day, day, id_)
    project = make_project(tmp_path / "project")
    project.set("entity_types", '["Shot", "Task"]')
    project.set("page_size", "5")
    prefix = "SOURCES__SHOTGUN_SOFTWARE_SOURCE__"
    key = {
        f"{prefix}SITE_URL": own_site.url,
        f"{prefix}CLIENT_ID": own_site.client_id,
        f"{prefix}CLIENT_SECRET": own_site.client_secret,
    }
    command = "python shotgun_software_pipeline.py"
    project.run(command, environment={**key, "TZ": "Asia/Kolkata"})
    elsewhere = project.run(command, environment={**key, "TZ": "America/St_Johns"})
    assert "0 of them loaded now" in elsewhere

    import duckdb

    with duckdb.connect(str(project.path / "data" / "shotgun_software.duckdb")) as connection:
        connection.execute("set search_path = 'shotgun_software_data'; set TimeZone = 'UTC'")
        shots = connection.execute(
            "select id, epoch(created_at)::bigint from shots where id <= 7 order by id"
        ).fetchall()
        tasks = connection.execute(
            "select id, due_date from tasks where id <= 7 order by id"
        ).fetchall()
        ((ahead,),) = connection.execute(
            "select max(abs(epoch(_sg_read_at) - epoch(now()))) from shots"
        ).fetchall()
    assert shots == [
        (id_, int(datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()))
        for id_, (stamp, _) in EDGES.items()
    ]
    assert tasks == [(id_, date.fromisoformat(day)) for id_, (_, day) in EDGES.items()]
    assert ahead < 600
