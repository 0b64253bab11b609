"""What assets are given: the site of a run, and the warehouse."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_duckdb import DuckDBResource
from duckdb import DuckDBPyConnection
from pydantic import PrivateAttr

from shotgrid_dagster.config.settings import Settings, read_settings
from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.site.http.transport import RetryPolicy
from shotgrid_dagster.source.audit import Audit, audit
from shotgrid_dagster.source.connect import connected
from shotgrid_dagster.source.loading.catalog import update_catalog
from shotgrid_dagster.source.loading.event_months import Months, MonthsLoaded, load_months
from shotgrid_dagster.source.loading.held_settings import held_settings, load_site_settings
from shotgrid_dagster.source.loading.load_result import LoadResult
from shotgrid_dagster.source.loading.site_settings import read_site_settings
from shotgrid_dagster.source.reader import Reader
from shotgrid_dagster.source.reading.channel import ORDINARY, LoadMode
from shotgrid_dagster.source.reading.chosen_projects import scope_of
from shotgrid_dagster.source.reading.event_log import EVENT_LOG
from shotgrid_dagster.source.reading.reading import Reading
from shotgrid_dagster.source.watching.unlogged_changes import UnloggedChanges, unlogged_changes

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

    def open(self, who: str, on_progress: Callable[[str], object] = log.warning) -> Warehouse:
        """The warehouse as `who` uses it; `on_progress` hears for whom it waits."""
        return Warehouse(Path(self.data_dir), self.destination, who, on_progress)

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


class _Session:
    """One run's connection to the site: what it has, and the pages read ahead."""

    def __init__(
        self,
        settings: Settings,
        warehouse: Warehouse,
        is_expected: Callable[[EntityType], bool],
        modes: Mapping[str, LoadMode],
    ) -> None:
        self.settings = settings
        self.warehouse = warehouse
        self.loaded: dict[str, LoadResult] = {}
        self.has_site_settings = False
        self._open = ExitStack()
        try:
            warehouse.check()
            self._open.enter_context(warehouse.loading())
            self.site: Site = self._open.enter_context(connected(settings))
            visible = self.site.entity_types()
            self.entity_types = {entity_type.name: entity_type for entity_type in visible}
            scope = scope_of(self.site, visible, settings)
            here = [
                entity_type
                for entity_type in self.entity_types.values()
                if is_expected(entity_type)
            ]
            self.reader = Reader(
                self.site,
                warehouse,
                settings.concurrency,
                settings.overlap,
                scope,
                settings.query_fields,
            )
            self._open.callback(self.reader.close)
            by_wish: dict[LoadMode, list[EntityType]] = {}
            for entity_type in here:
                by_wish.setdefault(modes.get(entity_type.table, ORDINARY), []).append(entity_type)
            for mode, some in by_wish.items():
                self.reader.expect(some, mode)
        except BaseException:
            self._open.close()
            raise

    def close(self) -> None:
        with self._open:
            update_catalog(self.warehouse, self.loaded, site_settings=self.has_site_settings)


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
    _wishes: dict[str, LoadMode] = PrivateAttr(default_factory=dict)
    _who: str = PrivateAttr(default="")
    _log: dg.DagsterLogManager | None = PrivateAttr(default=None)
    _session: _Session | None = PrivateAttr(default=None)
    _failure: Exception | None = PrivateAttr(default=None)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Note what the run will ask for; nothing is sent before it does."""
        run = context.run
        selected = (run and run.asset_selection) or ()
        self._expected = {key.path[-1] for key in selected}
        self._expects_all = run is not None and run.job_name in LOAD_ALL_TYPES and not selected
        self._is_routine = run is not None and run.job_name == LOAD_EVERYTHING
        self._wishes = modes_in(run.run_config) if run else {}
        self._who = f"run {run.run_id[:8]}" if run else "a process without a run"
        self._log = context.log

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

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
        """
        with connected(self.settings(), QUICK_LOOK) as site:
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
        with connected(self.settings()) as site:
            yield site

    def load(self, entity_type: str, mode: LoadMode) -> tuple[LoadResult, Reading] | None:
        """Read and load one entity type; None when the site has no such type.

        Raises:
            SiteError, SettingsError, WarehouseError, TooManyLost: sentences for the user.
        """
        session = self._connected()
        known: EntityType | None = session.entity_types.get(entity_type)
        if known is None:
            return None
        loaded, reading = session.reader.load(known, mode, session.settings.rules)
        session.loaded[entity_type] = loaded
        return loaded, reading

    def load_settings(self) -> dict[str, int]:
        """Read and load what the site says about itself; gives table -> rows.

        The routine run over everything asks each project once a day; a census, a full refresh,
        and a run of some assets by hand ask it always.

        Raises:
            SiteError, SettingsError, WarehouseError: sentences for the user.
        """
        session = self._connected()
        settings = session.settings
        held = held_settings(session.warehouse) if self._is_routine else None
        found = read_site_settings(
            session.site,
            settings.clock,
            settings.concurrency,
            projects_read=held.projects_read if held else None,
        )
        if found:
            rows = load_site_settings(session.warehouse, found)
        else:
            assert held is not None
            rows = dict(held.rows)
        session.has_site_settings = True
        return rows

    def unlogged_changes(self, log: Reading) -> tuple[UnloggedChanges, ...]:
        """The scripts whose recent changes are in no event, after the event log was loaded."""
        session = self._connected()
        loaded = [
            entity_type
            for entity_type in session.entity_types.values()
            if session.settings.loads(entity_type.name)
        ]
        return unlogged_changes(session.warehouse, loaded, log.started_at)

    def load_months(self, months: Months) -> MonthsLoaded:
        """Read some months of the event log again.

        Raises:
            SiteError, SettingsError, WarehouseError: sentences for the user.
        """
        session = self._connected()
        known = session.entity_types.get(EVENT_LOG) or EntityType(EVENT_LOG, EVENT_LOG)
        return load_months(session.warehouse, session.site, known, months, session.reader.scope)

    def audit(self, loaded: LoadResult, reading: Reading) -> Audit:
        """What is in the table that was just loaded, held against the site.

        Raises:
            WarehouseError: a sentence for the user.
        """
        session = self._connected()
        secret = session.settings.key or None
        return audit(session.warehouse, session.site, loaded, reading, secret)

    def _connected(self) -> _Session:
        """The run's session; a site that cannot be reached is asked once, not once an asset."""
        if self._failure is not None:
            raise self._failure
        if self._session is None:
            try:
                settings = self.settings()
                self._session = _Session(
                    settings,
                    self.warehouse.open(self._who, (self._log or log).info),
                    lambda item: (
                        item.table in self._expected
                        or (self._expects_all and settings.loads(item.name))
                    ),
                    self._wishes,
                )
            except Exception as error:
                self._failure = error
                raise
        return self._session
