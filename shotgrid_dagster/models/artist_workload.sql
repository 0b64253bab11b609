-- One row per active person and week, from the first week to the last that somebody is booked, assigned or logged time in.
-- description: Workload against capacity. Capacity is the studio's working time less days of vacation; the load is the bids of the assigned tasks, spread evenly over their working days and shared evenly among who is assigned. Tasks with a date outside the calendar are in no week.
-- group: people
-- column person_id: the person; from dim_people
-- column person_name: from dim_people
-- column department_name: from dim_people
-- column week_starts_on: the Monday of the week; from calendar
-- column working_days: the studio's working days of the week; from calendar
-- column vacation_days: those of them on which the person is away; from shotgrid/bookings.vacation
-- column capacity_minutes: the working time of the other ones; from calendar
-- column booked_minutes: the working time of the days that the person is booked for work; from shotgrid/bookings
-- column assigned_minutes: the person's share of the bids of tasks that count and fall into the week; from task_facts and task_assignees
-- column open_assigned_minutes: the part of it that is of tasks which are not done
-- column logged_minutes: the time that the person logged on the days of the week; from shotgrid/time_logs
-- column load_ratio: assigned_minutes / capacity_minutes; above 1 is too much; null without capacity
-- test: unique(person_id, week_starts_on)
-- test: not_null(person_id, week_starts_on, capacity_minutes, assigned_minutes, logged_minutes)
-- test: capacity_minutes >= 0
-- test: vacation_days <= working_days
-- test: open_assigned_minutes <= assigned_minutes + 0.001
-- test: refers(person_id, dim_people.person_id)
-- headline: count(distinct case when load_ratio > 1 then person_id end) as people_with_an_overloaded_week
with work as (
    select
        task_facts.task_id,
        task_facts.project_id,
        task_facts.start_on,
        task_facts.due_on,
        task_facts.is_done,
        last_day.working_days_before - first_day.working_days_before
        + case when last_day.is_working then 1 else 0 end as working_days,
        cast(task_facts.bid_minutes as double) / task_facts.assignee_count as share_minutes
    from task_facts
    inner join calendar as first_day
        on task_facts.project_id = first_day.project_id and task_facts.start_on = first_day.day
    inner join calendar as last_day
        on task_facts.project_id = last_day.project_id and task_facts.due_on = last_day.day
    where task_facts.counts
        and task_facts.bid_minutes > 0
        and task_facts.assignee_count > 0
        and task_facts.start_on <= task_facts.due_on
),

-- work that is planned on days off only stands on its first day
work_weeks as (
    select
        work.task_id,
        calendar.week_starts_on,
        work.is_done,
        sum(work.share_minutes / case when work.working_days > 0 then work.working_days else 1 end)
            as minutes
    from work
    inner join calendar
        on work.project_id = calendar.project_id
        and calendar.day >= work.start_on
        and calendar.day <= work.due_on
        and (
            calendar.is_working
            or (work.working_days = 0 and calendar.day = work.start_on)
        )
    group by work.task_id, calendar.week_starts_on, work.is_done
),

assigned as (
    select
        task_assignees.person_id,
        work_weeks.week_starts_on,
        sum(work_weeks.minutes) as minutes,
        sum(case when work_weeks.is_done then 0 else work_weeks.minutes end) as open_minutes
    from work_weeks
    inner join task_assignees on work_weeks.task_id = task_assignees.task_id
    group by task_assignees.person_id, work_weeks.week_starts_on
),

logged as (
    select
        time_logs.user__id as person_id,
        calendar.week_starts_on,
        sum(time_logs.duration) as minutes
    from time_logs
    inner join calendar on calendar.project_id = 0 and time_logs.date = calendar.day
    where time_logs._sg_state = 'live' and time_logs.user__type = 'HumanUser'
    group by time_logs.user__id, calendar.week_starts_on
),

booked_days as (
    select
        bookings.user__id as person_id,
        calendar.day,
        calendar.week_starts_on,
        calendar.working_minutes,
        max(case when bookings.vacation then 1 else 0 end) as is_vacation
    from bookings
    inner join calendar
        on calendar.project_id = 0
        and calendar.is_working
        and calendar.day >= bookings.start_date
        and calendar.day <= bookings.end_date
    where bookings._sg_state = 'live' and bookings.user__type = 'HumanUser'
    group by bookings.user__id, calendar.day, calendar.week_starts_on, calendar.working_minutes
),

booked as (
    select
        person_id,
        week_starts_on,
        sum(is_vacation) as vacation_days,
        sum(case when is_vacation = 1 then working_minutes else 0 end) as vacation_minutes,
        sum(case when is_vacation = 1 then 0 else working_minutes end) as booked_minutes
    from booked_days
    group by person_id, week_starts_on
),

weeks as (
    select
        week_starts_on,
        sum(case when is_working then 1 else 0 end) as working_days,
        sum(working_minutes) as working_minutes
    from calendar
    where project_id = 0
    group by week_starts_on
),

busy as (
    select min(week_starts_on) as first_week, max(week_starts_on) as last_week
    from (
        select week_starts_on from assigned
        union all
        select week_starts_on from logged
        union all
        select week_starts_on from booked
    ) as all_weeks
),

measured as (
    select
        dim_people.person_id,
        dim_people.person_name,
        dim_people.department_name,
        weeks.week_starts_on,
        cast(weeks.working_days as bigint) as working_days,
        cast(coalesce(booked.vacation_days, 0) as bigint) as vacation_days,
        weeks.working_minutes - coalesce(booked.vacation_minutes, 0) as capacity_minutes,
        coalesce(booked.booked_minutes, 0) as booked_minutes,
        coalesce(assigned.minutes, 0) as assigned_minutes,
        coalesce(assigned.open_minutes, 0) as open_assigned_minutes,
        cast(coalesce(logged.minutes, 0) as bigint) as logged_minutes
    from dim_people
    cross join busy
    inner join weeks
        on weeks.week_starts_on >= busy.first_week and weeks.week_starts_on <= busy.last_week
    left join booked
        on dim_people.person_id = booked.person_id and weeks.week_starts_on = booked.week_starts_on
    left join assigned
        on dim_people.person_id = assigned.person_id
        and weeks.week_starts_on = assigned.week_starts_on
    left join logged
        on dim_people.person_id = logged.person_id and weeks.week_starts_on = logged.week_starts_on
    where dim_people.is_active
)

select
    person_id,
    person_name,
    department_name,
    week_starts_on,
    working_days,
    vacation_days,
    capacity_minutes,
    booked_minutes,
    assigned_minutes,
    open_assigned_minutes,
    logged_minutes,
    assigned_minutes / nullif(capacity_minutes, 0) as load_ratio
from measured
