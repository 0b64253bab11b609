from __future__ import annotations

import pytest

from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.sandbox.client import Client, refusal

ARTIST, MANAGER = "user14", "user19"
"""The artist belongs to one project, Lantern Tide."""
SHOW = 6


@pytest.fixture
def script(tiny_client: Client) -> Client:
    return tiny_client


@pytest.fixture(scope="module")
def artist(sandbox_site: SandboxSite) -> Client:
    return Client.signed_in(sandbox_site.url, sandbox_site.app, scope=f"sudo_as_login:{ARTIST}")


def test_an_artist_sees_fewer_projects(script: Client, artist: Client) -> None:
    everything = script.ids("projects", [], options={"include_archived_projects": True})
    assert artist.ids("projects", []) == [SHOW]
    assert len(everything) == 5
    assert artist.get("/entity/projects/3").status_code == 404


@pytest.mark.parametrize("slug", ["shots", "versions", "notes", "published_files"])
def test_an_artist_sees_no_rows_of_some_types_and_is_not_told(
    script: Client, artist: Client, slug: str
) -> None:
    (first, *_) = script.ids(slug, [])
    assert artist.ids(slug, []) == []
    assert artist.get(f"/entity/{slug}").json()["data"] == []
    count = {"filters": [], "summary_fields": [{"field": "id", "type": "count"}]}
    answer = artist.post(f"/entity/{slug}/_summarize", count)
    assert answer.json()["data"]["summaries"] == {"id": 0}
    assert artist.get(f"/entity/{slug}/{first}").status_code == 404


def test_an_artist_sees_everybody_and_the_tasks_of_their_projects(
    script: Client, artist: Client
) -> None:
    assert artist.ids("human_users", []) == script.ids("human_users", [])
    of_the_show = script.ids("tasks", [["project.Project.id", "is", SHOW]])
    of_no_project = script.ids("tasks", [["project", "is", None]])
    assert artist.ids("tasks", []) == sorted(of_the_show + of_no_project)


def test_scripts_are_refused_to_an_artist_however_they_are_asked_for(artist: Client) -> None:
    said = (400, 104, "Entity of type ApiUser can not be accessed by this user. Rule: Artist")
    assert refusal(artist.get("/entity/api_users")) == said
    assert refusal(artist.get("/entity/api_users/1")) == said
    assert refusal(artist.search("api_users", [])) == said
    assert refusal(artist.post("/entity/api_users/_summarize", {"filters": []})) == said


def test_licences_are_for_administrators(script: Client, artist: Client) -> None:
    title = "Must sudo as Administrator to query license information"
    assert refusal(artist.get("/license_info")) == (401, 110, title)
    assert script.get("/license_info").status_code == 200


def test_the_schema_has_the_same_fields_for_all_but_fewer_that_an_artist_may_edit(
    script: Client, artist: Client
) -> None:
    theirs = artist.get("/schema/Task/fields").json()["data"]
    ours = script.get("/schema/Task/fields").json()["data"]
    assert list(theirs) == list(ours)
    editable = [name for name, field in theirs.items() if field["editable"]["value"]]
    assert sorted(editable) == ["sg_status_list", "task_reviewers"]
    assert sum(field["editable"]["value"] for field in ours.values()) > 20
    content = artist.get("/schema/Task/fields/content").json()["data"]
    assert content == theirs["content"]
    assert content["editable"]["value"] is False


def test_a_manager_is_not_cut_down(sandbox_site: SandboxSite, script: Client) -> None:
    scope = f"sudo_as_login:{MANAGER}"
    manager = Client.signed_in(sandbox_site.url, sandbox_site.app, scope=scope)
    assert manager.ids("versions", []) == script.ids("versions", [])


def test_a_script_has_the_level_of_its_permission_group(own_site: SandboxSite) -> None:
    client = Client.signed_in(own_site.url, own_site.app)
    assert client.ids("notes", [])
    own_site.edit(
        "update api_users set permission_rule_set__id = 3 where firstname = ?", own_site.client_id
    )
    assert client.ids("notes", []) == []
    assert client.ids("projects", []) == []
    assert refusal(client.get("/license_info"))[:2] == (401, 110)


def test_a_script_that_names_projects_sees_only_those(own_site: SandboxSite) -> None:
    client = Client.signed_in(own_site.url, own_site.app)
    shots = client.ids("shots", [["project.Project.id", "is", SHOW]])
    own_site.edit(
        "update api_users set projects = ? where firstname = ?",
        f'[{{"id":{SHOW},"name":"Lantern Tide","type":"Project"}}]',
        own_site.client_id,
    )
    assert client.ids("projects", []) == [SHOW]
    assert client.ids("shots", []) == shots
    assert client.ids("api_users", [])


def test_the_bearer_of_a_retired_script_opens_nothing(own_site: SandboxSite) -> None:
    client = Client.signed_in(own_site.url, own_site.app)
    own_site.edit(
        "update api_users set _retired_at = '2026-01-01T00:00:00Z' where firstname = ?",
        own_site.client_id,
    )
    assert refusal(client.get("/entity/shots"))[::2] == (401, "Unauthorized")


def test_an_artist_is_refused_before_values_are_looked_at(own_site: SandboxSite) -> None:
    scope = f"sudo_as_login:{ARTIST}"
    artist = Client.signed_in(own_site.url, own_site.app, scope=scope)
    (task, *_) = artist.ids("tasks", [["project.Project.id", "is", SHOW]])
    project = {"type": "Project", "id": SHOW}

    def call(method: str, path: str, body: object = None) -> tuple[int, int, str]:
        address = f"{own_site.url}/api/v1/entity/{path}"
        return refusal(artist.session.request(method, address, json=body, timeout=10))

    def no(what: str) -> tuple[int, int, str]:
        return 400, 104, f"Entity of type Task {what} by this user."

    locked = "The field is not editable for this user: [Task.content]."
    assert call("PUT", f"tasks/{task}", {"content": 5}) == (400, 104, locked)
    bad = {"project": project, "sg_status_list": "zz"}
    assert call("POST", "tasks", bad) == no("cannot be created")
    assert call("DELETE", f"tasks/{task}") == no("can not be deleted")


def test_an_unknown_field_and_a_missing_row_are_refused_before_rights(
    own_site: SandboxSite,
) -> None:
    scope = f"sudo_as_login:{ARTIST}"
    artist = Client.signed_in(own_site.url, own_site.app, scope=scope)
    body = {"project": {"type": "Project", "id": SHOW}, "sg_nope": 1}
    answer = artist.post("/entity/tasks", body, "application/json")
    assert refusal(answer) == (400, 103, "API create() Task.sg_nope doesn't exist.")
    answer = artist.session.delete(f"{own_site.url}/api/v1/entity/tasks/99999", timeout=10)
    assert refusal(answer)[:2] == (404, 104)


def test_an_artist_may_set_the_status_of_a_task(own_site: SandboxSite) -> None:
    scope = f"sudo_as_login:{ARTIST}"
    artist = Client.signed_in(own_site.url, own_site.app, scope=scope)
    (task, *_) = artist.ids("tasks", [["project.Project.id", "is", SHOW]])
    address = f"{own_site.url}/api/v1/entity/tasks/{task}"
    for body in ({"sg_status_list": "hld"}, {}):
        assert artist.session.put(address, json=body, timeout=10).status_code == 200
