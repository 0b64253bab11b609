"""What a loaded table holds, held against the site and against its own promises.

Only looks; judging is up to who asks. The queries run on any SQL destination.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import TypeVar

from dlt.destinations.exceptions import DatabaseUndefinedRelation
from dlt.destinations.sql_client import SqlClientBase

from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.errors import ShotGridDagsterError, WarehouseError
from shotgrid_dagster.site import EntityType, Site
from shotgrid_dagster.site.search import Condition
from shotgrid_dagster.source.loading.load_result import LoadResult
from shotgrid_dagster.source.reading.event_log import EVENT_LOG
from shotgrid_dagster.source.reading.reading import Reading
from shotgrid_dagster.source.reasons import reason
from shotgrid_dagster.source.tables.columns import READ_AT, STATE, Kind, Layout
from shotgrid_dagster.source.tables.row_state import SHOWN, RowState

log = logging.getLogger(__name__)

T = TypeVar("T")

SIGNATURES = ("X-Amz-Signature=", "X-Amz-Credential=", "X-Amz-Security-Token=")
"""What the address of a media file has only while it is signed."""

MEDIA = (Kind.IMAGE, Kind.URL)


@dataclass(frozen=True)
class SiteCount:
    """The site's own count of a type, asked for after it was loaded."""

    live: int
    retired: int
    touched: int = 0
    """Rows that were made or changed since the reading began: by so many the counts may differ."""


class TableGone(WarehouseError):
    """The table is not there, so that nothing of it can be looked at."""


class Look(Enum):
    """What of a table is looked at, each by a query of its own."""

    STATES = "states"
    IDS = "ids"
    SECRETS = "secrets"
    STATUSES = "statuses"


@dataclass(frozen=True)
class Looked:
    """That a table was looked at, and found good."""

    version: str
    """The load that it was from, see `LoadResult.version`."""
    until: datetime
    """The site's time: every row that was read before it was looked at."""


EVER = datetime.fromtimestamp(0, timezone.utc)
"""Before any row was read."""


@dataclass(frozen=True)
class Audit:
    """What was found in one table."""

    channel: str
    rows: Mapping[str, int]
    """State -> rows; a state that there should not be is among them."""
    counted: SiteCount | None
    """None: nothing was loaded, and the whole type had just been read; or see `not_counted`."""
    rows_without_id: int
    rows_of_double_ids: int
    """Rows beyond the first with an id."""
    rows_with_secrets: int
    """Of those that were not looked at before."""
    schema_changes: Sequence[str]
    breaks: int = 0
    """Of the event log: status changes that do not begin where the one before ended."""
    status_changes: int = 0
    """Those that were looked at."""
    rows_in_scope: Mapping[str, int] | None = None
    """State -> rows of the event log within the projects of the settings; None: all of `rows`. What
    it holds of other projects is history, and stays as it is."""
    not_counted: str = ""
    """Why the site could not be asked for its counts. The rows are loaded all the same."""
    unlooked: Mapping[Look, str] = field(default_factory=dict)
    """What could not be looked at, and why: the numbers say nothing of it."""
    looked: Looked | None = None
    """What the next audit need not look at again, if the promises hold."""

    @property
    def difference(self) -> int:
        """Rows by which the table differs from the site's count, live and retired."""
        if self.counted is None:
            return 0
        counted = {RowState.LIVE: self.counted.live, RowState.RETIRED: self.counted.retired}
        rows = self.rows if self.rows_in_scope is None else self.rows_in_scope
        return sum(abs(rows.get(state, 0) - there) for state, there in counted.items())

    @property
    def rows_in_no_state(self) -> int:
        """Rows whose state is none that there is."""
        return sum(self.rows[state] for state in self.odd_states)

    @property
    def odd_states(self) -> tuple[str, ...]:
        """What stands in `_sg_state` and is no state."""
        return tuple(sorted(set(self.rows) - {state.value for state in RowState}))


def audit(
    tables: Tables,
    site: Site,
    loaded: LoadResult,
    reading: Reading,
    secret: str | None,
    looked: Looked | None = None,
) -> Audit:
    """Look at the table of one load.

    `secret` is the script's key: it must be nowhere. `looked` is what the last audit that found
    the table good has looked at: without it, every row is looked at, whichever load brought it.

    Raises:
        TableGone: the table is not there.
    """
    layout = loaded.layout
    found = _Found(loaded.rows)
    projects = reading.scope.projects if layout.entity_type.name == EVENT_LOG else None
    is_looked_at = looked is not None and looked.version == loaded.version
    if not is_looked_at or projects is not None:
        with tables.client() as client:
            look = _Look(client, layout)
            if not is_looked_at:
                found.look(look, _not_looked_since(looked, loaded, reading), secret)
            if projects is not None:
                found.in_scope = found.of(Look.STATES, lambda: look.states(projects))
    counted, not_counted = None, ""
    try:
        rows = found.rows if found.in_scope is None else found.in_scope
        counted = _counted(site, reading, loaded, rows)
    except ShotGridDagsterError as error:
        not_counted = str(error)
    return Audit(
        channel=loaded.channel,
        rows=found.rows,
        rows_in_scope=found.in_scope,
        counted=counted,
        not_counted=not_counted,
        rows_without_id=found.without_id,
        rows_of_double_ids=found.doubles,
        rows_with_secrets=found.secrets,
        schema_changes=loaded.schema_changes,
        breaks=found.breaks,
        status_changes=found.status_changes,
        unlooked=found.unlooked,
        looked=looked if is_looked_at else Looked(loaded.version, reading.started_at),
    )


def _not_looked_since(looked: Looked | None, loaded: LoadResult, reading: Reading) -> datetime:
    """From when on rows were read that nobody has looked at."""
    if looked is None:
        return EVER
    # Otherwise somebody loaded in between, and did not look.
    return reading.started_at if looked.version == loaded.version_before else looked.until


@dataclass
class _Found:
    """What the queries on one table gave."""

    rows: Mapping[str, int]
    in_scope: Mapping[str, int] | None = None
    without_id: int = 0
    doubles: int = 0
    secrets: int = 0
    status_changes: int = 0
    breaks: int = 0
    unlooked: dict[Look, str] = field(default_factory=dict)

    def look(self, look: _Look, since: datetime, secret: str | None) -> None:
        """Ask everything; what cannot be answered is noted, and the rest is asked all the same."""
        self.rows = self.of(Look.STATES, look.states) or self.rows
        self.without_id, self.doubles = self.of(Look.IDS, look.ids) or (0, 0)
        self.secrets = self.of(Look.SECRETS, lambda: look.secrets(since, secret)) or 0
        if look.is_event_log:
            breaks = self.of(Look.STATUSES, lambda: look.status_breaks(since))
            self.status_changes, self.breaks = breaks or (0, 0)

    def of(self, what: Look, ask: Callable[[], T]) -> T | None:
        """The answer; None, and a note of why, when there is none.

        Raises:
            TableGone: the table is not there.
        """
        try:
            return ask()
        except TableGone:
            raise
        except Exception as error:  # whatever a database or its driver raises
            log.debug("A table could not be looked at", exc_info=True)
            self.unlooked[what] = reason(error)
            return None


def _counted(
    site: Site, reading: Reading, loaded: LoadResult, rows: Mapping[str, int]
) -> SiteCount | None:
    if loaded.rows_loaded == 0 and reading.digest is not None:
        return None
    name = reading.entity_type.name
    counted = SiteCount(
        site.count(name, where=reading.within),
        site.count(name, retired=True, where=reading.within),
    )
    if (counted.live, counted.retired) == tuple(rows.get(state, 0) for state in SHOWN):
        return counted
    # People edit while it is read: what changed since may be in one count and not in the other.
    where = _since(reading.entity_type, reading.started_at)
    if where is None:
        return counted
    within = [where, *reading.within]
    touched = sum(site.count(name, retired=retired, where=within) for retired in (False, True))
    return SiteCount(counted.live, counted.retired, touched)


def _since(entity_type: EntityType, at: datetime) -> Condition | None:
    stamp = (at - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    stamps = {"created_at", "updated_at"} & {field.name for field in entity_type.fields}
    if not stamps:
        return None
    conditions = [[name, "greater_than", stamp] for name in sorted(stamps)]
    return {"logical_operator": "or", "conditions": conditions}


class _Look:
    """Plain queries on one table."""

    def __init__(self, client: SqlClientBase[object], layout: Layout) -> None:
        self._client = client
        self._layout = layout
        self._table = client.make_qualified_table_name(layout.table)
        self.is_event_log = layout.entity_type.name == EVENT_LOG

    def states(self, projects: Sequence[int] | None = None) -> dict[str, int]:
        """State -> rows; only those of these projects, and of none, where some are given."""
        within = ""
        if projects is not None:
            listed = ", ".join(str(id_) for id_ in projects) or "null"
            within = f"where project__id is null or project__id in ({listed})"
        query = f"select {STATE}, count(*) from {self._table} {within} group by {STATE}"
        return {str(state): int(str(rows)) for state, rows in self._rows(query)}

    def ids(self) -> tuple[int, int]:
        """Rows without an id, and rows beyond the first with an id."""
        rows, ids, distinct = self._numbers(
            f"select count(*), count(id), count(distinct id) from {self._table}"
        )
        return rows - ids, ids - distinct

    def secrets(self, since: datetime, secret: str | None) -> int:
        """Rows read since then that hold a signature or the script's key."""
        media = [
            (field_columns.columns[0].name, f"%{sign}%")
            for field_columns in self._layout.fields_read
            if field_columns.kind in MEDIA
            for sign in SIGNATURES
        ]
        texts = [(column.name, f"%{secret}%") for column in self._layout.columns if secret]
        if not media and not texts:
            return 0
        held = " or ".join(
            f"cast({self._client.escape_column_name(column)} as varchar) like %s"
            for column, _ in (*media, *texts)
        )
        (rows,) = self._numbers(
            f"select count(*) from {self._table} where {READ_AT} >= %s and ({held})",
            since.isoformat(),
            *(pattern for _, pattern in (*media, *texts)),
        )
        return rows

    def status_breaks(self, since: datetime) -> tuple[int, int]:
        """How many changes of status there are, and how many of them are broken.

        They are those of the rows that the newest entries are about. One is broken that does not
        begin with the status that the one before ended with.
        """
        looked_at, breaks = self._numbers(
            f"""
            with of_late as (
                select distinct _sg_entity_type, _sg_entity_id from {self._table}
                where {READ_AT} >= %s and attribute_name = 'sg_status_list'
            ),
            changes as (
                select
                    cast(log._sg_old_value as varchar) as old_value,
                    lag(cast(log._sg_new_value as varchar)) over in_order as value_before,
                    lag(log.id) over in_order as id_before
                from {self._table} as log
                join of_late using (_sg_entity_type, _sg_entity_id)
                where log.attribute_name = 'sg_status_list'
                    and log._sg_change = 'attribute_change'
                window in_order as (
                    partition by _sg_entity_type, _sg_entity_id
                    order by log.created_at, log.id
                )
            )
            select
                count(*),
                coalesce(sum(case
                    when id_before is not null
                        and coalesce(old_value, '') <> coalesce(value_before, '') then 1
                    else 0
                end), 0)
            from changes
            """,
            since.isoformat(),
        )
        return looked_at, breaks

    def _numbers(self, query: str, *values: object) -> list[int]:
        return [int(str(row)) for row in self._rows(query, *values)[0]]

    def _rows(self, query: str, *values: object) -> Sequence[Sequence[object]]:
        try:
            return self._client.execute_sql(query, *values) or []
        except DatabaseUndefinedRelation:
            raise TableGone(
                f"The table {self._layout.table} is gone from the database, though nobody here "
                "dropped it: materialize the asset with `full_refresh: true`."
            ) from None
