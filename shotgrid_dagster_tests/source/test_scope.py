"""Which fields and projects are copied, and what becomes of rows that fall out of the scope."""

from pathlib import Path

import pytest

from shotgrid_dagster.errors import SettingsError
from shotgrid_dagster.site import EntityType, Field, SiteError
from shotgrid_dagster.source.reading.channel import LoadMode
from shotgrid_dagster.source.reading.exclusions import leave_out
from shotgrid_dagster_tests.project import make_project
from shotgrid_dagster_tests.source.changing_site import ChangingSite

PERSON = EntityType(
    "HumanUser", "Person", tuple(Field(name, name, "text") for name in ("email", "login", "sg_pay"))
)


@pytest.mark.parametrize(
    ("pattern", "left_out"),
    [
        ("HumanUser.email", ["email"]),
        ("email", ["email"]),
        ("*.sg_*", ["sg_pay"]),
        ("*mail", ["email"]),
        ("Shot.email", []),
        ("HumanUser.*", ["email", "login", "sg_pay"]),
    ],
)
def test_fields_are_left_out_by_type_by_name_and_by_pattern(
    pattern: str, left_out: list[str]
) -> None:
    marked = leave_out(PERSON, [pattern])
    assert [field.name for field in marked.fields if field.left_out] == left_out


def test_a_misspelt_field_names_the_nearest_one() -> None:
    with pytest.raises(SettingsError, match="HumanUser has no field emial: did you mean HumanUser"):
        leave_out(PERSON, ["HumanUser.emial"])


def test_a_field_that_is_left_out_is_never_asked_for_and_has_no_column(
    site: ChangingSite,
) -> None:
    site.given["exclude_fields"] = ("HumanUser.email",)
    people = site.load("HumanUser").loaded["HumanUser"]
    assert "email" not in site.types("human_users")
    assert "email" not in people.layout.field_names
    reasons = {item.field.name: item.reason for item in people.layout.skipped}
    assert reasons["email"] == "left out by the settings"


def test_a_full_refresh_empties_the_column_of_a_field_that_is_left_out_later(
    site: ChangingSite,
) -> None:
    site.load("HumanUser")
    assert site.rows("select count(email) from human_users") != [(0,)]
    site.given["exclude_fields"] = ("email",)
    site.load("HumanUser", mode=LoadMode(full_refresh=True))
    assert site.rows("select count(email) from human_users") == [(0,)]


def test_a_misspelt_field_fails_its_own_type_and_a_misspelt_type_fails_at_once(
    site: ChangingSite,
) -> None:
    site.given["exclude_fields"] = ("HumanUser.emial",)
    result = site.try_to_load("HumanUser", "Step")
    assert "did you mean HumanUser.email?" in result.failed["HumanUser"]
    assert "Step" in result.loaded
    site.given["exclude_fields"] = ("HumanUsr.email",)
    with pytest.raises(SettingsError, match="did you mean HumanUser?"):
        site.try_to_load("HumanUser")


def test_a_type_that_the_site_does_not_have_fails_alone_and_names_the_nearest(
    site: ChangingSite,
) -> None:
    result = site.try_to_load("Step", "Shott")
    assert "did you mean Shot?" in result.failed["Shott"]
    assert "Step" in result.loaded


def projects_of(site: ChangingSite, table: str) -> set[object]:
    return {one for (one,) in site.rows(f"select distinct project__id from {table}")}


def flagged(site: ChangingSite, flag: str) -> set[object]:
    rows = site.site.client().rows("Project", [flag])
    return {row["id"] for row in rows if row[flag]}


@pytest.mark.parametrize(
    ("switch", "flag"),
    [
        ("archived_projects", "archived"),
        ("template_projects", "is_template"),
        ("demo_projects", "is_demo"),
    ],
)
def test_rows_of_projects_that_a_switch_leaves_out_are_not_read(
    site: ChangingSite, switch: str, flag: str
) -> None:
    site.given[switch] = False
    site.load("Task", "Project")
    kept = {one for (one,) in site.rows("select id from projects")}
    unwanted = flagged(site, flag)
    assert unwanted
    assert kept
    assert not unwanted & kept
    assert projects_of(site, "tasks") <= {*kept, None}


def test_only_the_named_projects_are_read_and_rows_without_a_project(site: ChangingSite) -> None:
    first, *_, last = list(site.site.client().rows("Project", ["name"]))
    site.given["projects"] = (str(first["name"]), str(last["id"]))
    site.load("Task", "Project", "Step", "EventLogEntry")
    chosen = {first["id"], last["id"]}
    assert {one for (one,) in site.rows("select id from projects")} == chosen
    assert projects_of(site, "tasks") <= {*chosen, None}
    assert None in projects_of(site, "tasks")
    assert projects_of(site, "event_log_entries") <= {*chosen, None}
    assert site.rows("select count(*) from steps where _sg_state = 'live'") == [
        (site.site.client().count("Step"),)
    ]


def test_a_project_that_nobody_knows_names_the_nearest(site: ChangingSite) -> None:
    name = str(next(site.site.client().rows("Project", ["name"]))["name"])
    for typed in (name[:-1], name.upper(), f"{name}s".lower()):
        site.given["projects"] = (typed,)
        with pytest.raises(SettingsError, match=f"did you mean '{name}'"):
            site.try_to_load("Shot")


def test_rows_that_fall_out_of_the_scope_are_kept_and_are_not_called_lost_and_come_back(
    either: ChangingSite,
) -> None:
    either.load("Shot")
    before = either.rows("select * exclude (_sg_read_at, _dlt_load_id) from shots order by id")
    ((project, rows),) = either.rows(
        "select project__id, count(*) from shots group by 1 order by 2 desc limit 1"
    )
    either.given["projects"] = (str(project),)
    narrow = either.load("Shot").loaded["Shot"]
    assert narrow.rows["left_out"] == narrow.rows_total - int(str(rows)) > 0
    assert "lost" not in narrow.rows
    again = either.load("Shot", mode=LoadMode(census=True)).loaded["Shot"]
    assert (again.rows_loaded, again.rows) == (0, narrow.rows)
    del either.given["projects"]
    wide = either.load("Shot").loaded["Shot"]
    assert set(wide.rows) == {"live", "retired"}
    after = either.rows("select * exclude (_sg_read_at, _dlt_load_id) from shots order by id")
    assert after == before


def test_a_row_that_is_erased_while_the_scope_narrows_is_lost(site: ChangingSite) -> None:
    site.load("Shot")
    ((project, shot),) = site.rows(
        "select project__id, min(id) from shots group by 1 order by count(*) limit 1"
    )
    site.site.edit("delete from shots where id = ?", shot)
    others = {one for (one,) in site.rows("select distinct project__id from shots")} - {project}
    site.given["projects"] = tuple(str(other) for other in others)
    narrow = site.load("Shot").loaded["Shot"]
    assert narrow.rows["lost"] == 1
    assert site.rows(f"select _sg_state from shots where id = {shot}") == [("lost",)]


def test_projects_are_set_by_name_and_by_number_in_the_file(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    project.set("projects", '["Blue Harvest", 70]')
    project.set("demo_projects", "false")
    show = "from shotgrid_dagster.source import read_settings; print(read_settings())"
    printed = project.run(f"python -c '{show}'")
    assert "projects=('Blue Harvest', '70')" in printed
    assert "demo_projects=False" in printed
    project.set("projects", '"Blue Harvest"')
    assert "projects" in project.run("python shotgun_software_pipeline.py", expect=1)


def test_a_settings_file_with_nothing_but_the_site_will_do(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    section = "[sources.shotgun_software_source]"
    (project.path / ".dlt" / "config.toml").write_text(f'{section}\nsite_url = "sandbox"\n')
    show = "from shotgrid_dagster.source import read_settings; print(read_settings())"
    assert "query_fields=False" in project.run(f"python -c '{show}'")


def test_no_project_at_all_leaves_the_rows_without_one(site: ChangingSite) -> None:
    site.site.edit("update projects set archived = 1")
    site.given["archived_projects"] = False
    site.load("Task", "Project")
    assert site.rows("select count(*) from projects") == [(0,)]
    assert projects_of(site, "tasks") == {None}


def test_a_run_sends_no_more_requests_than_it_may(site: ChangingSite) -> None:
    site.given["most_requests"] = 6
    settings = site.settings("Shot", "Task")
    client = site.site.client(retry_policy=settings.retry_policy)
    for _ in range(5):
        client.count("Shot")
    with pytest.raises(SiteError, match="has sent the 6 requests that most_requests allows"):
        client.count("Shot")
    assert sum(site.site.app.state.requests.values()) == 6
