"""One lived-in studio, loaded once, with every model built on it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from shotgrid_dagster.dashboard.questions import Models
from shotgrid_dagster.defs.assets.models import build_beside, swap_in
from shotgrid_dagster.defs.build import MODELS
from shotgrid_dagster.destination.warehouse import DATASET
from shotgrid_dagster.models.model import SCHEMA, Model, base_table, buildable, read_models
from shotgrid_dagster.sandbox.entity_types import SCHEMA as ENTITY_TYPES
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.site.naming import table_name
from shotgrid_dagster.source.loading.site_tables.site_settings import TABLES
from shotgrid_dagster.source.whole_site import load_site
from shotgrid_dagster_tests.conftest import SandboxSite, serving
from shotgrid_dagster_tests.models.lived_in import TIME_ZONE, LivedIn, live_in
from shotgrid_dagster_tests.models.oddities import put_all_on
from shotgrid_dagster_tests.models.truth import Truth

Rows = list[dict[str, Any]]


def models_in_order() -> list[Model]:
    tables = {table_name(name) for name in ENTITY_TYPES} | set(TABLES)
    return buildable(read_models(MODELS), tables, tables)


def schemas_of(model: Model) -> dict[str, str]:
    names = {path.stem for path in MODELS.glob("*.sql")}
    return {read: SCHEMA if read in names else DATASET for read in model.reads}


def entity_types_that_models_read() -> tuple[str, ...]:
    read = {base_table(read) for model in models_in_order() for read in model.reads}
    return tuple(name for name in ENTITY_TYPES if table_name(name) in read)


READ_AT = "2026-11-20T00:00:00Z"
"""When all rows were read: one instant, so that two loads of the site give the same models."""


def tables_with_rows_of_the_site() -> list[str]:
    return [table_name(name) for name in entity_types_that_models_read()]


def read_at_once(table: str) -> str:
    return f"update {DATASET}.{table} set _sg_read_at = timestamp with time zone '{READ_AT}'"


@dataclass(frozen=True)
class House:
    """The site's own database, and the warehouse that was made from it."""

    site: SandboxSite
    story: LivedIn
    connection: duckdb.DuckDBPyConnection
    promises: dict[str, dict[str, int]]
    """Model -> promise -> rows that break it."""

    def rows(self, sql: str) -> Rows:
        found = self.connection.execute(sql)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def dump(self, entity_type: str, retired: bool | None = False) -> dict[int, dict[str, object]]:
        """The rows as the site has them, by id."""
        return Editor(self.site.database).dump(entity_type, retired)


@pytest.fixture(scope="package")
def lived_in_site(
    tiny_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[SandboxSite, LivedIn]]:
    path = tmp_path_factory.mktemp("lived in") / "site.sqlite"
    with closing(sqlite3.connect(tiny_database)) as there, closing(sqlite3.connect(path)) as here:
        there.backup(here)
    story = live_in(path)
    put_all_on(path, story.ids)
    with serving(path) as site:
        yield site, story


@pytest.fixture(scope="package")
def house(
    lived_in_site: tuple[SandboxSite, LivedIn], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    site, story = lived_in_site
    settings = site.settings(
        tmp_path_factory.mktemp("house"),
        entity_types=entity_types_that_models_read(),
        time_zone=TIME_ZONE,
    )
    assert load_site(settings).failed == {}
    with duckdb.connect(str(settings.project.database_path)) as connection:
        for table in tables_with_rows_of_the_site():
            connection.execute(read_at_once(table))
        promises = {}
        for model in models_in_order():
            results = build_beside(connection, model, schemas_of(model))
            promises[model.name] = {
                str(result.description): int(str(result.metadata["rows_that_break_it"].value))
                for result in results
            }
            swap_in(connection, model.name)
        connection.execute(f"set search_path = '{SCHEMA},{DATASET}'")
        yield House(site, story, connection, promises)


@pytest.fixture(scope="package")
def models(house: House, tmp_path_factory: pytest.TempPathFactory) -> Models:
    """The lived-in studio as readers have it: a copy of the database."""
    (file,) = house.rows("select path from duckdb_databases() where path like '%.duckdb'")
    house.connection.execute("checkpoint")
    copy = tmp_path_factory.mktemp("readers") / "published.duckdb"
    shutil.copy(str(file["path"]), copy)
    return Models(copy)


@pytest.fixture(scope="package")
def truth(house: House) -> Truth:
    """The same site, read the slow and obvious way."""
    return Truth(house.site.database, TIME_ZONE, READ_AT)
