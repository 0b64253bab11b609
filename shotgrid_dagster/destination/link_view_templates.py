"""The view that turns a column of links into rows to join through: one template a dialect.

Fields: `{view}` and `{table}`, qualified names; `{column}`, the escaped name of the JSON column.
"""

from __future__ import annotations

DUCKDB = """
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
"""

POSTGRES = """
    create or replace view {view} as
    select
        t.id as parent_id,
        e.position - 1 as position,
        case when e.link ->> 'id' ~ '^[0-9]{{1,18}}$' then cast(e.link ->> 'id' as bigint) end
            as link__id,
        e.link ->> 'type' as link__type,
        e.link ->> 'name' as link__name
    from {table} as t
    cross join lateral jsonb_array_elements(
        case when jsonb_typeof(t.{column}) = 'array' then t.{column} else '[]'::jsonb end
    ) with ordinality as e (link, position)
"""

SNOWFLAKE = """
    create or replace view {view} as
    select
        t.id as parent_id,
        e.index as position,
        cast(e.value:"id" as bigint) as link__id,
        cast(e.value:"type" as varchar) as link__type,
        cast(e.value:"name" as varchar) as link__name
    from {table} as t, lateral flatten(input => t.{column}) as e
"""

BIGQUERY = """
    create or replace view {view} as
    select
        t.id as parent_id,
        position,
        cast(json_value(link, '$.id') as int64) as link__id,
        json_value(link, '$.type') as link__type,
        json_value(link, '$.name') as link__name
    from {table} as t
    cross join unnest(json_query_array(t.{column})) as link with offset as position
"""

REDSHIFT = """
    create or replace view {view} as
    select
        t.id as parent_id,
        position,
        cast(link."id" as bigint) as link__id,
        cast(link."type" as varchar) as link__type,
        cast(link."name" as varchar) as link__name
    from {table} as t, t.{column} as link at position
"""

DATABRICKS = """
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
"""
