"""What the site says about itself: asked again when it may have changed, and there in tables."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest

from shotgrid_dagster.destination.warehouse import DATASET
from shotgrid_dagster.sandbox.http.app import create_app
from shotgrid_dagster.source.reading.channel import ORDINARY, LoadMode
from shotgrid_dagster.source.whole_site import load_site
from shotgrid_dagster_tests.conftest import SandboxSite, serving

HIDDEN = "select project_id, code from _sg_status_settings where entity_type = 'Task' and is_hidden"
WORK_DAYS = "GET /schedule/work_day_rules"


@dataclass
class Studio:
    """A site whose clock the test moves, and its copy."""

    data_dir: Path
    now: datetime = datetime(2026, 11, 20, 9, tzinfo=timezone.utc)
    site: SandboxSite = field(init=False)

    def clock(self) -> datetime:
        return self.now

    def asked(self, mode: LoadMode = ORDINARY) -> int:
        """How many calendars a load asked for: one is the studio's, one is each project's."""
        requests = self.site.app.state.requests
        requests.clear()
        settings = self.site.settings(self.data_dir, entity_types=("Department",))
        assert load_site(settings, mode=mode).failed == {}
        return int(requests[WORK_DAYS])

    def hide(self, project: int, status: str) -> None:
        hidden = {str(project): {"Task.sg_status_list": [status]}}
        self.site.app.state.site.settings["_hidden_values"] = json.dumps(hidden)

    def give_a_day_off(self, day: str) -> None:
        """For the whole studio."""
        settings = self.site.app.state.site.settings
        days = json.loads(settings["_work_days"])
        days[""][day] = [False, "Founders' Day"]
        settings["_work_days"] = json.dumps(days)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.data_dir / "shotgun_software.duckdb")) as connection:
            connection.execute(f"set search_path = '{DATASET}'")
            return connection.execute(sql).fetchall()

    def running(self) -> list[int]:
        return [
            int(str(row["id"]))
            for row in self.site.client().rows("Project", ["archived", "is_template"])
            if not (row["archived"] or row["is_template"])
        ]


@pytest.fixture
def studio(tiny_database: Path, tmp_path: Path) -> Iterator[Studio]:
    studio = Studio(tmp_path / "data")
    database = Path(shutil.copy(tiny_database, tmp_path / "site.sqlite"))
    with serving(database, create_app(database, clock=studio.clock)) as studio.site:
        yield studio


def test_each_project_is_asked_once_a_day(studio: Studio) -> None:
    every_project = 1 + len(studio.running())
    assert every_project > 2
    assert studio.asked() == every_project
    assert [studio.asked(), studio.asked()] == [1, 1]
    studio.now += timedelta(hours=23)
    assert studio.asked() == 1
    studio.now += timedelta(hours=1)
    assert studio.asked() == every_project, "a day later"
    assert studio.asked() == 1, "which is remembered, though nothing was new"


def test_what_a_project_hides_is_there_a_day_later_and_after_a_census_at_once(
    studio: Studio,
) -> None:
    project = studio.running()[0]
    studio.hide(project, "hld")
    studio.asked()
    assert studio.rows(HIDDEN) == [(project, "hld")]
    studio.hide(project, "fin")
    studio.asked()
    assert studio.rows(HIDDEN) == [(project, "hld")]
    studio.asked(LoadMode(census=True))
    assert studio.rows(HIDDEN) == [(project, "fin")]
    studio.hide(project, "wtg")
    studio.now += timedelta(days=1)
    studio.asked()
    assert studio.rows(HIDDEN) == [(project, "wtg")]


def test_what_the_site_says_of_itself_is_there_with_the_next_load(studio: Studio) -> None:
    studio.asked()
    studio.give_a_day_off("2026-11-25")
    assert studio.asked() > 1, "and the projects are asked with it"
    days = "select project_id, description from _sg_work_days where day = '2026-11-25'"
    assert (0, "Founders' Day") in studio.rows(days)
    (project, *_) = studio.running()
    studio.site.edit("update projects set archived = 1 where id = ?", project)
    assert studio.asked() == 1 + len(studio.running()), "other projects are running"


def test_a_table_that_somebody_dropped_is_read_anew(studio: Studio) -> None:
    every_project = studio.asked()
    studio.rows("drop table _sg_work_days")
    assert studio.asked() == every_project
    assert studio.rows("select count(*) > 365 from _sg_work_days") == [(True,)]
