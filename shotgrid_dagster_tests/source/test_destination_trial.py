"""Whether a destination can be written: tried before anything is read, told in one sentence."""

from __future__ import annotations

import socket
from pathlib import Path

import dlt
import duckdb
import pytest

from shotgrid_dagster.destination.locks import LOADER, FolderLocks
from shotgrid_dagster.destination.trial import try_out
from shotgrid_dagster.destination.warehouse import DATASET, Warehouse
from shotgrid_dagster.errors import WarehouseError


def postgres_tables(folder: Path) -> list[tuple[str, str]]:
    """Schema and name of all that somebody made."""
    pipeline = dlt.pipeline(
        "look", pipelines_dir=str(folder), destination="postgres", dataset_name=DATASET
    )
    with pipeline.sql_client() as client:
        made = client.execute_sql(
            "select nspname, coalesce(relname, '') from pg_namespace left join pg_class "
            "on relnamespace = pg_namespace.oid "
            "where nspname not like 'pg_%%' and nspname not in ('information_schema', 'public')"
        )
    return [(str(schema), str(table)) for schema, table in made or ()]


def test_a_new_duckdb_is_tried_and_neither_file_nor_folder_is_left(tmp_path: Path) -> None:
    assert "is not there yet, and can be made" in try_out(Warehouse(tmp_path / "a" / "data"))
    assert list(tmp_path.iterdir()) == []


def test_a_duckdb_that_is_there_keeps_what_it_has(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    with duckdb.connect(str(warehouse.database_path)) as connection:
        connection.execute(f"create schema {DATASET}")
        connection.execute(f"create table {DATASET}.shots as select 1 as id")
    assert f"written and dropped in {DATASET}" in try_out(warehouse)
    with duckdb.connect(str(warehouse.database_path)) as connection:
        tables = connection.execute("select table_name from information_schema.tables").fetchall()
    assert tables == [("shots",)]


def test_a_duckdb_that_is_none_is_told(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    warehouse.database_path.write_text("this is no database, but some text" * 500)
    with pytest.raises(WarehouseError, match="is not a DuckDB database: move it away"):
        try_out(warehouse)


def test_postgres_is_tried_in_a_dataset_that_is_there_and_in_one_that_is_not(
    tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", postgres)
    warehouse = Warehouse(tmp_path, "postgres")
    assert "a dataset with a table was made and dropped" in try_out(warehouse)
    assert postgres_tables(tmp_path) == []
    with warehouse.pipeline() as pipeline, pipeline.sql_client() as client:
        client.create_dataset()
    assert f"a table was written and dropped in {DATASET}" in try_out(warehouse)
    assert postgres_tables(tmp_path) == [(DATASET, "")]


def test_a_postgres_that_may_not_be_written_is_told(
    tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", postgres)
    with Warehouse(tmp_path, "postgres").pipeline() as pipeline, pipeline.sql_client() as client:
        client.execute_sql("create role reader login")
    monkeypatch.setenv(
        "DESTINATION__POSTGRES__CREDENTIALS", postgres.replace("loader:loader", "reader:hunter2")
    )
    with pytest.raises(WarehouseError) as raised:
        try_out(Warehouse(tmp_path, "postgres"))
    assert "permission denied" in str(raised.value)
    assert "[destination.postgres]" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_folder_of_delta_tables_is_tried_and_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__FILESYSTEM__BUCKET_URL", str(tmp_path / "lake"))
    assert "a delta table was written and removed" in try_out(Warehouse(tmp_path, "filesystem"))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "lake").write_text("a file is in the way")
    with pytest.raises(WarehouseError, match=r"filesystem cannot be used: .*lake"):
        try_out(Warehouse(tmp_path, "filesystem"))


@pytest.mark.parametrize(
    ("destination", "said", "lines"),
    [
        ("filesystem", "bucket_url is not set", ["[destination.filesystem]", "bucket_url = "]),
        ("postgres", "password, username and host are not set", ["[destination.postgres.cred"]),
        ("clickhouse", "host is not set", ["[destination.clickhouse.credentials]"]),
        ("sqlalchemy", "drivername is not set", ["[destination.sqlalchemy"]),
        ("mssql", 'run `pip install "dlt[mssql]"`', []),
        ("dummy", "takes no SQL, which a load needs", []),
    ],
)
def test_what_a_destination_lacks_is_one_sentence_and_the_lines_to_add(
    destination: str, said: str, lines: list[str], tmp_path: Path
) -> None:
    with pytest.raises(WarehouseError) as raised:
        try_out(Warehouse(tmp_path, destination))
    sentence, *below = str(raised.value).splitlines()
    assert f"The destination {destination} " in sentence
    assert said in sentence
    for line in lines:
        assert any(other.strip().startswith(line) for other in below), below
    assert bool(below) == bool(lines)
    assert not lines or "add these lines to .dlt/secrets.toml" in sentence


@pytest.mark.parametrize("answers", [False, True])
def test_a_host_that_is_not_there_or_never_answers_is_one_sentence_without_the_password(
    answers: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if answers:
            silent.listen()  # it takes the connection, and says nothing
        port = silent.getsockname()[1]
        monkeypatch.setenv(
            "DESTINATION__POSTGRES__CREDENTIALS",
            f"postgresql://loader:hunter2@127.0.0.1:{port}/db?connect_timeout=2",
        )
        with pytest.raises(WarehouseError) as raised:
            try_out(Warehouse(tmp_path, "postgres"))
    said = str(raised.value)
    assert "timeout expired" in said if answers else "Connection refused" in said
    assert "Check [destination.postgres]" in said
    assert "hunter2" not in said
    assert "\n" not in said


def test_who_holds_a_lock_is_known_without_waiting(tmp_path: Path) -> None:
    locks = FolderLocks(tmp_path, "run 1234", lambda _: None)
    assert locks.holder(LOADER) is None
    with locks.held(LOADER, "load", "loading"):
        held = FolderLocks(tmp_path, "another", lambda _: None).holder(LOADER)
        assert held is not None
        assert held.startswith("run 1234 (process ")
    assert locks.holder(LOADER) is None
