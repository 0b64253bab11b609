-- One row per project and day on which it had tasks.
-- description: Burn-down (what is open) and burn-up (what is done) at the end of each day, in tasks and in bid time; left out tasks count for neither. A day without work does not move it: is_working says which.
-- group: history
-- column project_id: the project; from cumulative_flow
-- column day: the day in the studio's time zone; the last one is not over yet
-- column is_working: whether the project works on it; from calendar
-- column tasks_total: tasks that counted when the day ended
-- column tasks_done: those that were done: the burn-up
-- column tasks_open: those that were not: the burn-down
-- column tasks_in_progress: those of the open ones that were active or in review
-- column bid_minutes_total: the bids behind them all, in minutes
-- column bid_minutes_done: the bids behind the done ones
-- column bid_minutes_open: the bids behind the open ones
-- test: unique(project_id, day)
-- test: not_null(project_id, day, tasks_total, tasks_done, tasks_open)
-- test: tasks_done + tasks_open = tasks_total
-- test: tasks_in_progress <= tasks_open
-- test: bid_minutes_done + bid_minutes_open = bid_minutes_total
with sums as (
    select
        project_id,
        day,
        sum(case when phase <> 'left_out' then things else 0 end) as tasks_total,
        sum(case when phase = 'done' then things else 0 end) as tasks_done,
        sum(case when phase in ('active', 'review') then things else 0 end) as tasks_in_progress,
        sum(case when phase <> 'left_out' then bid_minutes else 0 end) as bid_minutes_total,
        sum(case when phase = 'done' then bid_minutes else 0 end) as bid_minutes_done
    from cumulative_flow
    where entity_type = 'Task'
    group by project_id, day
)

select
    sums.project_id,
    sums.day,
    calendar.is_working,
    cast(sums.tasks_total as bigint) as tasks_total,
    cast(sums.tasks_done as bigint) as tasks_done,
    cast(sums.tasks_total - sums.tasks_done as bigint) as tasks_open,
    cast(sums.tasks_in_progress as bigint) as tasks_in_progress,
    cast(sums.bid_minutes_total as bigint) as bid_minutes_total,
    cast(sums.bid_minutes_done as bigint) as bid_minutes_done,
    cast(sums.bid_minutes_total - sums.bid_minutes_done as bigint) as bid_minutes_open
from sums
inner join calendar on sums.project_id = calendar.project_id and sums.day = calendar.day
