"""The studio of the sandbox, read over the API and compared with its database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.http.server import serve_in_thread
from shotgrid_dagster.sandbox.studio import build
from shotgrid_dagster_tests.sandbox.client import Client


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Client]]:
    path = tmp_path_factory.mktemp("whole") / "tiny.sqlite"
    build(path, "tiny")
    with serve_in_thread(path) as running:
        yield path, Client.signed_in(running.url, running.app)


EVERYTHING = {"include_archived_projects": True}


@pytest.mark.parametrize("name", list(SCHEMA))
def test_a_walk_by_id_reads_every_row_of_a_type(site: tuple[Path, Client], name: str) -> None:
    path, client = site
    entity_type = SCHEMA[name]
    found: list[int] = []
    while True:
        last = found[-1] if found else 0
        page = client.search(
            entity_type.slug,
            [["id", "greater_than", last]],
            fields="*",
            page={"size": 5000},
            options=EVERYTHING,
        ).json()["data"]
        if not page:
            break
        assert set(page[0]["attributes"]) | set(page[0]["relationships"]) == {
            name for name, field in entity_type.fields.items() if field.returned and name != "id"
        }
        found += [row["id"] for row in page]
    connection = sqlite3.connect(path)
    live = f"select id from {entity_type.slug} where _retired_at is null order by id"
    assert found == [row[0] for row in connection.execute(live)]
    connection.close()
