"""The Editor, and the promise of all writes: what is shown stays what is true."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.errors import ApiError
from shotgrid_dagster.sandbox.store.schema import Field
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.sandbox.writes.policy import EventPolicy, WritePolicy
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.sandbox.client import Client
from shotgrid_dagster_tests.sandbox.test_studio import Links


class Clock:
    """A second passes whenever it is looked at."""

    def __init__(self) -> None:
        self.time = datetime(2026, 6, 2, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


class Chaos:
    """Random edits, of which some are refused."""

    KINDS = (
        "Shot", "Asset", "Sequence", "Task", "Version", "Note", "Playlist", "CutItem",
        "PublishedFile", "Delivery", "HumanUser", "Group", "Reply", "Ticket", "Attachment",
    )  # fmt: skip

    def __init__(self, editor: Editor, seed: int) -> None:
        self.editor = editor
        self.rng = random.Random(seed)
        self.made = 0

    def edit(self) -> None:
        kind = self.rng.choice(self.KINDS)
        what = self.rng.choices(
            [self.create, self.relink, self.rename, self.retire, self.revive], [2, 6, 2, 2, 3]
        )[0]
        what(kind)

    def create(self, kind: str) -> None:
        values: dict[str, object] = {}
        if SCHEMA[kind].is_project_scoped:
            values["project"] = ("Project", self.live("Project"))
        if kind == "HumanUser":
            values["login"] = f"login{self.made}"
        for field in self.links(kind):
            if self.rng.random() < 0.3:
                values[field.name] = self.value(field)
        self.made += 1
        self.editor.create(kind, **values)

    def relink(self, kind: str) -> None:
        field = self.rng.choice(self.links(kind))
        row_id = self.live(kind)
        if field.data_type == "multi_entity" and self.rng.random() < 0.6:
            change = self.rng.choice([self.editor.link, self.editor.unlink])
            change(kind, row_id, field.name, *self.members(field))
        else:
            self.editor.update(kind, row_id, **{field.name: self.value(field)})

    def rename(self, kind: str) -> None:
        self.made += 1
        name = SCHEMA[kind].identity
        assert name
        self.editor.update(kind, self.live(kind), **{name: f"name {self.made} é <&>"})
        status = self.rng.choice(["opn", "ip", "clsd"])
        self.editor.update("Note", self.live("Note"), sg_status_list=status)

    def retire(self, kind: str) -> None:
        self.editor.retire(kind, self.live(kind))

    def revive(self, kind: str) -> None:
        gone = list(self.editor.dump(kind, retired=True))
        if gone:
            self.editor.revive(kind, self.rng.choice(gone))

    def links(self, kind: str) -> list[Field]:
        return [
            field
            for field in SCHEMA[kind].fields.values()
            if field.is_link and field.editable and field.name != "project" and field.valid_types
        ]

    def live(self, kind: str) -> int:
        return self.rng.choice(list(self.editor.dump(kind)))

    def value(self, field: Field) -> object:
        if field.data_type == "multi_entity":
            return self.members(field)
        return None if self.rng.random() < 0.2 else self.member(field)

    def members(self, field: Field) -> list[tuple[str, int]]:
        return [self.member(field) for _ in range(self.rng.randrange(4))]

    def member(self, field: Field) -> tuple[str, int]:
        kind = self.rng.choice([name for name in field.valid_types if name != "EventLogEntry"])
        return kind, self.live(kind)


def agrees_with_itself(database: Path) -> bool:
    """Whether every link of every row shows what is true. Names the first that does not."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        links = Links(connection)
    for entity_type in SCHEMA.values():
        for field in (link for link in entity_type.fields.values() if link.is_link):
            for row in links.rows[entity_type.name]:
                if field.data_type == "multi_entity":
                    expected: str | None = links.multi(entity_type.name, field.name, row["id"])
                else:
                    target = (row[f"{field.name}__type"], row[f"{field.name}__id"])
                    expected = links.single(target, field.name)
                assert row[field.name] == expected, (entity_type.name, row["id"], field.name)
    return True


@pytest.fixture
def database(tiny_database: Path, tmp_path: Path) -> Path:
    """A tiny studio of one's own."""
    path = tmp_path / "site.sqlite"
    shutil.copy(tiny_database, path)
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def editor(database: Path, clock: Clock) -> Editor:
    return Editor(database, now=clock)


@pytest.fixture
def project(editor: Editor) -> tuple[str, int]:
    """A project that is neither a template nor archived."""
    shows = editor.dump("Project").values()
    ids = [row["id"] for row in shows if not row["is_template"] and not row["archived"]]
    assert isinstance(ids[0], int)
    return "Project", ids[0]


def events(editor: Editor) -> int:
    return len(editor.dump("EventLogEntry"))


@pytest.mark.parametrize("seed", range(2))
def test_after_random_edits_every_link_shows_what_is_true(database: Path, seed: int) -> None:
    policy = WritePolicy(events=EventPolicy(regain_links=True))
    chaos = Chaos(Editor(database, now=Clock(), policy=policy), seed)
    refused = 0
    for _ in range(250):
        try:
            chaos.edit()
        except (ApiError, IndexError):
            # IndexError: there is no row left of a type that is asked for
            refused += 1
    assert refused < 80
    assert agrees_with_itself(database)


def test_what_was_retired_comes_back_as_it_was(editor: Editor) -> None:
    kinds = ("Shot", "Version", "Task", "TaskDependency", "Asset", "Sequence", "Playlist")
    before = {kind: editor.dump(kind, retired=None) for kind in kinds}
    for kind in kinds:
        for row_id in list(editor.dump(kind))[:5]:
            editor.revive(*editor.retire(kind, row_id)[0])
    assert {kind: editor.dump(kind, retired=None) for kind in kinds} == before


def test_a_new_row_is_in_the_dump(editor: Editor, project: tuple[str, int]) -> None:
    shot = editor.create("Shot", project=project, code="e1", sg_stereo=True, sg_plate_scale=0.5)
    row = editor.dump("Shot")[shot]
    assert (row["code"], row["sg_stereo"], row["sg_plate_scale"]) == ("e1", True, 0.5)
    assert row["assets"] == []
    assert isinstance(row["project"], dict)
    assert row["project"]["id"] == project[1]


def test_a_dump_has_live_rows_retired_ones_or_both(editor: Editor) -> None:
    live, retired = editor.dump("Shot"), editor.dump("Shot", retired=True)
    assert live
    assert retired
    assert editor.dump("Shot", retired=None) == {**live, **retired}


def test_an_update_says_whether_it_changed_anything(
    editor: Editor, project: tuple[str, int]
) -> None:
    shot = editor.create("Shot", project=project)
    assert editor.update("Shot", shot, sg_status_list="ip")
    stamp = editor.dump("Shot")[shot]["updated_at"]
    assert not editor.update("Shot", shot, sg_status_list="ip")
    assert editor.dump("Shot")[shot]["updated_at"] == stamp


def test_links_are_added_and_taken_away_from_either_end(
    editor: Editor, project: tuple[str, int]
) -> None:
    shot = editor.create("Shot", project=project, code="s")
    asset = editor.create("Asset", project=project, code="a")
    assert editor.link("Shot", shot, "assets", ("Asset", asset))
    assert not editor.link("Asset", asset, "shots", ("Shot", shot))
    assert editor.dump("Asset")[asset]["shots"] == [{"id": shot, "name": "s", "type": "Shot"}]
    assert editor.unlink("Asset", asset, "shots", ("Shot", shot))
    assert editor.dump("Shot")[shot]["assets"] == []


def test_what_is_erased_is_in_no_dump_and_its_id_is_not_used_again(editor: Editor) -> None:
    ids = [editor.create("Task") for _ in range(3)]
    editor.link("Task", ids[0], "upstream_tasks", ("Task", ids[1]))
    edge = max(editor.dump("TaskDependency"))
    before = events(editor)
    editor.erase("TaskDependency", edge)
    assert edge not in editor.dump("TaskDependency", retired=None)
    assert editor.dump("Task")[ids[1]]["downstream_tasks"] == []
    assert events(editor) == before
    editor.link("Task", ids[0], "upstream_tasks", ("Task", ids[2]))
    assert max(editor.dump("TaskDependency")) == edge + 1


@pytest.mark.parametrize("kind", SCHEMA)
def test_every_type_can_be_dumped(editor: Editor, kind: str) -> None:
    for row_id, row in editor.dump(kind, retired=None).items():
        assert row["id"] == row_id


def test_a_row_can_be_dated_back_without_a_trace(editor: Editor) -> None:
    (shot, *_) = editor.dump("Shot")
    before = events(editor)
    editor.backdate("Shot", shot, updated_at="2001-01-01T00:00:00Z", created_at=None)
    row = editor.dump("Shot")[shot]
    assert (row["updated_at"], row["created_at"]) == ("2001-01-01T00:00:00Z", None)
    assert events(editor) == before


@pytest.mark.parametrize(("as_script", "is_logged"), [(False, True), (True, False), (2, True)])
def test_whose_edits_are_logged(database: Path, as_script: bool | int, is_logged: bool) -> None:
    editor = Editor(database, as_script)
    before = events(editor)
    editor.create("Tag", name="new")
    assert (events(editor) > before) == is_logged


def test_the_events_of_a_script_can_be_switched_on(database: Path) -> None:
    editor = Editor(database, as_script=True)
    editor.log_writes()
    before = events(editor)
    editor.create("Tag", name="new")
    assert events(editor) == before + 2


def test_an_edit_happens_at_the_time_of_the_clock(
    editor: Editor, clock: Clock, project: tuple[str, int]
) -> None:
    shot = editor.create("Shot", project=project)
    at = clock.time.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert editor.dump("Shot")[shot]["created_at"] == at


def test_a_refused_edit_changes_nothing(editor: Editor) -> None:
    before = editor.dump("Shot", retired=None), events(editor)
    (shot, *_) = editor.dump("Shot")
    with pytest.raises(ApiError, match="Value is not legal"):
        editor.update("Shot", shot, code="x", sg_status_list="nope")
    assert (editor.dump("Shot", retired=None), events(editor)) == before


def test_a_hidden_project_is_gone_from_what_the_script_reads(
    own_site: SandboxSite, clock: Clock
) -> None:
    client = Client.signed_in(own_site.url, own_site.app)
    editor = Editor(own_site.database, now=clock)
    before = client.ids("shots", [])
    rows = editor.dump("Shot")
    show = rows[before[0]]["project"]
    assert isinstance(show, dict)
    editor.hide_project(show["id"])
    left = client.ids("shots", [])
    assert left == [row_id for row_id in before if rows[row_id]["project"] != show]
    assert show["id"] not in client.ids("projects", [])
    assert client.ids("steps", [])
    editor.show_project(show["id"])
    assert client.ids("shots", []) == before


def test_a_running_site_shows_what_was_edited(own_site: SandboxSite, clock: Clock) -> None:
    client = Client.signed_in(own_site.url, own_site.app)
    editor = Editor(own_site.database, now=clock)
    shot = client.ids("shots", [])[0]
    editor.update("Shot", shot, description="edited")
    assert client.row("shots", shot)["attributes"]["description"] == "edited"
    editor.retire("Shot", shot)
    assert shot not in client.ids("shots", [])
