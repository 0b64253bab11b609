"""Pages of rows, read as text: one statement writes the JSON of the whole page inside SQLite."""

from __future__ import annotations

from shotgrid_dagster.sandbox.access.visibility import visible
from shotgrid_dagster.sandbox.calls.calls import Call
from shotgrid_dagster.sandbox.query.bindings import Bindings
from shotgrid_dagster.sandbox.query.field_paths import readable_paths
from shotgrid_dagster.sandbox.query.ordering import order_by
from shotgrid_dagster.sandbox.query.read_parameters import ReadParameters
from shotgrid_dagster.sandbox.query.rows import row_json
from shotgrid_dagster.sandbox.store.schema import EntityType


def page_of_rows(
    call: Call, entity_type: EntityType, where: str, bindings: Bindings, parameters: ReadParameters
) -> tuple[bytes, int]:
    """The rows of a page as JSON text, `{...},{...}`, and how many they are."""
    schema = call.site.schema
    paths = readable_paths(schema, entity_type, parameters.fields)
    conditions = [*visible(schema, entity_type, call.caller, parameters.options), f"({where})"]
    order = order_by(schema, entity_type, parameters.sort)
    # Ids are found and ordered first: a sorter that carried the rows' text would write it for all.
    ids = (
        f"select t.id from {entity_type.slug} t where {' and '.join(conditions)}"
        f" order by {order} limit {bindings.value(parameters.size)}"
    )
    if parameters.number > 1:
        ids += f" offset {bindings.value((parameters.number - 1) * parameters.size)}"
    row = row_json(entity_type, paths, call.prefix)
    for number, shared in enumerate(entity_type.computed_once):
        if row.count(shared) > 1:
            row = row.replace(shared, f"k.c{number}")
            # The limit keeps SQLite from writing the expression out again where it is used.
            ids = f"select t.*, {shared} as c{number} from ({ids}) t limit -1"
    # CROSS JOIN keeps the ids' order.
    statement = (
        f"{bindings.with_clause}select cast(group_concat(r, ',') as blob), count(*) from"
        f" (select {row} as r from ({ids}) k cross join {entity_type.slug} t on t.id = k.id)"
    )
    with call.site.connections.borrowed() as connection:
        text, count = connection.execute(
            statement, {**bindings.values, **call.signed_values()}
        ).fetchone()
    return text or b"", count
