"""Delta tables, where the destination is a folder of files: what SQL does elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
from dlt.common.destination.client import JobClientBase
from dlt.common.schema.exceptions import TableNotFound
from dlt.pipeline.pipeline import Pipeline

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from fsspec import AbstractFileSystem


def read_delta(pipeline: Pipeline, table: str, columns: Sequence[str] | None) -> pa.Table | None:
    """The rows of a table; None when there is none.

    DuckDB could read delta tables too, but has to download an extension for it.
    """
    delta = _delta(pipeline, table)
    if delta is None:
        return None
    return pa.table(delta.to_pyarrow_table(columns=list(columns) if columns else None))


def delete_delta(
    pipeline: Pipeline, table: str, where: Mapping[str, str], column: str, ids: Sequence[int]
) -> None:
    """Delete the rows with these values (column -> value) and one of these ids in a column."""
    texts = [(name, value.replace("'", "''")) for name, value in where.items()]
    conditions = [f"{name} = '{value}'" for name, value in texts]
    if ids:
        conditions.append(f"{column} in ({', '.join(str(id_) for id_ in ids)})")
    delta = _delta(pipeline, table)
    if delta is not None:
        delta.delete(" and ".join(conditions))


def table_names(pipeline: Pipeline) -> set[str]:
    """The tables that are there, ours and dlt's: each is a folder."""
    with pipeline.destination_client() as client:
        files, dataset = _storage(client)
        if not files.isdir(dataset):
            return set()
        return {str(path).rstrip("/").rsplit("/", 1)[-1] for path in files.ls(dataset, False)}


def complete_loads(pipeline: Pipeline) -> set[str]:
    """The ids of the loads that ended well: dlt leaves a file for each."""
    with pipeline.destination_client() as client:
        files, dataset = _storage(client)
        folder = f"{dataset}/{client.schema.loads_table_name}"
        if not files.isdir(folder):
            return set()
        names = [str(path).rsplit("/", 1)[-1] for path in files.ls(folder, False)]
    return {name.rsplit("__", 1)[-1].rsplit(".", 1)[0] for name in names if "__" in name}


def _storage(client: JobClientBase) -> tuple[AbstractFileSystem, str]:
    """The file system, and the folder of the dataset."""
    from dlt.destinations.impl.filesystem.filesystem import FilesystemClient

    assert isinstance(client, FilesystemClient), "the tables are no files"
    return client.fs_client, client.dataset_path


def _delta(pipeline: Pipeline, table: str) -> DeltaTable | None:
    from dlt.common.libs.deltalake import get_delta_tables

    try:
        return get_delta_tables(pipeline, table).get(table)
    except (TableNotFound, ValueError):
        return None
