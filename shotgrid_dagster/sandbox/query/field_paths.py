"""What a client calls a field: `code`, or through links `entity.Shot.sg_sequence.Sequence.code`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from shotgrid_dagster.sandbox.store.schema import EntityType, Field


@dataclass(frozen=True)
class Hop:
    """From a row through one of its links to rows of one type."""

    link: Field
    target: EntityType


@dataclass(frozen=True)
class FieldPath:
    """A field of the row itself (no hops) or of a row that it links to."""

    name: str
    hops: tuple[Hop, ...]
    owner: EntityType
    """The type that the leaf belongs to."""
    leaf: Field


ICON_URL = "Icon.url"
"""Reads as an empty text, unless `image_data` is asked for too: then it holds the picture."""


class NoSuchField(LookupError):
    """A path names a type or a field that is not there: `Version.entity.Shot.sg_nope`."""


class NotALink(LookupError):
    """A path goes on behind a field that is not a link: `Version.code.Shot.code`."""


def field_path(schema: Mapping[str, EntityType], start: EntityType, name: str) -> FieldPath:
    """The path called `name` from rows of `start`. Raises NoSuchField and NotALink."""
    words = name.split(".")
    owner = start
    hops: list[Hop] = []
    for link_name, type_name in zip(words[:-1:2], words[1::2], strict=False):
        link = owner.fields.get(link_name)
        if link is None:
            raise NoSuchField(f"{start.name}.{name}")
        if not link.is_link:
            raise NotALink(f"{start.name}.{name}")
        target = schema.get(type_name)
        if target is None:
            raise NoSuchField(f"{start.name}.{name}")
        hops.append(Hop(link, target))
        owner = target
    leaf = owner.fields.get(words[-1]) if len(words) % 2 else None
    if leaf is None:
        raise NoSuchField(f"{start.name}.{name}")
    return FieldPath(name, tuple(hops), owner, leaf)


def readable_paths(
    schema: Mapping[str, EntityType], start: EntityType, names: Sequence[str] | None
) -> list[FieldPath]:
    """The paths that a read returns, each once; None or `*`: every field of the row itself.

    Names that are not there, paths through a multi link or through a type that the link does not
    take, and fields that are never returned, are dropped without a word.
    """
    if names is None:
        names = ["*"]
    found: dict[str, FieldPath] = {}
    for name in names:
        for word in start.fields if name == "*" else [name]:
            try:
                path = field_path(schema, start, word)
            except LookupError:
                continue
            if path.leaf.returned and all(_is_readable(hop) for hop in path.hops):
                found[word] = path
    found.pop("id", None)
    return [
        _of_icon(path, "image_data" in found) if _is_icon_url(path) else path
        for path in found.values()
    ]


def _is_icon_url(path: FieldPath) -> bool:
    return f"{path.owner.name}.{path.leaf.name}" == ICON_URL and not path.hops


def _of_icon(path: FieldPath, with_picture: bool) -> FieldPath:
    picture = "coalesce(t.image_data, '')" if with_picture else "''"
    return replace(path, leaf=replace(path.leaf, expression=picture))


def _is_readable(hop: Hop) -> bool:
    return hop.link.data_type == "entity" and (
        not hop.link.valid_types or hop.target.name in hop.link.valid_types
    )
