-- One row per visit of a task to review.
-- description: Each time a task went to review: how long it waited there, and what came of it. Deleted tasks included.
-- group: review
-- column task_id: the task; from status_history
-- column review_number: its visits to review, counted from 1
-- column project_id: its project; from status_history
-- column entity_type: what the task is on; from shotgrid/tasks.entity
-- column entity_id: from shotgrid/tasks.entity
-- column step_id: its pipeline step; from shotgrid/tasks.step
-- column submitted_at: when it came to review (UTC); from status_history
-- column answered_at: when it left review (UTC); null: it is still there
-- column answered_on: the day of answered_at in the studio's time zone
-- column clock_minutes: how long it waited; until as_of_at while it is still there
-- column working_minutes: the working time of that, by the project's calendar
-- column outcome: the phase it went to: done, active, waiting, on_hold, left_out, other, deleted; null: it is still there
-- column is_kick_back: whether it went back to active or waiting
-- test: unique(task_id, review_number)
-- test: not_null(task_id, review_number, submitted_at, clock_minutes, is_kick_back)
-- test: answered_at is null or answered_at > submitted_at
-- test: (answered_at is null) = (outcome is null)
-- headline: count(*) as reviews
-- headline: sum(case when is_kick_back then 1 else 0 end) as kick_backs
-- headline: sum(case when answered_at is null then 1 else 0 end) as tasks_waiting_for_review
-- headline: cast(sum(case when is_kick_back then 1 else 0 end) as double) / nullif(count(answered_at), 0) as kick_back_rate
with stretches as (
    select
        *,
        case
            when phase = 'review' and not is_deleted then 1 else 0
        end as is_in_review,
        lag(case when phase = 'review' and not is_deleted then 1 else 0 end) over (
            partition by entity_id order by from_at
        ) as was_in_review
    from status_history
    where entity_type = 'Task'
),

visits as (
    select
        *,
        sum(case when is_in_review = 1 and coalesce(was_in_review, 0) = 0 then 1 else 0 end) over (
            partition by entity_id order by from_at rows between unbounded preceding and current row
        ) as review_number
    from stretches
),

reviews as (
    select
        entity_id as task_id,
        review_number,
        max(project_id) as project_id,
        min(case when is_in_review = 1 then from_at end) as submitted_at,
        sum(case when is_in_review = 1 then clock_minutes else 0 end) as clock_minutes,
        sum(case when is_in_review = 1 then working_minutes else 0 end) as working_minutes,
        min(case when is_in_review = 0 then from_at end) as answered_at,
        min(case when is_in_review = 0 then from_on end) as answered_on
    from visits
    where review_number > 0
    group by entity_id, review_number
),

answered as (
    select
        reviews.*,
        case when stretches.is_deleted then 'deleted' else stretches.phase end as outcome
    from reviews
    left join stretches
        on reviews.task_id = stretches.entity_id and reviews.answered_at = stretches.from_at
)

select
    answered.task_id,
    cast(answered.review_number as bigint) as review_number,
    answered.project_id,
    tasks.entity__type as entity_type,
    tasks.entity__id as entity_id,
    tasks.step__id as step_id,
    answered.submitted_at,
    answered.answered_at,
    answered.answered_on,
    answered.clock_minutes,
    answered.working_minutes,
    answered.outcome,
    coalesce(answered.outcome in ('active', 'waiting'), false) as is_kick_back
from answered
left join tasks on answered.task_id = tasks.id
