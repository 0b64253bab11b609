"""A whole site into DuckDB by plain dlt, and what a second load does."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
from dlt.pipeline.pipeline import Pipeline

from shotgrid_dagster.destination.warehouse import DATASET, PIPELINE
from shotgrid_dagster.site import Field
from shotgrid_dagster.source.tables import columns
from shotgrid_dagster.source.whole_site import SiteLoad, load_site
from shotgrid_dagster_tests.conftest import SandboxSite


@dataclass(frozen=True)
class LoadedSite:
    """The tiny studio, loaded once for the tests that only look."""

    load: SiteLoad
    data_dir: Path

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return query(self.data_dir, sql)


def query(data_dir: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(data_dir / "shotgun_software.duckdb")) as connection:
        connection.execute(f"set search_path = '{DATASET}'")
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def loaded(sandbox_site: SandboxSite, tmp_path_factory: pytest.TempPathFactory) -> LoadedSite:
    data_dir = tmp_path_factory.mktemp("loaded")
    return LoadedSite(load_site(sandbox_site.settings(data_dir)), data_dir)


def few(site: SandboxSite, data_dir: Path, *entity_types: str, **given: Any) -> SiteLoad:
    """Load a few entity types, for tests that load several times."""
    return load_site(site.settings(data_dir, entity_types=entity_types, **given))


def test_every_table_has_the_rows_that_the_site_counts_live_and_retired(
    loaded: LoadedSite, sandbox_site: SandboxSite
) -> None:
    assert loaded.load.failed == {}
    site = sandbox_site.client()
    assert len(loaded.load.loaded) > 38
    for entity_type, result in loaded.load.loaded.items():
        held = dict(
            loaded.query(
                f"select _sg_state, count(*) from {result.layout.table} group by _sg_state"
            )
        )
        assert held.get("live", 0) == site.count(entity_type), entity_type
        assert held.get("retired", 0) == site.count(entity_type, retired=True), entity_type
        assert set(held) <= {"live", "retired"}
        assert dict(result.rows) == held


def test_ids_are_unique_and_never_null(loaded: LoadedSite) -> None:
    for result in loaded.load.loaded.values():
        ((rows, ids),) = loaded.query(
            f"select count(*), count(distinct id) from {result.layout.table}"
        )
        assert rows == ids


def test_every_type_but_those_of_the_web_pages_is_loaded(
    loaded: LoadedSite, sandbox_site: SandboxSite
) -> None:
    visible = {entity_type.name for entity_type in sandbox_site.client().entity_types()}
    assert visible - set(loaded.load.loaded) == {"Page", "PageSetting", "PermissionRuleSet"}


def test_columns_have_the_types_of_the_schema(loaded: LoadedSite) -> None:
    columns = dict(
        loaded.query(
            "select table_name || '.' || column_name, data_type from information_schema.columns "
            f"where table_schema = '{DATASET}'"
        )
    )
    expected = {
        "shots.id": "BIGINT",
        "shots.code": "VARCHAR",
        "shots.created_at": "TIMESTAMP WITH TIME ZONE",
        "shots.assets": "JSON",
        "shots.sg_sequence__id": "BIGINT",
        "shots.sg_sequence__type": "VARCHAR",
        "shots._sg_state": "VARCHAR",
        "shots._sg_read_at": "TIMESTAMP WITH TIME ZONE",
        "shots._dlt_load_id": "VARCHAR",
        "tasks.due_date": "DATE",
        "tasks.est_in_mins": "BIGINT",
        "projects.archived": "BOOLEAN",
        "event_log_entries.meta": "JSON",
    }
    assert {name: columns[name] for name in expected} == expected


def test_a_row_has_the_values_that_the_site_sends(
    loaded: LoadedSite, sandbox_site: SandboxSite
) -> None:
    fields = ["code", "sg_status_list", "sg_sequence", "assets", "created_at"]
    for row in sandbox_site.client().rows("Shot", fields):
        ((code, status, sequence, assets, created_at),) = loaded.query(
            "select code, sg_status_list, sg_sequence__id, assets, "
            "strftime(created_at at time zone 'UTC', '%Y-%m-%dT%H:%M:%SZ') "
            f"from shots where id = {row['id']}"
        )
        sent = row["sg_sequence"]
        assert (code, status, created_at) == (row["code"], row["sg_status_list"], row["created_at"])
        assert sequence == (sent["id"] if sent else None)
        assert json.loads(str(assets)) == row["assets"]


def test_a_view_of_links_has_a_row_for_each_link_in_the_sites_order(loaded: LoadedSite) -> None:
    shots = loaded.query("select id, assets from shots")
    unfolded = loaded.query(
        "select parent_id, link__id, link__type, link__name from shots__assets "
        "order by parent_id, position"
    )
    expected = [
        (id_, link["id"], link["type"], link["name"])
        for id_, links in sorted(shots)
        for link in json.loads(str(links))
    ]
    assert unfolded == expected
    assert expected


def test_no_signature_of_any_media_is_in_any_table(loaded: LoadedSite) -> None:
    for result in loaded.load.loaded.values():
        ((hits,),) = loaded.query(
            f"select count(*) from {result.layout.table} as t "
            "where cast(t as varchar) ilike '%X-Amz-Signature%'"
        )
        assert hits == 0, result.layout.table


def opened_by_name(folder: Path) -> Pipeline:
    return dlt.pipeline("shotgun_software_pipeline", pipelines_dir=str(folder / "pipelines"))


def test_the_dataset_is_open_to_dlt_by_the_pipelines_name(loaded: LoadedSite) -> None:
    dataset = opened_by_name(loaded.data_dir).dataset()
    assert {"shots", "tasks", "event_log_entries", "_sg_entity_types"} <= set(dataset.tables)
    frame = dataset.projects.df()
    assert frame is not None
    assert len(frame) == loaded.load.loaded["Project"].rows_total


def test_the_catalog_lists_every_table_with_its_rows(loaded: LoadedSite) -> None:
    listed = loaded.query("select entity_type, live, retired, left_out, lost from _sg_entity_types")
    assert sorted(listed) == sorted(
        (name, result.rows.get("live", 0), result.rows.get("retired", 0), 0, 0)
        for name, result in loaded.load.loaded.items()
    )


def test_an_id_that_is_there_already_is_an_error_and_no_second_row(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    few(own_site, tmp_path, "Shot", "EventLogEntry")
    for table in ("shots", "event_log_entries"):
        first = f"select * from {table} order by id limit 1"
        with pytest.raises(duckdb.ConstraintException):
            query(tmp_path, f"insert into {table} {first}")


def test_nothing_is_left_in_the_staging_dataset(own_site: SandboxSite, tmp_path: Path) -> None:
    few(own_site, tmp_path, "Shot")
    own_site.edit("update shots set code = 'renamed' where id = 1")
    assert few(own_site, tmp_path, "Shot").loaded["Shot"].rows_loaded
    with duckdb.connect(str(tmp_path / "shotgun_software.duckdb")) as connection:
        staged = connection.execute(f"select count(*) from {DATASET}_staging.shots").fetchone()
    assert staged == (0,)


def test_a_second_load_with_no_change_writes_no_row_and_does_not_call_dlt(
    own_site: SandboxSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    types = ("Shot", "Version", "Attachment", "TaskDependency", "EventLogEntry")
    few(own_site, tmp_path, *types, page_size=50)
    before = query(tmp_path, "select table_name, generation from _sg_load_state order by all")

    def called(*_: object, **__: Any) -> None:
        raise AssertionError("dlt was called")

    for step in ("sync_destination", "extract", "normalize", "load", "run"):
        monkeypatch.setattr(Pipeline, step, called)
    again = few(own_site, tmp_path, *types, page_size=50)
    assert again.failed == {}
    assert {result.rows_loaded for result in again.loaded.values()} == {0}
    assert {result.channel for result in again.loaded.values()} == {"whole", "window", "event log"}
    after = query(tmp_path, "select table_name, generation from _sg_load_state order by all")
    assert after == before


def test_an_edit_a_retirement_and_a_revival_are_in_the_next_load(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    few(own_site, tmp_path, "Shot")
    (retired,) = query(tmp_path, "select min(id) from shots where _sg_state = 'retired'")
    own_site.edit("update shots set code = 'renamed', assets = '[]' where id = 1")
    own_site.edit("update shots set _retired_at = '2026-01-01T00:00:00Z' where id = 2")
    own_site.edit("update shots set _retired_at = null where id = ?", *retired)
    few(own_site, tmp_path, "Shot")
    states = dict(query(tmp_path, "select id, _sg_state from shots"))
    assert states[2] == "retired"
    assert states[retired[0]] == "live"
    assert query(tmp_path, "select code, assets from shots where id = 1") == [("renamed", "[]")]
    assert query(tmp_path, "select * from shots__assets where parent_id = 1") == []


def test_an_erased_row_stays_and_is_marked_lost_and_comes_back_when_it_is_seen_again(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    few(own_site, tmp_path, "TaskDependency")
    with closing(sqlite3.connect(own_site.database)) as connection:
        row = connection.execute("select * from task_dependencies where id = 1").fetchone()
    own_site.edit("delete from task_dependencies where id = 1")
    lost = few(own_site, tmp_path, "TaskDependency").loaded["TaskDependency"]
    assert lost.rows["lost"] == 1
    ((state, task),) = query(
        tmp_path, "select _sg_state, task__id from task_dependencies where id = 1"
    )
    assert (state, task is not None) == ("lost", True)
    assert few(own_site, tmp_path, "TaskDependency").loaded["TaskDependency"].rows_loaded == 0
    own_site.edit(f"insert into task_dependencies values ({', '.join('?' * len(row))})", *row)
    back = few(own_site, tmp_path, "TaskDependency").loaded["TaskDependency"]
    assert "lost" not in back.rows


def test_when_many_rows_vanish_at_once_nothing_changes_and_it_is_said(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    few(own_site, tmp_path, "Shot", "Sequence")
    before = query(tmp_path, "select * from shots order by id")
    own_site.edit("delete from shots where id % 2 = 0")
    result = few(own_site, tmp_path, "Shot", "Sequence")
    assert "looks like lost permission" in result.failed["Shot"]
    assert "Sequence" in result.loaded
    assert query(tmp_path, "select * from shots order by id") == before
    allowed = few(own_site, tmp_path, "Shot", most_lost=0.9)
    assert allowed.loaded["Shot"].rows["lost"] > 5


def test_one_type_that_fails_does_not_stop_the_others(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    own_site.fail("status", "/entity/Shot/", status=403)
    result = few(own_site, tmp_path, "Shot", "Sequence", "Asset")
    assert set(result.loaded) == {"Sequence", "Asset"}
    assert "may not" in result.failed["Shot"]


def test_a_read_that_breaks_off_changes_nothing(own_site: SandboxSite, tmp_path: Path) -> None:
    few(own_site, tmp_path, "Shot")
    before = query(tmp_path, "select * from shots order by id")
    own_site.edit("update shots set code = 'renamed' where id = 1")
    own_site.fail("status", "/entity/Shot/_search", status=403, nth=2)
    assert "Shot" in few(own_site, tmp_path, "Shot").failed
    assert query(tmp_path, "select * from shots order by id") == before
    own_site.recover()
    few(own_site, tmp_path, "Shot")
    assert query(tmp_path, "select code from shots where id = 1") == [("renamed",)]


def test_a_new_field_becomes_a_column_and_is_reported(
    own_site: SandboxSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    why_skipped = columns.why_skipped

    def without_description(field: Field) -> str | None:
        return "not there yet" if field.name == "description" else why_skipped(field)

    with monkeypatch.context() as patch:
        patch.setattr(columns, "why_skipped", without_description)
        few(own_site, tmp_path, "Sequence")
    later = few(own_site, tmp_path, "Sequence").loaded["Sequence"]
    assert later.schema_changes == ("+description",)
    assert query(tmp_path, "select count(description) >= 0 from sequences") == [(True,)]


def test_a_load_that_reads_nothing_does_not_empty_a_table_whose_state_was_lost(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    few(own_site, tmp_path, "Scene")
    ((before,),) = query(tmp_path, "select count(*) from scenes")
    query(tmp_path, "delete from _sg_load_state")
    own_site.edit("delete from scenes")
    few(own_site, tmp_path, "Scene")
    assert query(tmp_path, "select count(*) from scenes") == [(before,)]
    assert before


def test_each_data_folder_has_its_own_pipeline_of_that_name(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    tables = {"first": "shots", "second": "sequences"}
    for folder, entity_type in (("first", "Shot"), ("second", "Sequence")):
        few(own_site, tmp_path / folder, entity_type)
    for folder, other in (("first", "second"), ("second", "first")):
        dataset = opened_by_name(tmp_path / folder).dataset()
        assert tables[folder] in dataset.tables
        assert tables[other] not in dataset.tables
        assert dataset[tables[folder]].fetchall()
        told = subprocess.run(
            [
                str(Path(sys.executable).with_name("dlt")),
                "pipeline",
                "--pipelines-dir",
                "pipelines",
                PIPELINE,
                "info",
            ],
            cwd=tmp_path / folder,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert f"{tables[folder]} with 1 table(s)" in told
        assert f"{tables[other]} with" not in told
    assert not (Path(os.environ["DLT_DATA_DIR"]) / "pipelines" / PIPELINE).exists()
