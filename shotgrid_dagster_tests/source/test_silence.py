"""A script that logs no events is told of; one that does, and people, are not."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.source.watching.unlogged_changes import UnloggedChanges
from shotgrid_dagster.source.whole_site import SiteLoad, load_entity_types
from shotgrid_dagster_tests.conftest import SandboxSite


def load(site: SandboxSite, folder: Path) -> SiteLoad:
    types = ("EventLogEntry", "Shot", "Version", "Group")
    settings = site.settings(folder, entity_types=types)
    return load_entity_types(site.client(), settings, Warehouse(folder))


def ten_minutes_ago(site: SandboxSite, *ids: int) -> None:
    stamp = datetime.now(timezone.utc) - timedelta(minutes=10)
    for id_ in ids:
        site.edit(
            "update shots set updated_at = ? where id = ?",
            stamp.strftime("%Y-%m-%dT%H:%M:%SZ"),
            id_,
        )


def test_changes_of_a_script_that_logs_no_events_are_told_of_with_its_name(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    assert load(own_site, tmp_path).silent == ()
    silent, person = Editor(own_site.database, as_script=True), Editor(own_site.database)
    silent.update("Shot", 1, description="by a script")
    silent.update("Shot", 2, description="by a script")
    person.update("Shot", 3, description="by a person")
    ten_minutes_ago(own_site, 1, 2, 3)
    (silence,) = load(own_site, tmp_path).silent
    script = silent.dump("Shot")[1]["updated_by"]["name"]
    assert silence == UnloggedChanges("Shot", script, 2)
    assert "switch on generate_event_log_entries" in str(silence)


def test_a_script_that_logs_its_changes_is_not_told_of(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    load(own_site, tmp_path)
    scripted = Editor(own_site.database, as_script=True)
    for id_ in scripted.dump("ApiUser"):
        own_site.edit("update api_users set generate_event_log_entries = 1 where id = ?", id_)
    scripted.update("Shot", 1, description="by a script")
    ten_minutes_ago(own_site, 1)
    assert load(own_site, tmp_path).silent == ()


def test_a_change_of_this_minute_may_still_get_its_event(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    load(own_site, tmp_path)
    Editor(own_site.database, as_script=True).update("Shot", 1, description="just now")
    assert load(own_site, tmp_path).silent == ()
