"""The rows that events name, at both ends of a link: they are read again whatever their stamps say.

A change need not move `updated_at` (a retirement, a link that was written from its other end, an
import that is back-dated), but the log tells of it, if whoever made it is logged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.site.naming import table_name
from shotgrid_dagster.source.reading.event_log import EVENT_LOG, HOLDBACK, TOLD_BY, targets, told_by
from shotgrid_dagster.source.reading.event_position import EventPosition
from shotgrid_dagster.source.reading.shown_anew import (
    CHANGED,
    NOTHING,
    RETIRED,
    REVIVED,
    ShownAnew,
    shown_anew,
)
from shotgrid_dagster.source.tables.columns import READ_AT

LOG = table_name(EVENT_LOG)


def event_targets(
    tables: Tables, entity_type: str, followed: EventPosition | None, cursor: str
) -> tuple[int, ...]:
    """The ids of a type that loaded events name which were not followed yet, in order.

    `followed` is None in load states of older versions. Then it goes by stamps once: by what was
    loaded since the cursor (ISO 8601) and happened since, a holdback earlier, as events may be
    committed late. Of tables that are files, nothing is known then.
    """
    if followed is None:
        return () if tables.dialect.is_files else _since(tables, entity_type, cursor)
    if tables.dialect.is_files:
        columns = ["id", "_sg_entity_type", "_sg_entity_id", "_sg_linked"]
        held = tables.read_columns(LOG, columns, after=followed.first_missing - 1)
        entries = zip(*(held[name].to_pylist() for name in columns), strict=True)
        return _named(
            entity_type,
            (
                (row_id if type_ == entity_type else None, linked)
                for id_, type_, row_id, linked in entries
                if not followed.has(id_)
            ),
        )
    return _asked(tables, entity_type, _not(followed))


def held_shown_anew(
    tables: Tables, followed: EventPosition | None, columns: Collection[str]
) -> ShownAnew:
    """What loaded events that were not followed yet tell of rows that links show otherwise.

    `columns`: those of the log. Where they lack the attribute's name, no renaming is seen; in load
    states of older versions (`followed` is None), nothing is.
    """
    if followed is None:
        return NOTHING
    if tables.dialect.is_files:
        names = [name for name in TOLD_BY if name in columns]
        held = tables.read_columns(LOG, ["id", *names], after=followed.first_missing - 1)
        told = zip(held["id"].to_pylist(), told_by(held), strict=True)
        return shown_anew(entry for id_, entry in told if not followed.has(id_))
    selected = ", ".join(name if name in columns else "null" for name in TOLD_BY)
    rows = tables.rows(
        f"select {selected} from {{{LOG}}} where {_not(followed)} and _sg_change in (%s, %s, %s)",
        CHANGED,
        RETIRED,
        REVIVED,
    )
    return shown_anew(rows or ())


def _not(followed: EventPosition) -> str:
    """SQL for the entries that were not followed."""
    gaps = "".join(f" or id between {first} and {last}" for first, last in followed.gaps)
    return f"(id > {followed.newest}{gaps})"


def _since(tables: Tables, entity_type: str, cursor: str) -> tuple[int, ...]:
    happened = datetime.fromisoformat(cursor) - HOLDBACK
    when = f"{READ_AT} >= %s and created_at >= %s"
    return _asked(tables, entity_type, when, cursor, happened.isoformat())


def _asked(tables: Tables, entity_type: str, where: str, *values: object) -> tuple[int, ...]:
    rows = tables.rows(
        "select case when _sg_entity_type = %s then _sg_entity_id end, _sg_linked "
        f"from {{{LOG}}} where {where} "
        "and (_sg_entity_type = %s or cast(_sg_linked as varchar) like %s)",
        entity_type,
        *values,
        entity_type,
        f'%"{entity_type}"%',
    )
    return _named(entity_type, rows or ())


def _named(entity_type: str, entries: Iterable[tuple[int | None, object]]) -> tuple[int, ...]:
    named: set[int] = set()
    for id_, linked in entries:
        if id_ is not None:
            named.add(int(id_))
        named.update(target.id for target in targets(linked) if target.type == entity_type)
    return tuple(sorted(named))
