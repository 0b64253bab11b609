-- One row per live task whose due date was ever moved.
-- description: What slipped: from which due date to which, in how many moves, by whom last. Forward is later.
-- group: production
-- column task_id: the task; from field_history
-- column project_id: its project; from task_facts
-- column first_due_on: the due date before the first move; from field_history
-- column due_on: the due date now; null where it was taken away; from shotgrid/tasks.due_date
-- column moves: how often the due date was changed from one date to another
-- column moves_forward: how often to a later one
-- column days_slipped: calendar days from first_due_on to due_on; below zero: it was brought forward
-- column working_days_slipped: working days between them, by the project's calendar
-- column last_moved_at: when it was last moved (UTC)
-- column last_moved_on: the day of last_moved_at in the studio's time zone
-- column last_moved_by: who moved it last, as named then; from field_history
-- column last_moved_by_id: the person; null where a script did it; from field_history
-- column slipped_lately: whether it was moved to a later date within the seven days up to as_of_on
-- test: unique(task_id)
-- test: not_null(task_id, first_due_on, moves, moves_forward, slipped_lately)
-- test: moves >= 1
-- test: moves_forward <= moves
-- test: refers(task_id, task_facts.task_id)
-- headline: count(*) as tasks_moved
-- headline: sum(case when slipped_lately then 1 else 0 end) as tasks_slipped_lately
-- headline: sum(case when days_slipped > 0 then days_slipped else 0 end) as days_slipped
with dated as (
    select
        entity_id,
        try_cast(cast(old_value as varchar) as date) as old_on,
        try_cast(cast(new_value as varchar) as date) as new_on,
        changed_at,
        changed_on,
        changed_by_type,
        changed_by_id,
        changed_by_name,
        event_id
    from field_history
    where entity_type = 'Task'
        and field_name = 'due_date'
        and not is_in_create
        -- an entry that a script wrote may say anything
        and length(old_value) = 10
        and length(new_value) = 10
),

moves as (
    select
        entity_id as task_id,
        old_on,
        new_on,
        changed_at,
        changed_on,
        changed_by_type,
        changed_by_id,
        changed_by_name,
        row_number() over (partition by entity_id order by changed_at, event_id) as from_the_first,
        row_number() over (
            partition by entity_id order by changed_at desc, event_id desc
        ) as from_the_last
    from dated
    where old_on is not null and new_on is not null
),

moved as (
    select
        moves.task_id,
        min(case when moves.from_the_first = 1 then moves.old_on end) as first_due_on,
        count(*) as moves,
        sum(case when moves.new_on > moves.old_on then 1 else 0 end) as moves_forward,
        max(moves.changed_at) as last_moved_at,
        max(moves.changed_on) as last_moved_on,
        max(case when moves.from_the_last = 1 then moves.changed_by_name end) as last_moved_by,
        max(case
            when moves.from_the_last = 1 and moves.changed_by_type = 'HumanUser'
                then moves.changed_by_id
        end) as last_moved_by_id,
        sum(case
            when moves.new_on > moves.old_on
                and date_diff('day', moves.changed_on, as_of.as_of_on) between 0 and 6 then 1
            else 0
        end) as slips_lately
    from moves
    cross join as_of
    group by moves.task_id
)

select
    moved.task_id,
    task_facts.project_id,
    moved.first_due_on,
    task_facts.due_on,
    moved.moves,
    cast(moved.moves_forward as bigint) as moves_forward,
    date_diff('day', moved.first_due_on, task_facts.due_on) as days_slipped,
    due_day.working_days_before - first_due_day.working_days_before as working_days_slipped,
    moved.last_moved_at,
    moved.last_moved_on,
    moved.last_moved_by,
    moved.last_moved_by_id,
    moved.slips_lately > 0 as slipped_lately
from moved
inner join task_facts on moved.task_id = task_facts.task_id
left join calendar as first_due_day
    on task_facts.project_id = first_due_day.project_id
    and moved.first_due_on = first_due_day.day
left join calendar as due_day
    on task_facts.project_id = due_day.project_id
    and task_facts.due_on = due_day.day
