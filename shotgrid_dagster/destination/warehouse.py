"""Where the tables are: one dlt destination, and the right to write to it."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shotgrid_dagster.destination.dialects import DIALECTS, Dialect, dialect_of
from shotgrid_dagster.destination.duckdb_file import opened_for_loading
from shotgrid_dagster.destination.locks import LOADER, FolderLocks
from shotgrid_dagster.errors import WarehouseError

if TYPE_CHECKING:
    from dlt.common.destination import Destination
    from dlt.pipeline.pipeline import Pipeline

log = logging.getLogger(__name__)

PIPELINE = "shotgun_software_pipeline"
DATASET = "shotgun_software_data"
DATABASE = "shotgun_software"
"""The name of the DuckDB destination, and so of its file."""

DUCKDB = "duckdb"


@dataclass
class Warehouse:
    """The destination of the loads.

    A table has one writer at a time, from reading how far it was loaded until that is written
    anew. Of a destination on this machine, one run at a time loads (`loading`): the second waits,
    says for whom, and then finds what the first has left to do. Of another, one run at a time loads
    a table (`tables.locked`). A DuckDB file has one writer, and its lock shuts readers out too: so
    whoever writes to it holds a second file lock (`writing`), for the writing only.
    """

    data_dir: Path
    destination: str = DUCKDB
    """The name of a dlt destination; `duckdb` is the file in the data folder."""
    who: str = field(default_factory=lambda: f"process {os.getpid()}")
    """The name that those who wait for a lock are shown."""
    on_progress: Callable[[str], object] = log.warning
    """Hears for whom this one waits."""
    reader_patience: float = 30.0
    """Seconds that another program, which has the DuckDB file open, is waited for."""
    _locks: FolderLocks = field(init=False, repr=False)
    _is_opened: bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        self._locks = FolderLocks(self.data_dir, self.who, lambda said: self.on_progress(said))

    @property
    def is_duckdb(self) -> bool:
        """Whether the destination is a DuckDB file in the data folder."""
        return self.destination == DUCKDB

    @property
    def dialect(self) -> Dialect:
        """What the destination can do; of a named destination, by its type.

        Raises:
            dlt's own error, when it knows no such destination.
        """
        return dialect_of(self.destination_type)

    @property
    def destination_type(self) -> str:
        """Dlt's type of the destination, as in `postgres`; of a named one, what it is named for.

        Raises:
            dlt's own error, when it knows no such destination.
        """
        if self.destination in DIALECTS:
            return self.destination
        return self._own_destination().destination_type.rsplit(".", 1)[-1]

    @property
    def database_path(self) -> Path:
        """The loader's DuckDB file, which other destinations do not have."""
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
    def pipeline(self) -> Iterator[Pipeline]:
        """The pipeline of a run, with a working folder of its own, thrown away at the end.

        What has to last is in the destination. So a run that dies leaves no half-made package
        behind, and two runs never share one.
        """
        import dlt

        folder = tempfile.mkdtemp(prefix="shotgrid-")
        try:
            yield dlt.pipeline(
                PIPELINE,
                pipelines_dir=folder,
                destination=self._own_destination(),
                dataset_name=DATASET,
            )
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def pipelines_dir(self) -> Path:
        """Where dlt finds the pipeline of this data folder by its name.

        dlt's usual place is one for all folders of an OS user.
        """
        return (self.data_dir / "pipelines").absolute()

    def show_to_dlt(self, pipeline: Pipeline) -> None:
        """Leave what a run's pipeline knows where people open it: in `pipelines_dir`.

        Its packages stay behind, and its trace, which has settings in it.

        Raises:
            WarehouseError: the folder cannot be written.
        """
        import dlt

        shown = self.pipelines_dir / PIPELINE
        left_behind = shutil.ignore_patterns("load", "normalize", "trace.pickle")
        with self._locks.held("catalog", "show", "showing"):
            shutil.rmtree(shown, ignore_errors=True)
            try:
                shutil.copytree(pipeline.working_dir, shown, ignore=left_behind)
            except OSError as error:
                raise WarehouseError(
                    f"dlt's pipeline could not be left in {self.pipelines_dir}: {error.strerror}.",
                    "Make it a folder that can be written, and run again.",
                ) from error
            if self.is_duckdb:
                # For whoever opens it by its name, the file's name comes from the destination's
                # name, its folder from here.
                opened = dlt.pipeline(PIPELINE, pipelines_dir=str(self.pipelines_dir))
                opened.set_local_state_val("initial_cwd", str(self.data_dir.absolute()))

    def _own_destination(self) -> Destination[Any, Any]:
        import dlt
        from dlt.common.destination import Destination
        from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials

        if not self.is_duckdb:
            named = Destination.from_reference(self.destination)
            assert named is not None, "a name always gives a destination"
            return named
        file = DuckDbCredentials()
        # A path by itself dlt would take apart as an address.
        file.database = str(self.database_path)
        # An id that is there already is an error, and not a second row.
        return dlt.destinations.duckdb(file, destination_name=DATABASE, create_indexes=True)

    @contextmanager
    def loading(self) -> Iterator[float]:
        """Hold the right to load, where the destination is on this machine.

        It is held from before the load states are read until everything is loaded. Gives the
        seconds that were waited for it.
        """
        if self.dialect.lock == "advisory":
            yield 0.0
            return
        with self._locks.held(LOADER, "load", "loading") as waited:
            yield waited

    def busy_with(self) -> str | None:
        """Who loads or writes here at this moment, as far as this machine knows; None: nobody."""
        return self.loader() or (
            self._locks.holder(self.database_path.name) if self.is_duckdb else None
        )

    def loader(self) -> str | None:
        """Who has the right to load at this moment (`loading`); None: nobody."""
        return self._locks.holder(LOADER)

    @contextmanager
    def writing(self) -> Iterator[float]:
        """Hold the right to write to the file; gives the seconds that were waited for it."""
        if not self.is_duckdb:
            yield 0.0
            return
        with self._locks.held(self.database_path.name, "write", "writing") as waited:
            yield waited

    @contextmanager
    def opened(self) -> Iterator[None]:
        """`writing`, with the file held open.

        What dlt does with it meanwhile, in a dozen connections, need not open and check it anew
        each time (16 ms, measured), and no reader comes in between.

        Raises:
            WarehouseError: it is not a database of this DuckDB, cannot be written, or another
                program has it open and does not let go.
        """
        if not self.is_duckdb or self._is_opened:
            yield
            return
        with (
            self.writing(),
            opened_for_loading(
                self.database_path, self.who, self.reader_patience, self.on_progress
            ),
        ):
            self._is_opened = True
            try:
                yield
            finally:
                self._is_opened = False
