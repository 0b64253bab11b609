-- One row: when the site was last heard of.
-- description: The instant that counts as now: that of the newest event. What is open lasts until then, and what is due before that day is late.
-- group: dimensions
-- column as_of_at: the newest event's time; from shotgrid/event_log_entries.created_at
-- column as_of_on: its day in the studio's time zone
-- column week_starts_on: the Monday of that week
-- test: unique(as_of_at)
-- test: not_null(as_of_at, as_of_on)
with newest as (
    select max(created_at) as as_of_at from event_log_entries
)

select newest.as_of_at, calendar.day as as_of_on, calendar.week_starts_on
from newest
left join calendar
    on calendar.project_id = 0
    and newest.as_of_at >= calendar.begins_at
    and newest.as_of_at < calendar.ends_at
