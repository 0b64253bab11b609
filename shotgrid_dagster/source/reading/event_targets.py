"""The rows that events name, at both ends of a link: they are read again whatever their stamps say.

A change need not move `updated_at` (a retirement, a link that was written from its other end), but
the log tells of it, if whoever made it is logged.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.site.naming import table_name
from shotgrid_dagster.source.reading.event_log import EVENT_LOG, HOLDBACK, Target
from shotgrid_dagster.source.tables.columns import READ_AT

_decode = msgspec.json.Decoder(list[Target]).decode


def event_targets(tables: Tables, entity_type: str, cursor: str) -> tuple[int, ...]:
    """The ids of a type that events name which were loaded since the cursor (ISO 8601), in order.

    And which happened since: an older event tells of a change that the last reading saw. Events may
    be committed late, so "since" begins a holdback earlier.
    """
    happened = datetime.fromisoformat(cursor) - HOLDBACK
    rows = tables.rows(
        "select case when _sg_entity_type = %s then _sg_entity_id end, _sg_linked "
        f"from {{{table_name(EVENT_LOG)}}} where {READ_AT} >= %s and created_at >= %s "
        "and (_sg_entity_type = %s or cast(_sg_linked as varchar) like %s)",
        entity_type,
        cursor,
        happened.isoformat(),
        entity_type,
        f'%"{entity_type}"%',
    )
    named: set[int] = set()
    for id_, linked in rows or ():
        if id_ is not None:
            named.add(int(id_))
        named.update(target.id for target in targets(linked) if target.type == entity_type)
    return tuple(sorted(named))


def targets(linked: object) -> list[Target]:
    """What is in the column `_sg_linked`; a database gives its JSON as text, or decoded."""
    if linked is None:
        return []
    if isinstance(linked, str):
        return _decode(linked)
    return msgspec.convert(linked, list[Target])
