-- One row per project and pipeline step that live tasks which count are in.
-- description: Bid against logged time. Over and under stand apart, so that one task's overrun does not hide in another's reserve; time on tasks without a bid stands apart too.
-- group: production
-- column project_id: the project; from task_facts
-- column step_id: the step; null for tasks without one; from task_facts
-- column step_name: from dim_steps
-- column task_count: tasks that count
-- column tasks_with_bid: those that have a bid above zero
-- column tasks_over_bid: those on which more was logged than bid
-- column bid_minutes: the sum of the bids above zero, in minutes
-- column logged_minutes: all time logged, in minutes; below zero where corrections outweigh it
-- column logged_on_bid_minutes: the part of it on tasks with a bid above zero
-- column over_minutes: how much the tasks over their bid are over it, in minutes
-- column under_minutes: how much the done tasks under their bid are under it, in minutes
-- column logged_percent_of_bid: logged_on_bid_minutes in percent of the bids, rounded half up; null without bids
-- test: unique(project_id, step_id)
-- test: not_null(project_id, task_count, tasks_with_bid, logged_minutes)
-- test: tasks_over_bid <= task_count
-- test: over_minutes >= 0 and under_minutes >= 0
-- test: tasks_with_bid <= task_count
-- headline: sum(bid_minutes) as minutes_bid
-- headline: sum(over_minutes) as minutes_over_bid
-- headline: sum(under_minutes) as minutes_under_bid
with sums as (
    select
        project_id,
        step_id,
        count(*) as task_count,
        cast(sum(case when bid_minutes > 0 then 1 else 0 end) as bigint) as tasks_with_bid,
        cast(sum(case when over_bid_minutes > 0 then 1 else 0 end) as bigint) as tasks_over_bid,
        cast(sum(case when bid_minutes > 0 then bid_minutes else 0 end) as bigint) as bid_minutes,
        cast(sum(logged_minutes) as bigint) as logged_minutes,
        cast(sum(case when bid_minutes > 0 then logged_minutes else 0 end) as bigint)
            as logged_on_bid_minutes,
        cast(sum(case when over_bid_minutes > 0 then over_bid_minutes else 0 end) as bigint)
            as over_minutes,
        cast(sum(case when is_done and over_bid_minutes < 0 then 0 - over_bid_minutes else 0 end)
            as bigint) as under_minutes
    from task_facts
    where counts
    group by project_id, step_id
)

select
    sums.project_id,
    sums.step_id,
    dim_steps.step_name,
    sums.task_count,
    sums.tasks_with_bid,
    sums.tasks_over_bid,
    sums.bid_minutes,
    sums.logged_minutes,
    sums.logged_on_bid_minutes,
    sums.over_minutes,
    sums.under_minutes,
    cast(floor(
        100 * cast(sums.logged_on_bid_minutes as double) / nullif(sums.bid_minutes, 0) + 0.5
    ) as bigint) as logged_percent_of_bid
from sums
left join dim_steps on sums.step_id = dim_steps.step_id
