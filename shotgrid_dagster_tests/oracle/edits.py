"""The edits of a script, carried out on the sandbox's database."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from shotgrid_dagster.sandbox.errors import ApiError
from shotgrid_dagster.sandbox.store.site_clock import SiteClock
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster_tests.oracle.script import Edit

NAMES = {
    "Shot": "code",
    "Version": "code",
    "Sequence": "code",
    "Asset": "code",
    "Playlist": "code",
    "Task": "content",
    "Note": "subject",
    "Reply": "content",
}
LINKS = {
    "Shot": (("assets", "Asset"), ("tags", "Tag")),
    "Asset": (("shots", "Shot"),),
    "Playlist": (("versions", "Version"),),
    "Version": (("playlists", "Playlist"), ("tags", "Tag")),
    "Task": (("upstream_tasks", "Task"), ("downstream_tasks", "Task")),
    "Note": (("note_links", "Shot"), ("note_links", "Version")),
    "Sequence": (("shots", "Shot"), ("assets", "Asset")),
}
PARENTS = {
    "Shot": ("sg_sequence", "Sequence"),
    "Version": ("entity", "Shot"),
    "Task": ("entity", "Shot"),
    "Reply": ("entity", "Note"),
}
ERASED = ("TaskDependency", "PlaylistVersionConnection", "Reply")


class NothingToEdit(Exception):
    """The studio has no row that this edit could be made on."""


IN_TIME = {"change_back_dated": "change", "retire_back_dated": "retire"}
"""What is done instead where no event that can be read tells of it."""


def carry_out(editor: Editor, cast: tuple[str, ...], edit: Edit) -> None:
    """One edit. A refusal by the site is no edit."""
    chance = random.Random(edit.seed)
    with contextlib.suppress(ApiError, NothingToEdit):
        _HOW[edit.kind](editor, cast, chance)


def _row(editor: Editor, entity_type: str, chance: random.Random, retired: bool = False) -> int:
    rows = sorted(editor.dump(entity_type, retired=retired))
    if not rows:
        raise NothingToEdit
    return chance.choice(rows)


def _named(cast: tuple[str, ...], chance: random.Random, of: Collection[str] = NAMES) -> str:
    able = [item for item in cast if item in of]
    if not able:
        raise NothingToEdit
    return chance.choice(able)


def _create(editor: Editor, cast: tuple[str, ...], chance: random.Random, **given: Any) -> None:
    entity_type = _named(cast, chance)
    values: dict[str, Any] = {NAMES[entity_type]: f"new {chance.randrange(10**6)}", **given}
    if entity_type != "Reply":
        values["project"] = ("Project", _row(editor, "Project", chance))
    if entity_type in PARENTS:
        field, parent = PARENTS[entity_type]
        values[field] = (parent, _row(editor, parent, chance))
    editor.create(entity_type, **values)


def _create_back_dated(editor: Editor, cast: tuple[str, ...], chance: random.Random) -> None:
    stamp = "2019-05-06T07:08:09Z"
    stamped = tuple(item for item in cast if item != "Reply")
    _create(editor, stamped, chance, created_at=stamp, updated_at=stamp)


@contextlib.contextmanager
def _weeks_ago(editor: Editor) -> Iterator[None]:
    """Rows and events are stamped as if it were five weeks ago."""
    clock = editor.clock
    editor.clock = SiteClock(lambda: clock() - timedelta(weeks=5))
    try:
        yield
    finally:
        editor.clock = clock


def _change_back_dated(editor: Editor, cast: tuple[str, ...], chance: random.Random) -> None:
    with _weeks_ago(editor):
        _change(editor, cast, chance)


def _retire_back_dated(editor: Editor, cast: tuple[str, ...], chance: random.Random) -> None:
    with _weeks_ago(editor):
        _retire(editor, cast, chance)


def _create_future_dated(editor: Editor, cast: tuple[str, ...], chance: random.Random) -> None:
    stamp = (datetime.now(timezone.utc) + timedelta(days=400)).strftime("%Y-%m-%dT%H:%M:%SZ")
    stamped = tuple(item for item in cast if item != "Reply")
    _create(editor, stamped, chance, created_at=stamp, updated_at=stamp)


def _change(editor: Editor, cast: tuple[str, ...], chance: random.Random) -> None:
    entity_type = _named(cast, chance, ("Shot", "Version", "Task", "Asset", "Sequence", "Note"))
    field = "content" if entity_type == "Note" else "description"
    if entity_type == "Task":
        field = "sg_description"
    row = _row(editor, entity_type, chance)
    editor.update(entity_type, row, **{field: f"said {chance.randrange(10**6)} 🎬"})


def _rename(editor: Editor, cast: tuple[str, ...], chance: random.Random) -> None:
    entity_type = _named(cast, chance)
    row = _row(editor, entity_type, chance)
    editor.update(entity_type, row, **{NAMES[entity_type]: f"renamed {chance.randrange(10**6)}"})


def _link(editor: Editor, cast: tuple[str, ...], chance: random.Random) -> None:
    entity_type = _named(cast, chance, LINKS)
    field, target = chance.choice(LINKS[entity_type])
    row = _row(editor, entity_type, chance)
    editor.link(entity_type, row, field, (target, _row(editor, target, chance)))


def _unlink(editor: Editor, cast: tuple[str, ...], chance: random.Random) -> None:
    entity_type = _named(cast, chance, LINKS)
    field, _ = chance.choice(LINKS[entity_type])
    rows = editor.dump(entity_type)
    linked = sorted(row for row, values in rows.items() if values[field])
    if linked:
        row = chance.choice(linked)
        link = chance.choice(rows[row][field])
        editor.unlink(entity_type, row, field, (link["type"], link["id"]))


def _empty(editor: Editor, cast: tuple[str, ...], chance: random.Random) -> None:
    entity_type = _named(cast, chance, LINKS)
    field, _ = chance.choice(LINKS[entity_type])
    editor.update(entity_type, _row(editor, entity_type, chance), **{field: []})


def _re_parent(editor: Editor, cast: tuple[str, ...], chance: random.Random) -> None:
    entity_type = _named(cast, chance, PARENTS)
    field, parent = PARENTS[entity_type]
    row = _row(editor, entity_type, chance)
    editor.update(entity_type, row, **{field: (parent, _row(editor, parent, chance))})


def _retire(editor: Editor, cast: tuple[str, ...], chance: random.Random) -> None:
    entity_type = chance.choice(cast)
    editor.retire(entity_type, _row(editor, entity_type, chance))


def _revive(editor: Editor, cast: tuple[str, ...], chance: random.Random) -> None:
    entity_type = chance.choice(cast)
    editor.revive(entity_type, _row(editor, entity_type, chance, retired=True))


def _erase(editor: Editor, cast: tuple[str, ...], chance: random.Random) -> None:
    entity_type = _named(cast, chance, ERASED)
    editor.erase(entity_type, _row(editor, entity_type, chance))


def _bulk(editor: Editor, cast: tuple[str, ...], chance: random.Random) -> None:
    """Many rows in the same second."""
    entity_type = _named(cast, chance, ("Shot", "Version", "Asset"))
    rows = sorted(editor.dump(entity_type))
    mark = chance.randrange(10**6)
    for row in rows[: 3 * chance.choice((3, 8))]:
        editor.update(entity_type, row, description=f"bulk {mark}")


def _hide(editor: Editor, cast: tuple[str, ...], chance: random.Random) -> None:
    editor.hide_project(_row(editor, "Project", chance))


def _show(editor: Editor, cast: tuple[str, ...], chance: random.Random) -> None:
    show_all(editor)


def show_all(editor: Editor) -> None:
    """Every project is visible to the reading script again: it is restricted to none."""
    if is_restricted(editor):
        editor.update("ApiUser", _reader(editor), projects=[])


def is_restricted(editor: Editor) -> bool:
    """Whether the reading script sees only some projects."""
    return bool(editor.dump("ApiUser")[_reader(editor)]["projects"])


def _reader(editor: Editor) -> int:
    scripts = editor.dump("ApiUser")
    (reader,) = (
        id_ for id_, script in scripts.items() if script["firstname"] == "shotgrid_dagster"
    )
    return reader


_HOW: dict[str, Callable[[Editor, tuple[str, ...], random.Random], None]] = {
    "create": _create,
    "change": _change,
    "rename": _rename,
    "link": _link,
    "unlink": _unlink,
    "empty": _empty,
    "re_parent": _re_parent,
    "retire": _retire,
    "revive": _revive,
    "create_back_dated": _create_back_dated,
    "create_future_dated": _create_future_dated,
    "change_back_dated": _change_back_dated,
    "retire_back_dated": _retire_back_dated,
    "erase": _erase,
    "bulk": _bulk,
    "hide": _hide,
    "show": _show,
}
