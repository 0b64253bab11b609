"""Only the destination's name changes: the same site in Postgres, and in delta tables."""

import json
import os
import subprocess
import sys
from pathlib import Path

import dlt
import pytest

from shotgrid_dagster.destination import warehouse
from shotgrid_dagster.destination.tables import Tables
from shotgrid_dagster.destination.warehouse import DATASET, Warehouse
from shotgrid_dagster.site.naming import table_name
from shotgrid_dagster.source.whole_site import SiteLoad, load_site
from shotgrid_dagster_tests.conftest import SandboxSite

FEW = ("Shot", "Project", "TaskDependency", "PublishedFile", "Scene")


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


@pytest.mark.parametrize("destination", ["duckdb", "postgres"])
def test_an_empty_text_and_no_text_are_two_in_every_destination(
    own_site: SandboxSite,
    tmp_path: Path,
    postgres: str,
    monkeypatch: pytest.MonkeyPatch,
    destination: str,
) -> None:
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", postgres)
    monkeypatch.setattr(warehouse, "DATASET", "empty_texts")
    settings = own_site.settings(tmp_path / "data", entity_types=("Shot", "Icon", "Version"))

    def texts() -> list[tuple[object, ...]]:
        assert load_site(settings, destination).failed == {}
        with Tables(Warehouse(tmp_path / "data", destination)) as tables:
            rows = tables.read_columns("shots", ["id", "description", "assets", "created_at"])
        return sorted(
            (row["id"], row["description"], row["created_at"], json.loads(row["assets"]))
            if isinstance(row["assets"], str)
            else (row["id"], row["description"], row["created_at"], row["assets"])
            for row in rows.to_pylist()
            if row["id"] in (1, 2, 3)
        )

    own_site.edit("update shots set description = 'said; \\ \"so\"\n'' ' where id = 1")
    own_site.edit("update shots set description = '' where id = 2")
    own_site.edit("update shots set description = null where id = 3")
    assert [text for _, text, *_ in texts()] == ['said; \\ "so"\n\' ', "", None]
    before = texts()
    # a package without an empty text after one with them, and the other way round
    own_site.edit("update shots set description = 'x', updated_at = '2099-01-01' where id = 1")
    assert [text for _, text, *_ in texts()] == ["x", "", None]
    own_site.edit("update shots set description = '', updated_at = '2099-01-02' where id = 1")
    assert [text for _, text, *_ in texts()] == ["", "", None]
    assert [row[2:] for row in texts()] == [row[2:] for row in before]


def test_two_machines_that_load_into_one_postgres_at_once_double_no_row(
    sandbox_site: SandboxSite, tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a data folder of its own, so that only the server's locks are between them."""
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", postgres)
    monkeypatch.setattr(warehouse, "DATASET", "loaded_by_two")
    code = (
        "import sys; from pathlib import Path\n"
        "from shotgrid_dagster.config.settings import Settings\n"
        "from shotgrid_dagster.destination import warehouse\n"
        "from shotgrid_dagster.source.whole_site import load_site\n"
        "warehouse.DATASET = 'loaded_by_two'\n"
        "settings = Settings(site_url=sys.argv[1], client_id=sys.argv[2],\n"
        "    client_secret=sys.argv[3], data_dir=Path(sys.argv[4]), entity_types=sys.argv[5:])\n"
        "result = load_site(settings, 'postgres')\n"
        "sys.exit(str(result.failed) if result.failed else 0)\n"
    )
    key = [sandbox_site.url, sandbox_site.client_id, sandbox_site.client_secret]
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, *key, str(tmp_path / machine), *FEW],
            env={**os.environ, "DLT_DATA_DIR": str(tmp_path / machine / "dlt")},
            stderr=subprocess.PIPE,
            text=True,
        )
        for machine in ("one", "two")
    ]
    for run in runs:
        _, said = run.communicate(timeout=200)
        assert run.returncode == 0, said
    with Tables(Warehouse(tmp_path / "look", "postgres")) as tables:
        for entity_type in FEW:
            table = table_name(entity_type)
            counted = tables.rows(f"select count(*), count(distinct id) from {{{table}}}")
            on_site = sum(
                sandbox_site.client().count(entity_type, retired=r) for r in (True, False)
            )
            assert counted == [(on_site, on_site)], table
