-- One row per change of a date, a bid or an assignment of a task, shot or asset; one per person where people were assigned or taken off.
-- description: Who moved which date, changed which bid, assigned or took off whom, and when. Deleted things included.
-- group: history
-- column event_id: the event; from shotgrid/event_log_entries.id
-- column entity_type: Task, Shot or Asset; from shotgrid/event_log_entries.meta
-- column entity_id: its id on the site; from shotgrid/event_log_entries.meta
-- column project_id: its project; from shotgrid/event_log_entries.project
-- column field_name: start_date, due_date, duration, est_in_mins or task_assignees; from shotgrid/event_log_entries.attribute_name
-- column change: set, added or removed
-- column old_value: the value before, as text; dates as 2026-03-04, durations in minutes
-- column new_value: the value after, as text; the name of who was added or removed
-- column link_type: HumanUser or Group, of who was added or removed
-- column link_id: the id of who was added or removed
-- column changed_at: when (UTC); from shotgrid/event_log_entries.created_at
-- column changed_on: the day of changed_at in the studio's time zone
-- column changed_by_type: HumanUser or ApiUser; from shotgrid/event_log_entries.user
-- column changed_by_id: who changed it; from shotgrid/event_log_entries.user
-- column changed_by_name: the name when the event was read; from shotgrid/event_log_entries.user
-- column is_in_create: whether the value came with the making of the row
-- test: unique(event_id, change, link_type, link_id)
-- test: not_null(event_id, entity_type, entity_id, field_name, change, changed_at)
-- test: change in ('set', 'added', 'removed')
-- test: (change = 'set') = (link_id is null)
-- test: refers(event_id, event_log_entries.id)
-- headline: count(*) as changes
with changes as (
    select
        id as event_id,
        _sg_entity_type as entity_type,
        _sg_entity_id as entity_id,
        project__id as project_id,
        attribute_name as field_name,
        _sg_old_text as old_value,
        _sg_new_text as new_value,
        created_at as changed_at,
        user__type as changed_by_type,
        user__id as changed_by_id,
        user__name as changed_by_name,
        _sg_in_create as is_in_create
    from event_log_entries
    where _sg_change = 'attribute_change'
        and _sg_entity_type in ('Task', 'Shot', 'Asset')
        and _sg_entity_id is not null
        and created_at is not null
        and attribute_name in (
            'start_date', 'due_date', 'duration', 'est_in_mins', 'task_assignees'
        )
),

-- an entry that a script wrote may name somebody twice, or nobody
links as (
    select event_id, change, link_type, link_id, min(link_name) as link_name
    from (
        select
            parent_id as event_id, 'added' as change, link__type as link_type,
            link__id as link_id, link__name as link_name
        from event_log_entries___sg_added
        union all
        select parent_id, 'removed', link__type, link__id, link__name
        from event_log_entries___sg_removed
    ) as all_links
    where link_id is not null
    group by event_id, change, link_type, link_id
),

told as (
    select
        changes.*,
        'set' as change,
        cast(null as varchar) as link_type,
        cast(null as bigint) as link_id,
        cast(null as varchar) as link_name
    from changes
    where field_name <> 'task_assignees'
    union all
    select changes.*, links.change, links.link_type, links.link_id, links.link_name
    from changes
    inner join links on changes.event_id = links.event_id
    where changes.field_name = 'task_assignees'
)

select
    told.event_id,
    told.entity_type,
    told.entity_id,
    told.project_id,
    told.field_name,
    told.change,
    told.old_value,
    coalesce(told.link_name, told.new_value) as new_value,
    told.link_type,
    told.link_id,
    told.changed_at,
    days.day as changed_on,
    told.changed_by_type,
    told.changed_by_id,
    told.changed_by_name,
    told.is_in_create
from told
left join calendar_in_utc as days
    on days.project_id = 0
    and cast(told.changed_at as date) = days.date_in_utc
    and told.changed_at >= days.begins_at
    and told.changed_at < days.ends_at
