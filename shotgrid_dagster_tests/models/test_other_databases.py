"""The models are plain SQL: other databases understand it, and Postgres gives the same rows."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import sqlglot

from shotgrid_dagster.models.model import (
    DIALECTS,
    PORTABLE,
    SCHEMA,
    Model,
    functions,
    in_dialect,
    parse_model,
)
from shotgrid_dagster.source.whole_site import load_site
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.models.conftest import (
    House,
    entity_types_that_models_read,
    models_in_order,
    read_at_once,
    schemas_of,
    tables_with_rows_of_the_site,
)
from shotgrid_dagster_tests.models.lived_in import TIME_ZONE, LivedIn
from shotgrid_dagster_tests.postgres import running_postgres

OWN_WORDS = {"postgres": {"Extract", "RegexpLike"}, "redshift": {"TsOrDsDiff"}}
"""How the difference of two instants or days is written there."""


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_model_is_understood_elsewhere_and_calls_only_what_means_the_same(
    dialect: str, caplog: pytest.LogCaptureFixture
) -> None:
    for model in models_in_order():
        for query in [model.query, *(test.breaks for test in model.tests)]:
            carried = in_dialect(query, dialect)
            again = sqlglot.parse_one(carried, read=dialect)
            assert functions(again) <= PORTABLE | OWN_WORDS.get(dialect, set()), carried
            # what it was carried to can be carried on: nothing was lost in a comment or a hint
            assert again.sql(dialect=dialect)
    # rows are never ordered by what can be null, so where nulls come makes no difference
    said = {record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING}
    assert all("NULLS LAST" in message for message in said), said


def test_seconds_between_instants_are_told_apart_from_days_between_dates() -> None:
    text = (
        "-- A row.\n-- column s: seconds\n-- column d: days\n-- test: not_null(s)\n"
        "select date_diff('second', a, b) as s, date_diff('day', c, d) as d from t"
    )
    carried = in_dialect(parse_model("m", text).query, "bigquery")
    assert "TIMESTAMP_DIFF(b, a, SECOND)" in carried
    assert "DATE_DIFF(d, c, DAY)" in carried


@pytest.fixture(scope="module")
def postgres(
    lived_in_site: tuple[SandboxSite, LivedIn], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[psycopg2.extensions.connection]:
    """The lived-in studio in a Postgres of its own."""
    site, _ = lived_in_site
    with running_postgres() as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DESTINATION__POSTGRES__CREDENTIALS", address)
        folder: Path = tmp_path_factory.mktemp("postgres")
        settings = site.settings(
            folder, entity_types=entity_types_that_models_read(), time_zone=TIME_ZONE
        )
        assert load_site(settings, "postgres").failed == {}
        connection = psycopg2.connect(address)
        try:
            yield connection
        finally:
            connection.close()


def test_postgres_gives_the_same_rows_as_duckdb(
    house: House, postgres: psycopg2.extensions.connection
) -> None:
    with postgres, postgres.cursor() as cursor:
        cursor.execute("set time zone 'UTC'")
        cursor.execute(f"create schema {SCHEMA}")
        for table in tables_with_rows_of_the_site():
            cursor.execute(read_at_once(table))
        for model in models_in_order():
            sql = model.sql(schemas_of(model), "postgres")
            cursor.execute(f"create table {SCHEMA}.{model.name} as {sql}")
            cursor.execute(f"select * from {SCHEMA}.{model.name}")
            names = [column.name for column in cursor.description]
            assert names == list(model.columns), model.name
            assert_same(model, names, cursor.fetchall(), duckdb_rows(house, model))


def duckdb_rows(house: House, model: Model) -> list[tuple[Any, ...]]:
    return house.connection.execute(f"select * from {SCHEMA}.{model.name}").fetchall()


def assert_same(
    model: Model,
    names: list[str],
    there: list[tuple[Any, ...]],
    here: list[tuple[Any, ...]],
) -> None:
    first, second = (sorted(map(plain, rows), key=repr) for rows in (there, here))
    assert len(first) == len(second), model.name
    for one, other in zip(first, second, strict=True):
        for name, left, right in zip(names, one, other, strict=True):
            assert left == right, f"{model.name}.{name}: {one} {other}"


def plain(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(map(value, row))


def value(of: object) -> object:
    """A value whatever the driver makes of it; fractions to the ninth digit."""
    if isinstance(of, bool):
        return of
    if isinstance(of, (float, Decimal, int)):
        number = float(of)
        return None if math.isnan(number) else round(number, 6)
    if isinstance(of, datetime):
        return of.astimezone(timezone.utc)
    return of
