"""One record, `GET /entity/<type>/<id>`: its links, `/relationships/<f>`, its media, `/<f>`."""

from __future__ import annotations

import json

from shotgrid_dagster.sandbox import errors
from shotgrid_dagster.sandbox.access.visibility import ReadOptions, visible
from shotgrid_dagster.sandbox.calls.calls import Answer, Call, answer
from shotgrid_dagster.sandbox.query import read_parameters
from shotgrid_dagster.sandbox.query.bindings import Bindings
from shotgrid_dagster.sandbox.query.field_paths import readable_paths
from shotgrid_dagster.sandbox.query.rows import row_json
from shotgrid_dagster.sandbox.query.values import PENDING_PATH, field_value
from shotgrid_dagster.sandbox.store.schema import EntityType, Field

MEDIA_TYPES = ("image", "url")


def record(call: Call) -> Answer:
    """One row, with all its fields unless some are named."""
    entity_type, row_id = call.entity_type, call.record_id
    parameters = read_parameters.from_query(call.query)
    paths = readable_paths(call.site.schema, entity_type, parameters.fields)
    expression = row_json(entity_type, paths, call.prefix)
    text = _written(call, entity_type, row_id, expression, parameters.options.retired)
    address = f"{call.prefix}/entity/{entity_type.slug}/{row_id}"
    tail = f',"links":{{"self":"{address}"}}}}'.encode()
    return Answer((b'{"data":', text, tail), rows=1)


def relationship(call: Call) -> Answer:
    """The value of one link field, whole: never paged, and no parameter changes it."""
    entity_type, row_id = call.entity_type, call.record_id
    field = _field(call, entity_type)
    if not field.is_link:
        raise errors.invalid(f"Field {entity_type.name}.{field.name} is not an entity field.")
    text = _written(call, entity_type, row_id, field_value(field, "t"))
    links = json.dumps(
        {"self": f"{call.prefix}/entity/{entity_type.slug}/{row_id}/relationships/{field.name}"}
    )
    return Answer((b'{"data":', text, f',"links":{links}}}'.encode()))


def media_field(call: Call) -> Answer:
    """The value of an image or file field; with `alt` a redirect to the stored file."""
    entity_type, row_id = call.entity_type, call.record_id
    if "." in call.segments["field"]:
        return Answer((b" ",), 406)
    field = _field(call, entity_type)
    if field.data_type not in MEDIA_TYPES:
        name = f"{entity_type.name}.{field.name}"
        raise errors.invalid(f"Field {name} is not an image or attachment.")
    value = json.loads(_written(call, entity_type, row_id, field_value(field, "t")))
    address = f"{call.prefix}/entity/{entity_type.slug}/{row_id}/{field.name}"
    if "alt" not in call.query:
        return answer({"data": value, "links": {"self": address}})
    if call.query["alt"] not in ("original", "thumbnail"):
        raise errors.invalid_parameters(alt="alt must be one of: original, thumbnail")
    stored = value.get("url") if isinstance(value, dict) else value
    if not stored or stored.endswith(PENDING_PATH):
        raise errors.no_such_row(f"{entity_type.name}.{field.name}", row_id)
    return Answer((b"",), 302, headers={"location": stored})


def _field(call: Call, entity_type: EntityType) -> Field:
    field = entity_type.fields.get(call.segments["field"])
    if field is None:
        raise errors.no_such_field(entity_type.name, call.segments["field"])
    return field


def _written(
    call: Call, entity_type: EntityType, row_id: int, expression: str, retired: bool = False
) -> bytes:
    """What an expression over the row gives. Raises the 404 of a row that is not seen."""
    # A record is found by its id even in an archived project.
    options = ReadOptions(retired=retired, include_archived_projects=True)
    conditions = visible(call.site.schema, entity_type, call.caller, options)
    bindings = Bindings()
    statement = (
        f"select cast({expression} as blob) from {entity_type.slug} t"
        f" where t.id = {bindings.value(row_id)} and {' and '.join(conditions)}"
    )
    with call.site.connections.borrowed() as connection:
        found = connection.execute(
            statement, {**bindings.values, **call.signed_values()}
        ).fetchone()
    if found is None:
        raise errors.no_such_row(entity_type.name, row_id)
    text: bytes = found[0]
    return text
