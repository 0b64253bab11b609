-- One row per live shot.
-- description: How far each shot is: its tasks, how many of them are done, and the bid behind them.
-- group: models
-- column shot_id: the shot; from shotgrid/shots.id
-- column project_id: its project; from shotgrid/shots.project
-- column project_name: the project's name when the shot was read; from shotgrid/shots.project
-- column sequence_name: its sequence's name when the shot was read; from shotgrid/shots.sg_sequence
-- column shot_code: the shot's name; from shotgrid/shots.code
-- column shot_status: the shot's own status; from shotgrid/shots.sg_status_list
-- column task_count: live tasks that count: neither omitted nor not applicable; from shotgrid/tasks.entity
-- column tasks_done: those that are final, approved or complete; from shotgrid/tasks.sg_status_list
-- column tasks_in_progress: those that are in progress or in review; from shotgrid/tasks.sg_status_list
-- column done_ratio: tasks_done / task_count, 0 to 1; null for a shot without tasks
-- column bid_minutes: the sum of the tasks' bids, in minutes; from shotgrid/tasks.est_in_mins
-- column last_due_on: the latest due date of its tasks; from shotgrid/tasks.due_date
-- test: unique(shot_id)
-- test: not_null(shot_id, task_count, tasks_done)
-- test: done_ratio is null or done_ratio between 0 and 1
-- test: tasks_done + tasks_in_progress <= task_count
with shot_tasks as (
    select
        entity__id as shot_id,
        count(*) as task_count,
        sum(case when sg_status_list in ('fin', 'apr', 'cmpt') then 1 else 0 end) as tasks_done,
        sum(case when sg_status_list in ('ip', 'rev') then 1 else 0 end) as tasks_in_progress,
        sum(est_in_mins) as bid_minutes,
        max(due_date) as last_due_on
    from tasks
    where _sg_state = 'live'
        and entity__type = 'Shot'
        and coalesce(sg_status_list, '') not in ('omt', 'na')
    group by entity__id
)

select
    shots.id as shot_id,
    shots.project__id as project_id,
    shots.project__name as project_name,
    shots.sg_sequence__name as sequence_name,
    shots.code as shot_code,
    shots.sg_status_list as shot_status,
    coalesce(shot_tasks.task_count, 0) as task_count,
    coalesce(shot_tasks.tasks_done, 0) as tasks_done,
    coalesce(shot_tasks.tasks_in_progress, 0) as tasks_in_progress,
    cast(shot_tasks.tasks_done as double) / shot_tasks.task_count as done_ratio,
    shot_tasks.bid_minutes,
    shot_tasks.last_due_on
from shots
left join shot_tasks on shots.id = shot_tasks.shot_id
where shots._sg_state = 'live'
