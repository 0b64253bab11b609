"""The readers' copy: swapped in whole, never in anyone's way, and as people name things."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from shotgrid_dagster.config.project import ProjectFile
from shotgrid_dagster.config.schedules import ScheduleSettings
from shotgrid_dagster.defs.assets.publish import PUBLISH_KEY, publish_asset
from shotgrid_dagster.defs.resources import ShotGridResource, WarehouseResource
from shotgrid_dagster.destination.warehouse import DATASET, Warehouse
from shotgrid_dagster.site import EntityType, Field, SiteSchema
from shotgrid_dagster.source.publishing import published
from shotgrid_dagster.source.publishing.published import NotPublished, publish
from shotgrid_dagster.source.tables.columns import layout
from shotgrid_dagster.source.tables.display_names import plural, site_views
from shotgrid_dagster.source.whole_site import load_site
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.unindexed import drop_unique_ids

TYPES = ("Project", "Sequence", "Shot", "Version", "HumanUser", "Asset", "EventLogEntry")
KEEP = (DATASET, "models")


@pytest.fixture(scope="module")
def loaded(sandbox_site: SandboxSite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a loaded site and its schema."""
    folder = tmp_path_factory.mktemp("published") / "data"
    assert load_site(sandbox_site.settings(folder, entity_types=TYPES)).failed == {}
    schema = sandbox_site.client().discover()
    schema.save(folder / "schema.json")
    return folder


@pytest.fixture
def folder(loaded: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copytree(loaded, tmp_path / "data"))


def types(folder: Path) -> list[EntityType]:
    schema = SiteSchema.load(folder / "schema.json")
    assert schema is not None
    return [
        entity_type for entity_type in schema.entity_types.values() if entity_type.name in TYPES
    ]


def publish_again(folder: Path) -> published.Published:
    return publish(Warehouse(folder), types(folder), KEEP)


def resources(folder: Path, destination: str = "duckdb") -> dict[str, Any]:
    warehouse = WarehouseResource(data_dir=str(folder), destination=destination)
    return {"warehouse": warehouse, "shotgrid": ShotGridResource(warehouse=warehouse)}


def write(folder: Path, *statements: str) -> None:
    with duckdb.connect(str(folder / "shotgun_software.duckdb")) as connection:
        for statement in statements:
            connection.execute(statement)


@contextmanager
def reading(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    # By another name each time: one process sees a path as one database for as long as it is open.
    link = folder / f"read-{len(list(folder.glob('read-*')))}.duckdb"
    link.hardlink_to(folder / "published.duckdb")
    with duckdb.connect(str(link), read_only=True) as connection:
        yield connection


READER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
for _ in sys.stdin:
    print(connection.execute("select count(*) from shotgun_software_data.shots").fetchone()[0],
          flush=True)
"""


def test_a_reader_that_never_lets_go_keeps_its_copy_and_is_in_nobodys_way(folder: Path) -> None:
    publish_again(folder)
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(folder / "published.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        asked, answers = reader.stdin, reader.stdout
        assert asked is not None
        assert answers is not None

        def shots() -> int:
            print(file=asked, flush=True)
            return int(answers.readline())

        before = shots()
        write(folder, f"delete from {DATASET}.shots where id = 1")
        publish_again(folder)
        assert shots() == before
        with reading(folder) as connection:
            now = connection.execute(f"select count(*) from {DATASET}.shots").fetchone()
        assert now == (before - 1,)
        write(folder, f"delete from {DATASET}.shots where id = 2")
        publish_again(folder)
        assert shots() == before
        asked.close()


def test_what_breaks_a_promise_is_not_swapped_in_and_leaves_nothing_behind(folder: Path) -> None:
    with duckdb.connect(str(folder / "shotgun_software.duckdb")) as connection:
        drop_unique_ids(connection, "shots")
    publish_again(folder)
    before = (folder / "published.duckdb").read_bytes()
    write(folder, f"insert into {DATASET}.shots select * from {DATASET}.shots where id = 1")
    with pytest.raises(NotPublished, match="1 rows of shots have no id of their own"):
        publish_again(folder)
    write(folder, f"delete from {DATASET}.shots where id = 1")
    write(folder, f"update {DATASET}.shots set _sg_state = 'odd' where id = 2")
    with pytest.raises(
        NotPublished, match="1 rows of shots are not live, retired, left_out or lost"
    ):
        publish_again(folder)
    signed = "https://x/y?X-Amz-Signature=1"
    made_bad = f"update {DATASET}.shots set _sg_state = 'live', image = '{signed}' where id = 2"
    write(folder, made_bad)
    with pytest.raises(NotPublished, match="hold a signed address"):
        publish_again(folder)
    assert (folder / "published.duckdb").read_bytes() == before
    assert [file.name for file in folder.glob(".published*")] == []


def test_a_publication_that_was_killed_half_way_is_never_seen(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_again(folder)
    before = (folder / "published.duckdb").read_bytes()
    (folder / ".published.new.duckdb").write_bytes(b"half")
    (folder / ".published.new.duckdb.wal").write_bytes(b"half")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(published, "_swap", killed)
    with pytest.raises(KeyboardInterrupt):
        publish_again(folder)
    assert (folder / "published.duckdb").read_bytes() == before
    monkeypatch.undo()
    publish_again(folder)


def test_an_older_duckdb_opens_it(folder: Path) -> None:
    publish_again(folder)
    head = (folder / "published.duckdb").read_bytes()[:20]
    assert head[8:12] == b"DUCK"
    assert int.from_bytes(head[12:20], "little") == 64  # the storage version of DuckDB 1.0


def test_the_loader_waits_only_while_the_file_is_copied(folder: Path) -> None:
    done = publish_again(folder)
    assert done.seconds_locked < 0.5


def test_link_views_comments_and_display_names_are_in_it(
    folder: Path, sandbox_site: SandboxSite
) -> None:
    write(
        folder,
        "create schema models",
        "create table models.m as select 1 as one",
        "comment on column models.m.one is 'a one'",
        "create table models.m__new as select 2 as two",
    )
    publish_again(folder)
    with reading(folder) as connection:

        def rows(sql: str) -> list[tuple[Any, ...]]:
            return connection.execute(sql).fetchall()

        assert rows(f"select count(*) > 0 from {DATASET}.shots__assets") == [(True,)]
        live = rows('select count(*), count(distinct "Id"), count("Sequence") from site."Shots"')
        count = sandbox_site.client().count("Shot")
        assert live[0][:2] == (count, count)
        expected = rows(
            f"select code, sg_sequence__name from {DATASET}.shots where _sg_state = 'live' "
            "order by id"
        )
        assert rows('select "Shot Code", "Sequence" from site."Shots" order by "Id"') == expected
        names = rows(f"select string_agg(link__name, ', ' order by position) "
                     f"from {DATASET}.shots__assets where parent_id = 1")  # fmt: skip
        assert rows('select "Assets" from site."Shots" where "Id" = 1') == names
        comments = dict(
            rows(
                "select column_name, comment from duckdb_columns() "
                f"where schema_name = '{DATASET}' and table_name = 'shots'"
            )
        )
        assert comments["code"] == "Shot Code"
        assert rows("select comment from duckdb_columns() where schema_name = 'models'") == [
            ("a one",)
        ]
        assert not rows("select 1 from duckdb_schemas() where schema_name like '%staging'")
        assert rows("select comment from duckdb_tables() where table_name = 'shots' ") == [
            ("Entity type Shot: Shot",)
        ]


def test_orphans_are_counted_by_the_link_they_are_in(folder: Path) -> None:
    clean = publish_again(folder).orphans
    assert clean.links > 0
    write(folder, f"update {DATASET}.shots set sg_sequence__id = 99999 where id in (1, 2)")
    found = publish_again(folder).orphans
    assert ("shots.sg_sequence", "Sequence", 2) in found.by_column
    assert found.count == clean.count + 2


def field(name: str, shown: str, kind: str = "text") -> Field:
    return Field(name, shown, kind)


def test_two_things_of_one_name_are_told_apart_the_same_way_each_time() -> None:
    first = EntityType("CustomEntity01", "Brief", (field("a", "Name"), field("b", "name")))
    second = EntityType("CustomEntity02", "brief", (field("sg_id", "Id"),))
    layouts = {item.table: layout(item) for item in (second, first)}
    tables = {table: [c.name for c in known.columns] for table, known in layouts.items()}
    made = "\n".join(site_views(layouts, tables).statements)
    assert 'create view site."Briefs" as' in made
    assert 'create view site."briefs (CustomEntity02)" as' in made
    assert '"a" as "Name"' in made
    assert '"b" as "name (b)"' in made
    assert '"sg_id" as "Id (sg_id)"' in made
    turned = dict(reversed(layouts.items()))
    assert site_views(turned, tables) == site_views(layouts, tables)


def test_plurals() -> None:
    assert [plural(item) for item in ("Shot", "Delivery", "Status", "Lens Grids", "Person")] == [
        "Shots",
        "Deliveries",
        "Statuses",
        "Lens Grids",
        "People",
    ]


def run(folder: Path, destination: str = "duckdb", **given: Any) -> dg.ExecuteInProcessResult:
    project = ProjectFile(data_dir=folder, destination=destination)
    key = dg.AssetKey(["shotgrid", "shots"])
    asset = publish_asset(project, [key], [dg.AssetCheckKey(key, "ids_are_unique_and_not_null")])
    return dg.materialize(
        [asset, dg.AssetSpec(key)],
        resources=resources(folder, destination),
        raise_on_error=False,
        **given,
    )


def test_a_blocking_check_that_failed_in_an_earlier_run_stops_it(folder: Path) -> None:
    key = dg.AssetKey(["shotgrid", "shots"])
    with dg.DagsterInstance.ephemeral() as instance:
        for passed in (False, True):
            instance.report_runless_asset_event(
                dg.AssetCheckEvaluation(
                    asset_key=key,
                    check_name="ids_are_unique_and_not_null",
                    passed=passed,
                    severity=dg.AssetCheckSeverity.ERROR,
                )
            )
            result = run(folder, instance=instance)
            assert result.success is passed
            assert (folder / "published.duckdb").exists() is passed
            if not passed:
                said = json.dumps([str(event) for event in result.all_events])
                assert "ids_are_unique_and_not_null of shotgrid/shots" in said


@pytest.mark.parametrize(
    ("often", "seconds", "is_published"),
    [
        ("* * * * *", 40, False),
        ("* * * * *", 61, True),
        ("*/15 * * * *", 61, False),
        ("*/15 * * * *", 901, True),
    ],
)
def test_what_was_loaded_is_published_soon_but_not_more_often_than_the_hours_say(
    often: str, seconds: int, is_published: bool, tmp_path: Path
) -> None:
    key = dg.AssetKey(["shotgrid", "shots"])
    copy = publish_asset(ProjectFile(data_dir=tmp_path), [key], [], ScheduleSettings(publish=often))
    defs = dg.Definitions([copy, dg.AssetSpec(key)], resources=resources(tmp_path))
    # Just behind a time of both lines.
    begin = datetime(2026, 3, 1, 12, 0, 5, tzinfo=timezone.utc)
    with dg.DagsterInstance.ephemeral() as instance:

        def asked(after: float, cursor: Any, *, is_loaded: bool = True) -> tuple[int, Any]:
            if is_loaded:
                instance.report_runless_asset_event(dg.AssetMaterialization(key))
            found = dg.evaluate_automation_conditions(
                defs, instance, evaluation_time=begin + timedelta(seconds=after), cursor=cursor
            )
            return found.total_requested, found.cursor

        nothing, cursor = asked(-60, None)
        at_once, cursor = asked(0, cursor)
        _, cursor = asked(10, cursor, is_loaded=False)
        again, _ = asked(seconds, cursor)
    assert (nothing, at_once, again) == (0, 1, int(is_published))


def test_a_server_needs_no_copy_and_that_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    result = run(tmp_path, "postgres")
    assert result.success
    assert result.get_asset_check_evaluations() == []
    assert "Nothing to publish: postgres" in capfd.readouterr().err
    assert not result.asset_materializations_for_node(PUBLISH_KEY.to_python_identifier())
