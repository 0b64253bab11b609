-- One row per live shot.
-- description: How many rounds each shot took: its versions, the reviews of its tasks, and how many of them were kicked back.
-- group: review
-- column shot_id: the shot; from shotgrid/shots.id
-- column project_id: its project; from shotgrid/shots.project
-- column shot_code: from shotgrid/shots.code
-- column versions: its live versions; from version_reviews
-- column versions_done: those with a done status, such as approved; from version_reviews
-- column versions_waiting: those that wait for review; from version_reviews
-- column average_turnaround_working_minutes: of its answered versions; null without one; from version_reviews
-- column reviews: visits of its tasks to review; from task_reviews
-- column reviews_answered: those that ended; from task_reviews
-- column kick_backs: those that ended back in active or waiting; from task_reviews
-- column kick_back_rate: kick_backs / reviews_answered, 0 to 1; null where none ended
-- test: unique(shot_id)
-- test: not_null(shot_id, versions, reviews, kick_backs)
-- test: kick_backs <= reviews_answered
-- test: reviews_answered <= reviews
-- test: kick_back_rate is null or kick_back_rate between 0 and 1
-- headline: cast(sum(versions) as double) / nullif(count(*), 0) as versions_per_shot
-- headline: sum(reviews) as reviews_of_shots
with of_versions as (
    select
        entity_id as shot_id,
        count(*) as versions,
        cast(sum(case when phase = 'done' then 1 else 0 end) as bigint) as versions_done,
        cast(sum(case when is_waiting then 1 else 0 end) as bigint) as versions_waiting,
        sum(turnaround_working_minutes) / nullif(count(turnaround_working_minutes), 0)
            as average_turnaround_working_minutes
    from version_reviews
    where entity_type = 'Shot'
    group by entity_id
),

of_tasks as (
    select
        entity_id as shot_id,
        count(*) as reviews,
        count(answered_at) as reviews_answered,
        cast(sum(case when is_kick_back then 1 else 0 end) as bigint) as kick_backs
    from task_reviews
    where entity_type = 'Shot'
    group by entity_id
)

select
    shots.id as shot_id,
    shots.project__id as project_id,
    shots.code as shot_code,
    coalesce(of_versions.versions, 0) as versions,
    coalesce(of_versions.versions_done, 0) as versions_done,
    coalesce(of_versions.versions_waiting, 0) as versions_waiting,
    of_versions.average_turnaround_working_minutes,
    coalesce(of_tasks.reviews, 0) as reviews,
    coalesce(of_tasks.reviews_answered, 0) as reviews_answered,
    coalesce(of_tasks.kick_backs, 0) as kick_backs,
    cast(of_tasks.kick_backs as double) / nullif(of_tasks.reviews_answered, 0) as kick_back_rate
from shots
left join of_versions on shots.id = of_versions.shot_id
left join of_tasks on shots.id = of_tasks.shot_id
where shots._sg_state = 'live'
