"""A site of a few rows whose every value is known, over the sandbox's own entity types."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.store import database as store

SCRIPT, KEY, SIGNING_KEY = "extractor", "s3cret", "signing-key-of-the-small-site-00"
LIVE, ARCHIVED = 70, 71
RETIRED_AT = "2026-02-01T00:00:00Z"

Link = tuple[str, int, str]
"""(type, id, name)"""

BLUE: Link = ("Project", LIVE, "Blue")
OLD: Link = ("Project", ARCHIVED, "Old")
AB: Link = ("Sequence", 1, "ab")
CD: Link = ("Sequence", 2, "cd")
JANE: Link = ("HumanUser", 1, "Jane Doe")
ROBOT: Link = ("ApiUser", 1, "extractor 1.0")
FOX: Link = ("Asset", 1, "Fox")
CAVE: Link = ("Asset", 2, "Cave")


def shown(link: Link) -> dict[str, object]:
    return {"id": link[1], "name": link[2], "type": link[0]}


def build(path: Path) -> None:
    connection = store.connect(path)
    store.create_tables(connection, SCHEMA)
    connection.execute("begin")
    site = {
        "script_name": SCRIPT,
        "script_key": KEY,
        "signing_key": SIGNING_KEY,
        "_hidden_values": json.dumps({str(LIVE): {"Shot.sg_status_list": ["omt"]}}),
    }
    connection.executemany("insert into _site values (?, ?)", site.items())
    _people(connection)
    _production(connection)
    _work(connection)
    connection.execute("commit")
    store.create_indexes(connection, SCHEMA)
    connection.close()


def _people(connection: sqlite3.Connection) -> None:
    add(connection, "ApiUser", 1, firstname=SCRIPT, cached_display_name="extractor 1.0")
    person = {"sg_status_list": "act", "can_impersonate_this_user": True}
    add(connection, "HumanUser", 1, login="jane", email="jane@x.com", name="Jane Doe", **person)
    add(connection, "HumanUser", 2, login="bob", name="Bob", **{**person, "sg_status_list": "dis"})
    add(connection, "HumanUser", 3, login="carl", name="Carl", sg_status_list="act")
    add(connection, "HumanUser", 4, login="gone", name="Gone", _retired_at=RETIRED_AT, **person)


def _production(connection: sqlite3.Connection) -> None:
    add(connection, "Project", LIVE, name="Blue", landing_page_url='"/page/7"')
    add(connection, "Project", ARCHIVED, name="Old", archived=True)
    add(connection, "Sequence", 1, code="ab", project=BLUE, sg_timecode=3_600_000)
    add(connection, "Sequence", 2, code="cd", project=BLUE, _retired_at=RETIRED_AT)
    for number, (name, hero, percent) in enumerate(
        [("Fox", True, 50), ("Cave", False, None), ("Tree", False, 100)], start=1
    ):
        add(
            connection, "Asset", number, code=name, project=BLUE, sg_hero=hero,
            sg_percent_complete=percent, sg_asset_type="Character" if hero else "Prop",
            cached_display_name=name,
        )  # fmt: skip
    # created_at and updated_at of shot n: the n-th of March 2026 at midnight, and at noon.
    for number in range(1, 13):
        add(connection, "Shot", number, **_shot(number))
    add(connection, "Shot", 13, code="sh013", project=OLD)
    add(connection, "Shot", 14, code="sh014", project=BLUE, sg_lens="35mm", _retired_at=RETIRED_AT)


def _shot(number: int) -> dict[str, object]:
    values: dict[str, object] = {
        "code": f"SH{number:03}",
        "cached_display_name": f"SH{number:03}",
        "project": BLUE,
        "sg_sequence": AB if number <= 6 else None,
        "sg_cut_in": 1000 + number if number > 2 else None,
        "sg_status_list": {1: "wtg", 2: "ip", 3: "ip", 4: "fin"}.get(number),
        "created_at": f"2026-03-{number:02}T00:00:00Z",
        "updated_at": f"2026-03-{number:02}T12:00:00Z",
        "created_by": ROBOT,
    }
    own: dict[int, dict[str, object]] = {
        1: {
            "description": 'Été à la MER, 100% "wet"\nsecond line',
            "sg_plate_scale": 0.04,
            "sg_plate_length": "12-08",
            "sg_stereo": True,
            "sg_turnover_date": "2026-03-04",
            "sg_shot_type": "VFX",
            "assets": [FOX, CAVE],
            "image": "/abc/one.jpg",
            "sg_cut_duration": 1210,
        },
        2: {"sg_plate_scale": 1e20, "assets": [FOX], "image": "pending", "sg_shot_type": "2D"},
        3: {"sg_plate_scale": 2.0, "description": "plain", "sg_shot_type": "Full CG"},
        7: {"sg_sequence": CD},
    }
    return {**values, **own.get(number, {})}


def _work(connection: sqlite3.Connection) -> None:
    add(connection, "Step", 1, code="Anim", color="10,20,30", entity_type="Shot")
    about = [("Shot", 1, "SH001"), ("Shot", 2, "SH002"), FOX, None]
    for number, entity in enumerate(about, start=1):
        add(
            connection, "Task", number, content=f"anim {number}", project=BLUE if entity else None,
            cached_display_name=f"anim {number}", entity=entity, duration=480 * number,
            task_assignees=[JANE] if number == 1 else [], est_in_mins=number * 240,
            step=("Step", 1, "Anim"), splits='[{"start":"2026-03-04"}]', start_date=None,
        )  # fmt: skip
    add(connection, "TimeLog", 1, entity=("Task", 1, "anim 1"), duration=90, project=BLUE)
    movie = {
        "url": "@media@/abc/one.mov?@signature@", "name": "one.mov", "link_type": "upload",
        "content_type": "video/quicktime", "type": "Attachment", "id": 55,
    }  # fmt: skip
    add(
        connection, "Version", 1, code="SH001_v001", project=BLUE, entity=("Shot", 1, "SH001"),
        sg_uploaded_movie=json.dumps(movie),
    )  # fmt: skip
    add(
        connection, "Note", 1, subject="Too dark", project=BLUE, meta='{"a":{"b":1},"c":[1,2]}',
        note_links=[("Shot", 1, "SH001"), FOX], read_by_current_user="unread",
    )  # fmt: skip
    add(connection, "Note", 2, subject=None, content="no subject", project=BLUE)
    add(
        connection, "LocalStorage", 1, code="primary",
        uuid="0f8fad5b-d9cb-469f-a165-70867728950e",
    )  # fmt: skip
    add(connection, "PageSetting", 1, settings_json='{"widths":[10,20]}')
    add(connection, "Reply", 1, content="ok", entity=("Note", 1, "Too dark"))


def add(connection: sqlite3.Connection, kind: str, row_id: int, /, **values: object) -> None:
    """Insert a row; links are (type, id, name), multi links lists of them."""
    row: dict[str, object] = {"id": row_id}
    fields = SCHEMA[kind].fields
    for name, value in values.items():
        if isinstance(value, tuple):
            row[f"{name}__type"], row[f"{name}__id"] = value[0], value[1]
            # What is retired is not shown, but stays what the link points to.
            row[name] = None if value == CD else _text(shown(value))
        elif isinstance(value, list):
            row[name] = _text([shown(link) for link in value])
        else:
            assert name.startswith("_") or name in fields, f"{kind}.{name}"
            row[name] = value
    names = ", ".join(f'"{name}"' for name in row)
    holes = ", ".join("?" * len(row))
    table = SCHEMA[kind].slug
    connection.execute(f"insert into {table} ({names}) values ({holes})", list(row.values()))


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
