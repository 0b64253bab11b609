"""A site whose fields come, go, change their names and types, and hold values that do not fit."""

from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from shotgrid_dagster.destination.warehouse import DATASET
from shotgrid_dagster.sandbox.entity_types.fields import number, text
from shotgrid_dagster.source.loading.quarantine import Quarantine
from shotgrid_dagster.source.reading.channel import LoadMode
from shotgrid_dagster_tests.source.changing_site import ChangingSite

QUARANTINE = "select table_name, row_id, field, value, reason from _sg_quarantine order by 1, 2, 3"


def cut_in(site: ChangingSite, shot: int, json_text: str | None) -> None:
    """What the site answers for a Shot's `sg_cut_in`, which is a number by its schema."""
    site.site.edit(
        "update shots set sg_cut_in = ?, updated_at = strftime('%Y-%m-%dT%H:%M:%SZ') where id = ?",
        json_text,
        shot,
    )


def test_a_bad_value_is_quarantined_once_its_row_lands_and_a_fixed_one_leaves(
    either: ChangingSite,
) -> None:
    cut_in(either, 1, '"many"')
    cut_in(either, 2, "2.5")
    cut_in(either, 3, f'"{2**63}"')
    first = either.load("Shot").loaded["Shot"]
    bad = [
        ("shots", 1, "sg_cut_in", "many", "not a whole number of 64 bits"),
        ("shots", 2, "sg_cut_in", "2.5", "not a whole number of 64 bits"),
        ("shots", 3, "sg_cut_in", str(2**63), "not a whole number of 64 bits"),
    ]
    assert either.rows(QUARANTINE) == bad
    assert first.quarantined == 3
    assert first.rows_total == 22
    held = either.rows("select sg_cut_in, code is not null from shots where id <= 3")
    assert held == [(None, True)] * 3

    again = either.load("Shot").loaded["Shot"]
    assert (again.rows_loaded, again.quarantined) == (0, 3)
    assert either.rows(QUARANTINE) == bad

    cut_in(either, 1, "1001")
    assert either.load("Shot").loaded["Shot"].quarantined == 2
    assert either.rows(QUARANTINE) == bad[1:]
    assert either.rows("select sg_cut_in from shots where id = 1") == [(1001,)]

    cut_in(either, 2, None)
    cut_in(either, 3, "7")
    assert either.load("Shot").loaded["Shot"].quarantined == 0
    assert either.rows(QUARANTINE) == []
    assert either.types("shots")["sg_cut_in"] == "BIGINT"
    assert not [name for name in either.types("shots") if "__v_" in name]


def test_a_bad_value_that_comes_later_keeps_its_row_up_to_date(site: ChangingSite) -> None:
    site.load("Shot")
    cut_in(site, 1, '"many"')
    site.site.edit("update shots set code = 'renamed' where id = 1")
    site.load("Shot")
    assert [row[:4] for row in site.rows(QUARANTINE)] == [("shots", 1, "sg_cut_in", "many")]
    assert site.rows("select code, sg_cut_in from shots where id = 1") == [("renamed", None)]


def test_a_run_that_dies_between_the_quarantine_and_its_rows_ends_with_one_entry(
    either: ChangingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    either.load("Shot")
    cut_in(either, 1, '"many"')
    settle = Quarantine.settle

    def dies(self: Quarantine) -> None:
        settle(self)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Quarantine, "settle", dies)
        with pytest.raises(KeyboardInterrupt):
            either.load("Shot")
    assert either.load("Shot").loaded["Shot"].quarantined == 1
    assert len(either.rows(QUARANTINE)) == 1
    cut_in(either, 1, "5")
    either.load("Shot")
    assert either.rows(QUARANTINE) == []


def test_a_field_that_is_retyped_keeps_its_column_and_the_values_that_fit(
    site: ChangingSite,
) -> None:
    cut_in(site, 1, "11")
    site.load("Shot")
    site.change("Shot", "sg_cut_in", data_type="text")
    cut_in(site, 1, "12")
    cut_in(site, 2, "twelve")
    said = site.load("Shot").loaded["Shot"]
    assert "sg_cut_in is text on the site now, and stays integer" in said.layout.retyped
    assert site.types("shots")["sg_cut_in"] == "BIGINT"
    assert site.rows("select id, sg_cut_in from shots where id <= 2 order by id") == [
        (1, 12),
        (2, None),
    ]
    ((_, shot, _, value, reason),) = site.rows(QUARANTINE)
    assert (shot, value) == (2, "twelve")
    assert reason == "not a whole number of 64 bits; the site calls it text now"
    site.change("Shot", "sg_cut_in", data_type="number")
    cut_in(site, 2, "13")
    assert site.load("Shot").loaded["Shot"].layout.retyped == ()
    assert site.rows(QUARANTINE) == []


def test_a_link_that_becomes_a_list_is_kept_out_of_the_column_of_the_link(
    site: ChangingSite,
) -> None:
    site.load("Shot")
    before = site.types("shots")
    site.change("Shot", "sg_sequence", data_type="multi_entity")
    site.site.edit("update shots set sg_sequence = '[' || sg_sequence || ']'")
    site.load("Shot")
    assert site.types("shots") == before
    reasons = {row[4] for row in site.rows(QUARANTINE)}
    assert reasons == {"not one link; the site calls it multi_entity now"}


def test_no_signature_gets_into_a_column_that_was_a_text_when_its_field_becomes_an_image(
    site: ChangingSite,
) -> None:
    site.put("Shot", text("sg_look", "Look", expression="'/a/b.jpg'"))
    site.load("Shot")
    site.change("Shot", "sg_look", data_type="image")
    site.load("Shot")
    ((look,),) = site.rows("select distinct sg_look from shots")
    assert str(look).endswith("/a/b.jpg")
    assert "?" not in str(look)


def test_a_field_that_is_gone_keeps_its_column_and_its_values_and_is_reported(
    either: ChangingSite,
) -> None:
    either.site.edit("update shots set description = 'of old ' || id")
    either.site.edit("update shots set sg_cut_in = 100 + id")
    either.load("Shot")
    gone = ("description", "sg_sequence", "sg_cut_in", "assets")
    values = ", ".join(("id", *gone[:1], "sg_sequence__id", "sg_cut_in", "assets::varchar"))
    before = either.rows(f"select {values} from shots order by id")
    for name in gone:
        either.drop("Shot", name)
    either.site.edit(
        "update shots set code = 'renamed', updated_at = strftime('%Y-%m-%dT%H:%M:%SZ') "
        "where id <= 3"
    )
    said = either.load("Shot").loaded["Shot"]
    assert {"-description", "-sg_sequence__id", "-sg_cut_in"} <= set(said.schema_changes)
    assert [item.field.name for item in said.layout.gone] == sorted(gone)
    assert either.rows("select distinct code from shots where id <= 3") == [("renamed",)]
    assert either.rows(f"select {values} from shots order by id") == before
    ((comment,),) = either.rows(
        "select comment from duckdb_columns() where table_name = 'shots' "
        "and column_name = 'description' and schema_name = 'shotgun_software_data'"
    )
    assert "No longer on the site" in str(comment)
    assert either.load("Shot").loaded["Shot"].rows_loaded == 0

    # A full refresh rewrites every row, a lost row is rewritten as it was.
    either.site.edit("delete from shots where id = 1")
    either.load("Shot", mode=LoadMode(full_refresh=True))
    assert either.rows(f"select {values} from shots order by id") == before
    assert either.rows("select _sg_state from shots where id = 1") == [("lost",)]


def test_a_field_that_comes_back_is_read_again_with_the_type_that_its_column_has(
    site: ChangingSite,
) -> None:
    site.load("Shot")
    known = site.schema["Shot"].fields["sg_cut_in"]
    site.drop("Shot", "sg_cut_in")
    site.load("Shot")
    site.put("Shot", text("sg_cut_in", "Cut In"))
    site.site.edit("update shots set sg_cut_in = 5 where id = 1")
    back = site.load("Shot").loaded["Shot"]
    assert "+sg_cut_in" in back.schema_changes
    assert back.layout.retyped
    assert site.types("shots")["sg_cut_in"] == "BIGINT"
    site.put("Shot", known)
    site.load("Shot")
    assert site.rows("select sg_cut_in from shots where id = 1") == [(5,)]


def test_a_display_name_is_the_comment_of_its_column_and_follows_the_sites(
    either: ChangingSite,
) -> None:
    def comment() -> str:
        ((said,),) = either.rows(
            "select comment from duckdb_columns() where table_name = 'shots' "
            "and column_name = 'sg_cut_in' and schema_name = 'shotgun_software_data'"
        )
        return str(said)

    either.load("Shot")
    assert comment() == "Cut In"
    either.change("Shot", "sg_cut_in", display_name="Début d'un plan 100% 名前")
    said = either.load("Shot").loaded["Shot"]
    assert (said.rows_loaded, said.schema_changes) == (0, ())
    assert comment() == "Début d'un plan 100% 名前"


def test_a_type_that_is_gone_keeps_its_table_and_is_reported(site: ChangingSite) -> None:
    site.load("Scene", "Shot")
    before = site.rows("select * from scenes order by id")
    site.site.client().discover().save(site.settings().project.schema_path)
    site.drop_type("Scene")
    result = site.try_to_load("Scene", "Shot")
    assert result.gone == ("Scene",)
    assert "which the site does not have" in result.failed["Scene"]
    assert "Shot" in result.loaded
    assert site.rows("select * from scenes order by id") == before


def test_a_new_field_becomes_a_column_with_its_values(site: ChangingSite) -> None:
    site.load("Shot")
    site.put("Shot", number("sg_new", "New", expression="t.id * 2"))
    assert site.load("Shot").loaded["Shot"].schema_changes == ("+sg_new",)
    assert site.rows("select count(*) from shots where sg_new is distinct from id * 2") == [(0,)]


def test_delta_tables_have_a_quarantine_and_keep_columns_of_fields_that_are_gone(
    site: ChangingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = site.folder / "lake"
    monkeypatch.setenv("DESTINATION__FILESYSTEM__BUCKET_URL", str(lake))

    def read(table: str, *columns: str) -> list[dict[str, Any]]:
        delta = DeltaTable(str(lake / DATASET / table)).to_pyarrow_table(columns=list(columns))
        rows: list[dict[str, Any]] = pa.table(delta).sort_by(columns[0]).to_pylist()
        return rows

    cut_in(site, 1, '"many"')
    cut_in(site, 2, "2.5")
    site.load("Shot", destination="filesystem")
    quarantined = read("_sg_quarantine", "row_id", "value")
    assert quarantined == [{"row_id": 1, "value": "many"}, {"row_id": 2, "value": "2.5"}]
    before = read("shots", "id", "description", "sg_sequence__id")
    cut_in(site, 1, "1")
    site.drop("Shot", "description")
    site.drop("Shot", "sg_sequence")
    site.load("Shot", destination="filesystem")
    assert read("_sg_quarantine", "row_id", "value") == [{"row_id": 2, "value": "2.5"}]
    assert read("shots", "id", "description", "sg_sequence__id") == before
    assert read("shots", "id", "sg_cut_in")[0] == {"id": 1, "sg_cut_in": 1}
