-- One row per live task and person who is assigned to it, directly or through a group.
-- description: Who works on what. A group that is assigned stands for each of its members.
-- group: dimensions
-- column task_id: the task; from shotgrid/tasks.id
-- column person_id: the person; from shotgrid/tasks.task_assignees or shotgrid/groups.users
-- column project_id: the task's project; from shotgrid/tasks.project
-- column is_direct: whether the person is assigned by name; from shotgrid/tasks.task_assignees
-- test: unique(task_id, person_id)
-- test: not_null(task_id, person_id, is_direct)
with assigned as (
    select
        tasks.id as task_id,
        tasks.project__id as project_id,
        links.link__type as link_type,
        links.link__id as link_id
    from tasks
    inner join tasks__task_assignees as links on tasks.id = links.parent_id
    where tasks._sg_state = 'live'
),

people as (
    select task_id, project_id, link_id as person_id, 1 as is_direct
    from assigned
    where link_type = 'HumanUser' and link_id is not null
    union all
    select assigned.task_id, assigned.project_id, members.link__id as person_id, 0 as is_direct
    from assigned
    inner join groups on assigned.link_id = groups.id and groups._sg_state = 'live'
    inner join groups__users as members on groups.id = members.parent_id
    where assigned.link_type = 'Group'
        and members.link__type = 'HumanUser'
        and members.link__id is not null
)

select
    task_id,
    person_id,
    min(project_id) as project_id,
    max(is_direct) = 1 as is_direct
from people
group by task_id, person_id
