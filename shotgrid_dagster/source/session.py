"""One run: connect to the site, read ahead, load, audit, close.

Dagster's resource, the plain script and the tests all use this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

from dlt.common.pipeline import LoadInfo

from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.destination.warehouse import DATASET, Warehouse
from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.source.audit import Audit, Looked, audit
from shotgrid_dagster.source.connect import connected
from shotgrid_dagster.source.loading.event_log.event_months import Months, MonthsLoaded, load_months
from shotgrid_dagster.source.loading.link_views import make_missing_views
from shotgrid_dagster.source.loading.load_result import LoadResult
from shotgrid_dagster.source.loading.loader import Loader, Outcome
from shotgrid_dagster.source.loading.site_tables.catalog import update_catalog
from shotgrid_dagster.source.loading.site_tables.held_settings import (
    HeldSettings,
    held_settings,
    load_site_settings,
)
from shotgrid_dagster.source.loading.site_tables.site_settings import (
    SiteSettings,
    read_site_settings,
)
from shotgrid_dagster.source.loading.site_tables.site_table import (
    dataset_site,
    first_site_rows,
    write_site,
)
from shotgrid_dagster.source.reading.channel import ORDINARY, LoadMode
from shotgrid_dagster.source.reading.chosen_projects import scope_of
from shotgrid_dagster.source.reading.event_log import EVENT_LOG
from shotgrid_dagster.source.reading.reading import Reading
from shotgrid_dagster.source.site_identity import (
    SiteIdentity,
    folder_site,
    identity_of,
    in_folder,
    note_folder_site,
    refuse_other,
)
from shotgrid_dagster.source.watching.unlogged_changes import UnloggedChanges, unlogged_changes

Modes = Mapping[str, LoadMode]
"""Table -> what is asked for of it beyond the ordinary."""


class LoadSession:
    """One run. Use it as a context manager: the end of it is `finish`, if nobody called that.

    Args:
        settings: what is loaded, and from where.
        warehouse: where to; by default the one of the settings.
        is_expected: which of the site's types the run will load: they are read ahead. By default
            all that the settings name.
        modes: what is asked for of single tables.
        site: a site that is connected; by default the one of the settings.
        has_catalog: whether the end of the run writes `_sg_entity_types`.

    Raises:
        SiteError, SettingsError, WarehouseError: nothing was loaded. AnotherSite (one of the
            second): the folder or the dataset holds the rows of another site.
    """

    def __init__(
        self,
        settings: Settings,
        warehouse: Warehouse | None = None,
        *,
        is_expected: Callable[[EntityType], bool] | None = None,
        modes: Modes | None = None,
        mode: LoadMode = ORDINARY,
        site: Site | None = None,
        has_catalog: bool = True,
    ) -> None:
        self.settings = settings
        self.warehouse = warehouse or Warehouse(settings.data_dir, settings.destination)
        self.loaded: dict[str, LoadResult] = {}
        """Entity type -> what its load did."""
        self.info: LoadInfo | None = None
        """dlt's own report of the catalog's load, once it was written."""
        self._has_catalog = has_catalog
        self._unlisted: dict[str, LoadResult] = {}
        """Of `loaded`, what the catalog does not have yet."""
        self._was_finished = False
        self._open = ExitStack()
        try:
            self._open.enter_context(self.warehouse.loading())
            self.tables = self._open.enter_context(Tables(self.warehouse))
            with self.tables.opened():  # one that cannot be used is said before anything is read
                self._held = held_settings(self.tables) if is_expected is None else None
            self.site: Site = site or self._open.enter_context(connected(settings))
            self.entity_types = {known.name: known for known in self.site.entity_types()}
            self._identity = identity_of(self.site, settings)
            of_dataset = self._refuse_another_site()
            self.loader = Loader(
                self.site,
                self.tables,
                concurrency=settings.concurrency,
                overlap=settings.overlap,
                rules=settings.rules,
                scope=scope_of(self.site, list(self.entity_types.values()), settings),
                query_fields=settings.query_fields,
                of_site=() if of_dataset else [first_site_rows(self.tables, self._identity)],
            )
            self._open.callback(self.loader.close)
            chosen = is_expected or (lambda known: settings.loads(known.name))
            self._expect(chosen, modes or {}, mode)
        except BaseException:
            self._open.close()
            raise

    def _refuse_another_site(self) -> SiteIdentity | None:
        """The site that the dataset is of, which is this one; None: it does not say it yet."""
        data_dir, name = self.warehouse.data_dir, self.warehouse.destination
        refuse_other(folder_site(data_dir), self._identity, in_folder(data_dir))
        held = dataset_site(self.tables)
        refuse_other(held, self._identity, f"The dataset {DATASET} in {name}")
        return held

    def _note_site(self) -> None:
        """Say whose the folder and the dataset are, once something was loaded."""
        if self.loaded:
            if self.loader.of_site:
                write_site(self.tables, self._identity)
                self.loader.of_site = ()
            note_folder_site(self.warehouse.data_dir, self._identity)

    def _expect(
        self, is_expected: Callable[[EntityType], bool], modes: Modes, otherwise: LoadMode
    ) -> None:
        by_mode: dict[LoadMode, list[EntityType]] = {}
        for known in self.entity_types.values():
            if is_expected(known):
                by_mode.setdefault(modes.get(known.table, otherwise), []).append(known)
        for mode, expected in by_mode.items():
            self.loader.expect(expected, mode)

    def __enter__(self) -> LoadSession:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of everything, when the run was finished."""
        with self._open:
            if not self._was_finished:
                self.finish()

    def finish(self) -> None:
        """Bring the catalog, dlt's public pipeline and link views to what was loaded so far.

        Whoever reports on the run calls it: what goes wrong here is a failure of the run. It may be
        called again.

        Raises:
            WarehouseError, PipelineStepFailed: what was loaded is loaded.
        """
        self._was_finished = True
        self._note_site()
        if self._has_catalog:
            self.info = update_catalog(self.tables, self._unlisted.values()) or self.info
            self._unlisted.clear()
        if self.tables.wrote:
            self.warehouse.show_to_dlt(self.tables.synced_pipeline)
            self.tables.wrote = False
        make_missing_views(self.tables, self.loaded.values())

    def load(
        self, entity_type: str, mode: LoadMode = ORDINARY
    ) -> tuple[LoadResult, Reading] | None:
        """Read and load one entity type; None when the site has no such type.

        Raises:
            SiteError, SettingsError, WarehouseError, TooManyLost, PipelineStepFailed: see
                `Loader.load`.
        """
        known = self.entity_types.get(entity_type)
        if known is None:
            return None
        result, reading = self.loader.load(known, mode)
        self._note(entity_type, result)
        return result, reading

    def load_all(self, mode: LoadMode = ORDINARY) -> Iterator[tuple[EntityType, Outcome]]:
        """Load all types that are expected in that mode, those that have been read first."""
        for known, outcome in self.loader.load_all(mode):
            if not isinstance(outcome, Exception):
                self._note(known.name, outcome[0])
            yield known, outcome

    def _note(self, entity_type: str, result: LoadResult) -> None:
        self.loaded[entity_type] = self._unlisted[entity_type] = result
        self._was_finished = False

    def load_settings(self, *, is_routine: bool) -> dict[str, int]:
        """Read and load what the site says about itself; gives table -> rows.

        The routine run over everything asks each project once a day; others ask it always.

        Raises:
            SiteError, WarehouseError, PipelineStepFailed: sentences for the user.
        """
        held = self.held_settings() if is_routine else None
        return self.store_settings(self.read_settings(held), held)

    def held_settings(self) -> HeldSettings | None:
        """What the destination has of the site's settings."""
        return self._held or held_settings(self.tables)

    def read_settings(self, held: HeldSettings | None) -> SiteSettings | None:
        """What the site says about itself; None when it is what is held. Any thread may call it."""
        return read_site_settings(
            self.site,
            self.settings.clock,
            self.settings.concurrency,
            projects_read=held.projects_read if held else None,
        )

    def store_settings(
        self, settings: SiteSettings | None, held: HeldSettings | None
    ) -> dict[str, int]:
        """Load what was read; gives table -> rows."""
        if settings is None:
            return dict(held.rows) if held else {}
        self._held = None
        self._was_finished = False
        return load_site_settings(self.tables, settings)

    def unlogged_changes(self, log: Reading) -> tuple[UnloggedChanges, ...]:
        """The scripts whose recent changes are in no event, after the event log was loaded."""
        known = [type_ for type_ in self.entity_types.values() if self.settings.loads(type_.name)]
        return unlogged_changes(self.tables, known, log.started_at)

    def load_months(self, months: Months) -> MonthsLoaded:
        """Read some months of the event log again.

        Raises:
            SiteError, WarehouseError, PipelineStepFailed: sentences for the user.
        """
        known = self.entity_types.get(EVENT_LOG) or EntityType(EVENT_LOG, EVENT_LOG)
        self._was_finished = False
        return load_months(self.tables, self.site, known, months, self.loader.scope)

    def audit(self, loaded: LoadResult, reading: Reading, looked: Looked | None = None) -> Audit:
        """What is in the table that was just loaded, held against the site.

        `looked` is what the last audit looked at and found good.

        Raises:
            TableGone: the table is not there.
        """
        return audit(self.tables, self.site, loaded, reading, self.settings.key or None, looked)
