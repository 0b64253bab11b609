-- One row per shot or asset and pipeline step that it has live tasks of which count.
-- description: How far each shot and asset is in each step: the grid that producers look at.
-- group: production
-- column entity_type: Shot or Asset; from task_facts
-- column entity_id: the shot or asset; from task_facts
-- column step_id: the step; null for tasks without one; from task_facts
-- column project_id: its project; from task_facts
-- column entity_name: its name when the tasks were read; from task_facts
-- column step_name: from dim_steps
-- column task_count: its tasks in the step; from task_facts
-- column tasks_done: those that are done
-- column tasks_in_progress: those that are active or in review
-- column tasks_late: those that are due before today and not done
-- column phase: the step as a whole: done, when all are; review or active, when one is; else waiting
-- column bid_minutes: the sum of the bids, in minutes
-- column logged_minutes: the time logged, in minutes
-- column due_on: the latest due date
-- test: unique(entity_type, entity_id, step_id)
-- test: not_null(entity_type, entity_id, task_count, tasks_done, phase)
-- test: tasks_done + tasks_in_progress <= task_count
-- test: phase in ('done', 'review', 'active', 'waiting')
with steps_of_things as (
    select
        entity_type,
        entity_id,
        step_id,
        min(project_id) as project_id,
        min(entity_name) as entity_name,
        count(*) as task_count,
        cast(sum(case when is_done then 1 else 0 end) as bigint) as tasks_done,
        cast(sum(case when phase in ('active', 'review') then 1 else 0 end) as bigint)
            as tasks_in_progress,
        cast(sum(case when phase = 'review' then 1 else 0 end) as bigint) as tasks_in_review,
        cast(sum(case when is_late then 1 else 0 end) as bigint) as tasks_late,
        cast(sum(bid_minutes) as bigint) as bid_minutes,
        cast(sum(logged_minutes) as bigint) as logged_minutes,
        max(due_on) as due_on
    from task_facts
    where entity_type in ('Shot', 'Asset') and counts
    group by entity_type, entity_id, step_id
)

select
    steps_of_things.entity_type,
    steps_of_things.entity_id,
    steps_of_things.step_id,
    steps_of_things.project_id,
    steps_of_things.entity_name,
    dim_steps.step_name,
    steps_of_things.task_count,
    steps_of_things.tasks_done,
    steps_of_things.tasks_in_progress,
    steps_of_things.tasks_late,
    case
        when steps_of_things.tasks_done = steps_of_things.task_count then 'done'
        when steps_of_things.tasks_in_review > 0 then 'review'
        when steps_of_things.tasks_in_progress + steps_of_things.tasks_done > 0 then 'active'
        else 'waiting'
    end as phase,
    steps_of_things.bid_minutes,
    steps_of_things.logged_minutes,
    steps_of_things.due_on
from steps_of_things
left join dim_steps on steps_of_things.step_id = dim_steps.step_id
