"""Column, view and table names: each field has its own, in every destination, in every run."""

import string

from dlt.common.normalizers.naming.snake_case import NamingConvention
from hypothesis import given
from hypothesis import strategies as st

from shotgrid_dagster.sandbox.entity_types.fields import multi_entity, text
from shotgrid_dagster.sandbox.store.schema import Field as SandboxField
from shotgrid_dagster.site import EntityType, Field
from shotgrid_dagster.site.naming import table_name
from shotgrid_dagster.site.schema import with_tables
from shotgrid_dagster.source.tables.column_names import LONGEST, column_name, view_name
from shotgrid_dagster.source.tables.columns import layout
from shotgrid_dagster_tests.source.changing_site import ChangingSite

DLT = NamingConvention()
ODD = [
    *("x", "X", "sg_x", "Sg_x", "SG_X", "sg_", "sg__1", "sg_1_", "f", "f__id", "f__type"),
    *("_sg_state", "_dlt_id", "ID", "select", "order", "名前", "имя", "3d", "a b", "a-b", "a.b"),
    *("y" * 63, "y" * 64, "y" * 65, "", "_"),
]

names = st.one_of(
    st.sampled_from(ODD),
    st.text(alphabet="aAbB_01 -é名", max_size=12),
    st.text(alphabet=string.ascii_lowercase + "_", min_size=50, max_size=90),
)
fields = st.lists(
    st.tuples(names, st.sampled_from(["text", "entity", "multi_entity"])), max_size=30
)


@given(fields)
def test_no_two_fields_share_a_column_whatever_they_are_called(
    named: list[tuple[str, str]],
) -> None:
    known = {name: Field(name, name, data_type) for name, data_type in named if name != "id"}
    columns = layout(EntityType("Shot", "Shot", tuple(known.values()))).columns
    found = [column.name for column in columns]
    assert len({name.casefold() for name in found}) == len(found)
    for name in found:
        assert len(name.encode()) <= LONGEST
        assert DLT.normalize_path(name) == name


@given(fields)
def test_a_column_depends_on_nothing_but_its_own_field(named: list[tuple[str, str]]) -> None:
    known = {name: Field(name, name, data_type) for name, data_type in named if name != "id"}

    def columns(some: list[Field]) -> dict[str, list[str]]:
        read = layout(EntityType("Shot", "Shot", tuple(some))).fields_read
        return {item.field.name: [column.name for column in item.columns] for item in read}

    together = columns(list(known.values()))
    assert columns(list(reversed(known.values()))) == together
    for name, field in known.items():
        # one that cannot be asked for is skipped, alone and with others
        assert columns([field]).get(name) == together.get(name)


def test_plain_names_are_kept_as_they_are() -> None:
    for name in ("sg_cut_in", "code", "order", "sg_3d_ready", "x" * 63):
        assert column_name(name) == name
    assert column_name("名前") == column_name("名前") != column_name("имя")


@given(st.text(alphabet="ab_", min_size=1, max_size=80), st.text(alphabet="ab_", max_size=80))
def test_views_of_links_have_names_that_postgres_does_not_cut(table: str, column: str) -> None:
    assert len(view_name(table, column)) <= LONGEST
    assert view_name(table, column) == view_name(table, column)


def test_two_types_with_one_table_name_have_a_table_each_in_any_order() -> None:
    types = ["Asset_scene_Connection", "AssetSceneConnection", "assetSceneConnection", "Shot"]
    given_ = [EntityType(name, name) for name in types]
    tables = {item.name: item.table for item in with_tables(given_)}
    assert tables["AssetSceneConnection"] == "asset_scene_connections"
    assert tables["Shot"] == "shots"
    assert len({table.casefold() for table in tables.values()}) == len(types)
    assert {item.name: item.table for item in with_tables(given_[::-1])} == tables


def test_a_table_name_is_never_too_long_for_postgres() -> None:
    long = "Asset_sg_" + "very_" * 20 + "Connection"
    assert len(table_name(long)) <= LONGEST
    assert table_name(long) != table_name(long.replace("Asset", "Shot"))


def oddities() -> list[SandboxField]:
    """A text for each odd name, whose value is the name and the row's id."""
    plain = [name for name in ODD if name.isascii() and name not in ("", "ID", "_", "a b", "a.b")]
    return [text(name, f"«{name}»", expression=f"'{name}' || t.id") for name in plain]


def test_fields_of_any_name_are_loaded_and_loaded_again_without_a_change(
    site: ChangingSite,
) -> None:
    site.put("Scene", *oddities())
    long = "sg_" + "long" * 15
    site.site.edit(f"alter table scenes add column {long} text not null default '[]'")
    site.put("Scene", multi_entity(long, "Long", ["Shot"]))
    first = site.load("Scene").loaded["Scene"]
    held = site.types("scenes")
    for oddity in oddities():
        column = column_name(oddity.name)
        assert column in held
        wrong = (
            f"select count(*) from scenes where \"{column}\" is distinct from '{oddity.name}' || id"
        )
        assert site.rows(wrong) == [(0,)]
    assert first.rows_total
    site.site.edit("update scenes set code = 'renamed' where id = 1")
    assert site.load("Scene").loaded["Scene"].rows_loaded == 1
    assert site.types("scenes") == held
