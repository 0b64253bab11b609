"""Settings that change from one load to the next: what becomes of what is there already."""

from __future__ import annotations

import pytest

from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.source.loading import type_load
from shotgrid_dagster.source.loading.packages import package_rows
from shotgrid_dagster.source.reading.channel import LoadMode
from shotgrid_dagster_tests.source.changing_site import ChangingSite

FULL = LoadMode(full_refresh=True)
CENSUS = LoadMode(census=True)
OF_EACH_KIND = ("description", "sg_sequence", "sg_cut_in", "assets", "image")
"""A text, a link, a number, a list of links and a picture: all of Shot."""
VALUES = "id, description, sg_sequence__id, sg_sequence__name, sg_cut_in, assets::varchar, image"
NOW = "strftime('%Y-%m-%dT%H:%M:%SZ')"


def leave_out(site: ChangingSite, *fields: str) -> None:
    site.given["exclude_fields"] = tuple(f"Shot.{name}" for name in fields)


def test_a_field_that_is_left_out_later_keeps_its_values_in_rows_that_are_written_anew(
    either: ChangingSite,
) -> None:
    either.site.edit("update shots set description = 'of old ' || id, sg_cut_in = 100 + id")
    either.load("Shot")
    before = either.rows(f"select {VALUES} from shots order by id")
    leave_out(either, *OF_EACH_KIND)
    either.site.edit(
        f"update shots set code = 'renamed', description = 'new', updated_at = {NOW} where id <= 3"
    )
    either.load("Shot")
    assert either.rows("select distinct code from shots where id <= 3") == [("renamed",)]
    assert either.rows(f"select {VALUES} from shots order by id") == before
    ((comment,),) = either.rows(
        "select comment from duckdb_columns() where table_name = 'shots' "
        "and column_name = 'description' and schema_name = 'shotgun_software_data'"
    )
    assert "left out by the settings" in str(comment)
    assert either.load("Shot").loaded["Shot"].rows_loaded == 0
    either.given["exclude_fields"] = ()
    either.load("Shot")
    now = either.rows(f"select {VALUES} from shots order by id")
    assert [row[1] for row in now[:3]] == ["new"] * 3
    assert now[3:] == before[3:]


@pytest.mark.parametrize("field", OF_EACH_KIND)
def test_rows_are_marked_and_refreshed_whatever_kind_of_field_is_left_out(
    either: ChangingSite, field: str
) -> None:
    either.load("Shot")
    ((project, rows),) = either.rows(
        "select project__id, count(*) from shots group by 1 order by 2 desc limit 1"
    )
    erased = either.rows(f"select min(id) from shots where project__id = {project}")[0][0]
    either.site.edit("delete from shots where id = ?", erased)
    leave_out(either, field)
    either.given["projects"] = (str(project),)
    shots = either.load("Shot").loaded["Shot"]
    assert shots.rows["left_out"] == shots.rows_total - rows
    assert shots.rows["lost"] == 1
    either.load("Shot", mode=FULL)
    del either.given["projects"]
    assert "left_out" not in either.load("Shot", mode=CENSUS).loaded["Shot"].rows


def test_a_full_refresh_empties_what_the_settings_leave_out_and_keeps_what_the_site_hides(
    site: ChangingSite,
) -> None:
    site.site.edit("update shots set description = 'of old', sg_cut_in = 7")
    site.load("Shot")
    site.change("Shot", "sg_cut_in", data_type="pivot_column")
    leave_out(site, "description")
    site.site.edit(f"update shots set code = 'renamed', updated_at = {NOW}")
    site.load("Shot")
    there = "select distinct description, sg_cut_in from shots"
    assert site.rows(there) == [("of old", 7)]
    site.load("Shot", mode=FULL)
    assert site.rows(there) == [(None, 7)]


def test_the_event_log_is_loaded_without_the_field_that_its_parts_come_from(
    site: ChangingSite,
) -> None:
    site.given["exclude_fields"] = ("EventLogEntry.meta",)
    log = site.load("EventLogEntry").loaded["EventLogEntry"]
    assert log.rows_total > 0
    assert "meta" not in site.types("event_log_entries")
    assert site.rows("select distinct _sg_entity_type from event_log_entries") == [(None,)]


@pytest.mark.parametrize("field", ["meta", "description"])
def test_old_entries_of_the_event_log_get_the_values_of_a_field_that_is_read_again(
    site: ChangingSite, field: str
) -> None:
    columns = f"id, {field}::varchar, event_type, _sg_entity_id, _sg_new_value::varchar"
    read = f"select {columns} from event_log_entries order by id"
    site.load("EventLogEntry")
    whole = site.rows(read)
    site.given["exclude_fields"] = (f"EventLogEntry.{field}",)
    site.load("EventLogEntry", mode=FULL)
    assert site.rows(f"select count({field}) from event_log_entries") == [(0,)]
    site.given["exclude_fields"] = ()
    again = site.load("EventLogEntry").loaded["EventLogEntry"]
    assert again.why == f"from the first entry on, for the new column {field}"
    assert site.rows(read) == whole
    assert site.load("EventLogEntry").loaded["EventLogEntry"].rows_loaded == 0


def test_a_row_that_was_erased_while_it_was_outside_of_the_projects_is_lost_when_they_widen(
    either: ChangingSite,
) -> None:
    either.load("Shot")
    ((project,),) = either.rows(
        "select project__id from shots group by 1 order by count(*) desc limit 1"
    )
    ((erased,),) = either.rows(f"select min(id) from shots where project__id <> {project}")
    either.given["projects"] = (str(project),)
    either.load("Shot")
    either.site.edit("delete from shots where id = ?", erased)
    either.load("Shot", mode=CENSUS)
    assert either.rows(f"select _sg_state from shots where id = {erased}") == [("left_out",)]
    del either.given["projects"]
    either.load("Shot")
    assert either.rows(f"select _sg_state from shots where id = {erased}") == [("lost",)]


def test_rows_that_were_marked_as_lost_go_when_the_settings_say_so_later(
    either: ChangingSite,
) -> None:
    either.load("Shot")
    either.site.edit("delete from shots where id = 1")
    assert either.load("Shot", mode=CENSUS).loaded["Shot"].rows["lost"] == 1
    either.given["on_lost"] = "delete"
    shots = either.load("Shot").loaded["Shot"]
    assert "lost" not in shots.rows
    assert shots.is_news
    assert shots.version != shots.version_before
    assert not either.load("Shot").loaded["Shot"].is_news


@pytest.fixture
def interrupted(site: ChangingSite, monkeypatch: pytest.MonkeyPatch) -> ChangingSite:
    """A site of which a first load can break off after some packages."""
    monkeypatch.setattr(package_rows, "PACKAGE_ROWS", 5)
    monkeypatch.setattr(type_load, "ROWS_TO_WAIT_FOR", 5)
    monkeypatch.setattr(type_load, "FEW_ROWS", 5)
    site.given |= {"page_size": 5}
    return site


def break_off(site: ChangingSite) -> None:
    site.site.fail("status", "/entity/Shot/_search", status=403, nth=4)
    assert "Shot" in site.try_to_load("Shot").failed
    site.site.recover()
    ((rows,),) = site.rows("select count(*) from shots")
    assert 0 < int(str(rows)) < 22


def test_a_first_load_that_goes_on_with_more_fields_has_their_values_in_all_rows(
    interrupted: ChangingSite,
) -> None:
    site = interrupted
    site.site.edit("update shots set sg_cut_in = 7")
    leave_out(site, "sg_cut_in")
    break_off(site)
    site.given["exclude_fields"] = ()
    site.load("Shot")
    assert site.rows("select count(*), count(sg_cut_in) from shots") == [(22, 22)]


def test_a_first_load_that_goes_on_with_more_projects_has_all_their_rows(
    interrupted: ChangingSite,
) -> None:
    site = interrupted
    of = [shot["project"]["id"] for shot in Editor(site.site.database).dump("Shot").values()]
    site.given["projects"] = (str(max(of, key=of.count)),)
    site.given["page_size"] = 2
    break_off(site)
    site.given["projects"] = ()
    done = site.load("Shot").loaded["Shot"]
    assert done.rows_total == 22
    assert set(done.rows) == {"live", "retired"}
