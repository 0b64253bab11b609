-- One row per live shot and live asset in it.
-- description: Which assets are in which shots.
-- group: dimensions
-- column shot_id: the shot; from shotgrid/shots.id
-- column asset_id: the asset; from shotgrid/shots.assets
-- column project_id: the shot's project; from shotgrid/shots.project
-- column shot_code: from shotgrid/shots.code
-- column asset_code: from shotgrid/assets.code
-- column asset_type: from shotgrid/assets.sg_asset_type
-- test: unique(shot_id, asset_id)
-- test: not_null(shot_id, asset_id)
-- test: refers(asset_id, assets.id)
select distinct
    shots.id as shot_id,
    assets.id as asset_id,
    shots.project__id as project_id,
    shots.code as shot_code,
    assets.code as asset_code,
    assets.sg_asset_type as asset_type
from shots
inner join shots__assets as links on shots.id = links.parent_id and links.link__type = 'Asset'
inner join assets on links.link__id = assets.id
where shots._sg_state = 'live' and assets._sg_state = 'live'
