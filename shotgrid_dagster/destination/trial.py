"""Whether a destination can be written to: a table is made there, filled, read and dropped."""

from __future__ import annotations

import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from dlt.destinations.sql_client import SqlClientBase

from shotgrid_dagster.destination.duckdb_file import opened_for_loading
from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.destination.warehouse import DATABASE, DATASET, Warehouse
from shotgrid_dagster.errors import WarehouseError

NAME = "sg_check"


def try_out(warehouse: Warehouse) -> str:
    """Write and drop a table; gives where that was, for people. Nothing stays behind.

    Raises:
        WarehouseError: it cannot be opened or written; the text says why, and what to do.
    """
    name = f"{NAME}_{uuid.uuid4().hex[:8]}"
    if warehouse.is_duckdb and not warehouse.database_path.exists():
        return _in_a_file_of_its_own(warehouse.data_dir, name)
    with Tables(warehouse) as tables:
        if tables.dialect.is_files:
            return _in_a_folder(tables, name)
        with tables.client() as client, tables.explained():
            return _in_a_dataset(client, name, tables.dialect.table_options)


def _in_a_file_of_its_own(folder: Path, name: str) -> str:
    """Where no database is yet: none is left there, nor the folder."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    file = folder / f"{name}.duckdb"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with opened_for_loading(file, NAME, 0.0, lambda _: None) as connection:
            connection.execute("create table shots (id bigint)")
            connection.execute("insert into shots values (1)")
    except OSError as error:
        raise WarehouseError(
            f"data_dir is {str(folder)!r}: it cannot be made ({error.strerror})."
        ) from None
    finally:
        file.unlink(missing_ok=True)
        for path in made:
            with suppress(OSError):
                path.rmdir()
    return f"{DATABASE}.duckdb is not there yet, and can be made in {folder}"


def _in_a_dataset(client: SqlClientBase[Any], name: str, table_options: str) -> str:
    """In the dataset of the loads, or, where there is none yet, in one that is dropped again."""
    there = client.has_dataset()
    with client.with_alternative_dataset_name(client.dataset_name if there else name):
        if not there:
            client.create_dataset()
        table = client.make_qualified_table_name(name)
        try:
            client.execute_sql(f"create table {table} (id bigint) {table_options}".rstrip())
            client.execute_sql(f"insert into {table} values (1)")
            rows = client.execute_sql(f"select id from {table}")
            client.execute_sql(f"drop table {table}")
        finally:
            if not there:
                client.drop_dataset()
    if [tuple(row) for row in rows or ()] != [(1,)]:
        raise WarehouseError(f"What was written to {DATASET} could not be read back.")
    return (
        f"a table was written and dropped in {DATASET}"
        if there
        else f"{DATASET} is not there yet: a dataset with a table was made and dropped"
    )


def _in_a_folder(tables: Tables, name: str) -> str:
    """A delta table below the bucket."""
    import deltalake
    import pyarrow as pa
    from dlt.common.libs.deltalake import deltalake_storage_options
    from dlt.destinations.impl.filesystem.filesystem import FilesystemClient

    with tables.explained(), tables.pipeline.destination_client() as client:
        assert isinstance(client, FilesystemClient)
        folder = f"{client.bucket_path}/{name}"
        address = client.make_remote_url(folder)
        config = client.config
        options = deltalake_storage_options(config.credentials, config.deltalake_storage_options)
        files, was_there = client.fs_client, client.fs_client.exists(client.bucket_path)
        try:
            deltalake.write_deltalake(address, pa.table({"id": [1]}), storage_options=options)
            deltalake.DeltaTable(address, storage_options=options).to_pyarrow_table()
        finally:
            if files.exists(folder):
                files.rm(folder, recursive=True)
            if not was_there:
                with suppress(OSError, NotImplementedError):
                    files.rmdir(client.bucket_path)
    return f"a delta table was written and removed in {client.config.bucket_url}"
