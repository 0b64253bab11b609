-- One row per pipeline step that was ever read.
-- description: The pipeline steps in the order of the pipeline. Names are not unique: a step is its id.
-- group: dimensions
-- column step_id: the step; from shotgrid/steps.id
-- column step_name: from shotgrid/steps.code
-- column short_name: from shotgrid/steps.short_name
-- column on_entity_type: what the step is for: Shot, Asset, ...; from shotgrid/steps.entity_type
-- column list_order: its place in the pipeline; null: at the end; from shotgrid/steps.list_order
-- column color: its colour as "r,g,b"; from shotgrid/steps.color
-- column is_deleted: whether it is retired or lost; from shotgrid/steps._sg_state
-- test: unique(step_id)
-- test: not_null(step_id, is_deleted)
select
    id as step_id,
    code as step_name,
    short_name,
    entity_type as on_entity_type,
    list_order,
    color,
    _sg_state in ('retired', 'lost') as is_deleted
from steps
