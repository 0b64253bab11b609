"""Every field that a site can fill arrives in its column: none is declared in vain."""

import json
from collections.abc import Iterator

import pyarrow as pa

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.store.schema import Field
from shotgrid_dagster.source.reading.channel import ORDINARY, choose
from shotgrid_dagster.source.reading.load_state import LoadState
from shotgrid_dagster_tests.conftest import SandboxSite

LINK = {"id": 1, "type": "HumanUser", "name": "Mara"}
WEB_LINK = {"url": "https://example.com", "name": "page", "link_type": "web", "id": 1}
VALUES: dict[str, object] = {
    "entity": json.dumps(LINK),
    "number": 7,
    "percent": 7,
    "duration": 7,
    "timecode": 7,
    "footage": "1-02",
    "float": 0.25,
    "currency": 2.5,
    "checkbox": 1,
    "date": "2026-02-03",
    "date_time": "2026-02-03T04:05:06Z",
    "image": "/a/picture.jpg",
    "url": json.dumps({**WEB_LINK, "type": "Attachment", "content_type": None}),
    "color": "1,2,3",
    "serializable": '{"a": 1}',
    "jsonb": '{"a": 1}',
    "tag_list": '["a"]',
}
"""By data type, as the sandbox stores it; others are texts."""

WORKED_OUT = ("summary", "calculated")
"""Data types that nobody writes: the site works them out, and they may be nothing."""


def fill(site: SandboxSite) -> None:
    """Give the first row of each entity type a value in each field that has none."""
    for known in SCHEMA.values():
        for field in known.fields.values():
            if field.is_stored and field.data_type != "multi_entity" and field.inverse_of is None:
                columns = _stored(field)
                given = ", ".join(f'"{name}" = ?' for name in columns)
                site.edit(
                    f'update "{known.slug}" set {given} where "{field.name}" is null '
                    f'and id = (select min(id) from "{known.slug}")',
                    *columns.values(),
                )


def _stored(one: Field) -> dict[str, object]:
    values = {one.name: VALUES.get(one.data_type, "text")}
    if one.data_type == "entity":
        values |= {f"{one.name}__type": LINK["type"], f"{one.name}__id": LINK["id"]}
    return values


def empty_columns(site: SandboxSite) -> Iterator[str]:
    """`table.column` of what no row that the site sends has a value in."""
    client = site.client()
    for known in client.entity_types():
        batches = [
            batch.table for batch in choose(client, known, LoadState(), ORDINARY, 0).batches()
        ]
        if batches:
            rows = pa.concat_tables(batches)
            for name in rows.column_names:
                if rows[name].null_count == rows.num_rows:
                    yield f"{known.table}.{name}"


def test_every_field_that_a_site_can_fill_arrives_in_its_column(own_site: SandboxSite) -> None:
    nothing_written = set(empty_columns(own_site))
    fill(own_site)
    worked_out = {
        f"{known.slug}.{field.name}"
        for known in SCHEMA.values()
        for field in known.fields.values()
        if field.data_type in WORKED_OUT
    }
    assert set(empty_columns(own_site)) - worked_out == set()
    assert len(nothing_written) > 200
