-- One row per person who ever had an account.
-- description: The people, where they belong, and whether they still work here.
-- group: dimensions
-- column person_id: the person; two accounts may share a name or a login; from shotgrid/human_users.id
-- column person_name: from shotgrid/human_users.name
-- column login: from shotgrid/human_users.login
-- column department_id: from shotgrid/human_users.department
-- column department_name: the department's name when the person was read; from shotgrid/human_users.department
-- column is_active: whether the account is live and not disabled; from shotgrid/human_users.sg_status_list
-- column is_deleted: whether it is retired or lost; from shotgrid/human_users._sg_state
-- test: unique(person_id)
-- test: not_null(person_id, is_active, is_deleted)
select
    id as person_id,
    name as person_name,
    login,
    department__id as department_id,
    department__name as department_name,
    _sg_state = 'live' and coalesce(sg_status_list, 'act') <> 'dis' as is_active,
    _sg_state in ('retired', 'lost') as is_deleted
from human_users
