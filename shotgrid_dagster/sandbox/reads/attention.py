"""Who follows what, and the thread of a Note. Nothing here is paged, or takes `fields`.

A person follows the Tasks that are theirs and the Notes that are addressed to them.
"""

from __future__ import annotations

import json
import re
import sqlite3

from shotgrid_dagster.sandbox import errors
from shotgrid_dagster.sandbox.access.visibility import ReadOptions, visible
from shotgrid_dagster.sandbox.calls.calls import Answer, Call, answer
from shotgrid_dagster.sandbox.query.field_paths import readable_paths
from shotgrid_dagster.sandbox.query.rows import row_json

FOLLOWED = {"Task": "task_assignees", "Note": "addressings_to"}
"""Entity type -> the link to the people who follow its rows."""
EVERY_ROW = ReadOptions(include_archived_projects=True)
AUTHORS = {"Note": "created_by", "Attachment": "created_by", "Reply": "user"}


def followers(call: Call) -> Answer:
    """The people who follow one row. Links to them are spelt `HumanUser`."""
    entity_type, row_id = call.entity_type, call.record_id
    field = FOLLOWED.get(entity_type.name)
    people_sql = f"t.{field}" if field else "'[]'"
    with call.site.connections.borrowed() as connection:
        row = connection.execute(
            f"select {people_sql} from {_seen(call, entity_type.name)} and t.id = ?",
            (row_id,),
        ).fetchone()
    if row is None:
        raise _not_found(f"Couldn't find {entity_type.name} with id={row_id}")
    people = [link for link in json.loads(row[0]) if link["type"] == "HumanUser"]
    data = [
        {**_row(call, "HumanUser", person["id"]), "attributes": {"name": person["name"]}}
        for person in people
    ]
    return answer({"data": data})


def following(call: Call) -> Answer:
    """What one person follows, perhaps only of one type, perhaps only in one project."""
    person, row_id = call.entity_type, call.record_id
    if person.name != "HumanUser":
        raise errors.no_such_field(person.name, "following")
    kinds = list(FOLLOWED)
    if "entity" in call.query:
        try:
            kinds = [call.site.segments.find(call.query["entity"]).name]
        except errors.ApiError:
            raise errors.invalid_parameters(entity="entity is not valid") from None
    project = call.query.get("project_id")
    data: list[dict[str, object]] = []
    with call.site.connections.borrowed() as connection:
        for name, wanted in (("HumanUser", str(row_id)), ("Project", project)):
            if wanted is not None and not _is_there(call, connection, name, wanted):
                raise _not_found(f'Couldn\'t find {name} with id="{wanted}"')
        for kind in [kind for kind in kinds if kind in FOLLOWED]:
            scope = "" if project is None else " and t.project__id = ?"
            rows = connection.execute(
                f"select t.id from {_seen(call, kind)}"
                f" and {_names(FOLLOWED[kind], 'HumanUser', '?')}{scope} order by t.id",
                (row_id,) if project is None else (row_id, int(project)),
            )
            data += [_row(call, kind, found) for (found,) in rows]
    return answer({"data": data})


def thread_contents(call: Call) -> Answer:
    """A Note, its Attachments and its Replies, in the order of time.

    `entity_fields[Note]` and `entity_fields[Attachment]` add fields, `entity_fields[Reply]` does
    nothing.
    """
    entity_type, row_id = call.entity_type, call.record_id
    if entity_type.name != "Note":
        raise errors.no_such_field(entity_type.name, "thread_contents")
    with call.site.connections.borrowed() as connection:
        entries = _entries(call, connection, "Note", "t.id = :row")
        if not entries:
            raise errors.no_such_row("Note", row_id)
        attached = _names("attachment_links", "Note", ":row")
        entries += _entries(call, connection, "Attachment", attached)
        entries += _entries(
            call, connection, "Reply", "t.entity__type = 'Note' and t.entity__id = :row"
        )
        for entry in entries:
            if entry["type"] == "Reply" and isinstance(entry["user"], dict):
                entry["user"]["image"] = _portrait(call, connection, entry["user"])
    entries.sort(key=lambda entry: str(entry["created_at"]))
    address = f"{call.prefix}/entity/notes/{row_id}/thread_contents"
    return answer({"data": entries, "links": {"self": address}})


def _entries(
    call: Call, connection: sqlite3.Connection, kind: str, condition: str
) -> list[dict[str, object]]:
    """Rows in the flat form of a thread: links among the other fields."""
    names = ["created_at", AUTHORS[kind]] + ([] if kind == "Attachment" else ["content"])
    if kind != "Reply":
        names += re.findall(r"[\w.]+", call.query.get(f"entity_fields[{kind}]", ""))
    paths = readable_paths(call.site.schema, call.site.schema[kind], names)
    row = row_json(call.site.schema[kind], paths, call.prefix)
    values = {**call.signed_values(), "row": call.record_id}
    statement = f"select {row} from {_seen(call, kind)} and {condition} order by t.id"
    entries: list[dict[str, object]] = []
    for (text,) in connection.execute(statement, values):
        shown = json.loads(text)
        links = {name: link["data"] for name, link in shown["relationships"].items()}
        entries.append({"type": kind, "id": shown["id"], **shown["attributes"], **links})
    return entries


def _portrait(call: Call, connection: sqlite3.Connection, user: dict[str, object]) -> object:
    schema = call.site.schema
    entity_type = schema[str(user["type"])]
    row = row_json(entity_type, readable_paths(schema, entity_type, ["image"]), call.prefix)
    found = connection.execute(
        f"select {row} from {entity_type.slug} t where t.id = :row",
        {**call.signed_values(), "row": user["id"]},
    ).fetchone()
    return json.loads(found[0])["attributes"]["image"] if found else None


def _seen(call: Call, kind: str) -> str:
    """SQL from `from` on, up to conditions that may be added with `and`."""
    schema = call.site.schema
    conditions = visible(schema, schema[kind], call.caller, EVERY_ROW)
    return f"{schema[kind].slug} t where {' and '.join(conditions)}"


def _names(field: str, entity_type: str, row: str) -> str:
    """SQL: a multi link of the row `t` names that row."""
    return (
        f"exists (select 1 from json_each(t.{field})"
        f" where json_extract(value, '$.type') = '{entity_type}'"
        f" and json_extract(value, '$.id') = {row})"
    )


def _is_there(call: Call, connection: sqlite3.Connection, kind: str, row_id: str) -> bool:
    if not re.fullmatch(r"\d{1,18}", row_id):
        return False
    statement = f"select 1 from {_seen(call, kind)} and t.id = ?"
    return connection.execute(statement, (int(row_id),)).fetchone() is not None


def _row(call: Call, kind: str, row_id: int) -> dict[str, object]:
    address = f"{call.prefix}/entity/{kind}/{row_id}"
    return {"id": row_id, "type": kind, "links": {"self": address}}


def _not_found(detail: str) -> errors.ApiError:
    return errors.ApiError(404, errors.REFUSED, "Not Found", detail=detail)
