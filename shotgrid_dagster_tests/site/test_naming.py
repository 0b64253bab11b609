import pytest

from shotgrid_dagster.site.naming import table_name


@pytest.mark.parametrize(
    ("entity_type", "table"),
    [
        ("Shot", "shots"),
        ("HumanUser", "human_users"),
        ("TaskDependency", "task_dependencies"),
        ("Reply", "replies"),
        ("Status", "statuses"),
        ("Delivery", "deliveries"),
        ("Playlist", "playlists"),
        ("CustomEntity01", "custom_entity01s"),
        ("CustomNonProjectEntity01", "custom_non_project_entity01s"),
        ("Asset_linked_projects_Connection", "asset_linked_projects_connections"),
        ("PublishedFileType", "published_file_types"),
        ("EventLogEntry", "event_log_entries"),
        ("MocapPass", "mocap_passes"),
        ("Launch", "launches"),
        ("ShootDay", "shoot_days"),
    ],
)
def test_a_table_is_named_as_the_sites_own_paths_name_the_type(
    entity_type: str, table: str
) -> None:
    assert table_name(entity_type) == table
