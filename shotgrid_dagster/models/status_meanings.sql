-- One row per status code.
-- description: What each status means for progress: the site's own groups (Upcoming, Active, Done) go first, then status_defaults; review, on hold and left out, which the site has no groups for, always come from status_defaults.
-- group: dimensions
-- column code: the status code; from shotgrid/statuses.code
-- column name: its name; from shotgrid/statuses.name, or the name that the status field gives it
-- column status_label: the name to show: with the code behind it where other codes have the same name or it has none
-- column phase: waiting, active, review, done, on_hold, left_out, or other where nobody says
-- column is_done: whether work in it is finished
-- column is_in_progress: whether work in it is going on: active or in review
-- column counts: whether work in it counts at all: it is not left out
-- column group_name: the site's own group, where it has one; from the preference view_master_settings
-- column bg_color: its colour as "r,g,b"; from shotgrid/statuses.bg_color
-- column is_in_use: whether a live status has this code; from shotgrid/statuses
-- test: unique(code)
-- test: unique(status_label)
-- test: not_null(code, status_label, phase, is_done, is_in_progress, counts)
-- test: not (is_done and is_in_progress)
with codes as (
    select code, name, bg_color, case when _sg_state = 'live' then 1 else 0 end as is_live
    from statuses
    where code is not null
    union all
    select code, name, null, 0 from _sg_status_settings
    union all
    select code, null, null, 0 from status_defaults
),

known as (
    select
        code,
        coalesce(max(case when is_live = 1 then name end), max(name)) as name,
        coalesce(max(case when is_live = 1 then bg_color end), max(bg_color)) as bg_color,
        max(is_live) as is_live
    from codes
    group by code
),

groups_of_site as (
    select code, max(group_name) as group_name
    from _sg_status_settings
    group by code
),

phased as (
    select
        known.code,
        known.name,
        coalesce(nullif(trim(known.name), ''), known.code) as shown,
        count(*) over (
            partition by coalesce(nullif(trim(known.name), ''), known.code)
        ) as times,
        known.bg_color,
        known.is_live,
        groups_of_site.group_name,
        case
            when lower(groups_of_site.group_name) = 'done' then 'done'
            when status_defaults.phase in ('review', 'on_hold', 'left_out')
                then status_defaults.phase
            when lower(groups_of_site.group_name) = 'active' then 'active'
            when lower(groups_of_site.group_name) = 'upcoming' then 'waiting'
            else coalesce(status_defaults.phase, 'other')
        end as phase
    from known
    left join groups_of_site on known.code = groups_of_site.code
    left join status_defaults on known.code = status_defaults.code
)

select
    code,
    name,
    case
        when times = 1 and shown not like '%)' then shown
        else shown || ' (' || code || ')'
    end as status_label,
    phase,
    phase = 'done' as is_done,
    phase in ('active', 'review') as is_in_progress,
    phase <> 'left_out' as counts,
    group_name,
    bg_color,
    is_live = 1 as is_in_use
from phased
