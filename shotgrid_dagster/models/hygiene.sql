-- One row per finding: something that a coordinator would put right.
-- description: What is missing or contradicts itself: the list to go through on a Monday. Only running projects are looked at.
-- group: production
-- column finding: open task without assignee, open task without bid, open task without dates, task due in the past, task due before it starts, task whose link is gone, version without task, version of nothing, publish of nothing, publish without type, shot without tasks
-- column entity_type: Task, Version, PublishedFile or Shot
-- column entity_id: its id on the site
-- column project_id: its project; from dim_projects
-- column entity_name: its name
-- column due_on: the due date of a task
-- test: unique(finding, entity_type, entity_id)
-- test: not_null(finding, entity_type, entity_id, project_id)
-- test: refers(project_id, dim_projects.project_id)
-- headline: count(*) as findings
-- headline: sum(case when finding = 'task due in the past' then 1 else 0 end) as tasks_due_in_the_past
-- headline: sum(case when finding = 'open task without assignee' then 1 else 0 end) as open_tasks_without_assignee
with open_tasks as (
    select task_id, project_id, task_name, due_on, start_on, assignee_count, bid_minutes, is_late
    from task_facts
    where counts and not is_done
),

findings as (
    select
        'open task without assignee' as finding, 'Task' as entity_type, task_id as entity_id,
        project_id, task_name as entity_name, due_on
    from open_tasks
    where assignee_count = 0
    union all
    select 'open task without bid', 'Task', task_id, project_id, task_name, due_on
    from open_tasks
    where coalesce(bid_minutes, 0) <= 0
    union all
    select 'open task without dates', 'Task', task_id, project_id, task_name, due_on
    from open_tasks
    where start_on is null or due_on is null
    union all
    select 'task due in the past', 'Task', task_id, project_id, task_name, due_on
    from open_tasks
    where is_late
    union all
    select 'task due before it starts', 'Task', task_id, project_id, task_name, due_on
    from task_facts
    where due_on < start_on
    union all
    select 'task whose link is gone', 'Task', task_id, project_id, task_name, due_on
    from task_facts
    where entity_id is null
    union all
    select
        'version without task', 'Version', id, project__id, code, cast(null as date)
    from versions
    where _sg_state = 'live' and sg_task__id is null
    union all
    select 'version of nothing', 'Version', id, project__id, code, cast(null as date)
    from versions
    where _sg_state = 'live' and entity__id is null
    union all
    select 'publish of nothing', 'PublishedFile', id, project__id, code, cast(null as date)
    from published_files
    where _sg_state = 'live' and entity__id is null and task__id is null
    union all
    select 'publish without type', 'PublishedFile', id, project__id, code, cast(null as date)
    from published_files
    where _sg_state = 'live' and published_file_type__id is null
    union all
    select 'shot without tasks', 'Shot', shot_id, project_id, shot_code, cast(null as date)
    from shot_progress
    where task_count = 0
)

select
    findings.finding,
    findings.entity_type,
    findings.entity_id,
    findings.project_id,
    findings.entity_name,
    findings.due_on
from findings
inner join dim_projects on findings.project_id = dim_projects.project_id
where dim_projects.is_running
