"""`shotgrid-dagster check`: what it says of a site, and of what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from pydantic import SecretStr

from shotgrid_dagster.cli.check import check_site
from shotgrid_dagster.cli.findings import Level, Section, failures, shown, verdict
from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.project import make_project
from shotgrid_dagster_tests.source.test_query_fields import studio_with_query_fields

FEW = ("Project", "Shot", "EventLogEntry")


def checked(
    settings: Settings,
    ahead: float = 0.0,
    of: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
) -> list[Section]:
    """The sections, on a machine whose clock is `ahead` of another by some seconds."""
    return list(check_site(settings, lambda: of() + timedelta(seconds=ahead)))


def text(sections: Sequence[Section], level: Level | None = None) -> str:
    if level is None:
        return "\n".join(shown(section) for section in sections)
    said = [
        finding.text
        for section in sections
        for finding in section.findings
        if finding.level is level
    ]
    return "\n".join(said)


def role(site: SandboxSite, code: str, projects: str = "[]") -> None:
    """Give the site's script another role, and restrict it to some projects."""
    site.edit(
        "update api_users set projects = json(?), permission_rule_set__type = 'PermissionRuleSet',"
        " permission_rule_set__id = (select id from permission_rule_sets where code = ?)"
        " where firstname = ?",
        projects, code, site.client_id,
    )  # fmt: skip


def test_a_site_that_is_well_is_shown_with_its_rows_and_changes_nothing(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    own_site.app.state.write_guard.is_on = True
    sections = checked(own_site.settings(tmp_path / "data"), of=own_site.app.state.site.clock)
    assert failures(sections) == 0
    assert verdict(sections).startswith("All is well: this site can be loaded")
    assert own_site.app.state.write_guard.refused == []
    assert not (tmp_path / "data").exists()
    said = text(sections)
    site = own_site.client()
    for name in ("Shot", "Note", "EventLogEntry"):
        counts = re.search(rf"^  {name} +([\d,]+) *([\d,]*)", said, re.M)
        assert counts is not None
        assert int(counts[1].replace(",", "")) == site.count(name)
        assert int(counts[2] or 0) == site.count(name, retired=True)
    assert "its role is Api Admin" in said
    assert "agree to the second" in said
    assert "generate_event_log_entries is off for this script" in said
    assert "a password reads as a mask: HumanUser.password_proxy" in said


def test_it_is_narrow_enough_to_read_and_shows_no_key(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    said = text(checked(sandbox_site.settings(tmp_path, entity_types=FEW)))
    assert max(map(len, said.splitlines())) <= 100
    assert sandbox_site.client_secret not in said
    assert re.search(r"client_secret +\*\*\*", said)


def test_the_command_ends_with_0_when_all_is_well_and_with_1_when_not(
    tmp_path: Path, sandbox_site: SandboxSite
) -> None:
    project = make_project(tmp_path / "project")
    project.set("entity_types", '["Shot", "Project"]')
    key = {
        f"SOURCES__SHOTGUN_SOFTWARE_SOURCE__{name}": value
        for name, value in (
            ("SITE_URL", sandbox_site.url),
            ("CLIENT_ID", sandbox_site.client_id),
            ("CLIENT_SECRET", sandbox_site.client_secret),
        )
    }
    assert "All is well" in project.run("shotgrid-dagster check", environment=key)
    key["SOURCES__SHOTGUN_SOFTWARE_SOURCE__CLIENT_SECRET"] = "hunter2"
    refused = project.run("shotgrid-dagster check", expect=1, environment=key)
    assert "FAILS" in refused
    assert "Admin > Scripts" in " ".join(refused.split())
    assert "hunter2" not in refused
    assert "Traceback" not in refused


def test_a_host_that_is_not_there_is_said_and_nothing_else_is_asked(tmp_path: Path) -> None:
    settings = Settings(
        site_url="http://127.0.0.1:9",
        client_id="a",
        client_secret=SecretStr("b"),
        data_dir=tmp_path,
    )
    sections = checked(settings)
    assert [section.title for section in sections] == ["Settings", "Destination", "Connection"]
    assert "connection refused. Check site_url" in text(sections, Level.FAILS)


def test_a_type_that_the_role_may_not_read_fails_and_the_others_are_shown(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    role(own_site, "artist", '[{"type":"Project","id":6,"name":"Lantern Tide"}]')
    sections = checked(own_site.settings(tmp_path, entity_types=("ApiUser", "Shot", "Project")))
    assert failures(sections) == 1
    assert re.search(r"ApiUser: .*may not .*can not be accessed", text(sections, Level.FAILS))
    notes = text(sections, Level.NOTE)
    assert "its role is not known: the role may not read scripts" in notes
    assert "No rows are visible of Shot" in notes
    assert verdict(sections) == "A load would fail, in whole or in part: one thing above (FAILS)."


def test_a_script_that_is_restricted_to_projects_is_told_so(
    own_site: SandboxSite, tmp_path: Path
) -> None:
    role(own_site, "api_admin", '[{"type":"Project","id":6,"name":"Lantern Tide"}]')
    sections = checked(own_site.settings(tmp_path, entity_types=FEW))
    assert "restricted to the projects Lantern Tide" in text(sections, Level.NOTE)
    assert failures(sections) == 0


def test_scripts_that_leave_no_events_are_named(own_site: SandboxSite, tmp_path: Path) -> None:
    own_site.edit("update api_users set generate_event_log_entries = firstname <> 'backup'")
    sections = checked(own_site.settings(tmp_path, entity_types=FEW))
    assert "Another script leaves no events: backup." in text(sections, Level.NOTE)
    assert "uploads leaves events in the log" in text(sections, Level.OK)


@pytest.mark.parametrize(
    ("ahead", "level", "said"),
    [
        (3600.0, Level.NOTE, r"3,(599|600|601) s behind this machine's.*set it right"),
        (-3600.0, Level.NOTE, r"3,(599|600|601) s ahead of this machine's"),
        (20.0, Level.OK, r"(19|20|21) s behind this machine's"),
    ],
)
def test_clocks_that_differ_are_told_of(
    sandbox_site: SandboxSite, tmp_path: Path, ahead: float, level: Level, said: str
) -> None:
    clock = sandbox_site.app.state.site.clock
    sections = checked(sandbox_site.settings(tmp_path, entity_types=FEW), ahead, clock)
    assert re.search(said, text(sections, level))
    assert failures(sections) == 0


def test_the_bundled_sandbox_says_what_time_it_is_in_its_studio(tmp_path: Path) -> None:
    settings = Settings(
        site_url="sandbox", sandbox_size="tiny", data_dir=tmp_path, entity_types=FEW
    )
    (clocks,) = [section for section in checked(settings) if section.title == "Clocks"]
    (finding,) = clocks.findings
    assert finding.level is Level.OK
    assert "the time of its studio, 2026-06-01 09:0" in finding.text


def test_settings_that_name_what_is_not_there_would_fail(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    settings = sandbox_site.settings(
        tmp_path,
        entity_types=("Shot", "Versoin"),
        query_fields=("Shot.sg_approved", "Shot.sg_approved_versions"),
    )
    sections = checked(settings)
    said = text(sections, Level.FAILS)
    assert "entity_types names Versoin, which the site does not have: did you mean Version?" in said
    assert "query_fields names Shot.sg_approved, which is no query field here." in said
    assert failures(sections) == 2


def test_query_fields_that_cannot_be_rebuilt_are_listed_with_their_reason(
    tiny_database: Path, tmp_path: Path
) -> None:
    with studio_with_query_fields(tiny_database, tmp_path) as studio:
        settings = studio.site.settings(tmp_path, entity_types=("Shot",), query_fields=True)
        notes = text(checked(settings), Level.NOTE)
    assert "Shot.sg_newest cannot be rebuilt: it shows a column of one row" in notes
    assert "Shot.sg_mine cannot be rebuilt: task_assignees is compared with whoever looks" in notes


def test_what_the_settings_leave_out_is_neither_counted_nor_read(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    site = sandbox_site.client()
    (project, *_) = [row["project"] for row in site.rows("Shot", ["project"])]
    assert isinstance(project, dict)
    settings = sandbox_site.settings(
        tmp_path,
        entity_types=("Shot", "HumanUser"),
        exclude_fields=("HumanUser.email", "Shot.sg_lenses"),
        projects=(str(project["id"]),),
    )
    said = text(checked(settings))
    assert "because left out by the settings: HumanUser.email." in said
    assert "did you mean Shot.sg_lens?" in " ".join(said.split())
    settings = settings.changed(exclude_fields=())
    here = site.count("Shot", where=[["project", "is", {"type": "Project", "id": project["id"]}]])
    assert here < site.count("Shot")
    assert re.search(rf"^  Shot +{here} ", text(checked(settings)), re.M)
    wrong = checked(settings.changed(projects=("No such show",)))
    assert failures(wrong) == 1
