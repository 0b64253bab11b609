"""A project's file that is replaced: the new one first, then away with the script's own."""

from pathlib import Path
from typing import Any

import pytest
import requests

from shotgrid_dagster.sandbox.faults.faults import Fault
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.site import Site, SiteError
from shotgrid_dagster.site.errors import MalformedAnswer, NoAnswer, NoPermission
from shotgrid_dagster.site.http.retry_policy import RetryPolicy
from shotgrid_dagster.site.search import Condition
from shotgrid_dagster.site.uploads import holds, replace_file, retire, upload
from shotgrid_dagster_tests.conftest import SandboxSite

HASTE = RetryPolicy(tries=3, first_tries=3, first_wait=0.01, longest_wait=0.02)
NAME = "Production report.html"


@pytest.fixture
def site(own_site: SandboxSite) -> Site:
    return own_site.client(retry_policy=HASTE)


@pytest.fixture
def project(site: Site) -> int:
    return int(str(next(iter(site.rows("Project", ["name"])))["id"]))


def page(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "70_show.html"
    path.write_text(text)
    return path


def live(site: Site, project: int) -> list[int]:
    """The project's attachments of that name, whoever made them."""
    about: list[Condition] = [
        ["project", "is", {"type": "Project", "id": project}],
        ["display_name", "is", NAME],
    ]
    return [int(str(row["id"])) for row in site.rows("Attachment", ["id"], where=about)]


def fails(own_site: SandboxSite, kind: str, **how: Any) -> None:
    own_site.app.state.faults.set([Fault(kind, **how)])


def test_a_changed_file_takes_the_place_of_the_earlier_one(
    site: Site, project: int, tmp_path: Path
) -> None:
    first = replace_file(site, project, page(tmp_path, "first"), NAME)
    second = replace_file(site, project, page(tmp_path, "second"), NAME)
    assert (first.is_new, second.is_new) == (True, True)
    assert second.retired == (first.attachment_id,)
    assert live(site, project) == [second.attachment_id]
    assert holds(site, "Attachment", second.attachment_id, "this_file", page(tmp_path, "second"))
    assert site.count("Attachment", retired=True, where=[["id", "is", first.attachment_id]]) == 1


def test_the_same_file_is_not_sent_again(
    own_site: SandboxSite, site: Site, project: int, tmp_path: Path
) -> None:
    path = page(tmp_path, "the same")
    first = replace_file(site, project, path, NAME)
    guard = own_site.app.state.write_guard
    guard.is_on = True
    again = replace_file(site, project, path, NAME)
    assert guard.refused == []
    assert (again.attachment_id, again.is_new, again.retired) == (first.attachment_id, False, ())


def test_a_failing_upload_leaves_the_earlier_one(
    own_site: SandboxSite, site: Site, project: int, tmp_path: Path
) -> None:
    first = replace_file(site, project, page(tmp_path, "first"), NAME)
    for fault in (
        {"kind": "status", "path": "^/media/", "method": "PUT"},
        {"kind": "lost", "path": "^/media/", "method": "PUT"},
        {"kind": "status", "path": "_upload$", "method": "POST", "status": 500},
    ):
        fails(own_site, **fault)
        with pytest.raises(SiteError):
            replace_file(site, project, page(tmp_path, "second"), NAME)
        own_site.recover()
        assert first.attachment_id in live(site, project)
        assert holds(site, "Attachment", first.attachment_id, "this_file", page(tmp_path, "first"))
    last = replace_file(site, project, page(tmp_path, "third"), NAME)
    assert live(site, project) == [last.attachment_id]


def test_files_of_others_stay(
    own_site: SandboxSite, site: Site, project: int, tmp_path: Path
) -> None:
    ids = {}
    path = page(tmp_path, "theirs")
    for whose in ("a person's", "a shot's", "another script's"):
        ids[whose] = upload(site, "Project", project, path, display_name=NAME).attachment_id
    ids["another name"] = upload(site, "Project", project, path).attachment_id
    other = int(str(list(site.rows("Project", ["name"]))[1]["id"]))
    ids["another project's"] = upload(site, "Project", other, path, display_name=NAME).attachment_id
    change = "update attachments set {} where id = ?"
    own_site.edit(
        change.format("created_by__type = 'HumanUser', created_by__id = (select min(id) from "
                      "human_users)"), ids["a person's"],
    )  # fmt: skip
    own_site.edit(
        change.format("created_by__id = (select max(id) from api_users)"), ids["another script's"]
    )
    (shot, *_) = site.rows("Shot", ["code"])
    Editor(own_site.database).update(
        "Attachment", int(str(ids["a shot's"])), attachment_links=[("Shot", int(str(shot["id"])))]
    )
    first = replace_file(site, project, page(tmp_path, "first"), NAME)
    second = replace_file(site, project, page(tmp_path, "second"), NAME)
    assert (first.retired, second.retired) == ((), (first.attachment_id,))
    for whose, id_ in ids.items():
        assert site.count("Attachment", where=[["id", "is", id_]]) == 1, whose


def test_a_deletion_whose_answer_is_lost_is_sent_again_and_a_404_is_then_no_error(
    site: Site, project: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_file(site, project, page(tmp_path, "first"), NAME)
    statuses = []
    send = requests.Session.request

    def drop_the_first(self: requests.Session, method: str, url: str, **how: Any) -> object:
        response = send(self, method, url, **how)
        if method == "DELETE":
            statuses.append(response.status_code)
            if len(statuses) == 1:
                raise requests.ConnectionError("connection reset by peer")
        return response

    monkeypatch.setattr(requests.Session, "request", drop_the_first)
    second = replace_file(site, project, page(tmp_path, "second"), NAME)
    assert statuses == [204, 404]
    assert second.retired == ()
    assert live(site, project) == [second.attachment_id]


def test_a_deletion_that_stays_unanswered_is_said_and_made_good_by_the_next_run(
    own_site: SandboxSite, site: Site, project: int, tmp_path: Path
) -> None:
    replace_file(site, project, page(tmp_path, "first"), NAME)
    fails(own_site, "status", status=503, path="/entity/Attachment/", method="DELETE")
    with pytest.raises(NoAnswer, match=r"Attachment \d+ may be retired, or not"):
        replace_file(site, project, page(tmp_path, "second"), NAME)
    assert len(live(site, project)) == 2
    own_site.recover()
    again = replace_file(site, project, page(tmp_path, "second"), NAME)
    assert not again.is_new
    assert live(site, project) == [again.attachment_id]


def test_a_script_that_may_not_delete_is_told_so(
    own_site: SandboxSite, site: Site, project: int, tmp_path: Path
) -> None:
    done = replace_file(site, project, page(tmp_path, "first"), NAME)
    own_site.edit(
        "update api_users set permission_rule_set__id = "
        "(select id from permission_rule_sets where code = 'artist'), projects = ?",
        f'[{{"type": "Project", "id": {project}}}]',
    )
    with pytest.raises(NoPermission, match="may not delete Attachment .* right to"):
        retire(site, "Attachment", done.attachment_id)


def test_who_the_script_is_stands_in_its_token(
    own_site: SandboxSite, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    (me,) = [
        row["id"]
        for row in site.rows("ApiUser", ["firstname"])
        if row["firstname"] == own_site.client_id
    ]
    assert site.caller() == ("ApiUser", me)
    monkeypatch.setattr(site.transport._tokens, "bearer", lambda _: "opaque")
    with pytest.raises(MalformedAnswer, match="does not say whose it is"):
        site.caller()
