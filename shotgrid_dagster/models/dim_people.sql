-- One row per person who ever had an account.
-- description: The people, where they belong, and whether they still work here.
-- group: dimensions
-- column person_id: the person; two accounts may share a name or a login; from shotgrid/human_users.id
-- column person_name: from shotgrid/human_users.name
-- column person_label: the name to show, with the id behind it where somebody else has it too, or it is none, or the account is deleted: no two people are one
-- column login: from shotgrid/human_users.login
-- column department_id: from shotgrid/human_users.department
-- column department_name: the department's name when the person was read; from shotgrid/human_users.department
-- column is_active: whether the account is live and not disabled; from shotgrid/human_users.sg_status_list
-- column is_deleted: whether it is retired or lost; from shotgrid/human_users._sg_state
-- test: unique(person_id)
-- test: unique(person_label)
-- test: not_null(person_id, person_label, is_active, is_deleted)
with named as (
    select
        *,
        coalesce(nullif(trim(name), ''), 'no name') as shown,
        count(*) over (
            partition by
                _sg_state in ('retired', 'lost'), coalesce(nullif(trim(name), ''), 'no name')
        ) as times
    from human_users
)

select
    id as person_id,
    name as person_name,
    -- a name that ends like a label gets its id, too: a label is never another one's
    case
        when times = 1 and shown <> 'no name' and shown not like '%)'
            and not (_sg_state in ('retired', 'lost')) then shown
        else shown || ' (' || cast(id as varchar) || ')'
    end as person_label,
    login,
    department__id as department_id,
    department__name as department_name,
    _sg_state = 'live' and coalesce(sg_status_list, 'act') <> 'dis' as is_active,
    _sg_state in ('retired', 'lost') as is_deleted
from named
