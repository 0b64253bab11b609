"""What assets are given: the site of a run, and the warehouse."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_duckdb import DuckDBResource
from duckdb import DuckDBPyConnection
from pydantic import PrivateAttr

from shotgrid_dagster.config.settings import Settings, read_settings
from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.site import Site
from shotgrid_dagster.site.http.retry_policy import RetryPolicy
from shotgrid_dagster.source.connect import connected
from shotgrid_dagster.source.reading.channel import ORDINARY, LoadMode
from shotgrid_dagster.source.reasons import reason
from shotgrid_dagster.source.session import LoadSession
from shotgrid_dagster.source.site_identity import refuse_other_address, refuse_other_folder

log = logging.getLogger(__name__)

QUICK_LOOK = RetryPolicy(
    tries=2,
    first_tries=2,
    longest_wait=3.0,
    longest_asked=3.0,
    budget=4,
    answer_seconds=15.0,
)
"""For a sensor, which is asked again soon, and whose evaluation may take 60 s."""

LOAD_EVERYTHING = "load_everything"
TAKE_CENSUS = "take_census"
REFRESH_EVERYTHING = "refresh_everything"
BUILD_FOR_THE_MORNING = "build_for_the_morning"
"""The names of the jobs."""

LOAD_ALL_TYPES = frozenset({LOAD_EVERYTHING, TAKE_CENSUS, REFRESH_EVERYTHING})
"""The jobs over all entity types: a run of theirs names no assets."""


TOGETHER = frozenset({"in_process", "execute_in_process_executor"})
"""Dagster's names of the executors that run all steps in one process, and so in one session."""


def has_own_process(context: dg.AssetExecutionContext) -> bool:
    """Whether the step is in a process of its own, as with all executors but the in-process one.

    What such a step loaded, other steps of the run cannot write down for it.
    """
    return context.job_def.executor_def.name not in TOGETHER


def op_name(table: str) -> str:
    """The name of an entity asset's op, as run config has it."""
    return f"shotgrid__{table}"


def modes_in(run_config: Mapping[str, Any]) -> dict[str, LoadMode]:
    """What a run's config asks for of single tables, beyond the ordinary."""
    modes = {}
    for name, op in run_config.get("ops", {}).items():
        config = op.get("config") or {}
        mode = LoadMode(bool(config.get("full_refresh")), bool(config.get("census")))
        if mode != ORDINARY:
            modes[name.removeprefix(op_name(""))] = mode
    return modes


class WarehouseResource(dg.ConfigurableResource[None]):
    """The data folder, the dlt destination of the loads, and the right to write to it."""

    data_dir: str
    destination: str = "duckdb"

    def open(
        self,
        who: str,
        on_progress: Callable[[str], object] = log.warning,
        reader_patience: float = Warehouse.reader_patience,
    ) -> Warehouse:
        """The warehouse as `who` uses it; `on_progress` hears for whom it waits."""
        return Warehouse(
            Path(self.data_dir), self.destination, who, on_progress, reader_patience=reader_patience
        )

    @contextmanager
    def connection(self, duckdb: DuckDBResource, who: str) -> Iterator[DuckDBPyConnection]:
        """A connection to the loader's database, while nobody else writes to it.

        `DuckDBResource` leaves its connection open when the body raises, and an open connection
        keeps every other process out: so it is closed here.
        """
        with self.open(who).writing(), duckdb.get_connection() as connection:
            try:
                yield connection
            finally:
                connection.close()


class ShotGridResource(dg.ConfigurableResource[None]):
    """A ShotGrid site and the script that reads it.

    What is left empty is taken from `.dlt/config.toml`, `.dlt/secrets.toml` or the environment
    (`SOURCES__SHOTGUN_SOFTWARE_SOURCE__SITE_URL`, ...), when a run needs it.
    """

    warehouse: dg.ResourceDependency[WarehouseResource]
    site_url: str | None = None
    """`sandbox`, a bare host, or a URL with or without `/api/v1`."""
    client_id: str | None = None
    """The script's name."""
    client_secret: str | None = None
    """The script's key: give it as `dg.EnvVar(...)`, so that it is not shown."""
    entity_types: list[str] | None = None
    """Those that have assets."""
    time_zone: str | None = None
    """The studio's, as an IANA name."""

    _expected: set[str] = PrivateAttr(default_factory=set)
    _expects_all: bool = PrivateAttr(default=False)
    _is_routine: bool = PrivateAttr(default=False)
    _modes: dict[str, LoadMode] = PrivateAttr(default_factory=dict)
    _who: str = PrivateAttr(default="")
    _log: dg.DagsterLogManager | None = PrivateAttr(default=None)
    _steps_left: set[str] = PrivateAttr(default_factory=set)
    _session: LoadSession | None = PrivateAttr(default=None)
    _failure: Exception | None = PrivateAttr(default=None)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Note what the run will ask for; nothing is sent before it does."""
        run = context.run
        selected = (run and run.asset_selection) or ()
        self._expected = {key.path[-1] for key in selected}
        self._expects_all = run is not None and run.job_name in LOAD_ALL_TYPES and not selected
        self._is_routine = run is not None and run.job_name == LOAD_EVERYTHING
        self._modes = modes_in(run.run_config) if run else {}
        self._steps_left = _loading_steps(context)
        self._who = f"run {run.run_id[:8]}" if run else "a process without a run"
        self._log = context.log

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Close the session of the run, if one was opened.

        What goes wrong here Dagster only logs: see `loading`.
        """
        session, self._session = self._session, None
        if session is not None:
            session.close()

    @property
    def is_connected(self) -> bool:
        """Whether the site has answered in this run."""
        return self._session is not None

    def settings(self) -> Settings:
        """The settings of this run.

        Raises:
            SettingsError, AddressRefused: one is missing or not possible.
        """
        return read_settings(
            site_url=self.site_url,
            client_id=self.client_id,
            client_secret=self.client_secret,
            data_dir=Path(self.warehouse.data_dir),
            entity_types=tuple(self.entity_types) if self.entity_types else None,
            time_zone=self.time_zone,
        )

    @contextmanager
    def watching(self) -> Iterator[Site]:
        """The site for one quick look, outside a run: it does not wait long.

        Raises:
            SettingsError, AddressRefused: a setting is missing or not possible.
            AnotherSite: the data folder is of another site.
        """
        settings = self.settings()
        refuse_other_address(settings)
        with connected(settings, QUICK_LOOK) as site:
            refuse_other_folder(site, settings)
            yield site

    @contextmanager
    def writing(self) -> Iterator[Site]:
        """The site for an upload: as the run is connected to it, or anew.

        Raises:
            SettingsError, AddressRefused: a setting is missing or not possible.
        """
        if self._session is not None:
            yield self._session.site
            return
        settings = self.settings()
        refuse_other_address(settings)
        with connected(settings) as site:
            refuse_other_folder(site, settings)
            yield site

    def session(self) -> LoadSession:
        """The session of the run; a site that cannot be reached is asked once, not once an asset.

        Raises:
            SiteError, SettingsError, WarehouseError: sentences for the user.
        """
        if self._failure is not None:
            raise self._failure
        if self._session is None:
            try:
                settings = self.settings()
                self._session = LoadSession(
                    settings,
                    self.warehouse.open(self._who, (self._log or log).info),
                    is_expected=lambda known: (
                        known.table in self._expected
                        or (self._expects_all and settings.loads(known.name))
                    ),
                    modes=self._modes,
                )
            except Exception as error:
                self._failure = error
                raise
        return self._session

    def load_settings(self) -> dict[str, int]:
        """Read and load what the site says about itself; gives table -> rows.

        Raises:
            SiteError, SettingsError, WarehouseError, PipelineStepFailed: sentences for the user.
        """
        return self.session().load_settings(is_routine=self._is_routine)

    @contextmanager
    def loading(self, step: str, *, alone: bool) -> Iterator[None]:
        """What a step that loads does, in which the last one of a run ends the session's work.

        A failure when a resource is torn down leaves a run green: so the catalog is written, and
        dlt shown what there is, in a step. `alone`: the step is in a process of its own, where it
        is the last one.

        Raises:
            dagster.Failure: what was loaded is loaded, but that was not done; tried again with the
                step.
        """
        if alone:
            self._steps_left.clear()
        try:
            yield
        except Exception:  # raised again: the run is red already
            # The step may be tried again, and this with it.
            if said := self._end(step):
                (self._log or log).error(said)
            raise
        if said := self._end(step):
            raise dg.Failure(said)

    def _end(self, step: str) -> str:
        """Finish the session if the step was the last; gives what went wrong."""
        self._steps_left.discard(step)
        if self._session is None or self._steps_left:
            return ""
        try:
            self._session.finish()
        except Exception as error:  # whatever it is, it is the run's failure
            log.debug("The run was not finished", exc_info=True)
            return (
                "What was loaded is loaded, but not all that follows from it (link views, the "
                f"catalog, dlt's public pipeline). {reason(error)}"
            )
        return ""


def _loading_steps(context: dg.InitResourceContext) -> set[str]:
    """The steps that a run is going to take and that load; none where that is not known."""
    plan = context.run.execution_plan_snapshot_id if context.run else None
    if plan is None or context.instance is None:
        return set()
    steps = context.instance.get_execution_plan_snapshot(plan).step_keys_to_execute
    return {step for step in steps if step.startswith(op_name(""))}
