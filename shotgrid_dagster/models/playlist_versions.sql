-- One row per live playlist and live version in it.
-- description: The versions of each playlist in the order that people put them in. Versions that were added without an order come last, by id.
-- group: review
-- column playlist_id: the playlist; from shotgrid/playlist_version_connections.playlist
-- column version_id: the version; from shotgrid/playlist_version_connections.version
-- column project_id: the playlist's project, which need not be the version's; from shotgrid/playlists.project
-- column place: its place in the playlist, from 1
-- column sort_order: the site's own number, with gaps and nulls; from shotgrid/playlist_version_connections.sg_sort_order
-- test: unique(playlist_id, version_id)
-- test: unique(playlist_id, place)
-- test: not_null(playlist_id, version_id, place)
-- test: place >= 1
with entries as (
    select
        connections.playlist__id as playlist_id,
        connections.version__id as version_id,
        playlists.project__id as project_id,
        min(connections.sg_sort_order) as sort_order
    from playlist_version_connections as connections
    inner join playlists
        on connections.playlist__id = playlists.id and playlists._sg_state = 'live'
    inner join versions
        on connections.version__id = versions.id and versions._sg_state = 'live'
    where connections._sg_state = 'live'
    group by connections.playlist__id, connections.version__id, playlists.project__id
)

select
    playlist_id,
    version_id,
    project_id,
    row_number() over (
        partition by playlist_id
        order by case when sort_order is null then 1 else 0 end, sort_order, version_id
    ) as place,
    sort_order
from entries
