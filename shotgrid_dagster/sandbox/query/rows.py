"""One SQL expression that writes a whole row as the API shows it."""

from __future__ import annotations

from collections.abc import Sequence

from shotgrid_dagster.sandbox.query.field_paths import FieldPath
from shotgrid_dagster.sandbox.query.json_text import Sql, quoted, rendered
from shotgrid_dagster.sandbox.query.values import json_value
from shotgrid_dagster.sandbox.store.schema import EntityType, Field, slug

CASES = 12
"""Links of up to so many types name their paths in SQL; the rest asks the `slug()` function."""


def row_json(entity_type: EntityType, paths: Sequence[FieldPath], prefix: str) -> str:
    """SQL for `{"type","attributes","relationships","id","links"}` of the row `t`.

    `prefix` is the API root as it was called, e.g. `/api/v1.1`. Dotted paths stand in `attributes`
    under their whole name, links that are reached through a path included.
    """
    links = [path for path in paths if path.leaf.is_link and not path.hops]
    attributes = [path for path in paths if not path.leaf.is_link or path.hops]
    me = f"{prefix}/entity/{entity_type.slug}/"
    parts: list[str | Sql] = [f'{{"type":"{entity_type.name}","attributes":{{']
    for number, path in enumerate(attributes):
        parts += [f'{"," if number else ""}"{path.name}":', Sql(json_value(path))]
    parts.append('},"relationships":{')
    for number, path in enumerate(links):
        parts += [f'{"," if number else ""}"{path.name}":']
        parts += relationship(path.leaf, me, prefix)
    parts += ['},"id":', Sql("t.id"), f',"links":{{"self":"{me}', Sql("t.id"), '"}}']
    return rendered(parts)


def relationship(field: Field, me: str, prefix: str) -> list[str | Sql]:
    """`{"data", "links": {"self", "related"}}`: multi links and empty ones have no `related`."""
    parts: list[str | Sql] = [
        '{"data":',
        Sql(f"coalesce(t.\"{field.name}\", '{'null' if field.data_type == 'entity' else '[]'}')"),
        f',"links":{{"self":"{me}',
        Sql("t.id"),
        f'/relationships/{field.name}"',
    ]
    if field.data_type == "entity":
        start = quoted(f',"related":"{prefix}/entity/')
        address = f"""{start} || {_slug(field)} || '/' || t."{field.name}__id" || '"'"""
        parts.append(Sql(f"iif(t.\"{field.name}\" is null, '', {address})"))
    return [*parts, "}}"]


def _slug(field: Field) -> str:
    """SQL for the path segment of the type that a single link points to."""
    types = field.valid_types[:CASES]
    cases = " ".join(f"when {quoted(name)} then {quoted(slug(name))}" for name in types)
    kind = f't."{field.name}__type"'
    return f"case {kind} {cases} else slug({kind}) end" if types else f"slug({kind})"
