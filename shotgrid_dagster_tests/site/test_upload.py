"""Uploads to the sandbox over real HTTP, with all that can go wrong on the way."""

import logging
import sqlite3
import tracemalloc
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from shotgrid_dagster.sandbox.faults.faults import Fault
from shotgrid_dagster.site import Site
from shotgrid_dagster.site.errors import (
    BytesLost,
    NoPermission,
    SiteError,
    SiteUnavailable,
    UploadRefused,
    UploadUncertain,
)
from shotgrid_dagster.site.http.retry_policy import RetryPolicy
from shotgrid_dagster.site.uploads import upload
from shotgrid_dagster.site.uploads.target import LEAST_PART_BYTES, Sizes
from shotgrid_dagster_tests.conftest import SandboxSite

HASTE = RetryPolicy(tries=3, first_tries=3, first_wait=0.01, longest_wait=0.02)
IN_PARTS = Sizes(multipart_above=0, part=LEAST_PART_BYTES, whole_up_to=0)
MOVIE = "sg_uploaded_movie"
PUT = {"path": "^/media/", "method": "PUT"}
COMPLETE = {"path": "_upload$", "method": "POST"}


@pytest.fixture
def site(own_site: SandboxSite) -> Site:
    return own_site.client(retry_policy=HASTE)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip été.mov"
    path.write_bytes(bytes(range(256)) * 40)
    return path


def big(tmp_path: Path, parts: int = 2) -> Path:
    """A file of some parts and a rest, no two blocks of which are alike."""
    path = tmp_path / "plate.exr"
    with path.open("wb") as file:
        for number in range(parts * 5 * 16):
            file.write(number.to_bytes(4, "big") * 2**14)
        file.write(b"the rest")
    return path


def version(site: Site) -> int:
    return int(str(next(iter(site.rows("Version", ["code"])))["id"]))


def faults(own_site: SandboxSite, *some: dict[str, Any]) -> None:
    own_site.app.state.faults.set([Fault(**item) for item in some])


def attachments(site: Site) -> int:
    return site.count("Attachment")


def movie_of(site: Site, id_: int) -> dict[str, Any] | None:
    (row,) = site.rows("Version", [MOVIE], where=[["id", "is", id_]])
    value = row[MOVIE]
    assert value is None or isinstance(value, dict)
    return value


# what arrives


def test_a_file_gets_into_a_field_and_is_compared_whole(site: Site, clip: Path) -> None:
    id_, before = version(site), attachments(site)
    done = upload(site, "Version", id_, clip, MOVIE)
    value = movie_of(site, id_)
    assert value is not None
    assert (value["name"], value["id"]) == (clip.name, done.attachment_id)
    assert (done.size, done.parts, done.proof) == (10240, 1, "all bytes are the same")
    assert attachments(site) == before + 1


def test_without_a_field_it_is_one_more_attachment_of_the_row(site: Site, clip: Path) -> None:
    id_ = int(str(next(iter(site.rows("Note", ["subject"])))["id"]))
    done = [upload(site, "Note", id_, str(clip), display_name=name) for name in ("one", "two")]
    about = [["attachment_links", "is", {"type": "Note", "id": id_}]]
    rows = site.rows("Attachment", ["display_name"], where=about)
    shown = {row["id"]: row["display_name"] for row in rows}
    assert [shown[item.attachment_id] for item in done] == ["one", "two"]


def test_a_picture_becomes_the_thumbnail(site: Site, tmp_path: Path) -> None:
    picture = tmp_path / "thumb.png"
    picture.write_bytes(b"\x89PNG and so on")
    id_ = version(site)
    done = upload(site, "Version", id_, picture, "image")
    assert (done.proof, done.attachment_id) == ("all bytes are the same", None)
    assert upload(site, "Version", id_, picture, "image").proof == "all bytes are the same"


def test_a_big_file_comes_in_parts_and_is_compared_at_its_ends(site: Site, tmp_path: Path) -> None:
    path, id_ = big(tmp_path), version(site)
    done = upload(site, "Version", id_, path, MOVIE, sizes=IN_PARTS)
    assert done.parts == 3
    assert done.proof == "the size, the first and the last megabyte are the same"
    again = upload(site, "Version", id_, path, MOVIE, sizes=Sizes(multipart_above=0))
    assert (again.parts, again.proof) == (1, "all bytes are the same")


def test_parts_are_never_too_small_nor_too_many() -> None:
    assert Sizes(part=1).parts(12 * 2**20)[-1] == (10 * 2**20, 2 * 2**20)
    parts = Sizes().parts(2 * 2**40)
    assert len(parts) <= 10_000
    assert sum(size for _, size in parts) == 2 * 2**40


def test_a_file_is_never_whole_in_memory(own_site: SandboxSite, site: Site, tmp_path: Path) -> None:
    path, id_ = big(tmp_path, parts=6), version(site)
    faults(own_site, {"kind": "lost", **PUT})  # the site is in this process, and would hold it
    tracemalloc.start()
    try:
        with pytest.raises(BytesLost):
            upload(site, "Version", id_, path, MOVIE)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < path.stat().st_size / 4


# what is tried again


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 500},
        {"kind": "cut"},
        {"kind": "reset"},
    ],
    ids=str,
)
def test_bytes_are_put_again_when_the_storage_fails(
    own_site: SandboxSite, site: Site, clip: Path, fault: dict[str, Any]
) -> None:
    before = attachments(site)
    faults(own_site, {**fault, **PUT, "times": 1})
    assert upload(site, "Version", version(site), clip, MOVIE).proof == "all bytes are the same"
    assert attachments(site) == before + 1


@pytest.mark.parametrize("sizes", [Sizes(), IN_PARTS], ids=["whole", "parts"])
def test_an_address_whose_time_is_over_is_asked_for_again(
    own_site: SandboxSite, site: Site, tmp_path: Path, sizes: Sizes
) -> None:
    before = attachments(site)
    faults(own_site, {"kind": "status", "status": 403, **PUT, "times": 1})
    assert upload(site, "Version", version(site), big(tmp_path), MOVIE, sizes=sizes).proof
    assert attachments(site) == before + 1
    faults(own_site, {"kind": "status", "status": 403, **PUT})
    with pytest.raises(UploadRefused, match=r"does not take plate\.exr \(HTTP 403\)"):
        upload(site, "Version", version(site), big(tmp_path), MOVIE, sizes=sizes)


def test_a_part_that_broke_off_is_put_again_and_only_that(
    own_site: SandboxSite, site: Site, tmp_path: Path
) -> None:
    path = big(tmp_path)
    faults(own_site, {"kind": "cut", **PUT, "nth": 2, "times": 1})
    own_site.app.state.requests.clear()
    done = upload(site, "Version", version(site), path, MOVIE, sizes=IN_PARTS)
    assert done.parts == 3
    assert own_site.app.state.faults.as_json()[0]["seen"] == 4


def test_the_last_step_is_sent_again_when_the_site_was_busy(
    own_site: SandboxSite, site: Site, clip: Path
) -> None:
    before = attachments(site)
    faults(own_site, {"kind": "status", "status": 503, "retry_after": "0", **COMPLETE, "times": 1})
    upload(site, "Version", version(site), clip, MOVIE)
    assert attachments(site) == before + 1


def test_a_token_that_ends_before_the_last_step_is_renewed_however_long_it_takes(
    own_site: SandboxSite, site: Site, clip: Path
) -> None:
    before = attachments(site)
    faults(
        own_site,
        {"kind": "status", "status": 401, **COMPLETE, "times": 1},
        {"kind": "status", "status": 503, "retry_after": "0", "path": "access_token", "times": 1},
    )
    upload(site, "Version", version(site), clip, MOVIE)
    assert attachments(site) == before + 1


@pytest.mark.parametrize("field", [MOVIE, None])
def test_a_lost_answer_to_the_last_step_doubles_no_attachment(
    own_site: SandboxSite, site: Site, clip: Path, field: str | None
) -> None:
    id_, before = version(site), attachments(site)
    faults(own_site, {"kind": "reset", **COMPLETE, "times": 1})
    done = upload(site, "Version", id_, clip, field)
    assert attachments(site) == before + 1
    assert own_site.app.state.faults.as_json()[0]["seen"] == 1
    assert done.attachment_id is not None


@pytest.mark.parametrize("field", [MOVIE, None])
def test_when_the_last_step_may_have_been_done_or_not_it_is_said(
    own_site: SandboxSite, site: Site, clip: Path, field: str | None
) -> None:
    id_, before = version(site), attachments(site)
    faults(own_site, {"kind": "status", "status": 504, **COMPLETE})
    with pytest.raises(UploadUncertain, match="look at the row before you upload it again"):
        upload(site, "Version", id_, clip, field)
    assert attachments(site) == before


def test_a_storage_that_stays_down_changes_nothing(
    own_site: SandboxSite, site: Site, tmp_path: Path, clip: Path
) -> None:
    id_, before = version(site), (attachments(site), movie_of(site, version(site)))
    faults(own_site, {"kind": "status", "status": 503, **PUT})
    with pytest.raises(SiteUnavailable, match=r"storage .* failed 3 times at putting clip"):
        upload(site, "Version", id_, clip, MOVIE)
    with pytest.raises(SiteUnavailable):
        upload(site, "Version", id_, big(tmp_path), MOVIE, sizes=IN_PARTS)
    assert attachments(site) == before[0]
    with closing(sqlite3.connect(own_site.database)) as connection:
        left = connection.execute("select count(*) from _uploads").fetchone()
    assert left == (0,)  # the upload in parts was given up on the site too


# what is proven


def test_bytes_that_never_came_are_found_out_although_the_site_says_201(
    own_site: SandboxSite, site: Site, clip: Path
) -> None:
    faults(own_site, {"kind": "lost", **PUT})
    with pytest.raises(BytesLost, match=r"says that clip .* nothing is there") as caught:
        upload(site, "Version", version(site), clip, MOVIE)
    assert "X-Amz" not in str(caught.value)
    with pytest.raises(BytesLost):
        upload(site, "Version", version(site), clip)


def test_other_bytes_are_found_out(own_site: SandboxSite, site: Site, clip: Path) -> None:
    id_ = version(site)
    upload(site, "Version", id_, clip, MOVIE)
    own_site.edit(
        "create trigger flips after insert on _files when new.body is not null begin update _files"
        " set body = cast('x' || substr(body, 2) as blob) where path = new.path; end"
    )
    with pytest.raises(BytesLost, match="other bytes come"):
        upload(site, "Version", id_, clip, MOVIE)


# what is refused, and how it is said


def test_files_that_cannot_be_sent_are_refused_before_anything_is_asked(
    own_site: SandboxSite, site: Site, tmp_path: Path
) -> None:
    (tmp_path / "empty.mov").touch()
    own_site.app.state.requests.clear()
    for name, said in [("empty.mov", "is empty"), ("no.mov", "There is no file"), ("", "a folder")]:
        with pytest.raises(UploadRefused, match=said):
            upload(site, "Version", 1, tmp_path / name, MOVIE)
    assert not own_site.app.state.requests


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("sg_uploaded_movi", r"no field 'sg_uploaded_movi'.* did you mean sg_uploaded_movie\?"),
        ("code", r"Version\.code is a text field, which holds no file: .*Those that do: .*image"),
    ],
)
def test_a_wrong_field_names_the_right_ones(site: Site, clip: Path, field: str, said: str) -> None:
    with pytest.raises(UploadRefused, match=said):
        upload(site, "Version", version(site), clip, field)


def test_a_row_that_is_not_there_is_said(site: Site, clip: Path) -> None:
    for field in (MOVIE, None):
        with pytest.raises(UploadRefused, match="There is no Version 999999"):
            upload(site, "Version", 999999, clip, field)


def test_a_script_that_may_not_write_is_told_so(
    own_site: SandboxSite, site: Site, clip: Path
) -> None:
    task = next(iter(site.rows("Task", ["project"], where=[["project", "is_not", None]])))
    artist = next(
        row["id"] for row in site.rows("PermissionRuleSet", ["code"]) if row["code"] == "artist"
    )
    project = task["project"]
    assert isinstance(project, dict)
    own_site.edit(
        "update api_users set permission_rule_set__type = 'PermissionRuleSet',"
        " permission_rule_set__id = ?, projects = json(?) where firstname = ?",
        artist,
        f'[{{"type":"Project","id":{project["id"]},"name":"x"}}]',
        own_site.client_id,
    )
    with pytest.raises(NoPermission, match=r"may not put a file on Task \d+ \(image\).* role"):
        upload(site, "Task", int(str(task["id"])), clip, "image")


def test_a_storage_without_tls_elsewhere_gets_nothing(
    own_site: SandboxSite, site: Site, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shotgrid_dagster.sandbox.operations import uploading

    monkeypatch.setattr(uploading, "_signed", lambda *_: "http://storage.example/x?sig=1")
    with pytest.raises(UploadRefused, match=r"storage at storage\.example that is not https"):
        upload(site, "Version", version(site), clip, MOVIE)


# what nobody gets to see


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503, **PUT},
        {"kind": "cut", **PUT},
        {"kind": "lost", **PUT},
        {"kind": "status", "status": 400, **PUT},
        {"kind": "reset", "path": "^/media/", "method": "GET"},
        {"kind": "hang", **PUT},
    ],
    ids=str,
)
def test_a_signed_address_is_in_no_error_no_log_and_no_cause(
    own_site: SandboxSite, clip: Path, fault: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    retry_policy = RetryPolicy(tries=2, first_wait=0.01, longest_wait=0.02, answer_seconds=0.3)
    site = own_site.client(retry_policy=retry_policy)
    faults(own_site, fault)
    with caplog.at_level(logging.DEBUG), pytest.raises(SiteError) as caught:
        upload(site, "Version", version(site), clip, MOVIE)
    error: BaseException | None = caught.value
    said = [caplog.text]
    while error is not None:
        said.append(str(error))
        error = error.__cause__ or error.__context__
    text = "\n".join(said)
    assert "Signature=" not in text
    assert "Security-Token" not in text


def test_at_debug_the_log_names_the_requests_without_their_signatures(
    site: Site, clip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        upload(site, "Version", version(site), clip, MOVIE)
    assert caplog.text.count("/media/") == 2
    assert "Signature=" not in caplog.text
