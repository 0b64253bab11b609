"""The public dlt source: what somebody gets who writes a dlt pipeline around it."""

import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
from dlt.extract.source import DltSource
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.pipeline.pipeline import Pipeline

from shotgrid_dagster.errors import SettingsError
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.source import shotgun_software_source
from shotgrid_dagster.source.shared_site import IDLE_SECONDS
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.postgres import binaries, running_postgres
from shotgrid_dagster_tests.project import ProjectFolder, make_project

DATASET = "studio_data"


def source_of(site: SandboxSite, **given: Any) -> DltSource:
    key: Any = site.client_secret
    return shotgun_software_source(site.url, site.client_id, key, **{"page_size": 5, **given})


def pipeline_in(folder: Path, destination: Any = None) -> Pipeline:
    return dlt.pipeline(
        "studio",
        pipelines_dir=str(folder / "pipelines"),
        destination=destination or dlt.destinations.duckdb(str(folder / "studio.duckdb")),
        dataset_name=DATASET,
    )


def query(pipeline: Pipeline, sql: str) -> list[tuple[Any, ...]]:
    with pipeline.sql_client() as client:
        return [tuple(row) for row in client.execute_sql(sql) or ()]


def holds_what_the_site_has(pipeline: Pipeline, site: SandboxSite, table: str, name: str) -> None:
    states = dict(query(pipeline, f"select _sg_state, count(*) from {table} group by 1"))
    client = site.client()
    assert states.get("live", 0) == client.count(name), table
    assert states.get("retired", 0) == client.count(name, retired=True), table
    ((rows, ids),) = query(pipeline, f"select count(*), count(distinct id) from {table}")
    assert rows == ids, table


# -- the bundled site, in a process as a user would start one

AS_IN_THE_GUIDE = """
import dlt
from shotgrid_dagster.source import shotgun_software_source

pipeline = dlt.pipeline(
    pipeline_name="shotgun_software_pipeline",
    destination="duckdb",
    dataset_name="shotgun_software_data",
)
source = shotgun_software_source({given})
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[ProjectFolder]:
    """A project on the bundled site, with pages that many types do not fit in."""
    project = make_project(tmp_path / "project")
    project.set("page_size", "50")
    yield project
    assert running_in(project) == 0


def running_in(project: ProjectFolder) -> int:
    """The sandbox processes whose data is in the project."""
    listed = subprocess.run(["ps", "-axo", "args"], capture_output=True, text=True, check=True)
    return sum(
        "shotgrid_dagster.sandbox" in line and str(project.path) in line
        for line in listed.stdout.splitlines()
    )


def script(project: ProjectFolder, rest: str, given: str = "", expect: int = 0) -> str:
    path = project.path / "snippet.py"
    path.write_text(AS_IN_THE_GUIDE.format(given=given) + rest)
    return project.run(f"python {path.name}", expect=expect)


WATCH = """
import subprocess, time

def is_running():
    listed = subprocess.run(["ps", "-axo", "args"], capture_output=True, text=True).stdout
    lines = listed.splitlines()
    return any("shotgrid_dagster.sandbox" in line and {path!r} in line for line in lines)

def wait_for_its_end():
    began = time.monotonic()
    while is_running() and time.monotonic() - began < {limit}:
        time.sleep(0.1)
    return not is_running()
"""


def watch(project: ProjectFolder) -> str:
    return WATCH.format(path=str(project.path), limit=IDLE_SECONDS + 10)


def test_the_whole_bundled_site_and_then_two_tables_again_as_dlts_guide_has_it(
    project: ProjectFolder,
) -> None:
    script(
        project,
        "print(pipeline.run(source))\n"
        "print(pipeline.run(shotgun_software_source().with_resources('shots', 'tasks')))\n",
    )
    (studio,) = (project.path / "data" / "sandbox").glob("*.sqlite")
    database = project.path / "shotgun_software_pipeline.duckdb"
    with closing(sqlite3.connect(studio)) as there, duckdb.connect(str(database)) as here:
        here.execute("set search_path = 'shotgun_software_data'")
        names = [
            name for (name,) in here.execute("select table_name from duckdb_tables()").fetchall()
        ]
        tables = [name for name in names if not name.startswith("_dlt")]
        counted = {
            table: here.execute(f"select count(*), count(distinct id) from {table}").fetchone()
            for table in tables
        }
        on_the_site = {
            table: there.execute(f"select count(*), count(*) from {table}").fetchone()
            for table in tables
        }
        loads = here.execute("select count(distinct _dlt_load_id) from tasks").fetchall()
    assert counted == on_the_site
    assert len(tables) > 40
    # More than two pages of 50.
    assert sum(rows > 100 for rows, _ in on_the_site.values()) >= 3
    assert loads == [(1,)]


def test_to_look_at_the_names_reads_no_row_and_leaves_no_process(project: ProjectFolder) -> None:
    said = script(
        project,
        f"{watch(project)}\nprint(sorted(source.resources.keys()), wait_for_its_end())\n",
        given="entity_types=['Shot', 'Task']",
    )
    assert "['shots', 'tasks'] True" in said


def test_a_source_that_was_closed_is_read_again(project: ProjectFolder) -> None:
    said = script(
        project,
        f"{watch(project)}\n"
        "for _ in range(2):\n"
        "    pipeline.run(source)\n"
        "    print('closed', wait_for_its_end())\n"
        "print(pipeline.dataset().shots.df().id.is_unique)\n",
        given="entity_types=['Shot']",
    )
    assert said.split() == ["closed", "True", "closed", "True", "True"]


def test_a_run_that_fails_in_the_middle_leaves_no_process_while_the_script_goes_on(
    project: ProjectFolder,
) -> None:
    said = script(
        project,
        f"{watch(project)}\n"
        "def fail(page):\n"
        "    raise ValueError('in the middle')\n"
        "source.tasks.add_map(fail)\n"
        "try:\n"
        "    pipeline.run(source)\n"
        "except Exception as error:\n"
        "    kept = error\n"
        "print(type(kept).__name__, wait_for_its_end())\n",
        given="entity_types=['Shot', 'Task', 'Version']",
    )
    assert "PipelineStepFailed True" in said


def test_a_script_that_ends_while_a_table_is_read_leaves_no_process(
    project: ProjectFolder,
) -> None:
    script(project, "page = next(iter(source.tasks))\nraise SystemExit(3)\n", expect=3)


# -- a site that settings name


def test_settings_name_the_site(
    own_site: SandboxSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"SITE_URL": own_site.url, "PAGE_SIZE": "50", "CLIENT_ID": own_site.client_id}
    for name, value in {**settings, "CLIENT_SECRET": own_site.client_secret}.items():
        monkeypatch.setenv(f"SOURCES__SHOTGUN_SOFTWARE_SOURCE__{name}", value)
    pipeline = pipeline_in(tmp_path)
    pipeline.run(shotgun_software_source().with_resources("shots", "tasks"))
    holds_what_the_site_has(pipeline, own_site, "shots", "Shot")
    holds_what_the_site_has(pipeline, own_site, "tasks", "Task")
    asked = own_site.app.state.requests
    assert asked["POST /entity/Task/_search"] > 3
    assert not any("/entity/Version" in path for path in asked), asked


def edits_are_merged(pipeline: Pipeline, site: SandboxSite) -> None:
    """Two runs of the same source object, and edits in between."""
    source = source_of(site, entity_types=["Shot", "Task"])
    pipeline.run(source)
    editor = Editor(site.database)
    editor.update("Shot", 2, description="edited")
    editor.retire("Shot", 3)
    pipeline.run(source)
    holds_what_the_site_has(pipeline, site, "shots", "Shot")
    assert query(pipeline, "select description from shots where id = 2") == [("edited",)]
    assert query(pipeline, "select _sg_state from shots where id = 3") == [("retired",)]


def test_a_second_run_of_the_same_source_merges(own_site: SandboxSite, tmp_path: Path) -> None:
    pipeline = pipeline_in(tmp_path)
    edits_are_merged(pipeline, own_site)
    types = {
        name: column["data_type"]
        for name, column in pipeline.default_schema.tables["shots"]["columns"].items()
    }
    assert types["assets"] == "json"
    assert types["_sg_read_at"] == types["created_at"] == "timestamp"


@pytest.mark.skipif(binaries() is None, reason="no Postgres server is installed")
def test_a_second_run_merges_in_postgres_too(own_site: SandboxSite, tmp_path: Path) -> None:
    Editor(own_site.database).update("Task", 1, sg_description="with a \0 in it")
    with running_postgres() as address:
        edits_are_merged(pipeline_in(tmp_path, dlt.destinations.postgres(address)), own_site)


def test_files_are_merged_as_delta_tables(own_site: SandboxSite, tmp_path: Path) -> None:
    files = dlt.destinations.filesystem(str(tmp_path / "lake"))
    pipeline = pipeline_in(tmp_path, files)
    for description in ("before", "after"):
        Editor(own_site.database).update("Shot", 2, description=description)
        pipeline.run(source_of(own_site, entity_types=["Shot"]), table_format="delta")
    from dlt.common.libs.deltalake import get_delta_tables

    rows = get_delta_tables(pipeline, "shots")["shots"].to_pyarrow_table().to_pylist()
    client = own_site.client()
    assert len(rows) == client.count("Shot") + client.count("Shot", retired=True)
    assert [row["description"] for row in rows if row["id"] == 2] == ["after"]


@pytest.mark.parametrize("mode", ["fifo", "round_robin", "threads"])
def test_in_whatever_order_dlt_takes_the_pages_all_rows_are_there(
    own_site: SandboxSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    source = source_of(own_site, entity_types=["Shot", "Task", "Scene", "Version"])
    if mode == "threads":
        source = source.parallelize()
    else:
        monkeypatch.setenv("EXTRACT__NEXT_ITEM_MODE", mode)
    pipeline = pipeline_in(tmp_path)
    pipeline.run(source)
    # All of it over one connection: a token, and no more.
    assert own_site.app.state.requests["POST /auth/access_token"] == 1
    for table, name in {"shots": "Shot", "tasks": "Task", "versions": "Version"}.items():
        holds_what_the_site_has(pipeline, own_site, table, name)


def test_a_limit_counts_pages(own_site: SandboxSite, tmp_path: Path) -> None:
    pipeline = pipeline_in(tmp_path)
    pipeline.run(source_of(own_site, entity_types=["Shot", "Task"]).add_limit(2))
    assert query(pipeline, "select count(*) from tasks") == [(10,)]
    assert own_site.app.state.requests["POST /auth/access_token"] == 1


def test_every_row_says_which_load_brought_it_whatever_dlts_settings_are(
    sandbox_site: SandboxSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for setting in ("false", "true"):
        monkeypatch.setenv("NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID", setting)
        pipeline = pipeline_in(tmp_path)
        done = pipeline.run(source_of(sandbox_site, entity_types=["Shot"]))
        loads = query(pipeline, "select distinct _dlt_load_id from shots")
        assert loads == [(load_id,) for load_id in done.loads_ids]


def test_without_a_pipeline_a_resource_gives_its_pages(sandbox_site: SandboxSite) -> None:
    rows = list(source_of(sandbox_site, entity_types=["Shot"]).shots)
    client = sandbox_site.client()
    both = client.count("Shot") + client.count("Shot", retired=True)
    assert sum(page.num_rows for page in rows) == both
    assert "_dlt_load_id" not in rows[0].column_names


def test_the_event_log_has_the_parts_of_its_entries_as_columns(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    pipeline = pipeline_in(tmp_path)
    pipeline.run(source_of(sandbox_site, entity_types=["EventLogEntry"], page_size=500))
    holds_what_the_site_has(pipeline, sandbox_site, "event_log_entries", "EventLogEntry")
    ((changes,),) = query(
        pipeline, "select count(*) from event_log_entries where _sg_change = 'attribute_change'"
    )
    assert changes > 0


def test_types_fields_and_projects_are_chosen_by_parameters(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    shot = next(sandbox_site.client().rows("Shot", ["project"]))
    project = shot["project"]
    assert isinstance(project, dict)
    pipeline = pipeline_in(tmp_path)
    source = source_of(
        sandbox_site,
        entity_types=["HumanUser", "Shot"],
        exclude_fields=["HumanUser.email"],
        projects=[project["id"]],
    )
    assert set(source.resources) == {"human_users", "shots"}
    assert "email" not in source.human_users.compute_table_schema()["columns"]
    pipeline.run(source)
    assert query(pipeline, "select distinct project__id from shots") == [(project["id"],)]
    columns = pipeline.default_schema.tables["human_users"]["columns"]
    assert "login" in columns
    assert "email" not in columns


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"entity_types": ["Shoot"]}, "did you mean Shot?"),
        ({"exclude_fields": ["HumanUser.emial"]}, "did you mean HumanUser.email?"),
        ({"page_size": 0}, "page_size is 0"),
        ({"projects": ["nosuch"]}, "nosuch"),
    ],
)
def test_what_is_misspelt_is_refused_before_anything_is_read(
    sandbox_site: SandboxSite, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        source_of(sandbox_site, **given)
    assert said in str(refused.value)


def test_a_site_that_fails_in_the_middle_fails_the_run_and_the_next_one_lands(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    pipeline = pipeline_in(tmp_path)
    source = source_of(own_site, entity_types=["Shot", "Task"])
    own_site.fail("status", "/entity/Task/_search", status=403, nth=3)
    began = time.monotonic()
    with pytest.raises(PipelineStepFailed):
        pipeline.run(source)
    assert time.monotonic() - began < IDLE_SECONDS + 15
    own_site.recover()
    pipeline.run(source)
    holds_what_the_site_has(pipeline, own_site, "tasks", "Task")
