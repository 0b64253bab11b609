-- One row per live milestone: a task or a phase that is marked as one.
-- description: Whether what is due by a milestone is done. A milestone without a date is ready when it is done itself.
-- group: delivery
-- column milestone_type: Task or Phase
-- column milestone_id: its id on the site; from shotgrid/tasks.milestone or shotgrid/phases.milestone
-- column project_id: its project
-- column milestone_name: from shotgrid/tasks.content or shotgrid/phases.code
-- column due_on: when it is due; from shotgrid/tasks.due_date or shotgrid/phases.end_date
-- column days_left: calendar days from as_of_on to due_on; below zero: it is over
-- column tasks_due: tasks of the project that count, have a due date until then, and are not milestones; from task_facts
-- column tasks_open: those of them that are not done
-- column ready_ratio: the share that is done, 0 to 1; null where nothing is due
-- column is_done: whether the milestone itself is done: null for phases, which have no status
-- column is_late: whether it is over and something due by it is open, or it is itself
-- test: unique(milestone_type, milestone_id)
-- test: not_null(milestone_type, milestone_id, tasks_due, tasks_open, is_late)
-- test: tasks_open <= tasks_due
-- test: ready_ratio is null or ready_ratio between 0 and 1
-- headline: sum(case when is_late then 1 else 0 end) as milestones_late
with milestones as (
    select
        'Task' as milestone_type, task_id as milestone_id, project_id,
        task_name as milestone_name, due_on, is_done
    from task_facts
    where is_milestone and counts
    union all
    select 'Phase', id, project__id, code, end_date, cast(null as boolean)
    from phases
    where _sg_state = 'live' and milestone
),

due as (
    select
        milestones.milestone_type,
        milestones.milestone_id,
        count(*) as tasks_due,
        sum(case when task_facts.is_done then 0 else 1 end) as tasks_open
    from milestones
    inner join task_facts
        on milestones.project_id = task_facts.project_id
        and task_facts.due_on <= milestones.due_on
        and task_facts.counts
        and not task_facts.is_milestone
    group by milestones.milestone_type, milestones.milestone_id
)

select
    milestones.milestone_type,
    milestones.milestone_id,
    milestones.project_id,
    milestones.milestone_name,
    milestones.due_on,
    date_diff('day', as_of.as_of_on, milestones.due_on) as days_left,
    coalesce(due.tasks_due, 0) as tasks_due,
    cast(coalesce(due.tasks_open, 0) as bigint) as tasks_open,
    cast(due.tasks_due - due.tasks_open as double) / due.tasks_due as ready_ratio,
    milestones.is_done,
    coalesce(
        milestones.due_on < as_of.as_of_on
        and (coalesce(due.tasks_open, 0) > 0 or not coalesce(milestones.is_done, true)),
        false
    ) as is_late
from milestones
cross join as_of
left join due
    on milestones.milestone_type = due.milestone_type
    and milestones.milestone_id = due.milestone_id
