"""Rows are created, updated, deleted, revived: one at a time, or several in a batch."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from shotgrid_dagster.sandbox.access.visibility import ReadOptions, visible
from shotgrid_dagster.sandbox.calls.calls import Answer, Call, answer
from shotgrid_dagster.sandbox.errors import invalid_parameters, refused, unsupported_content_type
from shotgrid_dagster.sandbox.operations.operation import JSON_BODY
from shotgrid_dagster.sandbox.query.field_paths import readable_paths
from shotgrid_dagster.sandbox.query.rows import row_json
from shotgrid_dagster.sandbox.store.refs import unique_id
from shotgrid_dagster.sandbox.store.schema import EntityType
from shotgrid_dagster.sandbox.writes import batch as batches
from shotgrid_dagster.sandbox.writes import changes, creation, retirement
from shotgrid_dagster.sandbox.writes.batch import Done, Request
from shotgrid_dagster.sandbox.writes.edit import Edit, Row
from shotgrid_dagster.sandbox.writes.stored_rows import no_such_entity
from shotgrid_dagster.sandbox.writes.write_rules import accepted

OF_PEOPLE = frozenset({"Page"})
"""Types whose rows only people make."""


def create(call: Call) -> Answer:
    """Make a row. Answers what was sent and what the site filled in, not the whole row."""
    entity_type, body = call.entity_type, json_body(call)
    with editing(call) as edit:
        _check_create(call, entity_type, body)
        row_id = creation.create(edit, entity_type.name, body)
        row = _created(call, edit, entity_type, row_id, body)
    return answer({"data": row, "links": {"self": _address(call, entity_type, row_id)}}, 201)


def update(call: Call) -> Answer:
    """Write some fields of a row. Answers the whole row."""
    entity_type, row_id, body = call.entity_type, call.record_id, json_body(call)
    with editing(call) as edit:
        _check_update(call, edit, entity_type, row_id, body)
        changes.update(edit, entity_type.name, row_id, body)
        row = _row(call, edit, entity_type, row_id)
    return answer({"data": row, "links": {"self": _address(call, entity_type, row_id)}})


def delete(call: Call) -> Answer:
    """Retire a row: it can be revived."""
    entity_type, row_id = call.entity_type, call.record_id
    with editing(call) as edit:
        _check_delete(call, edit, entity_type, row_id)
        retirement.retire(edit, entity_type.name, row_id)
    return Answer((b"",), 204)


def revive(call: Call) -> Answer:
    """Bring a retired row back under its id. The body is ignored."""
    entity_type, row_id = call.entity_type, call.record_id
    if "revive" not in call.query:
        raise invalid_parameters(revive="revive is missing")
    if call.query["revive"].lower() not in ("1", "true", "yes"):
        raise invalid_parameters(revive="revive must be true")
    with editing(call) as edit:
        if not any(_sees(call, edit, entity_type, row_id, retired) for retired in (True, False)):
            raise no_such_entity(entity_type.name, row_id)
        revived = retirement.revive(edit, entity_type.name, row_id)
    return answer(
        {
            "data": {"type": entity_type.name, "id": row_id},
            "links": {"self": _address(call, entity_type, row_id)},
            "meta": {"did_revive": bool(revived)},
        }
    )


def batch(call: Call) -> Answer:
    """Several creates, updates and deletes in order: all of them happen, or none."""
    body = json_body(call)
    requests = batches.requests(frozenset(call.site.schema), body)
    with editing(call) as edit:
        data = [_performed(call, edit, request) for request in requests]
    return answer({"data": data})


def update_last_accessed(call: Call) -> Answer:
    """Note that a person looked at a project. Nothing can be read of it, whoever the person is."""
    project, row_id = call.site.schema["Project"], call.record_id
    body = json_body(call)
    if "user_id" not in body:
        raise invalid_parameters(user_id="user_id is missing")
    with editing(call) as edit:
        if not _sees(call, edit, project, row_id, retired=False):
            raise refused("Api::Errors::CrudError")
    data = {"type": project.name, "id": row_id}
    return answer({"data": data, "links": {"self": _address(call, project, row_id)}})


@contextmanager
def editing(call: Call) -> Iterator[Edit]:
    """A transaction of the caller, or of the person in whose name it asks."""
    site = call.site
    with site.connections.borrowed() as connection:
        writer = _writer(call, connection)
        session = call.caller.session_uuid
        with site.transactions.editing(connection, site.clock, writer, session) as edit:
            yield edit


def json_body(call: Call) -> dict[str, object]:
    """The body of a write. Raises the 415 of another content type."""
    kind = (call.content_type or "").split(";")[0].strip().lower()
    if kind not in JSON_BODY:
        raise unsupported_content_type(kind, JSON_BODY)
    return call.json_body()


def check_seen(call: Call, edit: Edit, entity_type: EntityType, row_id: int) -> None:
    """Raises the 404 of a row that the caller does not see, or that is retired."""
    if not _sees(call, edit, entity_type, row_id, retired=False):
        raise no_such_entity(entity_type.name, row_id)


def _performed(call: Call, edit: Edit, request: Request) -> dict[str, object]:
    entity_type, row_id = call.site.schema[request.entity_type], request.row_id
    if row_id is None:
        _check_create(call, entity_type, request.body)
    elif request.kind == "update":
        _check_update(call, edit, entity_type, row_id, request.body)
    else:
        _check_delete(call, edit, entity_type, row_id)
    return _answered(call, edit, batches.perform(edit, request))


def _answered(call: Call, edit: Edit, done: Done) -> dict[str, object]:
    kind, row_id = done.request.kind, done.row_id
    entity_type = call.site.schema[done.request.entity_type]
    address = _address(call, entity_type, row_id)
    if kind == "delete":
        uuid = unique_id(f"{entity_type.name} {row_id}")
        row = {"type": entity_type.name, "id": row_id, "uuid": uuid}
        return {"request_type": "delete", **row, "did_delete": True}
    if kind == "update":
        row = _row(call, edit, entity_type, row_id)
        return {"data": row, "links": {"self": address}, "status": 200}
    if done.exists:
        return {"data": _created(call, edit, entity_type, row_id, done.request.body)}
    return {
        "data": {
            "type": entity_type.name,
            "attributes": done.request.body,
            "relationships": {},
            "id": row_id,
            "links": {"self": address},
        }
    }


def _writer(call: Call, connection: sqlite3.Connection) -> Row:
    if call.caller.sudo_as_login is None:
        return call.caller.type, call.caller.id
    (person,) = connection.execute(
        "select id from human_users where login = ? and _retired_at is null",
        (call.caller.sudo_as_login,),
    ).fetchone()
    return "HumanUser", int(person)


def _check_create(call: Call, entity_type: EntityType, body: Mapping[str, object]) -> None:
    accepted("create", entity_type, body)
    caller = call.caller
    is_script = caller.type == "ApiUser" and caller.sudo_as_login is None
    if caller.rights.level.editable is not None or (is_script and entity_type.name in OF_PEOPLE):
        raise refused(f"Entity of type {entity_type.name} cannot be created by this user.")


def _check_update(
    call: Call, edit: Edit, entity_type: EntityType, row_id: int, body: Mapping[str, object]
) -> None:
    fields = [sent.field.name for sent in accepted("update", entity_type, body)]
    check_seen(call, edit, entity_type, row_id)
    for field in fields:
        if not call.caller.rights.level.edits(entity_type.name, field):
            name = f"{entity_type.name}.{field}"
            raise refused(f"The field is not editable for this user: [{name}].")


def _check_delete(call: Call, edit: Edit, entity_type: EntityType, row_id: int) -> None:
    check_seen(call, edit, entity_type, row_id)
    if call.caller.rights.level.editable is not None:
        raise refused(f"Entity of type {entity_type.name} can not be deleted by this user.")


def _sees(call: Call, edit: Edit, entity_type: EntityType, row_id: int, retired: bool) -> bool:
    options = ReadOptions(retired=retired, include_archived_projects=True)
    conditions = visible(call.site.schema, entity_type, call.caller, options)
    found = edit.rows.connection.execute(
        f"select 1 from {entity_type.slug} t where t.id = ? and {' and '.join(conditions)}",
        (row_id,),
    )
    return found.fetchone() is not None


def _row(
    call: Call,
    edit: Edit,
    entity_type: EntityType,
    row_id: int,
    names: Iterable[str] | None = None,
) -> dict[str, object]:
    """A row as a read shows it."""
    wanted = None if names is None else list(names)
    paths = readable_paths(call.site.schema, entity_type, wanted)
    (text,) = edit.rows.connection.execute(
        f"select {row_json(entity_type, paths, call.prefix)} from {entity_type.slug} t"
        " where t.id = :row_id",
        {"row_id": row_id, **call.signed_values()},
    ).fetchone()
    row: dict[str, object] = json.loads(text)
    return row


def _created(
    call: Call, edit: Edit, entity_type: EntityType, row_id: int, body: Mapping[str, object]
) -> dict[str, object]:
    """What a create answers: what was sent or filled in, and the links; `entity` only if sent.

    Times are spelt `2026-03-04 05:06:07 UTC` here, and nowhere else.
    """
    fields = entity_type.fields
    links = [name for name, field in fields.items() if field.is_link and name != "entity"]
    row = _row(call, edit, entity_type, row_id, [*body, *creation.server_set(entity_type), *links])
    attributes = row["attributes"]
    assert isinstance(attributes, dict)
    for name, value in attributes.items():
        if value is not None and name in fields and fields[name].data_type == "date_time":
            attributes[name] = value.replace("T", " ").replace("Z", " UTC")
    return row


def _address(call: Call, entity_type: EntityType, row_id: int) -> str:
    return f"{call.prefix}/entity/{entity_type.slug}/{row_id}"
