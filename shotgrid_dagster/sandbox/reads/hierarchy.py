"""`/hierarchy/_expand` and `/hierarchy/_search`: the tree of a project's Shots and Assets.

Shots stand below their Sequence, Assets below their type. Both calls take plain JSON only. A path
is `/Project/70`, `/Project/70/Shot`, `/Project/70/Shot/sg_sequence/Sequence/23`, and for an Asset
`/Project/70/Asset/sg_asset_type/Prop`; `__none__` in the last place is what has no group.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass

from shotgrid_dagster.sandbox.access.visibility import ReadOptions, visible
from shotgrid_dagster.sandbox.calls.calls import Answer, Call, answer
from shotgrid_dagster.sandbox.errors import ApiError, invalid_parameters
from shotgrid_dagster.sandbox.query.bindings import LARGEST

NO_SUCH_PROJECT = 107
NONE = "__none__"


@dataclass(frozen=True)
class Branch:
    """How the rows of one type hang below a project."""

    entity_type: str
    plural: str
    field: str
    """What they are grouped by."""
    group_type: str | None
    """The entity type of a group; None: a group is a word of a list."""
    ungrouped: str

    def bucket(self, root: str) -> str:
        """The path of the rows without a group."""
        return f"{self.groups(root)}/{NONE}"

    def groups(self, root: str) -> str:
        """The path below which the groups stand."""
        kind = f"/{self.group_type}" if self.group_type else ""
        return f"{root}/{self.entity_type}/{self.field}{kind}"


SHOTS = Branch("Shot", "Shots", "sg_sequence", "Sequence", "Shots with no Sequence")
ASSETS = Branch("Asset", "Assets", "sg_asset_type", None, "Assets with no Type")
BRANCHES = {branch.entity_type: branch for branch in (ASSETS, SHOTS)}
PATH = re.compile(r"/Project/(\d{1,18})(?:/(Shot|Asset)(?:/(\w+)(?:/(Sequence))?/([^/]+))?)?")

Node = dict[str, object]


def expand(call: Call) -> Answer:
    """One level of the tree below `path`."""
    path = call.plain_json().get("path")
    match = PATH.fullmatch(path) if isinstance(path, str) else None
    if match is None:
        raise invalid_parameters(path="path is missing" if path is None else "path is not valid")
    project, kind, field, _, group = match.groups()
    branch = BRANCHES.get(kind or "")
    if branch and field not in (None, branch.field):
        raise invalid_parameters(path="path is not valid")
    with call.site.connections.borrowed() as connection:
        name = _project_name(call, connection, int(project))
        root = f"/Project/{project}"
        if branch is None:
            label, ref = name, _entity("Project", int(project))
            children = [
                _node(branch.plural, _kind(branch.entity_type), f"{root}/{branch.entity_type}")
                for branch in BRANCHES.values()
            ]
        elif group is None:
            label, ref = branch.plural, _kind(branch.entity_type)
            children = _groups(call, connection, branch, root)
        else:
            label, ref = _group_label(call, connection, branch, group)
            children = _rows(call, connection, branch, int(project), str(path), group)
    return answer({"data": _expanded(label, ref, str(path), children)})


def search(call: Call) -> Answer:
    """Where one Shot or Asset stands in the tree."""
    body = call.plain_json()
    criteria = body.get("search_criteria")
    if not isinstance(criteria, dict):
        raise invalid_parameters(search_criteria="search_criteria must be a hash")
    wanted = criteria.get("entity")
    if not isinstance(wanted, dict) or "type" not in wanted or "id" not in wanted:
        raise invalid_parameters(search_criteria="search_criteria size must be 1")
    branch = BRANCHES.get(str(wanted["type"]))
    match = PATH.fullmatch(str(body.get("root_path")))
    if branch is None or match is None or not _is_id(wanted["id"]):
        return answer({"data": []})
    project = int(match[1])
    with call.site.connections.borrowed() as connection:
        row = connection.execute(
            f'select t."code", {_group_columns(branch)} from {_seen(call, branch.entity_type)}'
            " and t.id = ? and t.project__id = ?",
            (wanted["id"], project),
        ).fetchone()
    if row is None:
        return answer({"data": []})
    code, group, group_name = row
    start = f"/Project/{project}/{branch.entity_type}"
    here = f"{start}/{branch.field}/{NONE}"
    if group is not None:
        here = f"{branch.groups(f'/Project/{project}')}/{group}"
    found = {
        "label": code,
        "incremental_path": [f"/Project/{project}", start, here, f"{here}/id/{wanted['id']}"],
        "path_label": f"{branch.plural} > {group_name or branch.ungrouped}",
        "ref": {"id": wanted["id"], "type": branch.entity_type},
        "project_id": project,
    }
    return answer({"data": [found]})


def _is_id(value: object) -> bool:
    return isinstance(value, int) and 0 < value <= LARGEST


def _expanded(label: str, ref: Node, path: str, children: list[Node]) -> Node:
    seed = {"type": "Version", "field": "entity"}
    preset = {"preset_name": "NAV_ENTRIES", "path": path, "seed": seed}
    return {
        "label": label,
        "ref": ref,
        "parent_path": path.rpartition("/")[0] if path.count("/") > 2 else "/",
        "path": path,
        "target_entities": {"type": "Version", "additional_filter_presets": [preset]},
        "has_children": True,
        "children": children,
    }


def _groups(call: Call, connection: sqlite3.Connection, branch: Branch, root: str) -> list[Node]:
    """The groups. After every Sequence, and once after the words of a list, the ungrouped rows."""
    bucket = _node(branch.ungrouped, {"kind": "list", "value": NONE}, branch.bucket(root))
    found: list[Node] = []
    if branch.group_type is None:
        words = _words(call, connection, branch, int(root.split("/")[2]))
        for word in words:
            ref: Node = {"kind": "list", "value": word}
            found.append(_node(word, ref, f"{branch.groups(root)}/{word}"))
        return [*found, bucket]
    bucket["ref"] = _kind(branch.entity_type)
    for row_id, code in connection.execute(
        f"select t.id, t.code from {_seen(call, branch.group_type)} and t.project__id = ?"
        " order by t.code, t.id",
        (int(root.split("/")[2]),),
    ):
        path = f"{branch.groups(root)}/{row_id}"
        found += [_node(code, _entity(branch.group_type, row_id), path), bucket]
    return found or [_empty(branch)]


def _rows(
    call: Call, connection: sqlite3.Connection, branch: Branch, project: int, path: str, group: str
) -> list[Node]:
    column = f't."{branch.field}__id"' if branch.group_type else f't."{branch.field}"'
    condition = f"{column} is null" if group == NONE else f"{column} = ?"
    found = connection.execute(
        f"select t.id, t.code from {_seen(call, branch.entity_type)} and t.project__id = ?"
        f" and {condition} order by t.code, t.id",
        (project,) if group == NONE else (project, group),
    )
    nodes = [
        _node(code, _entity(branch.entity_type, row_id), f"{path}/id/{row_id}", False)
        for row_id, code in found
    ]
    return nodes or [_empty(branch)]


def _words(call: Call, connection: sqlite3.Connection, branch: Branch, project: int) -> list[str]:
    rows = connection.execute(
        f'select distinct t."{branch.field}" from {_seen(call, branch.entity_type)}'
        f' and t.project__id = ? and t."{branch.field}" is not null order by 1',
        (project,),
    )
    return [str(word) for (word,) in rows]


def _group_label(
    call: Call, connection: sqlite3.Connection, branch: Branch, group: str
) -> tuple[str, Node]:
    if branch.group_type is None:
        return (branch.ungrouped if group == NONE else group), {"kind": "list", "value": group}
    if not re.fullmatch(r"\d{1,18}", group):
        return branch.ungrouped, _kind(branch.entity_type)
    row = connection.execute(
        f"select t.code from {_seen(call, branch.group_type)} and t.id = ?", (int(group),)
    ).fetchone()
    return (row[0] if row else group), _entity(branch.group_type, int(group))


def _group_columns(branch: Branch) -> str:
    if branch.group_type is None:
        return f't."{branch.field}", t."{branch.field}"'
    link = f't."{branch.field}"'
    return f"json_extract({link}, '$.id'), json_extract({link}, '$.name')"


def _project_name(call: Call, connection: sqlite3.Connection, project: int) -> str:
    row = connection.execute(
        f"select t.name from {_seen(call, 'Project')} and t.id = ?", (project,)
    ).fetchone()
    if row is None:
        title = f"Unexpected result looking for project: {project}: 0 found."
        raise ApiError(400, NO_SUCH_PROJECT, title)
    return str(row[0])


def _seen(call: Call, entity_type: str) -> str:
    """SQL from `from` on, up to conditions that may be added with `and`."""
    schema = call.site.schema
    options = ReadOptions(include_archived_projects=True)
    conditions = visible(schema, schema[entity_type], call.caller, options)
    return f"{schema[entity_type].slug} t where {' and '.join(conditions)}"


def _node(label: str, ref: Node, path: str, has_children: bool = True) -> Node:
    return {"label": label, "path": path, "ref": ref, "has_children": has_children}


def _empty(branch: Branch) -> Node:
    label = f"No {branch.plural}"
    return {"label": label, "ref": {"kind": "empty", "value": None}, "has_children": False}


def _entity(entity_type: str, row_id: int) -> Node:
    return {"kind": "entity", "value": {"type": entity_type, "id": row_id}}


def _kind(entity_type: str) -> Node:
    return {"kind": "entity_type", "value": entity_type}
