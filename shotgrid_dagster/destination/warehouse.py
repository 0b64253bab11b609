"""Where the tables are: one dlt destination, and the right to write to it."""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dlt
from dlt.common.destination import Destination
from dlt.destinations.exceptions import DatabaseUndefinedRelation
from dlt.pipeline.pipeline import Pipeline
from filelock import FileLock, Timeout

from shotgrid_dagster.destination.capabilities import DatabaseFile, remembered
from shotgrid_dagster.errors import WarehouseError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

log = logging.getLogger(__name__)

PIPELINE = "shotgun_software_pipeline"
DATASET = "shotgun_software_data"
DATABASE = "shotgun_software"
"""The name of the DuckDB destination, and so of its file."""

WHILE_LOADING = {
    "threads": 1,
    "write_buffer_row_group_count": 1,
}
"""Settings of DuckDB while it is loaded into: one core, and little memory.

Two threads take twice the CPU time, and a third more memory, for rows that are no sooner there
(200,000 Tasks, measured). Row groups (122,880 rows) that are kept back to be written together take
50 MB, and are no sooner there either. A limit to its memory is no way to save more: with 400
columns, DuckDB gives up at 300 MB (measured on 1.5)."""

DISK_FULL = ("No space left", "Could not write", "File too large", "disk quota")
"""What the system, Arrow and DuckDB say when a file cannot grow."""


@dataclass
class Warehouse:
    """The destination of the loads.

    One run at a time loads (`loading`): the second waits, says for whom, and then finds what the
    first has left to do. A DuckDB file has one writer, and its lock shuts readers out too: so
    whoever writes to it holds a second file lock (`writing`), for the writing only.
    """

    data_dir: Path
    destination: str = "duckdb"
    """The name of a dlt destination; `duckdb` is the file in the data folder."""
    who: str = field(default_factory=lambda: f"process {os.getpid()}")
    """Told to those who wait for a lock."""
    on_progress: Callable[[str], object] = log.warning
    """Hears for whom this one waits."""
    reader_patience: float = 30.0
    """Seconds that another program, which has the DuckDB file open, is waited for."""
    _factory: Destination[Any, Any] | None = field(default=None, init=False, repr=False)
    _locks: dict[str, FileLock] = field(default_factory=dict, init=False, repr=False)

    @property
    def is_duckdb(self) -> bool:
        return self.destination == "duckdb"

    @property
    def is_files(self) -> bool:
        """Whether the tables are files in folders, without a database."""
        return self.destination == "filesystem"

    @property
    def takes_nul(self) -> bool:
        """Whether texts may have a NUL in them."""
        return self.destination not in ("postgres", "redshift")

    @property
    def database_path(self) -> Path:
        return (self.data_dir / f"{DATABASE}.duckdb").absolute()

    def check(self) -> None:
        """Open the database once, so that one that cannot be used is said before anything is read.

        Raises:
            WarehouseError: it is not a database of this DuckDB, or cannot be written.
        """
        if not self.is_duckdb:
            return
        with self.opened():
            pass

    @contextmanager
    def pipeline(self, name: str) -> Iterator[Pipeline]:
        """A pipeline with a working folder of its own, thrown away at the end.

        What has to last is in the destination: its schema and its state. So a run that dies
        leaves no half-made package behind, and two runs never share one.
        """
        folder = tempfile.mkdtemp(prefix="shotgrid-")
        try:
            yield dlt.pipeline(
                name,
                pipelines_dir=folder,
                destination=self._own_destination(),
                dataset_name=DATASET,
            )
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def public_pipeline(self) -> Pipeline:
        """The pipeline that people open, `dlt.pipeline("shotgun_software_pipeline")`.

        Its working folder is in dlt's usual place, and it remembers the data folder.
        """
        if self.is_duckdb:
            # For whoever opens it by its name, the file's name comes from the destination's name,
            # its folder from the pipeline's own memory, which has to be set before it.
            bare = dlt.pipeline(PIPELINE, dataset_name=DATASET)
            bare.set_local_state_val("initial_cwd", str(self.data_dir.absolute()))
        return dlt.pipeline(PIPELINE, destination=self._own_destination(), dataset_name=DATASET)

    def count_rows(self, pipeline: Pipeline, table: str) -> int | None:
        """The rows of a table by plain SQL; None when there is no such table."""
        if self.is_files:
            return 0
        with pipeline.sql_client() as client:
            name = client.make_qualified_table_name(table)
            try:
                counted = client.execute_sql(f"select count(*) from {name}")
            except DatabaseUndefinedRelation:
                return None
        return int(counted[0][0]) if counted else 0

    def delete_rows(self, pipeline: Pipeline, table: str, column: str, value: str) -> None:
        """Delete the rows with a value in a column, where tables are not files."""
        if not self.is_files:
            with pipeline.sql_client() as client:
                name = client.make_qualified_table_name(table)
                client.execute_sql(f"delete from {name} where {column} = %s", value)

    def forget(self, pipeline: Pipeline, schema_name: str) -> None:
        """Delete what dlt stored of a table that is not there: it would rely on having made it."""
        of = {"_dlt_version": ("schema_name", schema_name)}
        of["_dlt_pipeline_state"] = ("pipeline_name", pipeline.pipeline_name)
        for stored, (column, value) in of.items():
            # Where nothing was ever loaded, dlt's own tables are not there either.
            with suppress(DatabaseUndefinedRelation):
                self.delete_rows(pipeline, stored, column, value)

    def _own_destination(self) -> Destination[Any, Any]:
        """One object for all the pipelines of a run."""
        if self._factory is None:
            made: Destination[Any, Any] | None = (
                dlt.destinations.duckdb(self._database_file(), destination_name=DATABASE)
                if self.is_duckdb
                else Destination.from_reference(self.destination)
            )
            assert made is not None
            self._factory = remembered(made)
        return self._factory

    def _database_file(self) -> DatabaseFile:
        """Of a path, dlt would have SQLAlchemy find out that it is no URL."""
        file = DatabaseFile()
        file.database = str(self.database_path)
        return file

    @contextmanager
    def loading(self) -> Iterator[float]:
        """Hold the right to load, from before the states are read until everything is loaded;
        gives the seconds that were waited for it. Other machines are not held back."""
        with self._locked("loader", "load", "loading") as waited:
            yield waited

    @contextmanager
    def writing(self) -> Iterator[float]:
        """Hold the right to write to the file; gives the seconds that were waited for it."""
        if not self.is_duckdb:
            yield 0.0
            return
        with self._locked(self.database_path.name, "write", "writing") as waited:
            yield waited

    @contextmanager
    def opened(self) -> Iterator[None]:
        """`writing`, with the file held open: what dlt does with it meanwhile, in a dozen
        connections, need not open and check it anew each time (16 ms, measured), and no reader
        comes in between.

        Raises:
            WarehouseError: it is not a database of this DuckDB, cannot be written, or another
                program has it open and does not let go.
        """
        with self.writing():
            if not self.is_duckdb:
                yield
                return
            with self._connected() as connection:
                for name, value in WHILE_LOADING.items():
                    connection.execute(f"set global {name} = {value}")
                yield

    def _connected(self) -> DuckDBPyConnection:
        """The file, opened; a program that has it open for a moment is waited for."""
        import duckdb

        until = time.monotonic() + self.reader_patience
        was_told = False
        while True:
            try:
                return duckdb.connect(str(self.database_path))
            except duckdb.Error as error:
                if not is_open_elsewhere(error) or time.monotonic() > until:
                    raise WarehouseError(why_unusable(self.database_path, error)) from error
            if not was_told:
                self.on_progress(
                    f"{self.who} waits: another program has {self.database_path.name} open"
                )
                was_told = True
            time.sleep(0.1)

    @contextmanager
    def _locked(self, name: str, to_do: str, doing: str) -> Iterator[float]:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        # One object a file: a thread that holds the lock may take it again.
        lock = self._locks.setdefault(name, FileLock(self.data_dir / f"{name}.lock"))
        if lock.is_locked:
            yield 0.0
            return
        holder = self.data_dir / f"{name}.holder.json"
        started = time.monotonic()
        try:
            lock.acquire(timeout=1)
        except Timeout:
            self.on_progress(f"{self.who} waits to {to_do}: {_held_by(holder)} is {doing}")
            lock.acquire()
        try:
            holder.write_text(json.dumps({"who": self.who, "pid": os.getpid()}), encoding="utf-8")
            yield time.monotonic() - started
        finally:
            holder.unlink(missing_ok=True)
            lock.release()


def _held_by(holder: Path) -> str:
    try:
        held = json.loads(holder.read_text(encoding="utf-8"))
        return f"{held['who']} (process {held['pid']})"
    except (OSError, ValueError, KeyError):
        return "another process"


def is_open_elsewhere(error: Exception) -> bool:
    """Whether DuckDB does not open a file because another program has it open."""
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
