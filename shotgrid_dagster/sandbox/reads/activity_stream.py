"""`GET /entity/<type>/<id>/activity_stream`: what people changed on one row, newest first.

Another store than the event log, with ids of its own; what scripts wrote is not in it. It is made
from the events here, and takes no `entity_fields`.
"""

from __future__ import annotations

import json
import re

from shotgrid_dagster.sandbox import errors
from shotgrid_dagster.sandbox.access.visibility import ReadOptions, visible
from shotgrid_dagster.sandbox.calls.calls import Answer, Call, answer
from shotgrid_dagster.sandbox.query.values import column

DEFAULT, LARGEST = 25, 500
UPDATE_ID = "(e.id * 2 + 1)"
"""SQL for the id of the update that an event became."""


def activity_stream(call: Call) -> Answer:
    """Updates of a row between `min_id` and `max_id`, both exclusive. 500 for a row not there."""
    entity_type, row_id = call.entity_type, call.record_id
    limit = _limit(call.query.get("limit"))
    below, above = _limit_id(call, "max_id"), _limit_id(call, "min_id")
    conditions = visible(
        call.site.schema, entity_type, call.caller, ReadOptions(include_archived_projects=True)
    )
    status = "t.sg_status_list" if "sg_status_list" in entity_type.fields else "null"
    name = column(entity_type.fields["cached_display_name"], "t")
    with call.site.connections.borrowed() as connection:
        row = connection.execute(
            f"select {name}, {status} from {entity_type.slug} t"
            f" where t.id = ? and {' and '.join(conditions)}",
            (row_id,),
        ).fetchone()
        if row is None:
            raise errors.server_error()
        (newest,) = connection.execute(
            f"select coalesce(max({UPDATE_ID}), 0) from event_log_entries e"
        ).fetchone()
        events = connection.execute(
            f"select {UPDATE_ID}, e.meta, e.created_at, e.user from event_log_entries e"
            " where e.entity__type = :type and e.entity__id = :id and e.entity is not null"
            " and e.user__type = 'HumanUser' and e.attribute_name is not null"
            f" and {UPDATE_ID} < :below and {UPDATE_ID} > :above order by e.id desc limit :limit",
            {
                "type": entity_type.name,
                "id": row_id,
                "below": newest + 1 if below is None else below,
                "above": above or 0,
                "limit": limit,
            },
        ).fetchall()
    primary = {"type": entity_type.name, "id": row_id, "name": row[0], "status": row[1]}
    updates = [
        {
            "id": update_id,
            "update_type": "update",
            "meta": json.loads(meta),
            "created_at": created_at,
            "read": False,
            "primary_entity": primary,
            "created_by": {**json.loads(user), "status": None, "image": None} if user else None,
        }
        for update_id, meta, created_at, user in events
    ]
    lowest = updates[-1]["id"] if len(updates) == limit else 0
    data = {
        "entity_type": entity_type.name,
        "entity_id": row_id,
        "latest_update_id": newest if below is None else below - 1,
        "earliest_update_id": lowest if above is None else above + 1,
        "updates": updates,
    }
    address = f"{call.prefix}/entity/{entity_type.slug}/{row_id}/activity_stream"
    query = f"?{call.query_string}" if call.query_string else ""
    return answer({"data": data, "links": {"self": address + query}})


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT
    if not re.fullmatch(r"-?\d{1,15}", text):
        raise errors.invalid_parameters(limit="limit must be an integer")
    if int(text) < 1:
        raise errors.invalid_parameters(limit="limit must be greater than 0")
    if int(text) > LARGEST:
        raise errors.invalid_parameters(limit=f"limit must be less than or equal to {LARGEST}")
    return int(text)


def _limit_id(call: Call, name: str) -> int | None:
    text = call.query.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"-?\d{1,15}", text):
        raise errors.invalid_parameters(**{name: f"{name} must be an integer"})
    return int(text)
