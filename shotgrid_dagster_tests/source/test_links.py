"""Links to rows that were renamed, retired or revived: a later load has them as a first one has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.errors import WarehouseError
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster.sandbox.writes.policy import EventPolicy
from shotgrid_dagster.source.loading import loader, relinked
from shotgrid_dagster.source.loading.held_rows import HeldRows
from shotgrid_dagster.source.loading.writing import write
from shotgrid_dagster.source.reading.channel import LoadMode
from shotgrid_dagster.source.reading.reading import Reading
from shotgrid_dagster.source.whole_site import load_entity_types
from shotgrid_dagster_tests.conftest import SandboxSite, serving
from shotgrid_dagster_tests.oracle.edits import NAMES
from shotgrid_dagster_tests.oracle.stage import copy_studio
from shotgrid_dagster_tests.oracle.witness import Warehouse as Held
from shotgrid_dagster_tests.source.test_channels import Copy

TYPES = ("Project", "Shot", "Task", "Version", "Note", "TimeLog", "EventLogEntry")
PAGE = 15
"""Each of the types is bigger, save Project."""

OF_READING = frozenset({"_sg_read_at", "_dlt_load_id"})

LOG = "EventLogEntry"
DESCRIBED = {"Shot": "description", "Task": "sg_description", "Version": "description"}


@pytest.fixture
def site(tiny_database: Path, tmp_path: Path) -> Iterator[SandboxSite]:
    database = tmp_path / "site.sqlite"
    copy_studio(tiny_database, database)
    with serving(database) as served:
        yield served


@pytest.fixture
def copy(site: SandboxSite, tmp_path: Path) -> Copy:
    return of_site(site, tmp_path)


def of_site(site: SandboxSite, tmp_path: Path, *, regain_links: bool = True) -> Copy:
    events = EventPolicy(regain_links=regain_links)
    copied = Copy(site, tmp_path / "data", events=events)
    copied.given = {"page_size": PAGE, "most_lost": 0.5}
    for entity_type, field in DESCRIBED.items():
        for id_ in (1, 2, 3):
            copied.editor.update(entity_type, id_, **{field: "something happened to it"})
    return copied


def differences(copy: Copy, fresh: Path, *entity_types: str) -> list[str]:
    """The cells in which the tables differ from those of a first load of the same site."""
    settings = copy.site.settings(fresh, entity_types=entity_types, page_size=5000)
    loaded = load_entity_types(copy.site.client(), settings, Warehouse(fresh))
    assert loaded.failed == {}
    found = []
    for entity_type in entity_types:
        held, expected = Held(copy.folder).rows(entity_type), Held(fresh).rows(entity_type)
        assert held.keys() == expected.keys()
        found += [
            f"{entity_type} {id_}.{name}: {held[id_][name]!r}, not {value!r}"
            for id_, row in expected.items()
            for name, value in row.items()
            if name not in OF_READING and held[id_][name] != value
        ]
    return found


def linked(editor: Editor, entity_type: str, field: str = "entity") -> int:
    """The row that most events link to."""
    links = [
        entry[field]["id"]
        for entry in editor.dump(LOG).values()
        if entry[field] and entry[field]["type"] == entity_type
    ]
    most: int = max(sorted(set(links)), key=links.count)
    return most


def much_linked(editor: Editor) -> list[tuple[str, int]]:
    """A row of each kind that entries link to: what they are about, where, and by whom."""
    return [
        ("Shot", linked(editor, "Shot")),
        ("Task", linked(editor, "Task")),
        ("Version", linked(editor, "Version")),
        ("Project", linked(editor, "Project", "project")),
        ("HumanUser", linked(editor, "HumanUser", "user")),
    ]


@pytest.mark.parametrize("regain_links", [False, True])
def test_links_to_rows_that_changed_are_those_of_a_first_load(
    site: SandboxSite, tmp_path: Path, regain_links: bool
) -> None:
    """Whether a site links its events again to a row that is revived was not measured."""
    copy = of_site(site, tmp_path, regain_links=regain_links)
    rows = much_linked(copy.editor)
    copy.load(*TYPES)
    for entity_type, id_ in rows:
        copy.editor.update(entity_type, id_, **{NAMES.get(entity_type, "name"): "another name"})
    copy.load(*TYPES)
    assert differences(copy, tmp_path / "renamed", *TYPES) == []
    for entity_type, id_ in rows:
        # A Version may be retired along with its Shot.
        if id_ in copy.editor.dump(entity_type):
            copy.editor.retire(entity_type, id_)
    copy.load(*TYPES)
    assert differences(copy, tmp_path / "retired", *TYPES) == []
    for entity_type, id_ in rows:
        copy.editor.revive(entity_type, id_)
    copy.load(*TYPES)
    assert differences(copy, tmp_path / "revived", *TYPES) == []


def test_types_that_are_loaded_one_by_one_have_true_links_too(copy: Copy, tmp_path: Path) -> None:
    copy.load(*TYPES)
    for entity_type, id_ in much_linked(copy.editor)[:2]:
        copy.editor.update(entity_type, id_, **{NAMES[entity_type]: "another name"})
    copy.load(LOG)
    for entity_type in TYPES:
        copy.load(entity_type)
    assert differences(copy, tmp_path / "fresh", *TYPES) == []


def test_a_run_that_ended_between_entries_and_links_is_made_good_by_the_next(
    copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy.load(LOG)
    copy.editor.update("Shot", linked(copy.editor, "Shot"), code="another name")
    held_before = len(Held(copy.folder).rows(LOG))

    packages = iter(["entries"])

    def write_one(*given: Any) -> dict[str, int]:
        if next(packages, None) is None:
            raise WarehouseError("the run ended here")
        return write(*given)

    with monkeypatch.context() as during:
        during.setattr(loader, "write", write_one)
        assert LOG in copy.result(LOG).failed
    assert len(Held(copy.folder).rows(LOG)) > held_before
    assert differences(copy, tmp_path / "before", LOG) != []
    copy.load(LOG)
    assert differences(copy, tmp_path / "after", LOG) == []


def test_nothing_is_looked_up_or_asked_where_no_row_changed_its_name_or_state(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy.load(*TYPES)
    for name, field in DESCRIBED.items():
        copy.editor.update(name, linked(copy.editor, name), **{field: "other"})
    copy.editor.create("Shot", code="new", project=("Project", 1))

    def refuse(*_given: object) -> NoReturn:
        raise AssertionError("nothing was to be looked for")

    monkeypatch.setattr(HeldRows, "linking", refuse)
    monkeypatch.setattr(Reading, "ids_of_any", refuse)
    loaded = copy.load(*TYPES)
    assert loaded["Shot"].rows_loaded == 2


def test_links_to_a_row_that_too_many_link_to_are_said_and_a_full_refresh_has_them(
    copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relinked, "MOST_RELINKED", 20)
    copy.load(LOG)
    copy.editor.update("Project", linked(copy.editor, "Project", "project"), name="Another")
    (warning,) = copy.result(LOG).warnings
    assert "One run reads 20 of them again" in warning
    assert "a full refresh of shotgrid/event_log_entries makes them true" in warning
    assert differences(copy, tmp_path / "fresh", LOG) != []
    assert copy.result(LOG).warnings == ()
    copy.load(LOG, mode=LoadMode(full_refresh=True))
    assert differences(copy, tmp_path / "refreshed", LOG) == []


def test_a_change_that_no_event_tells_of_is_found_by_a_full_refresh(
    copy: Copy, tmp_path: Path
) -> None:
    copy.load("Task", LOG)
    silent = Editor(copy.site.database, as_script=True)
    silent.update("Shot", linked(silent, "Shot"), code="another name")
    silent.retire("HumanUser", linked(silent, "HumanUser", "user"))
    copy.load("Task", LOG)
    assert differences(copy, tmp_path / "before", "Task", LOG) != []
    copy.load("Task", LOG, mode=LoadMode(full_refresh=True))
    assert differences(copy, tmp_path / "after", "Task", LOG) == []
