"""Names that no site should give to its types and fields stop nobody: not the load, nor readers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from shotgrid_dagster.config.project import ProjectFile
from shotgrid_dagster.defs.build import build_definitions
from shotgrid_dagster.destination.warehouse import DATASET, Warehouse
from shotgrid_dagster.site import SiteSchema
from shotgrid_dagster.site.errors import MalformedAnswer, SiteError
from shotgrid_dagster.site.naming import LONGEST_LABEL, label
from shotgrid_dagster.source.publishing.published import NotPublished, publish
from shotgrid_dagster.source.whole_site import SITE_SETTINGS, load_site
from shotgrid_dagster_tests.foreign_site.site import ForeignSite, ForeignType, foreign_site

DISPLAY_NAMES: tuple[object, ...] = (
    *("", " ", "\0", "a\0b", "\n", "a\nb", "a\tb\r\n", "\x1b[31m", "\x7f", "\u2028"),
    *('"', '""', "'", "it's", "a;b", "--", "/*", "\\", "%s", "{x}", "$1", "`", "select"),
    *("x" * 10_000, "é" * 300, "\u200b", "\u202eabc", "🎬", "Same", "Same", "same", "Id", "id"),
    *(None, 5, True, [], {}, "\ud83d", "a\udc00b"),
)
"""As a site may say them of a type or a field."""

FIELD_NAMES = (
    *('a"b', "a\\b", "a\nb", "a\0b", "", " ", "名前", "A", "a", "id ", "a.b", "a b", "class"),
    *("_sg_state", "_dlt_load_id", "x" * 500, "1", "select", "%s", "{x}", "a'b", "🎬"),
)

TYPE_NAMES = ('a"b', "a'b", "../Shot", "a/b?c#d", "名前", "1st", " ", "x" * 300, "a b", "%s", "{x}")


@pytest.fixture
def site() -> Iterator[ForeignSite]:
    with foreign_site() as running:
        named = {f"sg_{n}": name for n, name in enumerate(DISPLAY_NAMES)}
        running.types["Shot"] = ForeignType(
            dict.fromkeys(named, "text"), {1: dict.fromkeys(named, b'"x"')}, field_names=named
        )
        for number, name in enumerate(DISPLAY_NAMES):
            running.types[f"CustomEntity{number:02}"] = ForeignType(
                {"code": "text"}, {1: {"code": b'"x"'}}, display_name=name
            )
        yield running


def published(site: ForeignSite, folder: Path) -> duckdb.DuckDBPyConnection:
    """Everything that a studio would do, up to the copy that people read."""
    done = load_site(site.settings(folder))
    assert set(done.failed) <= {SITE_SETTINGS}, done.failed
    schema = site.client().discover()
    schema.save(folder / "schema.json")
    saved = SiteSchema.load(folder / "schema.json")
    assert saved == schema
    copy = publish(Warehouse(folder), list(schema.entity_types.values()), (DATASET,))
    assert copy.site_views == len(site.types)
    assert build_definitions(ProjectFile(data_dir=folder)).assets
    return duckdb.connect(str(copy.path), read_only=True)


def test_display_names_of_any_kind_are_loaded_listed_described_and_published(
    site: ForeignSite, tmp_path: Path
) -> None:
    with published(site, tmp_path) as connection:
        views = connection.execute(
            "select view_name, comment from duckdb_views() where schema_name = 'site'"
        ).fetchall()
        assert len({name.lower() for name, _ in views}) == len(site.types)
        for name, _ in views:
            quoted = name.replace('"', '""')
            assert connection.execute(f'select count(*) from site."{quoted}"').fetchall() == [(1,)]
        listed = connection.execute(
            f"select display_name from {DATASET}._sg_entity_types"
        ).fetchall()
        assert len(listed) == len(site.types)
        for (name,) in listed:
            assert 0 < len(name) <= LONGEST_LABEL
            assert name.isprintable() or "\u200b" in name or "\u202e" in name


def test_what_keeps_a_copy_from_being_made_is_named_and_the_file_is_not_blamed(
    tmp_path: Path,
) -> None:
    with foreign_site() as site:
        site.types["Shot"] = ForeignType({"code": "text"}, {1: {"code": b'"x"'}})
        site.load(tmp_path)
        with duckdb.connect(str(tmp_path / "shotgun_software.duckdb")) as connection:
            connection.execute(f"alter table {DATASET}.shots drop column _sg_state")
        known = site.client().discover().entity_types.values()
        with pytest.raises(NotPublished, match="_sg_state"):
            publish(Warehouse(tmp_path), list(known), (DATASET,))


@pytest.mark.parametrize("name", DISPLAY_NAMES[:10], ids=ascii)
def test_a_name_that_cannot_be_seen_is_the_sites_own_one(name: str) -> None:
    assert label(name, "sg_x") in ("sg_x", "a b", "[31m")


def test_fields_that_cannot_be_asked_for_are_skipped_with_their_reason_and_the_others_read(
    tmp_path: Path,
) -> None:
    with foreign_site() as site:
        site.types["Shot"] = ForeignType(
            {**dict.fromkeys(FIELD_NAMES, "text"), "nothing": "text", "a_list": "text"},
            {1: dict.fromkeys(FIELD_NAMES, b'"x"')},
            said={"nothing": b"null", "a_list": b"[]"},
        )
        site.types["Asset"] = ForeignType({"code": "text"}, {1: {"code": b'"x"'}})
        first = site.load(tmp_path)
        assert first.failed == {}
        loaded = first.loaded["Shot"]
        skipped = {skip.field.name: skip.reason for skip in loaded.layout.skipped}
        assert skipped == {
            **dict.fromkeys(
                ('a"b', "a\\b", "a\nb", "a\0b", ""), "nothing can be asked for by its name"
            ),
            **dict.fromkeys(("nothing", "a_list"), "the site does not say what it holds"),
        }
        read = [fields.columns[0].name for fields in loaded.layout.fields_read]
        assert len(read) == len(FIELD_NAMES) - 5
        with duckdb.connect(str(tmp_path / "shotgun_software.duckdb")) as connection:
            columns = ", ".join(f'"{name}"' for name in read)
            held = connection.execute(f"select {columns} from {DATASET}.shots").fetchall()
        assert held == [("x",) * len(read)]
        second = site.load(tmp_path)
        assert second.failed == {}
        assert second.loaded["Shot"].rows_loaded == 0


def test_types_of_any_name_have_tables_of_plain_names_and_are_published(tmp_path: Path) -> None:
    with foreign_site() as site:
        for name in ("Shot", *TYPE_NAMES):
            site.types[name] = ForeignType(
                {"code": "text", "link": "entity"},
                {1: {"code": b'"x"', "link": json.dumps({"type": name, "id": 1}).encode()}},
            )
        with published(site, tmp_path) as connection:
            tables = connection.execute(
                f"select table_name from duckdb_tables() where schema_name = '{DATASET}' "
                "and not starts_with(table_name, '_')"
            ).fetchall()
            assert len(tables) == len(site.types)
            for (table,) in tables:
                assert table.isascii()
                assert table.replace("_", "").isalnum()
                assert len(table) <= 63


@pytest.mark.parametrize("token", ["тайна", "", "a b", "a\r\nX-Evil: 1", "é", "\ud83d", "a\0b"])
def test_a_token_that_no_header_can_hold_is_an_error_at_once(token: str) -> None:
    with foreign_site() as site:
        path = "/auth/access_token"
        site.bodies[path] = json.dumps({"access_token": token, "expires_in": 600}).encode()
        with pytest.raises(MalformedAnswer, match="token"):
            site.client().entity_types()
        assert site.requests[path] == 1


@pytest.mark.parametrize("number", [2**63, 2**64, 10**30])
def test_an_id_beyond_64_bits_makes_its_type_red_and_the_others_land(
    tmp_path: Path, number: int
) -> None:
    code = {"code": b'"x"'}
    with foreign_site() as site:
        site.types["Asset"] = ForeignType({"code": "text"}, {1: code})
        site.types["Shot"] = ForeignType({"code": "text"}, {1: code, number: code})
        first = site.load(tmp_path)
        assert set(first.loaded) == {"Asset"}
        assert str(number) in first.failed["Shot"]
        with pytest.raises(SiteError, match="64 bits"):
            list(site.client().rows("Shot", ["code"]))
        del site.types["Shot"].rows[number]  # type: ignore[attr-defined]  # it is a dict here
        assert site.load(tmp_path).failed == {}


def test_a_text_that_is_none_in_the_schema_costs_no_field(tmp_path: Path) -> None:
    said: dict[str, Any] = {"name": {"value": "X"}, "data_type": {"value": "text"}}
    halves = json.dumps({**said, "description": {"value": "a\ud83d b"}}).encode()
    bytes_ = json.dumps({**said, "description": {"value": "@"}}).encode().replace(b"@", b"\xff")
    with foreign_site() as site:
        site.types["Shot"] = ForeignType(
            {"one": "text", "two": "text"},
            {1: {"one": b'"x"', "two": b'"y"'}},
            said={"one": halves, "two": bytes_},
        )
        assert site.load(tmp_path).failed == {}
        described = [field.description for field in site.client().fields("Shot")]
        assert described == ["a\ufffd b", "\ufffd"]
