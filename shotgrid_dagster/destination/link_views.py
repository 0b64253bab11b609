"""The views that turn a column of links into rows to join through: one template a dialect.

`shots__assets` has a row for each link in `shots.assets`: `parent_id`, `position` (from 0, the
site's order), `link__id`, `link__type`, `link__name`. The links live in their row, so a row and
its links never disagree; the view only unfolds them.
"""

from __future__ import annotations

from dlt.pipeline.pipeline import Pipeline

from shotgrid_dagster.site import SiteSchema
from shotgrid_dagster.source.reading.event_log import EVENT_LOG, EventLog
from shotgrid_dagster.source.tables.column_names import view_name
from shotgrid_dagster.source.tables.columns import Layout, layout

TEMPLATES = {
    "duckdb": """
        create or replace view {view} as
        select
            parent_id,
            position - 1 as position,
            link.id as link__id,
            link.type as link__type,
            link.name as link__name
        from (
            select parent_id, unnest(links) as link, generate_subscripts(links, 1) as position
            from (
                select
                    id as parent_id,
                    from_json({column}, '[{{"id":"BIGINT","type":"VARCHAR","name":"VARCHAR"}}]')
                        as links
                from {table}
            )
        )
    """,
    "postgres": """
        create or replace view {view} as
        select
            t.id as parent_id,
            e.position - 1 as position,
            cast(e.link ->> 'id' as bigint) as link__id,
            e.link ->> 'type' as link__type,
            e.link ->> 'name' as link__name
        from {table} as t
        cross join lateral jsonb_array_elements(t.{column}) with ordinality as e (link, position)
    """,
    "snowflake": """
        create or replace view {view} as
        select
            t.id as parent_id,
            e.index as position,
            cast(e.value:"id" as bigint) as link__id,
            cast(e.value:"type" as varchar) as link__type,
            cast(e.value:"name" as varchar) as link__name
        from {table} as t, lateral flatten(input => t.{column}) as e
    """,
    "bigquery": """
        create or replace view {view} as
        select
            t.id as parent_id,
            position,
            cast(json_value(link, '$.id') as int64) as link__id,
            json_value(link, '$.type') as link__type,
            json_value(link, '$.name') as link__name
        from {table} as t
        cross join unnest(json_query_array(t.{column})) as link with offset as position
    """,
    "redshift": """
        create or replace view {view} as
        select
            t.id as parent_id,
            position,
            cast(link."id" as bigint) as link__id,
            cast(link."type" as varchar) as link__type,
            cast(link."name" as varchar) as link__name
        from {table} as t, t.{column} as link at position
    """,
    "databricks": """
        create or replace view {view} as
        select
            t.id as parent_id,
            e.position,
            e.link.id as link__id,
            e.link.type as link__type,
            e.link.name as link__name
        from {table} as t
        lateral view posexplode(
            from_json(t.{column}, 'array<struct<id: bigint, type: string, name: string>>')
        ) e as position, link
    """,
}
TEMPLATES["motherduck"] = TEMPLATES["duckdb"]
"""dlt destination -> its view. DuckDB's and Postgres' are run by the tests; the others are written
to their manuals and dlt's column types (VARIANT, JSON, SUPER, STRING), and parsed."""


def link_views(schema: SiteSchema) -> set[str] | None:
    """The views that a site's tables have; None while its fields are not known."""
    entity_types = schema.entity_types.values()
    if not any(entity_type.fields for entity_type in entity_types):
        return None
    derived = {EVENT_LOG: EventLog.derived_links}
    return {
        view_name(entity_type.table, column)
        for entity_type in entity_types
        for column in (*layout(entity_type).link_lists, *derived.get(entity_type.name, ()))
    }


def make_link_views(pipeline: Pipeline, layout: Layout) -> None:
    """Make or renew the views of one table, where the destination has them."""
    template = TEMPLATES.get(pipeline.destination.destination_type.rsplit(".", 1)[-1])
    if template is None or not layout.link_lists:
        return
    with pipeline.sql_client() as client:
        statements = [
            template.format(
                view=client.make_qualified_table_name(view_name(layout.table, column)),
                table=client.make_qualified_table_name(layout.table),
                column=client.escape_column_name(column),
            )
            for column in layout.link_lists
        ]
        for statement in statements:
            client.execute_sql(statement)
