-- One row: when the site was last heard of.
-- description: The instant that counts as now: that of the newest event. What is open lasts until then, and what is due before that day is late. An event that is dated more than a day after it was read, or before the calendar begins, is a slip of somebody's clock and does not count; where none is left, now is when the site was read.
-- group: dimensions
-- column as_of_at: the newest event's time; from shotgrid/event_log_entries.created_at
-- column as_of_on: its day in the studio's time zone
-- column week_starts_on: the Monday of that week
-- test: unique(as_of_at)
-- test: not_null(as_of_at, as_of_on, week_starts_on)
-- test there is one row: never(select 1 from (select count(*) as times from self) as counted where times <> 1)
with known as (
    select min(begins_at) as first_at, max(ends_at) as last_at
    from calendar
    where project_id = 0
),

-- the calendar goes on for years after the day when it was read
moments as (
    select
        max(case
            when date_diff('second', event_log_entries._sg_read_at, event_log_entries.created_at)
                <= 86400 then event_log_entries.created_at
        end) as said_at,
        max(event_log_entries._sg_read_at) as read_at
    from event_log_entries
    cross join known
    where event_log_entries.created_at is null
        or (
            event_log_entries.created_at >= known.first_at
            and event_log_entries.created_at < known.last_at
        )
),

projects_read as (
    select max(_sg_read_at) as read_at from projects
),

newest as (
    select coalesce(moments.said_at, moments.read_at, projects_read.read_at) as as_of_at
    from moments
    cross join projects_read
)

select newest.as_of_at, calendar.day as as_of_on, calendar.week_starts_on
from newest
left join calendar
    on calendar.project_id = 0
    and newest.as_of_at >= calendar.begins_at
    and newest.as_of_at < calendar.ends_at
