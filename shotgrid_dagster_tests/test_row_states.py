"""Tables with rows in all four states, in the hands of everybody who asks for a state."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from shotgrid_dagster.cli.report import report, tables_in
from shotgrid_dagster.config.project import ProjectFile
from shotgrid_dagster.defs.build import build_definitions
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.source.tables.row_state import RowState
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.test_assets import FEW, Project, failures, materialized
from shotgrid_dagster_tests.test_checks import evaluations, number

TYPES = (*FEW, "Asset", "Version", "Note", "EventLogEntry", "HumanUser")


class Narrowed:
    """A project folder whose settings chose fewer projects after its first load."""

    def __init__(self, site: SandboxSite, folder: Path, how: str) -> None:
        self.project = Project(site, folder)
        self.project.file = ProjectFile(data_dir=folder / "data", entity_types=TYPES)
        site.client().discover().save(self.project.file.schema_path)
        self.project.defs = build_definitions(self.project.file)
        self.site = site
        result = self.project.run()
        assert result.success, failures(result)
        ((self.left, _), *_, (self.kept, _)) = self.project.query(
            "select project__id, count(*) from shotgun_software_data.shots "
            "where _sg_state = 'live' group by all having count(*) > 2 order by all"
        )
        editor = Editor(site.database)
        retired, erased, *_ = self.ids(f"project__id = {self.kept} and _sg_state = 'live'")
        editor.retire("Shot", retired)
        site.edit("delete from shots where id = ?", erased)
        if how == "archived":
            editor.update("Project", self.left, archived=True)

    def ids(self, where: str, table: str = "shots") -> list[int]:
        rows = self.project.query(
            f"select id from shotgun_software_data.{table} where {where} order by id"
        )
        return [id_ for (id_,) in rows]

    def states(self, table: str) -> dict[RowState, int]:
        counted = dict(
            self.project.query(
                f"select _sg_state, count(*) from shotgun_software_data.{table} group by all"
            )
        )
        return {state: counted.get(state, 0) for state in RowState}


@pytest.fixture(scope="module", params=["named", "archived"])
def case(
    request: pytest.FixtureRequest, tiny_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """The folder after the second load, and what that run said."""
    import shutil

    from shotgrid_dagster_tests.conftest import serving

    folder = tmp_path_factory.mktemp("narrowed")
    database = folder / "site.sqlite"
    shutil.copy(tiny_database, database)
    with serving(database) as site, pytest.MonkeyPatch.context() as patch:
        narrowed = Narrowed(site, folder, request.param)
        prefix = "SOURCES__SHOTGUN_SOFTWARE_SOURCE__"
        if request.param == "named":
            patch.setenv(f"{prefix}PROJECTS", json.dumps([narrowed.kept]))
        else:
            patch.setenv(f"{prefix}ARCHIVED_PROJECTS", "false")
        yield narrowed, narrowed.project.run()


def test_the_run_lands_publishes_and_every_check_of_every_table_is_green(case: Any) -> None:
    narrowed, result = case
    assert result.success, failures(result)
    shots = narrowed.states("shots")
    assert all(shots.values()), shots
    assert "publish/warehouse" in materialized(result)
    for table in ("projects", "shots", "tasks", "versions", "notes", "event_log_entries"):
        found = evaluations(result, table)
        red = {name: item.metadata for name, item in found.items() if not item.passed}
        assert red == {}, table
        states = found["states_add_up"]
        assert number(states, "rows_that_break_it") == 0
    count = evaluations(result, "shots")["count_is_the_sites"]
    assert number(count, "live_on_the_site") == shots[RowState.LIVE]
    assert number(count, "retired_on_the_site") == shots[RowState.RETIRED]


def test_the_metadata_of_an_asset_counts_each_state(case: Any) -> None:
    narrowed, result = case
    said = narrowed.project.metadata(result, "shotgrid/shots")
    for state, rows in narrowed.states("shots").items():
        assert said[f"rows_{state}"] == rows, state
    assert said["dagster/row_count"] == sum(narrowed.states("shots").values())


def test_the_catalog_and_the_report_count_each_state(case: Any) -> None:
    narrowed, _ = case
    states = ", ".join(RowState)
    listed = narrowed.project.query(
        f"select table_name, {states} from shotgun_software_data._sg_entity_types"
    )
    for table, *rows in listed:
        assert dict(zip(RowState, rows, strict=True)) == narrowed.states(table), table
    database = narrowed.project.file.database_path
    (shots,) = (item for item in tables_in(database) if item.table == "shots")
    assert shots.rows == narrowed.states("shots")
    head, *lines = report(database).splitlines()
    assert head.split() == ["table", "rows", "retired", "left_out", "lost"]
    (line,) = (line for line in lines if line.startswith("shots "))
    assert [int(part) for part in line.split()[1:]] == [
        shots.total,
        *(shots.rows[state] for state in RowState if state is not RowState.LIVE),
    ]


def test_the_report_reads_a_catalog_that_an_earlier_version_wrote(
    case: Any, tmp_path: Path
) -> None:
    import shutil

    narrowed, _ = case
    database = tmp_path / "before.duckdb"
    shutil.copy(narrowed.project.file.database_path, database)
    with duckdb.connect(str(database)) as connection:
        connection.execute("alter table shotgun_software_data._sg_entity_types drop left_out")
    (shots,) = (item for item in tables_in(database) if item.table == "shots")
    assert shots.rows == {**narrowed.states("shots"), RowState.LEFT_OUT: 0}


def test_readers_have_all_rows_in_the_tables_and_the_live_ones_under_the_sites_names(
    case: Any,
) -> None:
    narrowed, _ = case
    published = narrowed.project.file.data_dir / "published.duckdb"
    with duckdb.connect(str(published), read_only=True) as connection:
        counted = connection.execute(
            "select _sg_state, count(*) from shotgun_software_data.shots group by all"
        ).fetchall()
        seen = connection.execute('select count(*) from site."Shots"').fetchone()
    assert dict(counted) == narrowed.states("shots")
    assert seen == (narrowed.states("shots")[RowState.LIVE],)


def test_models_of_today_have_the_live_rows_and_no_left_out_project_runs_or_is_deleted(
    case: Any,
) -> None:
    narrowed, _ = case
    query = narrowed.project.query
    assert query("select count(*) from models.shot_progress") == [
        (narrowed.states("shots")[RowState.LIVE],)
    ]
    assert query("select sum(task_count) from models.task_status_counts") == [
        (narrowed.states("tasks")[RowState.LIVE],)
    ]
    assert query(
        f"select is_running, is_deleted from models.dim_projects where project_id = {narrowed.left}"
    ) == [(False, False)]


def test_the_history_of_a_left_out_row_does_not_say_that_it_was_deleted_or_revived(
    case: Any,
) -> None:
    narrowed, _ = case
    found = narrowed.project.query(
        "select history.note, history.is_deleted, count(*) from models.status_history as history "
        "inner join shotgun_software_data.shots as shots "
        "on history.entity_type = 'Shot' and history.entity_id = shots.id "
        "where history.is_current and shots._sg_state = 'left_out' group by all"
    )
    assert found
    assert not {note for note, *_ in found} & {"deleted with no event", "revived with no event"}
    assert False in {is_deleted for _, is_deleted, _ in found}


def test_a_second_look_finds_nothing_new_and_wider_settings_bring_the_rows_back(
    case: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrowed, _ = case
    before = narrowed.states("shots")
    # An entry of a project that is left out, and a later one that moves the mark over it.
    editor = Editor(narrowed.site.database)
    editor.update("Shot", narrowed.ids("_sg_state = 'left_out'")[0], description="unseen")
    editor.create("Note", project=("Project", narrowed.kept), subject="seen")
    again = narrowed.project.run("shotgrid/shots", "shotgrid/event_log_entries")
    assert narrowed.project.metadata(again, "shotgrid/shots")["rows_loaded"] == 0
    assert all(item.passed for item in evaluations(again, "event_log_entries").values())
    assert narrowed.states("shots") == before
    assert all(item.passed for item in evaluations(again, "shots").values())
    for name in ("PROJECTS", "ARCHIVED_PROJECTS"):
        monkeypatch.delenv(f"SOURCES__SHOTGUN_SOFTWARE_SOURCE__{name}", raising=False)
    wide = narrowed.project.run("shotgrid/shots", "shotgrid/event_log_entries")
    assert wide.success
    after = narrowed.states("shots")
    assert after[RowState.LEFT_OUT] == 0
    assert after[RowState.LOST] == before[RowState.LOST]
    for table in ("shots", "event_log_entries"):
        assert all(item.passed for item in evaluations(wide, table).values()), table
