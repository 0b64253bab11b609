"""What a site says of its entity types and fields, as values; and a file to keep it in."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from shotgrid_dagster.site.naming import label, table_name, with_digest

FORMAT = 1
"""The version of the saved file's layout."""


@dataclass(frozen=True)
class Field:
    """One field of an entity type, the `{value, editable}` wrappers taken off."""

    name: str
    display_name: str
    data_type: str
    """Empty where the site says nothing of the field but its name."""
    description: str = ""
    valid_types: tuple[str, ...] = ()
    properties: Mapping[str, object] = field(default_factory=dict)
    left_out: bool = False
    """Whether the user does not want it read."""


@dataclass(frozen=True)
class EntityType:
    """One entity type of a site. `fields` is empty until they were asked for."""

    name: str
    display_name: str
    fields: tuple[Field, ...] = ()
    own_table: str | None = None
    """Where another type has the same table name."""

    @property
    def table(self) -> str:
        """The name of its table: `shots`, or its own where two types would share one."""
        return self.own_table or table_name(self.name)


@dataclass(frozen=True)
class SiteSchema:
    """The entity types of one site, by name, in alphabetical order."""

    site: str
    entity_types: Mapping[str, EntityType]

    def save(self, path: Path) -> None:
        """Write the schema to a JSON file, in whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(
            {
                "format": FORMAT,
                "site": self.site,
                "entity_types": [asdict(entity_type) for entity_type in self.entity_types.values()],
            },
            indent=1,
            ensure_ascii=False,
        )
        temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
        temporary.write_text(text + "\n", encoding="utf-8")
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> SiteSchema | None:
        """The schema that was saved in `path`; None when there is none yet.

        Raises:
            ValueError: the file is not a saved schema.
        """
        if not path.exists():
            return None
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
            if saved["format"] != FORMAT:
                raise ValueError(f"format {saved['format']}")
            entity_types = [
                EntityType(
                    name=entity_type["name"],
                    display_name=label(entity_type["display_name"], entity_type["name"]),
                    fields=tuple(_field_from_file(field) for field in entity_type["fields"]),
                )
                for entity_type in saved["entity_types"]
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path} is not a saved ShotGrid schema ({error}): delete it, and run "
                "`shotgrid-dagster discover`."
            ) from error
        return cls(saved["site"], by_name(entity_types))


def by_name(entity_types: list[EntityType]) -> dict[str, EntityType]:
    """Name -> entity type, in alphabetical order, each with a table of its own."""
    return {entity_type.name: entity_type for entity_type in with_tables(entity_types)}


def with_tables(entity_types: list[EntityType]) -> list[EntityType]:
    """The types in alphabetical order, each with a table of its own.

    Of two types with one table name, the one without underscores in its name (they stand in names
    that are made from a studio's own fields) keeps it, or else the first; the other's gets a hash.
    """
    taken: set[str] = set()
    given: dict[str, EntityType] = {}
    for entity_type in sorted(entity_types, key=lambda known: ("_" in known.name, known.name)):
        table = table_name(entity_type.name)
        own_table = with_digest(table, entity_type.name) if table in taken else None
        taken.add(own_table or table)
        given[entity_type.name] = replace(entity_type, own_table=own_table)
    return [given[name] for name in sorted(given)]


def _field_from_file(saved: Mapping[str, Any]) -> Field:
    return Field(
        **{
            **saved,
            "display_name": label(saved["display_name"], saved["name"]),
            "valid_types": tuple(saved["valid_types"]),
        }
    )


def entity_types_from(answer: Mapping[str, object]) -> list[EntityType]:
    """The entity types in the `data` of `/schema`; display names may end in a space there."""
    return with_tables(
        [EntityType(name, label(_value(record, "name"), name)) for name, record in answer.items()]
    )


def fields_from(answer: Mapping[str, object]) -> tuple[Field, ...]:
    """The fields in the `data` of `/schema/<Type>/fields`, in alphabetical order."""
    fields = []
    for name, record in sorted(answer.items()):
        wrapped = record.get("properties") if isinstance(record, Mapping) else None
        properties = {
            key: _value(wrapped, key)
            for key in sorted(wrapped if isinstance(wrapped, Mapping) else {})
        }
        valid_types = properties.pop("valid_types", None)
        fields.append(
            Field(
                name=name,
                display_name=label(_value(record, "name"), name),
                data_type=str(_value(record, "data_type")) if isinstance(record, Mapping) else "",
                description=str(_value(record, "description") or "").replace("\0", " ").strip(),
                valid_types=_texts(valid_types),
                properties=properties,
            )
        )
    return tuple(fields)


def _texts(values: object) -> tuple[str, ...]:
    listed = values if isinstance(values, list) else []
    return tuple(value for value in listed if isinstance(value, str))


def _value(record: object, key: str) -> object:
    wrapped = record.get(key) if isinstance(record, Mapping) else None
    return wrapped.get("value") if isinstance(wrapped, Mapping) else None
