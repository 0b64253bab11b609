-- One row per live shot.
-- description: How far each shot is: its tasks, how many of them are done, and the bid behind them.
-- group: production
-- column shot_id: the shot; from shotgrid/shots.id
-- column project_id: its project; from shotgrid/shots.project
-- column project_name: the project's name when the shot was read; from shotgrid/shots.project
-- column sequence_name: its sequence's name when the shot was read; from shotgrid/shots.sg_sequence
-- column shot_code: the shot's name; from shotgrid/shots.code
-- column shot_status: the shot's own status; from shotgrid/shots.sg_status_list
-- column task_count: live tasks that count: not omitted, disabled or not applicable; from shotgrid/tasks.entity
-- column tasks_done: those that are done; from shotgrid/tasks.sg_status_list by models/status_meanings
-- column tasks_in_progress: those that are active or in review; from shotgrid/tasks.sg_status_list by models/status_meanings
-- column done_ratio: tasks_done / task_count, 0 to 1; null for a shot without tasks
-- column bid_minutes: the sum of the tasks' bids, in minutes; from shotgrid/tasks.est_in_mins
-- column last_due_on: the latest due date of its tasks; from shotgrid/tasks.due_date
-- test: unique(shot_id)
-- test: not_null(shot_id, task_count, tasks_done)
-- test: done_ratio is null or done_ratio between 0 and 1
-- test: tasks_done + tasks_in_progress <= task_count
-- headline: count(*) as shots
-- headline: sum(case when done_ratio = 1 then 1 else 0 end) as shots_done
with shot_tasks as (
    select
        tasks.entity__id as shot_id,
        count(*) as task_count,
        cast(sum(case when status_meanings.is_done then 1 else 0 end) as bigint) as tasks_done,
        cast(sum(case when status_meanings.is_in_progress then 1 else 0 end) as bigint)
            as tasks_in_progress,
        cast(sum(tasks.est_in_mins) as bigint) as bid_minutes,
        max(tasks.due_date) as last_due_on
    from tasks
    left join status_meanings on tasks.sg_status_list = status_meanings.code
    where tasks._sg_state = 'live'
        and tasks.entity__type = 'Shot'
        and coalesce(status_meanings.counts, true)
    group by tasks.entity__id
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
