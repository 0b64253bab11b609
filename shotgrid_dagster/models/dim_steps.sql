-- One row per pipeline step that was ever read.
-- description: The pipeline steps in the order of the pipeline. Names are not unique: a step is its id.
-- group: dimensions
-- column step_id: the step; from shotgrid/steps.id
-- column step_name: from shotgrid/steps.code
-- column step_label: the name to show, with the id behind it where another step of the same entity type has it too, or it is none, or the step is deleted
-- column short_name: from shotgrid/steps.short_name
-- column on_entity_type: what the step is for: Shot, Asset, ...; from shotgrid/steps.entity_type
-- column list_order: its place in the pipeline; null: at the end; from shotgrid/steps.list_order
-- column color: its colour as "r,g,b"; from shotgrid/steps.color
-- column is_deleted: whether it is retired or lost; from shotgrid/steps._sg_state
-- test: unique(step_id)
-- test: unique(on_entity_type, step_label)
-- test: not_null(step_id, step_label, is_deleted)
with named as (
    select
        *,
        coalesce(nullif(trim(code), ''), 'no name') as shown,
        count(*) over (
            partition by
                entity_type,
                _sg_state in ('retired', 'lost'),
                coalesce(nullif(trim(code), ''), 'no name')
        ) as times
    from steps
)

select
    id as step_id,
    code as step_name,
    -- a name that ends like a label gets its id, too: a label is never another one's
    case
        when times = 1 and shown <> 'no name' and shown not like '%)'
            and not (_sg_state in ('retired', 'lost')) then shown
        else shown || ' (' || cast(id as varchar) || ')'
    end as step_label,
    short_name,
    entity_type as on_entity_type,
    list_order,
    color,
    _sg_state in ('retired', 'lost') as is_deleted
from named
