-- One row per live task of a project (task templates' tasks have none).
-- description: Each task with its status's meaning, bid against logged time, dates, people and history in numbers: what the models of progress add up. "Time Logged - Over/Under Bid" and "Time Logged - % of Bid" are as on the site.
-- group: production
-- column task_id: the task; from shotgrid/tasks.id
-- column project_id: its project; from shotgrid/tasks.project
-- column task_name: from shotgrid/tasks.content
-- column entity_type: what it is on: Shot, Asset, ...; null where that was deleted; from shotgrid/tasks.entity
-- column entity_id: from shotgrid/tasks.entity
-- column entity_name: the name when the task was read; from shotgrid/tasks.entity
-- column step_id: its pipeline step; from shotgrid/tasks.step
-- column status: the status code; null where it has none; from shotgrid/tasks.sg_status_list
-- column phase: waiting, active, review, done, on_hold, left_out or other; from status_meanings
-- column counts: whether it counts as work: it is not left out (omitted, not applicable, disabled)
-- column is_done: whether it is finished; from status_meanings
-- column is_milestone: from shotgrid/tasks.milestone
-- column start_on: from shotgrid/tasks.start_date
-- column due_on: from shotgrid/tasks.due_date
-- column is_late: whether it counts, is not done, and was due before as_of_on
-- column bid_minutes: its bid, in minutes; from shotgrid/tasks.est_in_mins
-- column logged_minutes: the time logged on it, in minutes: live time logs, whoever they are by; below zero where corrections outweigh them; from shotgrid/time_logs.duration
-- column over_bid_minutes: logged less bid: above zero is over; null without a bid. The site's "Time Logged - Over/Under Bid"
-- column logged_percent_of_bid: logged in percent of the bid, rounded half up; null without a bid, or where it is 0. The site's "Time Logged - % of Bid"
-- column assignee_count: people on it, through groups too; from task_assignees
-- column reassignments: how often somebody was taken off it; from field_history
-- column started_at: when it first was in progress or done (UTC); from status_history
-- column done_at: when it came into the done status that it is in (UTC); null while it is not done; from status_history
-- column reviews: how often it went to review; from status_history
-- column kick_backs: how often it went from review back to waiting or active; from status_history
-- test: unique(task_id)
-- test: not_null(task_id, project_id, phase, counts, is_done, is_late, logged_minutes, assignee_count, kick_backs)
-- test: is_done or done_at is null
-- test: not (is_done and is_late)
-- test: kick_backs <= reviews
-- test: (over_bid_minutes is null) = (bid_minutes is null)
-- headline: sum(case when counts then 1 else 0 end) as tasks
-- headline: sum(case when is_done then 1 else 0 end) as tasks_done
-- headline: sum(case when is_late then 1 else 0 end) as tasks_late
-- headline: sum(case when over_bid_minutes > 0 then 1 else 0 end) as tasks_over_bid
-- headline: sum(logged_minutes) as minutes_logged
with logged as (
    select entity__id as task_id, cast(sum(duration) as bigint) as logged_minutes
    from time_logs
    where _sg_state = 'live' and entity__type = 'Task'
    group by entity__id
),

people as (
    select task_id, count(*) as assignee_count
    from task_assignees
    group by task_id
),

taken_off as (
    select entity_id as task_id, count(*) as reassignments
    from field_history
    where entity_type = 'Task' and change = 'removed' and not is_in_create
    group by entity_id
),

stretches as (
    select
        entity_id as task_id,
        from_at,
        phase,
        is_current,
        lag(phase) over (partition by entity_id order by from_at) as phase_before,
        lag(status) over (partition by entity_id order by from_at) as status_before,
        status
    from status_history
    where entity_type = 'Task' and not is_deleted
),

histories as (
    select
        task_id,
        min(case when phase in ('active', 'review', 'done') then from_at end) as started_at,
        max(case
            when phase = 'done' and coalesce(status, '') <> coalesce(status_before, '') then from_at
        end) as done_at,
        sum(case when phase = 'review' and coalesce(phase_before, '') <> 'review' then 1 else 0 end)
            as reviews,
        sum(case when phase_before = 'review' and phase in ('waiting', 'active') then 1 else 0 end)
            as kick_backs
    from stretches
    group by task_id
)

select
    tasks.id as task_id,
    tasks.project__id as project_id,
    tasks.content as task_name,
    tasks.entity__type as entity_type,
    tasks.entity__id as entity_id,
    tasks.entity__name as entity_name,
    tasks.step__id as step_id,
    tasks.sg_status_list as status,
    coalesce(status_meanings.phase, 'other') as phase,
    coalesce(status_meanings.counts, true) as counts,
    coalesce(status_meanings.is_done, false) as is_done,
    coalesce(tasks.milestone, false) as is_milestone,
    tasks.start_date as start_on,
    tasks.due_date as due_on,
    coalesce(
        tasks.due_date < as_of.as_of_on
        and coalesce(status_meanings.counts, true)
        and not coalesce(status_meanings.is_done, false),
        false
    ) as is_late,
    tasks.est_in_mins as bid_minutes,
    coalesce(logged.logged_minutes, 0) as logged_minutes,
    coalesce(logged.logged_minutes, 0) - tasks.est_in_mins as over_bid_minutes,
    cast(floor(
        100 * cast(coalesce(logged.logged_minutes, 0) as double) / nullif(tasks.est_in_mins, 0) + 0.5
    ) as bigint) as logged_percent_of_bid,
    coalesce(people.assignee_count, 0) as assignee_count,
    coalesce(taken_off.reassignments, 0) as reassignments,
    histories.started_at,
    case when status_meanings.is_done then histories.done_at end as done_at,
    cast(coalesce(histories.reviews, 0) as bigint) as reviews,
    cast(coalesce(histories.kick_backs, 0) as bigint) as kick_backs
from tasks
cross join as_of
left join status_meanings on tasks.sg_status_list = status_meanings.code
left join logged on tasks.id = logged.task_id
left join people on tasks.id = people.task_id
left join taken_off on tasks.id = taken_off.task_id
left join histories on tasks.id = histories.task_id
where tasks._sg_state = 'live' and tasks.project__id is not null
