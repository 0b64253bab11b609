"""Past months of the event log, read again into the table of the ordinary load."""

from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from shotgrid_dagster.backfill import build_backfill
from shotgrid_dagster.config.project import ProjectFile
from shotgrid_dagster.defs.assets.event_months import MONTHS_KEY
from shotgrid_dagster.defs.resources import ShotGridResource, WarehouseResource
from shotgrid_dagster.source.reading.channel import LoadMode
from shotgrid_dagster.source.whole_site import load_site
from shotgrid_dagster_tests.conftest import SandboxSite

LOG = "shotgun_software_data.event_log_entries"


class Backfill:
    def __init__(self, site: SandboxSite, folder: Path) -> None:
        self.site = site
        self.folder = folder
        self.settings = site.settings(folder, entity_types=("EventLogEntry",))
        self.defs = build_backfill(ProjectFile(data_dir=folder))
        self.shotgrid = ShotGridResource(
            warehouse=WarehouseResource(data_dir=str(folder)),
            site_url=site.url,
            client_id=site.client_id,
            client_secret=site.client_secret,
        )

    def run(self, first: str, last: str) -> dg.ExecuteInProcessResult:
        job = dg.Definitions(
            assets=self.defs.assets,
            resources={**(self.defs.resources or {}), "shotgrid": self.shotgrid},
            jobs=[dg.define_asset_job("months", [MONTHS_KEY])],
            executor=dg.in_process_executor,
        ).resolve_job_def("months")
        return job.execute_in_process(
            tags={
                "dagster/asset_partition_range_start": first,
                "dagster/asset_partition_range_end": last,
            },
            raise_on_error=False,
        )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.folder / "shotgun_software.duckdb")) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def backfill(sandbox_site: SandboxSite, tmp_path: Path) -> Backfill:
    return Backfill(sandbox_site, tmp_path / "data")


def test_missing_entries_of_some_months_come_back_once_in_one_run(backfill: Backfill) -> None:
    assert load_site(backfill.settings).failed == {}
    everything = f"select id, event_type, meta, _sg_entity_id, created_at from {LOG} order by id"
    before = backfill.rows(everything)
    ((first, last),) = backfill.rows(
        "select strftime(min(created_at), '%Y-%m-01'), strftime(max(created_at), '%Y-%m-01') "
        f"from (select created_at from {LOG} order by id limit 500)"
    )
    ((gone,),) = backfill.rows(
        f"select count(*) from {LOG} where id % 3 = 0 "
        f"and created_at < timestamptz '{last} 00:00:00+00' + interval 1 month"
    )
    backfill.rows(
        f"delete from {LOG} where id % 3 = 0 "
        f"and created_at < timestamptz '{last} 00:00:00+00' + interval 1 month"
    )
    result = backfill.run(str(first), str(last))
    assert result.success
    assert backfill.rows(everything) == before
    events = result.get_asset_materialization_events()
    facts = {name: entry.value for name, entry in events[0].materialization.metadata.items()}
    assert facts["entries_that_were_missing"] == gone != 0
    assert facts["months"] == len(events)
    again = backfill.run(str(first), str(last)).get_asset_materialization_events()[0]
    assert again.materialization.metadata["entries_that_were_missing"].value == 0
    # The ordinary load goes on from its own mark.
    assert load_site(backfill.settings, mode=LoadMode()).loaded["EventLogEntry"].rows_loaded == 0


def test_without_a_loaded_log_it_says_what_to_materialize_first(backfill: Backfill) -> None:
    result = backfill.run("2026-01-01", "2026-01-01")
    assert not result.success
    assert "materialize shotgrid/event_log_entries first" in str(result.all_events)
