"""Only the destination's name changes: the same site in Postgres, and in delta tables."""

import json
from collections.abc import Iterator
from pathlib import Path

import dlt
import pytest

from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.destination.warehouse import DATASET, Warehouse
from shotgrid_dagster.source.whole_site import SiteLoad, load_site
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.postgres import binaries, running_postgres

FEW = ("Shot", "Project", "TaskDependency", "PublishedFile", "Scene")


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    if binaries() is None:
        pytest.skip("there is no PostgreSQL server on this machine to start")
    with running_postgres() as address:
        yield address


def test_postgres_gets_the_same_rows_links_and_states_and_merges_edits(
    own_site: SandboxSite, tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", postgres)
    check_destination(own_site, tmp_path, "postgres")
    with dlt.pipeline(
        "look", pipelines_dir=str(tmp_path), destination="postgres", dataset_name=DATASET
    ).sql_client() as client:
        name = client.make_qualified_table_name
        shots = client.execute_sql(f"select id, assets from {name('shots')} order by id")
        links = client.execute_sql(
            f"select parent_id, link__id, link__name from {name('shots__assets')} "
            "order by parent_id, position"
        )
    assert shots
    assert links == [
        (id_, link["id"], link["name"])
        for id_, assets in shots
        for link in (assets if isinstance(assets, list) else json.loads(assets))
    ]
    assert links


def test_files_are_delta_tables_that_edits_merge_into(
    own_site: SandboxSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__FILESYSTEM__BUCKET_URL", str(tmp_path / "lake"))
    check_destination(own_site, tmp_path, "filesystem")
    assert (tmp_path / "lake" / DATASET / "shots" / "_delta_log").is_dir()


def check_destination(site: SandboxSite, folder: Path, destination: str) -> None:
    """Load, edit, load again: rows, states and values are the site's; nothing is doubled."""

    def load() -> SiteLoad:
        settings = site.settings(folder / "data", entity_types=FEW)
        result = load_site(settings, destination)
        assert result.failed == {}
        return result

    first = load()
    client = site.client()
    for entity_type in FEW:
        rows = first.loaded[entity_type].rows
        assert rows.get("live", 0) == client.count(entity_type), entity_type
        assert rows.get("retired", 0) == client.count(entity_type, retired=True), entity_type
    assert {item.rows_loaded for item in load().loaded.values()} == {0}

    site.edit("update shots set code = 'renamed', assets = '[]' where id = 1")
    site.edit("delete from task_dependencies where id = 1")
    second = load()
    assert second.loaded["Shot"].rows == first.loaded["Shot"].rows
    assert second.loaded["TaskDependency"].rows["lost"] == 1
    assert second.loaded["Project"].rows_loaded == 0
    with Tables(Warehouse(folder / "data", destination)) as tables:
        shots = tables.read_columns("shots", ["id", "code"]).to_pylist()
        edges = tables.read_columns("task_dependencies", ["id", "_sg_state"]).to_pylist()
    assert {row["code"] for row in shots if row["id"] == 1} == {"renamed"}
    assert [row["_sg_state"] for row in edges if row["id"] == 1] == ["lost"]
