-- One row per project, day and date in UTC that the day overlaps.
-- description: The calendar, to be found by an instant: join on the project and the instant's date in UTC, and on the instant being in the day. A day of the studio overlaps one, two or (when clocks go back) three dates of UTC.
-- group: dimensions
-- column project_id: the project; 0: the studio itself; from calendar
-- column date_in_utc: a date in UTC
-- column day: the day in the studio's time zone; from calendar
-- column begins_at: its first instant (UTC); from calendar
-- column ends_at: the first instant of the next day (UTC); from calendar
-- column is_working: whether it is worked; from calendar
-- column work_starts_at: when its working time begins (UTC); from calendar
-- column work_ends_at: when its working time ends (UTC); from calendar
-- column working_minutes: its working time, in minutes; from calendar
-- column working_minutes_before: the working time of all earlier days, in minutes; from calendar
-- test: unique(project_id, date_in_utc, day)
-- test: not_null(project_id, date_in_utc, day, begins_at, ends_at)
with dates as (
    select project_id, day, day as date_in_utc from calendar
    union all
    select project_id, day, cast(begins_at as date) from calendar
    union all
    select project_id, day, cast(ends_at as date) from calendar
),

distinct_dates as (
    select distinct project_id, day, date_in_utc
    from dates
)

select
    distinct_dates.project_id,
    distinct_dates.date_in_utc,
    calendar.day,
    calendar.begins_at,
    calendar.ends_at,
    calendar.is_working,
    calendar.work_starts_at,
    calendar.work_ends_at,
    calendar.working_minutes,
    calendar.working_minutes_before
from distinct_dates
inner join calendar
    on distinct_dates.project_id = calendar.project_id and distinct_dates.day = calendar.day
