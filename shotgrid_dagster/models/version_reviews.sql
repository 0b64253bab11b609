-- One row per live version.
-- description: Each version with its place among those of the same shot or asset, and how long it waited for an answer: from its first review status to the status after it.
-- group: review
-- column version_id: the version; from shotgrid/versions.id
-- column project_id: its project; from shotgrid/versions.project
-- column version_code: from shotgrid/versions.code
-- column entity_type: what it is of: Shot, Asset, ...; from shotgrid/versions.entity
-- column entity_id: from shotgrid/versions.entity
-- column task_id: its task, where it has one; from shotgrid/versions.sg_task
-- column artist_id: from shotgrid/versions.user, where that is a person
-- column status: the status code; from shotgrid/versions.sg_status_list
-- column phase: what the status means; from status_meanings
-- column made_at: when it was made (UTC); imports may be back-dated; from shotgrid/versions.created_at
-- column iteration: its place among the versions of the same shot or asset, from 1, by id; null where it is of nothing
-- column submitted_at: when it first came into review (UTC); null: it never did; from status_history
-- column answered_at: when it left that review (UTC); null: it waits still
-- column answered_on: the day of answered_at in the studio's time zone
-- column answer: the status that it came into then
-- column turnaround_minutes: how long it waited; null while it waits
-- column turnaround_working_minutes: the working time of that, by the project's calendar; null while it waits
-- column is_waiting: whether it is in review now
-- test: unique(version_id)
-- test: not_null(version_id, is_waiting)
-- test: answered_at is null or answered_at > submitted_at
-- test: turnaround_minutes is null or turnaround_minutes >= 0
-- test: iteration is null or iteration >= 1
-- headline: count(*) as versions
-- headline: sum(case when is_waiting then 1 else 0 end) as versions_waiting
-- headline: sum(turnaround_working_minutes) / nullif(count(turnaround_working_minutes), 0) as average_turnaround_working_minutes
with stretches as (
    select
        entity_id as version_id,
        from_at,
        to_at,
        to_on,
        phase,
        clock_minutes,
        working_minutes,
        lead(status) over (partition by entity_id order by from_at) as next_status
    from status_history
    where entity_type = 'Version'
),

reviews as (
    select
        *,
        row_number() over (partition by version_id order by from_at) as from_the_first
    from stretches
    where phase = 'review'
)

select
    versions.id as version_id,
    versions.project__id as project_id,
    versions.code as version_code,
    versions.entity__type as entity_type,
    versions.entity__id as entity_id,
    versions.sg_task__id as task_id,
    case when versions.user__type = 'HumanUser' then versions.user__id end as artist_id,
    versions.sg_status_list as status,
    coalesce(status_meanings.phase, 'other') as phase,
    versions.created_at as made_at,
    case when versions.entity__id is not null then row_number() over (
        partition by versions.entity__type, versions.entity__id order by versions.id
    ) end as iteration,
    reviews.from_at as submitted_at,
    reviews.to_at as answered_at,
    reviews.to_on as answered_on,
    reviews.next_status as answer,
    case when reviews.to_at is not null then reviews.clock_minutes end as turnaround_minutes,
    case when reviews.to_at is not null then reviews.working_minutes end
        as turnaround_working_minutes,
    coalesce(status_meanings.phase = 'review', false) as is_waiting
from versions
left join status_meanings on versions.sg_status_list = status_meanings.code
left join reviews on versions.id = reviews.version_id and reviews.from_the_first = 1
where versions._sg_state = 'live'
