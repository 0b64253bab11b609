"""The DuckDB file of a data folder: opened, or why it cannot be."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from shotgrid_dagster.destination.errors import DISK_FULL
from shotgrid_dagster.errors import WarehouseError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

WHILE_LOADING = {
    "threads": 1,
    "write_buffer_row_group_count": 1,
}
"""Settings of DuckDB while it is loaded into: one core, and little memory.

Two threads take twice the CPU time, and a third more memory, for rows that are no sooner there
(200,000 Tasks, measured). Row groups (122,880 rows) that are kept back to be written together take
50 MB, and are no sooner there either. A limit to its memory is no way to save more: with 400
columns, DuckDB gives up at 300 MB (measured on 1.5)."""


def opened_for_loading(
    path: Path, who: str, patience: float, on_progress: Callable[[str], object]
) -> DuckDBPyConnection:
    """The file, opened with the settings for a load.

    A program that has it open for a moment is waited for, `patience` seconds.

    Raises:
        WarehouseError: it is not a database of this DuckDB, cannot be written, or another program
            has it open and does not let go.
    """
    import duckdb

    until = time.monotonic() + patience
    was_said = False
    while True:
        try:
            connection = duckdb.connect(str(path))
            break
        except duckdb.Error as error:
            if not is_open_elsewhere(error) or time.monotonic() > until:
                raise WarehouseError(why_unusable(path, error)) from error
        if not was_said:
            on_progress(f"{who} waits: another program has {path.name} open")
            was_said = True
        time.sleep(0.1)
    for name, value in WHILE_LOADING.items():
        connection.execute(f"set global {name} = {value}")
    return connection


def is_open_elsewhere(error: Exception) -> bool:
    """Whether DuckDB does not open a file because another program has it open.

    DuckDB has one class of error for all that files can do, so its words have to tell.
    """
    said = str(error)
    return "set lock" in said or "being used by another process" in said


def why_unusable(path: Path, error: Exception) -> str:
    """A sentence for why DuckDB does not open or write a file."""
    said = str(error)
    if "newer version" in said or "older version" in said or "version number" in said:
        return (
            f"{path} was written by another version of DuckDB than this project uses: move it "
            "away, and the next run loads everything anew."
        )
    if "checksum" in said:
        return f"{path} is damaged: move it away, and the next run loads everything anew."
    if "not a valid DuckDB" in said:
        return f"{path} is not a DuckDB database: move it away, and run again."
    if any(words in said for words in DISK_FULL):
        return f"The disk is full: {path} could not be written. Make room, and run again."
    if is_open_elsewhere(error):
        return (
            f"{path} is open in another program ({said.splitlines()[0]}): close it, or read "
            "through a copy, and run again."
        )
    return f"{path} cannot be opened: {said.splitlines()[0]}"
