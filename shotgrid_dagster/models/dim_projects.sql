-- One row per project that was ever read.
-- description: The projects, and of what kind each is.
-- group: dimensions
-- column project_id: the project; from shotgrid/projects.id
-- column project_name: its name; from shotgrid/projects.name
-- column project_label: the name to show, with the id behind it where another one has it too, or it is none, or the project is deleted
-- column project_code: its short name; from shotgrid/projects.code
-- column project_status: its status, a list of the site and no measure of life; from shotgrid/projects.sg_status
-- column is_running: whether it is live and neither archived, a template nor a demo
-- column is_archived: from shotgrid/projects.archived
-- column is_template: from shotgrid/projects.is_template
-- column is_demo: from shotgrid/projects.is_demo
-- column is_deleted: whether it is retired or lost; from shotgrid/projects._sg_state
-- column made_at: when it was made; from shotgrid/projects.created_at
-- test: unique(project_id)
-- test: unique(project_label)
-- test: not_null(project_id, project_label, is_running, is_archived, is_deleted)
with named as (
    select
        *,
        coalesce(nullif(trim(name), ''), 'no name') as shown,
        count(*) over (
            partition by
                _sg_state in ('retired', 'lost'), coalesce(nullif(trim(name), ''), 'no name')
        ) as times
    from projects
),

kinds as (
    select
        id as project_id,
        name as project_name,
        -- a name that ends like a label gets its id, too: a label is never another one's
        case
            when times = 1 and shown <> 'no name' and shown not like '%)'
                and not (_sg_state in ('retired', 'lost')) then shown
            else shown || ' (' || cast(id as varchar) || ')'
        end as project_label,
        code as project_code,
        sg_status as project_status,
        coalesce(archived, false) as is_archived,
        coalesce(is_template, false) as is_template,
        coalesce(is_demo, false) as is_demo,
        _sg_state = 'live' as is_live,
        _sg_state in ('retired', 'lost') as is_deleted,
        created_at as made_at
    from named
)

select
    project_id,
    project_name,
    project_label,
    project_code,
    project_status,
    is_live and not (is_archived or is_template or is_demo) as is_running,
    is_archived,
    is_template,
    is_demo,
    is_deleted,
    made_at
from kinds
