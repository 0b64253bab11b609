-- One row per project and day; project 0 is the studio itself.
-- description: Which days are worked, by the site's work-day rules, and how much working time was over before each: the working time between two instants is a difference of two rows.
-- group: dimensions
-- column project_id: the project; 0: the studio, for what belongs to no project; from shotgrid/projects.id
-- column day: the day in the studio's time zone (the setting time_zone)
-- column week_starts_on: the Monday of its week
-- column is_working: whether it is worked; from the site's work-day rules
-- column reason: which rule says so: STUDIO_WORK_WEEK, STUDIO_EXCEPTION, PROJECT_EXCEPTION, ...
-- column description: what the rule is called, such as a holiday's name
-- column begins_at: its first instant (UTC); days with a clock change last 23 or 25 hours
-- column ends_at: the first instant of the next day (UTC)
-- column work_starts_at: when its working time begins (UTC; the setting work_starts)
-- column work_ends_at: when its working time ends (UTC): hours_per_day of the site's preferences later
-- column working_minutes: its working time, in minutes; 0 on days that are not worked
-- column working_minutes_before: the working time of all earlier days, in minutes
-- column working_days_before: how many earlier days are worked
-- test: unique(project_id, day)
-- test: not_null(project_id, day, is_working, begins_at, ends_at, working_minutes)
-- test: begins_at < ends_at
-- test: working_minutes between 0 and 1440
-- test no day is missing: never(select 1 from (select ends_at, lead(begins_at) over (partition by project_id order by day) as next_begins_at from self) as days where next_begins_at <> ends_at)
with owners as (
    select cast(0 as bigint) as project_id
    union all
    select id from projects
),

days as (
    select
        owners.project_id,
        studio.day,
        studio.week_starts_on,
        case when own.day is null then studio.is_working else own.is_working end as is_working,
        case when own.day is null then studio.reason else own.reason end as reason,
        case when own.day is null then studio.description else own.description end as description,
        studio.begins_at,
        studio.ends_at,
        studio.work_starts_at,
        studio.work_ends_at
    from owners
    cross join _sg_work_days as studio
    left join _sg_work_days as own
        on owners.project_id = own.project_id
        and studio.day = own.day
        and own.project_id <> 0
    where studio.project_id = 0
),

measured as (
    select
        *,
        case
            when is_working then cast(date_diff('second', work_starts_at, work_ends_at) as double) / 60
            else cast(0 as double)
        end as working_minutes,
        cast(case when is_working then 1 else 0 end as bigint) as working_days
    from days
)

select
    project_id,
    day,
    week_starts_on,
    is_working,
    reason,
    description,
    begins_at,
    ends_at,
    work_starts_at,
    work_ends_at,
    working_minutes,
    sum(working_minutes) over (
        partition by project_id order by day rows between unbounded preceding and current row
    ) - working_minutes as working_minutes_before,
    cast(sum(working_days) over (
        partition by project_id order by day rows between unbounded preceding and current row
    ) as bigint) - working_days as working_days_before
from measured
