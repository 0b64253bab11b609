"""Event log entries whose `meta` is anything: each is in the table, its parts empty where odd."""

from __future__ import annotations

from pathlib import Path

import duckdb

from shotgrid_dagster.destination.warehouse import DATASET
from shotgrid_dagster.source.loading.quarantine_table import TABLE as QUARANTINE
from shotgrid_dagster_tests.foreign_site.site import ForeignType, foreign_site
from shotgrid_dagster_tests.foreign_site.values import VALUES

PARTS = ("entity_type", "entity_id", "old_value", "new_value", "added", "removed", "in_create")


def test_every_entry_lands_whatever_its_meta_or_a_part_of_it_is(tmp_path: Path) -> None:
    metas = [
        *VALUES,
        *(b'{"type": "attribute_change", "%s": %s}' % (part.encode(), value)
          for part in PARTS for value in VALUES),
    ]  # fmt: skip
    fields = {"event_type": "text", "attribute_name": "text", "created_at": "date_time"}
    rows = {
        id_: {"meta": meta, "created_at": b'"2026-03-04T05:06:07Z"'}
        for id_, meta in enumerate(metas, start=1)
    }
    with foreign_site() as site:
        site.types["EventLogEntry"] = ForeignType({**fields, "meta": "serializable"}, rows)
        site.types["Shot"] = ForeignType({"code": "text"}, {1: {"code": b'"x"'}})
        first = site.load(tmp_path)
        assert first.failed == {}
        second = site.load(tmp_path)
        assert second.failed == {}
        assert second.loaded["EventLogEntry"].rows_loaded == 0
    with duckdb.connect(str(tmp_path / "shotgun_software.duckdb")) as connection:
        connection.execute(f"set search_path = '{DATASET}'")
        entries = "select count(*), count(meta) from event_log_entries"
        ((held, with_meta),) = connection.execute(entries).fetchall()
        ((aside,),) = connection.execute(f"select count(*) from {QUARANTINE}").fetchall()
        assert held == len(metas)
        assert with_meta + aside == held
        # The views of what a list gained and lost can be read.
        for view in ("_sg_added", "_sg_removed"):
            connection.execute(f"select count(link__id) from event_log_entries__{view}").fetchall()
