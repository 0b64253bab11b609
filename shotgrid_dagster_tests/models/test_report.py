"""The weekly reports: what stands on a page, what becomes of old ones, what gets to the site."""

from __future__ import annotations

import base64
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from shotgrid_dagster.config.project import ProjectFile
from shotgrid_dagster.config.reports import ReportSettings, read_report_settings
from shotgrid_dagster.dashboard import week
from shotgrid_dagster.dashboard.folder import PageFolder, page_name
from shotgrid_dagster.dashboard.questions import READS, Models
from shotgrid_dagster.dashboard.report import report_page
from shotgrid_dagster.defs.assets.pages import DISPLAY_NAME, dashboard_asset, report_asset
from shotgrid_dagster.defs.build import MODELS
from shotgrid_dagster.defs.resources import ShotGridResource, WarehouseResource
from shotgrid_dagster.errors import SettingsError
from shotgrid_dagster.sandbox.faults.faults import Fault
from shotgrid_dagster.site.uploads import holds
from shotgrid_dagster_tests.browser import chromium, why_no_browser
from shotgrid_dagster_tests.conftest import SandboxSite, serving
from shotgrid_dagster_tests.models.conftest import House
from shotgrid_dagster_tests.models.drawn import Project, assert_drawn, marks_in
from shotgrid_dagster_tests.models.truth import Truth
from shotgrid_dagster_tests.without_pandas import without_pandas

# the page


@pytest.fixture(scope="module")
def page(house: House, models: Models) -> str:
    """The report of the project in which everything happened."""
    return report_page(models, house.story["show"], "Lantern Tide")


@pytest.fixture
def show(house: House, truth: Truth) -> Project:
    return Project(truth, house.story["show"], erased=[house.story["erased"]])


def tiles(page: str) -> dict[str, str]:
    found = re.findall(r'<div class="tile[^>]*><b>(.*?)</b><span>(.*?)</span>', page)
    return {label: re.sub("<[^>]*>", "", number) for number, label in found}


def test_the_weeks_numbers_are_what_the_site_says(show: Project, page: str, models: Models) -> None:
    mine, all_ = show.week(), show.headlines()
    assert vars(week.numbers(models, show.id)) == mine
    assert tiles(page) == {
        "shots done": f"{all_['shots_done']:,} of {all_['shots']:,}",
        "tasks done": f"{all_['tasks_done']:,} of {all_['tasks']:,}",
        "tasks finished this week": f"{mine['finished']:,}",
        "hours logged this week": f"{mine['minutes_logged'] / 60:,.0f}",
        "tasks due in seven days": f"{mine['due_next']:,}",
        "tasks late": f"{mine['late']:,}",
        "tasks slipped this week": "1",
        "kicked back this week": f"{mine['kick_backs']:,} of {mine['reviews']:,}",
        "kicked back so far": f"{100 * (all_['kick_back_rate'] or 0):.0f} %",
        "tasks waiting for review": f"{mine['waiting']:,}",
    }
    assert mine["finished"] > 0
    assert ">+19</td>" in page


def test_the_lists_have_as_many_rows_as_their_numbers_say(show: Project, models: Models) -> None:
    numbers = show.week()
    for name, ask in (
        ("finished", week.finished),
        ("late", week.late),
        ("due_next", week.due_next),
        ("slipped", week.slipped),
        ("kick_backs", week.kicked_back),
    ):
        assert len(ask(models, show.id, 10_000)) == numbers[name], name
    assert sum(week.phases(models, show.id).values()) == len(show.tasks)


def test_the_pictures_show_what_the_site_says(show: Project, page: str) -> None:
    assert_drawn(show, marks_in(page))


def test_a_page_needs_nothing_but_itself(page: str) -> None:
    without_names_of_formats = re.sub(r'\bxmlns(:\w+)?="[^"]*"', "", page)
    for outside in ("<script", "<link", "<img", "<iframe", "@import", "http:", "https:", "//"):
        assert outside not in without_names_of_formats
    assert set(re.findall(r"url\((.)", page)) <= {"#"}
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]*)\)", page)) <= set(ids)


MAKE = """
import sys
from pathlib import Path
from shotgrid_dagster.dashboard.questions import Models
from shotgrid_dagster.dashboard.report import report_page
page = report_page(Models(Path(sys.argv[1])), int(sys.argv[2]), "Lantern Tide")
sys.stdout.buffer.write(page.encode())
"""


def test_the_same_models_give_the_same_page_byte_for_byte_in_any_time_zone_and_without_pandas(
    house: House, page: str, models: Models, tmp_path: Path
) -> None:
    with models.held() as held:
        assert report_page(held, house.story["show"], "Lantern Tide") == page
    elsewhere = subprocess.run(
        [sys.executable, "-c", MAKE, str(models.database), str(house.story["show"])],
        capture_output=True,
        env={
            **os.environ,
            **without_pandas(tmp_path / "hiding"),
            "TZ": "America/Los_Angeles",
            "PYTHONHASHSEED": "1",
        },
        check=True,
    )
    assert elsewhere.stdout.decode() == page


def test_a_project_without_anything_to_draw_has_a_page_too(house: House, models: Models) -> None:
    page = report_page(models, house.story["project of a day"], "One Day")
    assert page.count("Nothing to draw yet.") >= 2
    assert "Nothing is late." in page


def test_names_from_the_site_are_text_and_nothing_else(
    house: House, models: Models, tmp_path: Path
) -> None:
    database = Path(shutil.copy(models.database, tmp_path / "published.duckdb"))
    with duckdb.connect(str(database)) as connection:
        bad = "'<script src=//evil.example></script>'"
        connection.execute(f"update models.dim_steps set step_name = {bad}")
        connection.execute(f"update models.task_facts set task_name = {bad}, entity_name = {bad}")
        connection.execute("update models.status_meanings set bg_color = '1);background:url(//x'")
    page = report_page(Models(database), house.story["show"], "<script>alert(1)</script>")
    assert "<script" not in page
    assert "url(//" not in page


@pytest.mark.skipif(bool(why_no_browser()), reason=str(why_no_browser()))
def test_it_opens_by_double_click_and_prints_on_a_few_sheets_of_a4(
    page: str, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(page)
    with chromium(width=1200) as browser:
        browser.get(file.as_uri())
        assert browser.execute_script(
            "return [document.querySelectorAll('svg.marks').length, "
            "document.documentElement.scrollWidth <= innerWidth]"
        ) == [5, True]
        printed = browser.execute_cdp_cmd(
            "Page.printToPDF", {"printBackground": True, "preferCSSPageSize": True}
        )
    pdf = base64.b64decode(printed["data"])
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 4
    assert b"/MediaBox [0 0 594" in pdf or b"/MediaBox [0 0 595" in pdf  # points: A4


# the folder


def test_a_pages_name_is_plain_wherever_it_is_saved() -> None:
    assert page_name(70, "Blue Harvest") == "70_blue_harvest.html"
    assert page_name(7, "../Été: 100 %") == "7_ete_100.html"
    assert page_name(8, "健 山本") == "8_project.html"
    assert len(page_name(9, "x" * 300)) < 80


def test_pages_of_projects_that_no_longer_run_go_and_other_files_stay(tmp_path: Path) -> None:
    folder = PageFolder(tmp_path / "reports", "MARK")
    for name in ("1_one.html", "2_two.html"):
        folder.write(name, "MARK")
    for name in ("3_somebody_elses.html", "notes.html", "4_four.txt"):
        (folder.path / name).write_text("MARK" if name == "notes.html" else "mine")
    assert folder.remove_all_but(["2_two.html"]) == ["1_one.html"]
    assert sorted(file.name for file in folder.path.iterdir()) == [
        "2_two.html", "3_somebody_elses.html", "4_four.txt", "notes.html",
    ]  # fmt: skip
    before = (folder.path / "2_two.html").stat().st_mtime_ns
    folder.write("2_two.html", "MARK")
    assert (folder.path / "2_two.html").stat().st_mtime_ns == before


# the asset


class Desk:
    """A data folder with the readers' copy, and a site that takes writes."""

    def __init__(self, folder: Path, database: Path, site: SandboxSite, show: int) -> None:
        self.site, self.show = site, show
        self.project = ProjectFile(data_dir=folder)
        self.database = Path(shutil.copy(database, folder / "published.duckdb"))
        self.change(f"update models.dim_projects set is_running = (project_id = {show})")

    def change(self, sql: str) -> None:
        with duckdb.connect(str(self.database)) as connection:
            connection.execute(sql)

    def slip(self) -> None:
        """Let something change that the report shows."""
        self.change(
            "update models.task_facts set is_late = true, due_on = date '2026-01-02' where task_id "
            f"= (select min(task_id) from models.task_facts where project_id = {self.show} "
            "and counts and not is_done and not is_late)"
        )

    def run(self, *, upload: bool, raises: bool = True) -> dg.ExecuteInProcessResult:
        warehouse = WarehouseResource(data_dir=str(self.project.data_dir))
        shotgrid = ShotGridResource(
            warehouse=warehouse,
            site_url=self.site.url,
            client_id=self.site.client_id,
            client_secret=self.site.client_secret,
        )
        return dg.materialize(
            [report_asset(self.project, ReportSettings(upload=upload))],
            resources={"warehouse": warehouse, "shotgrid": shotgrid},
            raise_on_error=raises,
        )

    @property
    def page(self) -> Path:
        (page,) = (self.project.data_dir / "reports").glob("*.html")
        return page

    def attachments(self) -> list[int]:
        """Live ones of that name, whoever made them; the newest last."""
        about = [["display_name", "is", DISPLAY_NAME]]
        rows = list(self.site.client().rows("Attachment", ["project"], where=about))
        assert [row for row in rows if row["project"]["id"] != self.show] == []
        return [int(str(row["id"])) for row in rows]

    def holds(self, attachment: int) -> bool:
        """Whether an attachment has the bytes of the page in the folder."""
        return holds(self.site.client(), "Attachment", attachment, "this_file", self.page)


@pytest.fixture
def desk(house: House, models: Models, tmp_path: Path) -> Iterator[Desk]:
    copy = tmp_path / "site.sqlite"
    with (
        closing(sqlite3.connect(house.site.database)) as there,
        closing(sqlite3.connect(copy)) as here,
    ):
        there.backup(here)
    (tmp_path / "data").mkdir()
    with serving(copy) as site:
        yield Desk(tmp_path / "data", models.database, site, house.story["show"])


def facts(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    (one,) = result.get_asset_materialization_events()
    return {name: value.value for name, value in one.materialization.metadata.items()}


def failure(result: dg.ExecuteInProcessResult) -> str:
    (event,) = [item for item in result.all_events if item.is_step_failure]
    said = event.step_failure_data.user_failure_data
    assert said is not None
    return str(said.description)


def test_as_it_ships_a_report_is_written_and_the_site_hears_nothing_of_it(desk: Desk) -> None:
    guard = desk.site.app.state.write_guard
    guard.is_on = True
    result = desk.run(upload=ReportSettings().upload)
    assert guard.refused == []
    said = facts(result)
    assert (said["pages"], said["pages_removed"], said["uploaded"]) == (
        1,
        0,
        0,
    )
    assert said["bytes"] == desk.page.stat().st_size
    assert "| Lantern Tide |" in str(said["projects"])
    assert str(desk.project.data_dir) not in repr(said)


def test_switched_on_there_is_one_file_on_the_project_and_it_is_the_newest(desk: Desk) -> None:
    assert facts(desk.run(upload=True))["uploaded"] == 1
    (first,) = desk.attachments()
    assert desk.holds(first)
    desk.site.app.state.write_guard.is_on = True
    assert facts(desk.run(upload=True))["uploaded"] == 0
    assert desk.site.app.state.write_guard.refused == []
    desk.site.app.state.write_guard.is_on = False
    desk.slip()
    assert facts(desk.run(upload=True))["uploaded"] == 1
    (second,) = desk.attachments()
    assert second != first
    assert desk.holds(second)


def test_a_failing_upload_leaves_the_report_before_it_and_the_page_is_written(desk: Desk) -> None:
    desk.run(upload=True)
    (first,) = desk.attachments()
    old = desk.page.read_bytes()
    desk.slip()
    desk.site.app.state.faults.set([Fault("status", "^/media/", method="PUT", status=403)])
    said = failure(desk.run(upload=True, raises=False))
    assert "1 of 1 reports did not get to the site; all are in the data folder." in said
    assert desk.attachments() == [first]
    assert desk.page.read_bytes() != old
    desk.site.recover()
    desk.run(upload=True)
    (last,) = desk.attachments()
    assert desk.holds(last)


def test_a_script_that_may_not_delete_is_told_so_and_the_next_that_may_puts_it_right(
    desk: Desk,
) -> None:
    desk.run(upload=True)
    (first,) = desk.attachments()
    desk.slip()
    role = "update api_users set permission_rule_set__id = {}, projects = json(?)"
    desk.site.edit(
        role.format("(select id from permission_rule_sets where code = 'artist')"),
        f'[{{"type": "Project", "id": {desk.show}}}]',
    )
    said = failure(desk.run(upload=True, raises=False))
    assert f"The script may not delete Attachment {first}" in said
    assert "Give its permission role the right to" in said
    assert len(desk.attachments()) == 2
    desk.site.edit(role.format("null"), "[]")
    assert facts(desk.run(upload=True))["uploaded"] == 0
    (second,) = desk.attachments()
    assert desk.holds(second)


@pytest.mark.parametrize("make", [report_asset, lambda project, _: dashboard_asset(project)])
def test_without_a_readers_copy_it_says_what_to_do_and_a_server_has_none(
    make: Callable[[ProjectFile, ReportSettings], dg.AssetsDefinition], tmp_path: Path
) -> None:
    def run(destination: str) -> dg.ExecuteInProcessResult:
        warehouse = WarehouseResource(data_dir=str(tmp_path), destination=destination)
        return dg.materialize(
            [make(ProjectFile(data_dir=tmp_path, destination=destination), ReportSettings())],
            resources={"warehouse": warehouse, "shotgrid": ShotGridResource(warehouse=warehouse)},
            raise_on_error=False,
        )

    assert failure(run("duckdb")) == (
        "There is no published.duckdb yet: materialize publish/warehouse first."
    )
    server = run("postgres")
    assert server.success
    assert not server.get_asset_materialization_events()


# the settings


def settings(folder: Path, line: str) -> Path:
    (folder / ".dlt").mkdir()
    (folder / ".dlt" / "config.toml").write_text(f"[report]\n{line}\n")
    return folder


def test_nothing_is_uploaded_unless_it_is_asked_for(tmp_path: Path) -> None:
    assert read_report_settings(tmp_path) == ReportSettings(upload=False)
    assert read_report_settings(settings(tmp_path, "upload = true")) == ReportSettings(upload=True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("uploads = true", "uploads in .report. of .* is not a setting: did you mean upload?"),
        ('upload = "yes"', "upload in .report. of .* is 'yes': it can be true or false"),
    ],
)
def test_a_setting_that_is_none_is_one_sentence(line: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=said):
        read_report_settings(settings(tmp_path, line))


def test_the_pages_ask_those_models_that_they_say_they_ask() -> None:
    dashboard = MODELS.parent / "dashboard"
    asked = "".join((dashboard / name).read_text() for name in ("questions.py", "week.py"))
    found = {
        path.stem
        for path in MODELS.glob("*.sql")
        if re.search(rf"\b(from|join) {path.stem}\b", asked)
    }
    assert found == READS
