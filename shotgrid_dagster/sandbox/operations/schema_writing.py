"""Fields of the schema are made, changed, deleted and revived."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from shotgrid_dagster.sandbox.calls.calls import Answer, Call, answer
from shotgrid_dagster.sandbox.errors import invalid_parameters, no_such_field, refused
from shotgrid_dagster.sandbox.operations.writing import json_body
from shotgrid_dagster.sandbox.reads.schema_documents import field_record
from shotgrid_dagster.sandbox.store import site_fields
from shotgrid_dagster.sandbox.store.schema import Field
from shotgrid_dagster.sandbox.writes import schema_fields


def create_field(call: Call) -> Answer:
    """Make a field. Its name is not said, but stands at the end of `links.self`."""
    body = json_body(call)
    with _changing(call) as connection:
        owner = call.entity_type
        retired = [
            found.field.name
            for found in site_fields.kept_fields(connection)
            if found.is_retired and found.entity_type == owner.name
        ]
        fields = schema_fields.made(owner, retired, body)
        for entity_type, field in fields:
            if entity_type not in call.site.schema:
                raise invalid_parameters(properties=f"entity type [{entity_type}] is not valid")
            site_fields.add_column(connection, call.site.schema[entity_type], field)
            site_fields.keep(connection, entity_type, field)
    return _shown(call, fields[0][1], 201)


def update_field(call: Call) -> Answer:
    """Change what is editable of a field. Its data type stays, also where another one is sent."""
    sent = schema_fields.changes(json_body(call))
    with _changing(call) as connection:
        field = schema_fields.changed(_live(call), sent)
        site_fields.keep(connection, call.entity_type.name, field)
    return _shown(call, field)


def delete_field(call: Call) -> Answer:
    """Delete a field: it is in no listing, its values are kept, its name is taken."""
    with _changing(call) as connection:
        field = _live(call)
        if not field.custom:
            name = f"{call.entity_type.name}.{field.name}"
            raise refused(f"The field can not be deleted by this user: [{name}].")
        owner = call.entity_type.name
        site_fields.keep(connection, owner, field, is_retired=True)
        for found in site_fields.with_far_side(connection, owner, field.name):
            site_fields.keep(connection, found.entity_type, found.field, is_retired=True)
    return Answer((b"",), 204)


def revive_field(call: Call) -> Answer:
    """Bring a deleted field back, with the data type and the values that it had.

    `revive` is asked for in the body, or, without one, in the query string.
    """
    said = json_body(call) if call.body else call.query
    if "revive" not in said:
        raise invalid_parameters(revive="revive is missing")
    if str(said["revive"]).lower() not in ("true", "1"):
        raise invalid_parameters(revive="revive must be true")
    owner, name = call.entity_type.name, call.segments["field"]
    with _changing(call) as connection:
        fields = site_fields.with_far_side(connection, owner, name)
        if not fields:
            _live(call)
        for found in fields:
            site_fields.keep(connection, found.entity_type, found.field)
    return Answer((b"",), 204)


@contextmanager
def _changing(call: Call) -> Iterator[sqlite3.Connection]:
    """A transaction that changes the schema; the site goes by it as soon as it is kept."""
    if call.caller.rights.level.editable is not None:
        raise refused("The schema can not be changed by this user.")
    with call.site.connections.borrowed() as connection:
        connection.execute("begin immediate")
        try:
            call.site.adopt_fields(connection)
            yield connection
        except BaseException:
            connection.execute("rollback")
            raise
        connection.execute("commit")
        call.site.adopt_fields(connection)


def _live(call: Call) -> Field:
    name = call.segments["field"]
    field = call.entity_type.fields.get(name)
    if field is None or not field.in_schema:
        raise no_such_field(call.entity_type.name, name)
    return field


def _shown(call: Call, field: Field, status: int = 200) -> Answer:
    owner = call.entity_type
    address = f"{call.prefix}/schema/{owner.name}/fields/{field.name}"
    record = field_record(owner, field, call.caller.rights.level)
    return answer({"data": record, "links": {"self": address}}, status)
