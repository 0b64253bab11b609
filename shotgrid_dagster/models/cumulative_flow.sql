-- One row per project, kind of thing, day and status that some of them were in when the day ended.
-- description: How many tasks, shots and assets stood in each status at the end of each day, from the day the first was made, or the calendar begins, until as_of_on; deleted ones count until the day they were deleted. The bids behind tasks are today's.
-- group: history
-- column project_id: the project; from status_history
-- column entity_type: Task, Shot or Asset; from status_history
-- column day: the day in the studio's time zone; the last one is not over yet
-- column status: the status code; null for those without one; from status_history
-- column phase: what the status means; from status_meanings
-- column things: how many were in it when the day ended
-- column bid_minutes: the bids of the tasks among them, in minutes; from shotgrid/tasks.est_in_mins
-- test: unique(project_id, entity_type, day, status)
-- test: not_null(project_id, entity_type, day, phase, things)
-- test: things > 0
-- test: refers(project_id, dim_projects.project_id)
with first_day as (
    select day, begins_at
    from calendar
    where project_id = 0
        and day = (select min(day) from calendar where project_id = 0)
),

stretches as (
    select
        status_history.project_id,
        status_history.entity_type,
        coalesce(status_history.status, '') as status,
        case
            when status_history.from_at < first_day.begins_at then first_day.day
            else status_history.from_on
        end as from_on,
        status_history.to_on,
        coalesce(tasks.est_in_mins, 0) as bid_minutes
    from status_history
    cross join first_day
    -- one equality: a condition on the left side alone would be a loop over all pairs
    left join tasks
        on case when status_history.entity_type = 'Task' then status_history.entity_id end
        = tasks.id
    where status_history.entity_type in ('Task', 'Shot', 'Asset')
        and status_history.project_id is not null
        and (status_history.from_on is not null or status_history.from_at < first_day.begins_at)
        and (status_history.to_at is null or status_history.to_at >= first_day.begins_at)
        and not status_history.is_deleted
),

moves as (
    select project_id, entity_type, status, from_on as day, 1 as things, bid_minutes
    from stretches
    union all
    select project_id, entity_type, status, to_on, -1, 0 - bid_minutes
    from stretches
    where to_on is not null
),

daily as (
    select
        project_id, entity_type, status, day,
        sum(things) as things,
        sum(bid_minutes) as bid_minutes
    from moves
    group by project_id, entity_type, status, day
),

spans as (
    select project_id, entity_type, status, min(day) as first_on
    from daily
    group by project_id, entity_type, status
),

each_day as (
    select spans.project_id, spans.entity_type, spans.status, calendar.day
    from spans
    cross join as_of
    inner join calendar
        on spans.project_id = calendar.project_id
        and calendar.day >= spans.first_on
        and calendar.day <= as_of.as_of_on
),

standing as (
    select
        each_day.project_id,
        each_day.entity_type,
        each_day.status,
        each_day.day,
        cast(sum(coalesce(daily.things, 0)) over (
            partition by each_day.project_id, each_day.entity_type, each_day.status
            order by each_day.day
            rows between unbounded preceding and current row
        ) as bigint) as things,
        cast(sum(coalesce(daily.bid_minutes, 0)) over (
            partition by each_day.project_id, each_day.entity_type, each_day.status
            order by each_day.day
            rows between unbounded preceding and current row
        ) as bigint) as bid_minutes
    from each_day
    left join daily
        on each_day.project_id = daily.project_id
        and each_day.entity_type = daily.entity_type
        and each_day.status = daily.status
        and each_day.day = daily.day
)

select
    standing.project_id,
    standing.entity_type,
    standing.day,
    nullif(standing.status, '') as status,
    coalesce(status_meanings.phase, 'other') as phase,
    standing.things,
    standing.bid_minutes
from standing
left join status_meanings on standing.status = status_meanings.code
where standing.things > 0
