"""Several writes at once: all of them are made, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shotgrid_dagster.sandbox.errors import invalid, invalid_parameters
from shotgrid_dagster.sandbox.writes.changes import update
from shotgrid_dagster.sandbox.writes.creation import create
from shotgrid_dagster.sandbox.writes.edit import Edit
from shotgrid_dagster.sandbox.writes.retirement import retire
from shotgrid_dagster.sandbox.writes.write_rules import accepted, lacks_project

Kind = Literal["create", "update", "delete"]


@dataclass(frozen=True)
class Request:
    """One write of a batch."""

    kind: Kind
    entity_type: str
    row_id: int | None
    body: dict[str, object]


@dataclass(frozen=True)
class Done:
    """What became of a request. A row that `exists` not has an id and nothing else."""

    request: Request
    row_id: int
    exists: bool = True


def perform(edit: Edit, request: Request) -> Done:
    """Make one write. Later requests of the same edit see what it did. Raises ApiError.

    A batch does not ask for required fields: a create without its project is answered with an
    id, and there is no row.
    """
    definition = edit.schema[request.entity_type]
    if request.kind == "create":
        if lacks_project(definition, request.body):
            accepted("create", definition, request.body)
            row_id = edit.rows.next_id(request.entity_type)
            edit.rows.use_up(request.entity_type, row_id)
            return Done(request, row_id, exists=False)
        return Done(request, create(edit, request.entity_type, request.body))
    assert request.row_id is not None
    if request.kind == "update":
        update(edit, request.entity_type, request.row_id, request.body)
    else:
        retire(edit, request.entity_type, request.row_id)
    return Done(request, request.row_id)


def requests(types: frozenset[str], body: dict[str, object]) -> list[Request]:
    """The requests of a batch's body. Types are spelt as in the schema. Raises the site's 400s."""
    sent = body.get("requests")
    if not isinstance(sent, list):
        raise invalid_parameters(requests="requests is missing")
    return [_request(types, request) for request in sent]


def _request(types: frozenset[str], sent: object) -> Request:
    if not isinstance(sent, dict):
        raise invalid_parameters(requests="requests must be an array of objects")
    kind, entity_type = sent.get("request_type"), sent.get("entity")
    if kind not in ("create", "update", "delete"):
        raise invalid_parameters(request_type=f"'{kind}' is not a valid request_type")
    if entity_type not in types:
        raise invalid("Invalid entity type: entity type [] does not exist.")
    row_id, data = sent.get("record_id"), sent.get("data", {})
    if kind != "create" and (not isinstance(row_id, int) or isinstance(row_id, bool)):
        raise invalid_parameters(record_id="record_id is missing")
    if not isinstance(data, dict):
        raise invalid_parameters(data="data must be an object")
    return Request(kind, entity_type, row_id, data)
