-- One row per project and day that time was logged for.
-- description: How much time was logged, for which day of work and by how many people. A log without a project or a day is in none.
-- group: production
-- column project_id: the project; from shotgrid/time_logs.project
-- column day: the day that was worked, not the one on which it was written down; from shotgrid/time_logs.date
-- column week_starts_on: the Monday of its week; null for a day outside the calendar; from calendar
-- column logged_minutes: the time, in minutes; below zero where corrections outweigh it; from shotgrid/time_logs.duration
-- column people: how many people it is of; from shotgrid/time_logs.user
-- test: unique(project_id, day)
-- test: not_null(project_id, day, logged_minutes, people)
-- test: people >= 0
-- headline: sum(logged_minutes) as minutes_logged_for_a_day
select
    time_logs.project__id as project_id,
    time_logs.date as day,
    min(calendar.week_starts_on) as week_starts_on,
    cast(coalesce(sum(time_logs.duration), 0) as bigint) as logged_minutes,
    count(distinct case when time_logs.user__type = 'HumanUser' then time_logs.user__id end)
        as people
from time_logs
left join calendar on calendar.project_id = 0 and time_logs.date = calendar.day
where time_logs._sg_state = 'live'
    and time_logs.project__id is not null
    and time_logs.date is not null
group by time_logs.project__id, time_logs.date
