"""What is other on a site than it was. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from shotgrid_dagster.site.schema import EntityType, SiteSchema


def drift(before: SiteSchema, after: SiteSchema) -> list[str]:
    """A line for each entity type and field that came, went, or changed its name or data type."""
    old, new = before.entity_types, after.entity_types
    lines = [f"+ {name} ({new[name].display_name})" for name in new if name not in old]
    lines += [f"- {name}: its table stays" for name in old if name not in new]
    for name in new:
        if name in old:
            lines += _of_type(old[name], new[name])
    return lines


def _of_type(before: EntityType, after: EntityType) -> Iterator[str]:
    if before.display_name != after.display_name:
        yield f"~ {after.name} is called {after.display_name} now"
    old = {field.name: field for field in before.fields}
    new = {field.name: field for field in after.fields}
    for name, field in new.items():
        where = f"{after.name}.{name}"
        if name not in old:
            yield f"+ {where} ({field.display_name}, {field.data_type})"
            continue
        if old[name].display_name != field.display_name:
            yield f"~ {where} is called {field.display_name} now"
        if old[name].data_type != field.data_type:
            yield (
                f"! {where} is {field.data_type} now, and was {old[name].data_type}: its column "
                "keeps its type"
            )
    for name in old:
        if name not in new:
            yield f"- {after.name}.{name}: its column and values stay"
