-- One row per task, shot, asset, sequence, version or note and status that it ever had.
-- description: How long everything was in each status, over all its visits. Time while it was deleted does not count; a status that was skipped has no row, which is not the same as zero minutes.
-- group: history
-- column entity_type: Task, Shot, Asset, Sequence, Version or Note; from status_history
-- column entity_id: its id on the site; from status_history
-- column project_id: its project; from status_history
-- column status: the status code; null for time without one; from status_history
-- column phase: what the status means; from status_history
-- column visits: how often it came into the status
-- column clock_minutes: the time in it, until as_of_at where it is still in it
-- column working_minutes: the working time in it, by the calendar of its project
-- column first_entered_at: when it first came into it (UTC)
-- column last_entered_at: when it last came into it (UTC)
-- column is_current: whether it is in it now
-- test: unique(entity_type, entity_id, status)
-- test: not_null(entity_type, entity_id, visits, clock_minutes, is_current)
-- test: visits >= 1
-- test: first_entered_at <= last_entered_at
with entries as (
    select
        *,
        lag(status) over (partition by entity_type, entity_id order by from_at) as status_before,
        lag(entity_id) over (partition by entity_type, entity_id order by from_at) as entity_before
    from status_history
),

visits as (
    select
        *,
        case
            when entity_before is null or coalesce(status, '') <> coalesce(status_before, '') then 1
            else 0
        end as is_entry
    from entries
    where not is_deleted
)

select
    entity_type,
    entity_id,
    max(project_id) as project_id,
    status,
    max(phase) as phase,
    -- what was made deleted and then revived came in when it was revived
    case when sum(is_entry) = 0 then 1 else cast(sum(is_entry) as bigint) end as visits,
    sum(clock_minutes) as clock_minutes,
    sum(working_minutes) as working_minutes,
    min(from_at) as first_entered_at,
    coalesce(max(case when is_entry = 1 then from_at end), min(from_at)) as last_entered_at,
    sum(case when is_current then 1 else 0 end) > 0 as is_current
from visits
group by entity_type, entity_id, status
