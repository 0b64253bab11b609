-- One row per project, pipeline step and task status.
-- description: How many live tasks of each step stand in each status.
-- group: production
-- column project_id: the project; null for tasks of task templates; from shotgrid/tasks.project
-- column project_name: the project's name when the tasks were read; from shotgrid/tasks.project
-- column step_id: the pipeline step; null for tasks without one; from shotgrid/tasks.step
-- column step_name: the step's name; from shotgrid/steps.code
-- column on_entity_type: what the tasks are on: Shot, Asset, ...; from shotgrid/tasks.entity
-- column task_status: the status code; null where it was never set; from shotgrid/tasks.sg_status_list
-- column task_count: live tasks; from shotgrid/tasks.id
-- column bid_minutes: the sum of their bids, in minutes; from shotgrid/tasks.est_in_mins
-- test: unique(project_id, step_id, on_entity_type, task_status)
-- test: not_null(task_count)
-- test: task_count > 0
select
    tasks.project__id as project_id,
    min(tasks.project__name) as project_name,
    tasks.step__id as step_id,
    min(steps.code) as step_name,
    tasks.entity__type as on_entity_type,
    tasks.sg_status_list as task_status,
    count(*) as task_count,
    cast(sum(tasks.est_in_mins) as bigint) as bid_minutes
from tasks
left join steps on tasks.step__id = steps.id
where tasks._sg_state = 'live'
group by tasks.project__id, tasks.step__id, tasks.entity__type, tasks.sg_status_list
