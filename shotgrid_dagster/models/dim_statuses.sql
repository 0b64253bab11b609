-- One row per entity type, project and status that the entity type's status field may take; project 0 is the site itself.
-- description: Which statuses people can choose in each project: the valid ones less those that the project hides. A hidden status may still stand on rows.
-- group: dimensions
-- column entity_type: Task, Shot, Asset, Version, ...
-- column project_id: the project; 0: the site itself; from shotgrid/projects.id
-- column code: the status code; from the site's schema
-- column name: its name in that field; from the site's schema
-- column position: its place among the valid ones, from 0
-- column is_usable: whether it can be chosen there: it is not hidden
-- column phase: waiting, active, review, done, on_hold, left_out or other; from status_meanings
-- column is_done: whether work in it is finished; from status_meanings
-- column bg_color: its colour as "r,g,b"; from status_meanings
-- test: unique(entity_type, project_id, code)
-- test: not_null(entity_type, project_id, code, is_usable, phase)
-- test: refers(code, status_meanings.code)
with owners as (
    select cast(0 as bigint) as project_id
    union all
    select project_id from dim_projects
),

settings as (
    select
        site.entity_type,
        owners.project_id,
        site.code,
        coalesce(own.name, site.name) as name,
        site.position,
        not coalesce(own.is_hidden, site.is_hidden) as is_usable
    from owners
    cross join _sg_status_settings as site
    left join _sg_status_settings as own
        on owners.project_id = own.project_id
        and own.project_id <> 0
        and site.entity_type = own.entity_type
        and site.code = own.code
    where site.project_id = 0
)

select
    settings.entity_type,
    settings.project_id,
    settings.code,
    settings.name,
    settings.position,
    settings.is_usable,
    status_meanings.phase,
    status_meanings.is_done,
    status_meanings.bg_color
from settings
inner join status_meanings on settings.code = status_meanings.code
