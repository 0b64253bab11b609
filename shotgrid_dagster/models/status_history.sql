-- One row per task, shot, asset, sequence, version or note and stretch of time in one status.
-- description: Every status that something ever had, with from and to, deleted things included. The stretches of one thing follow each other without a hole: while it was deleted it keeps its status and is_deleted is true. The last one is what the site shows now; where it is not, or where no event explains it, the note says why.
-- group: history
-- column entity_type: Task, Shot, Asset, Sequence, Version or Note
-- column entity_id: its id on the site; from shotgrid/event_log_entries.meta, which outlives the row
-- column project_id: its project; from the row, or from its events where the row is gone
-- column status: the status code; null where it had none
-- column phase: what the status means: waiting, active, review, done, on_hold, left_out, other; from status_meanings
-- column from_at: when it came into this status (UTC). Of changes within one second only the last is kept
-- column to_at: when it left it (UTC); null: it is still in it
-- column from_on: the day of from_at in the studio's time zone; null before the calendar begins
-- column to_on: the day of to_at; null while it is still in it
-- column is_current: whether this is the last stretch
-- column is_deleted: whether it was deleted (or lost) during it
-- column clock_minutes: how long it lasted; until as_of_at while it is still in it
-- column working_minutes: the working time in it, by the calendar of the project
-- column note: null where an event says it all; else what is missing: changed with no event, deleted with no event, revived with no event, no event says how it came to this, left with no event, the row was read before this, the row is gone
-- test: unique(entity_type, entity_id, from_at)
-- test: not_null(entity_type, entity_id, from_at, is_current, is_deleted, clock_minutes)
-- test: to_at is null or to_at > from_at
-- test: is_current = (to_at is null)
-- test: clock_minutes >= 0
-- test: working_minutes is null or (working_minutes >= 0 and working_minutes <= clock_minutes + 0.001)
-- test no hole and no overlap: never(select 1 from (select to_at, lead(from_at) over (partition by entity_type, entity_id order by from_at) as next_from_at from self) as stretches where to_at <> next_from_at or (to_at is null) <> (next_from_at is null))
-- test the last status of a Task is its own or the note says why: never(select 1 from self inner join tasks on self.entity_type = 'Task' and self.entity_id = tasks.id where self.is_current and self.note is null and (coalesce(self.status, '') <> coalesce(tasks.sg_status_list, '') or tasks._sg_state = 'live' and self.is_deleted or tasks._sg_state in ('retired', 'lost') and not self.is_deleted))
-- test the last status of a Shot is its own or the note says why: never(select 1 from self inner join shots on self.entity_type = 'Shot' and self.entity_id = shots.id where self.is_current and self.note is null and (coalesce(self.status, '') <> coalesce(shots.sg_status_list, '') or shots._sg_state = 'live' and self.is_deleted or shots._sg_state in ('retired', 'lost') and not self.is_deleted))
-- test the last status of a Version is its own or the note says why: never(select 1 from self inner join versions on self.entity_type = 'Version' and self.entity_id = versions.id where self.is_current and self.note is null and (coalesce(self.status, '') <> coalesce(versions.sg_status_list, '') or versions._sg_state = 'live' and self.is_deleted or versions._sg_state in ('retired', 'lost') and not self.is_deleted))
-- headline: count(*) as stretches
-- headline: sum(case when note is null then 0 else 1 end) as stretches_with_a_note
with read_rows as (
    select
        'Task' as entity_type, id as entity_id, project__id as project_id, sg_status_list as status,
        _sg_state as state, created_at, updated_at, _sg_read_at as read_at
    from tasks
    union all
    select
        'Shot', id, project__id, sg_status_list, _sg_state, created_at, updated_at, _sg_read_at
    from shots
    union all
    select
        'Asset', id, project__id, sg_status_list, _sg_state, created_at, updated_at, _sg_read_at
    from assets
    union all
    select
        'Sequence', id, project__id, sg_status_list, _sg_state, created_at, updated_at, _sg_read_at
    from sequences
    union all
    select
        'Version', id, project__id, sg_status_list, _sg_state, created_at, updated_at, _sg_read_at
    from versions
    union all
    select
        'Note', id, project__id, sg_status_list, _sg_state, created_at, updated_at, _sg_read_at
    from notes
),

-- of a left out row nobody knows any longer whether it was deleted: the log says it alone
tracked as (
    select
        *,
        case when state = 'live' then 0 when state in ('retired', 'lost') then 1 end as is_deleted
    from read_rows
),

events as (
    select
        _sg_entity_type as entity_type,
        _sg_entity_id as entity_id,
        created_at as happened_at,
        id as event_id,
        case
            when _sg_change = 'attribute_change' then 'status'
            when _sg_change = 'entity_retirement' then 'deleted'
            when _sg_change = 'entity_revival' then 'revived'
            else 'made'
        end as kind,
        _sg_old_text as old_status,
        _sg_new_text as new_status,
        project__id as project_id
    from event_log_entries
    where _sg_entity_type in ('Task', 'Shot', 'Asset', 'Sequence', 'Version', 'Note')
        and _sg_entity_id is not null
        and created_at is not null
        and (
            (_sg_change = 'attribute_change' and attribute_name = 'sg_status_list')
            or _sg_change in ('new_entity', 'entity_retirement', 'entity_revival')
        )
),

heard as (
    select
        entity_type,
        entity_id,
        min(happened_at) as first_at,
        sum(case when kind = 'made' then 1 else 0 end) as times_made,
        sum(case when kind = 'status' then 1 else 0 end) as status_changes,
        max(project_id) as project_id
    from events
    group by entity_type, entity_id
),

-- a row whose making is in no event begins with its own stamp, or when it was first read
births as (
    select
        tracked.entity_type,
        tracked.entity_id,
        coalesce(tracked.created_at, tracked.updated_at, tracked.read_at) as happened_at,
        cast(0 as bigint) as event_id,
        'made' as kind,
        cast(null as varchar) as old_status,
        cast(null as varchar) as new_status
    from tracked
    left join heard
        on tracked.entity_type = heard.entity_type and tracked.entity_id = heard.entity_id
    where heard.first_at is null
        or (heard.times_made = 0 and tracked.created_at < heard.first_at)
),

points as (
    select entity_type, entity_id, happened_at, event_id, kind, old_status, new_status
    from events
    union all
    select entity_type, entity_id, happened_at, event_id, kind, old_status, new_status
    from births
),

numbered as (
    select
        *,
        sum(case when kind = 'status' then 1 else 0 end) over (
            partition by entity_type, entity_id
            order by happened_at, event_id
            rows between unbounded preceding and current row
        ) as status_number,
        sum(case when kind in ('deleted', 'revived') then 1 else 0 end) over (
            partition by entity_type, entity_id
            order by happened_at, event_id
            rows between unbounded preceding and current row
        ) as life_number,
        row_number() over (
            partition by entity_type, entity_id, happened_at order by event_id desc
        ) as from_the_last_in_its_second,
        row_number() over (
            partition by entity_type, entity_id, happened_at, kind order by event_id
        ) as of_its_kind_in_its_second
    from points
),

-- each point carries the last status and the last life or death before it
carried as (
    select
        entity_type,
        entity_id,
        happened_at,
        max(case when kind = 'status' then 1 else 0 end) over (
            partition by entity_type, entity_id, happened_at
        ) as says_status,
        max(case when kind = 'status' and of_its_kind_in_its_second = 1 then old_status end) over (
            partition by entity_type, entity_id, happened_at
        ) as old_status,
        from_the_last_in_its_second,
        case
            when status_number > 0 then max(case when kind = 'status' then new_status end) over (
                partition by entity_type, entity_id, status_number
            )
            else max(case when kind = 'status' and status_number = 1 then old_status end) over (
                partition by entity_type, entity_id
            )
        end as status,
        coalesce(max(case when kind = 'deleted' then 1 when kind = 'revived' then 0 end) over (
            partition by entity_type, entity_id, life_number
        ), 0) as is_deleted,
        row_number() over (
            partition by entity_type, entity_id order by happened_at desc, event_id desc
        ) as from_the_last
    from numbered
),

logged as (
    select
        carried.entity_type,
        carried.entity_id,
        carried.happened_at,
        case
            when coalesce(heard.status_changes, 0) = 0 then tracked.status
            else carried.status
        end as status,
        carried.is_deleted,
        case
            when coalesce(heard.status_changes, 0) = 0 and tracked.status is not null
                then 'no event says how it came to this'
        end as note,
        carried.says_status,
        carried.old_status,
        carried.from_the_last
    from carried
    left join heard
        on carried.entity_type = heard.entity_type and carried.entity_id = heard.entity_id
    left join tracked
        on carried.entity_type = tracked.entity_type and carried.entity_id = tracked.entity_id
    where carried.from_the_last_in_its_second = 1
),

-- where the row says otherwise than its last event, and was read later, it changed unseen: at its
-- stamp, if that is later than the event, else at some time before it was read
unseen as (
    select
        logged.entity_type,
        logged.entity_id,
        case
            when tracked.updated_at > logged.happened_at and tracked.updated_at <= tracked.read_at
                then tracked.updated_at
            else tracked.read_at
        end as happened_at,
        tracked.status,
        coalesce(tracked.is_deleted, logged.is_deleted) as is_deleted,
        case
            when tracked.is_deleted = 1 and logged.is_deleted = 0 then 'deleted with no event'
            when tracked.is_deleted = 0 and logged.is_deleted = 1 then 'revived with no event'
            else 'changed with no event'
        end as note,
        0 as says_status,
        cast(null as varchar) as old_status
    from logged
    inner join tracked
        on logged.entity_type = tracked.entity_type and logged.entity_id = tracked.entity_id
    where logged.from_the_last = 1
        and tracked.read_at > logged.happened_at
        and (
            coalesce(logged.status, '') <> coalesce(tracked.status, '')
            or logged.is_deleted <> tracked.is_deleted
        )
),

stretches as (
    select
        entity_type,
        entity_id,
        happened_at as from_at,
        lead(happened_at) over (
            partition by entity_type, entity_id order by happened_at
        ) as to_at,
        status,
        is_deleted = 1 as is_deleted,
        note,
        lead(says_status) over (
            partition by entity_type, entity_id order by happened_at
        ) as next_says_status,
        lead(old_status) over (
            partition by entity_type, entity_id order by happened_at
        ) as next_old_status
    from (
        select
            entity_type, entity_id, happened_at, status, is_deleted, note, says_status, old_status
        from logged
        union all
        select
            entity_type, entity_id, happened_at, status, is_deleted, note, says_status, old_status
        from unseen
    ) as all_points
),

told as (
    select
        stretches.entity_type,
        stretches.entity_id,
        case
            when tracked.entity_id is null then heard.project_id else tracked.project_id
        end as project_id,
        -- of a project that was never read, the studio's days count
        coalesce(projects.id, 0) as calendar_id,
        stretches.status,
        stretches.from_at,
        stretches.to_at,
        coalesce(
            stretches.to_at,
            case when as_of.as_of_at > stretches.from_at then as_of.as_of_at else stretches.from_at end
        ) as until_at,
        stretches.is_deleted,
        coalesce(
            stretches.note,
            case
                when stretches.next_says_status = 1
                    and coalesce(stretches.next_old_status, '') <> coalesce(stretches.status, '')
                    then 'left with no event'
                when stretches.to_at is null and tracked.entity_id is null then 'the row is gone'
                when stretches.to_at is null and (
                    coalesce(stretches.status, '') <> coalesce(tracked.status, '')
                    or stretches.is_deleted <> (tracked.is_deleted = 1)
                ) then 'the row was read before this'
            end
        ) as note
    from stretches
    cross join as_of
    left join tracked
        on stretches.entity_type = tracked.entity_type
        and stretches.entity_id = tracked.entity_id
    left join heard
        on stretches.entity_type = heard.entity_type and stretches.entity_id = heard.entity_id
    left join projects
        on case
            when tracked.entity_id is null then heard.project_id else tracked.project_id
        end = projects.id
),

measured as (
    select
        told.*,
        first_day.day as from_on,
        case when told.to_at is not null then last_day.day end as to_on,
        cast(date_diff('second', told.from_at, told.until_at) as double) / 60 as clock_minutes,
        last_day.working_minutes_before
        + case
            when not last_day.is_working or told.until_at <= last_day.work_starts_at then 0
            when told.until_at >= last_day.work_ends_at then last_day.working_minutes
            else cast(date_diff('second', last_day.work_starts_at, told.until_at) as double) / 60
        end
        - first_day.working_minutes_before
        - case
            when not first_day.is_working or told.from_at <= first_day.work_starts_at then 0
            when told.from_at >= first_day.work_ends_at then first_day.working_minutes
            else cast(date_diff('second', first_day.work_starts_at, told.from_at) as double) / 60
        end as working_minutes
    from told
    left join calendar_in_utc as first_day
        on told.calendar_id = first_day.project_id
        and cast(told.from_at as date) = first_day.date_in_utc
        and told.from_at >= first_day.begins_at
        and told.from_at < first_day.ends_at
    left join calendar_in_utc as last_day
        on told.calendar_id = last_day.project_id
        and cast(told.until_at as date) = last_day.date_in_utc
        and told.until_at >= last_day.begins_at
        and told.until_at < last_day.ends_at
)

select
    measured.entity_type,
    measured.entity_id,
    measured.project_id,
    measured.status,
    coalesce(status_meanings.phase, 'other') as phase,
    measured.from_at,
    measured.to_at,
    measured.from_on,
    measured.to_on,
    measured.to_at is null as is_current,
    measured.is_deleted,
    measured.clock_minutes,
    measured.working_minutes,
    measured.note
from measured
left join status_meanings on measured.status = status_meanings.code
