"""Scripts whose changes are in no event: the log, and whatever follows it, does not see them.

A script leaves events only if its ApiUser has `generate_event_log_entries`, which is off unless
somebody switches it on. So rows are looked for that a script changed and no event names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.site import EntityType
from shotgrid_dagster.site.naming import table_name
from shotgrid_dagster.source.loading.states.load_states import stored_states
from shotgrid_dagster.source.reading.event_log import EVENT_LOG, targets
from shotgrid_dagster.source.tables.columns import STATE

LOOKS_BACK = timedelta(days=1)
"""How old a change may be that is still reported."""

COMMITTED_LATE = timedelta(minutes=2)
"""How much earlier than the row's stamp its event may be, and how new a change is left alone."""

MOST_ROWS = 20_000
"""Rows of one entity type that are looked at."""

_NEEDED = frozenset({"updated_at", "updated_by__type", "updated_by__name"})


@dataclass(frozen=True)
class UnloggedChanges:
    """One script that changed rows of one entity type without an event."""

    entity_type: str
    script: str
    rows: int

    def __str__(self) -> str:
        return (
            f"script {self.script!r} changed {self.rows} rows of {self.entity_type} with no event "
            "in the log: switch on generate_event_log_entries for it (Admin > Scripts), or rely "
            "on a census and full refreshes"
        )


def unlogged_changes(
    tables: Tables, entity_types: Iterable[EntityType], log_read_at: datetime
) -> tuple[UnloggedChanges, ...]:
    """The scripts whose recent changes, as far as they are loaded, are in no event.

    `log_read_at`: the site's time when the event log was last read. Nothing is found where tables
    are files.
    """
    if tables.dialect.is_files:
        return ()
    until = log_read_at - COMMITTED_LATE
    since = log_read_at - LOOKS_BACK
    changes: list[UnloggedChanges] = []
    with tables.opened():
        known = list(entity_types)
        states = stored_states(tables, [entity_type.table for entity_type in known])
        last = _last_events(tables, since - COMMITTED_LATE)
        for entity_type in known:
            state = states.get(entity_type.table)
            if state is None or not _NEEDED.issubset(state.columns):
                continue
            silent: Counter[str] = Counter()
            for id_, stamp, script in _changed_by_scripts(tables, entity_type.table, since, until):
                event = last.get((entity_type.name, id_))
                if event is None or event < stamp - COMMITTED_LATE:
                    silent[script] += 1
            changes += [UnloggedChanges(entity_type.name, *rows) for rows in sorted(silent.items())]
    return tuple(changes)


def _last_events(tables: Tables, since: datetime) -> dict[tuple[str, int], datetime]:
    """(entity type, id) -> when the last event was logged that names it, at any end of a link."""
    events = tables.rows(
        "select created_at, _sg_entity_type, _sg_entity_id, _sg_linked "
        f"from {{{table_name(EVENT_LOG)}}} where created_at >= %s order by created_at",
        since.isoformat(),
    )
    last: dict[tuple[str, int], datetime] = {}
    for created_at, entity_type, id_, linked in events or ():
        if entity_type is not None and id_ is not None:
            last[entity_type, int(id_)] = created_at
        for target in targets(linked):
            last[target.type, target.id] = created_at
    return last


def _changed_by_scripts(
    tables: Tables, table: str, since: datetime, until: datetime
) -> list[tuple[int, datetime, str]]:
    changed = tables.rows(
        f"select id, updated_at, coalesce(updated_by__name, '?') from {{{table}}} "
        "where updated_at >= %s and updated_at < %s and updated_by__type = 'ApiUser' "
        f"and {STATE} = 'live' limit {MOST_ROWS}",
        since.isoformat(),
        until.isoformat(),
    )
    return [(int(id_), stamp, str(script)) for id_, stamp, script in changed or ()]
