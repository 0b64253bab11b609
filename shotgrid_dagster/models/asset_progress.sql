-- One row per live asset.
-- description: How far each asset is: its tasks, how many of them are done, the bid behind them, and how many shots wait for it.
-- group: production
-- column asset_id: the asset; from shotgrid/assets.id
-- column project_id: its project; from shotgrid/assets.project
-- column asset_type: from shotgrid/assets.sg_asset_type
-- column asset_code: the asset's name, which is not unique; from shotgrid/assets.code
-- column asset_status: its own status; from shotgrid/assets.sg_status_list
-- column shot_count: live shots that it is in; from shotgrid/shots.assets
-- column task_count: live tasks that count; from shotgrid/tasks.entity
-- column tasks_done: those that are done; from shotgrid/tasks.sg_status_list by models/status_meanings
-- column tasks_in_progress: those that are active or in review; from models/status_meanings
-- column tasks_late: those that are due before today and not done; from models/task_facts
-- column done_ratio: tasks_done / task_count, 0 to 1; null for an asset without tasks
-- column bid_minutes: the sum of the tasks' bids, in minutes; from shotgrid/tasks.est_in_mins
-- column logged_minutes: the time logged on them, in minutes; from shotgrid/time_logs.duration
-- column last_due_on: the latest due date of its tasks; from shotgrid/tasks.due_date
-- test: unique(asset_id)
-- test: not_null(asset_id, task_count, tasks_done, shot_count)
-- test: done_ratio is null or done_ratio between 0 and 1
-- test: tasks_done + tasks_in_progress <= task_count
-- headline: count(*) as assets
-- headline: sum(case when done_ratio = 1 then 1 else 0 end) as assets_done
with asset_tasks as (
    select
        entity_id as asset_id,
        count(*) as task_count,
        cast(sum(case when is_done then 1 else 0 end) as bigint) as tasks_done,
        cast(sum(case when phase in ('active', 'review') then 1 else 0 end) as bigint)
            as tasks_in_progress,
        cast(sum(case when is_late then 1 else 0 end) as bigint) as tasks_late,
        cast(sum(bid_minutes) as bigint) as bid_minutes,
        cast(sum(logged_minutes) as bigint) as logged_minutes,
        max(due_on) as last_due_on
    from task_facts
    where entity_type = 'Asset' and counts
    group by entity_id
),

castings as (
    select asset_id, count(*) as shot_count
    from shot_assets
    group by asset_id
)

select
    assets.id as asset_id,
    assets.project__id as project_id,
    assets.sg_asset_type as asset_type,
    assets.code as asset_code,
    assets.sg_status_list as asset_status,
    coalesce(castings.shot_count, 0) as shot_count,
    coalesce(asset_tasks.task_count, 0) as task_count,
    coalesce(asset_tasks.tasks_done, 0) as tasks_done,
    coalesce(asset_tasks.tasks_in_progress, 0) as tasks_in_progress,
    coalesce(asset_tasks.tasks_late, 0) as tasks_late,
    cast(asset_tasks.tasks_done as double) / asset_tasks.task_count as done_ratio,
    asset_tasks.bid_minutes,
    asset_tasks.logged_minutes,
    asset_tasks.last_due_on
from assets
left join asset_tasks on assets.id = asset_tasks.asset_id
left join castings on assets.id = castings.asset_id
where assets._sg_state = 'live'
