"""The words the definitions are written in: constructors per data type, and shared fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

from shotgrid_dagster.sandbox.store.schema import EntityType, Field

PEOPLE = ["HumanUser", "ApiUser"]
CREW = ["Group", "HumanUser"]

NOTE_LINKS = [
    "Asset", "Booking", "Cut", "Department", "Group", "Phase", "Playlist", "Sequence", "Shot",
    "TaskTemplate", "Version", "Episode", "Scene", "CustomEntity01", "CustomEntity07",
    "CustomNonProjectEntity01", "Attachment", "Delivery",
]  # fmt: skip
"""What a Note can be about."""

OPEN_NOTE_STATUSES = ("opn", "ip")
"""A Note in one of these counts as open."""


class FieldOf:
    """The constructor of the fields of one data type: `text("code", "Shot Code")`."""

    def __init__(self, data_type: str, **properties: object) -> None:
        self.data_type = data_type
        self.properties = properties

    def __call__(
        self,
        name: str,
        display_name: str,
        *,
        editable: bool = True,
        mandatory: bool = False,
        unique: bool = False,
        custom: bool = False,
        description: str = "",
        inverse_of: str | None = None,
        through: tuple[str, str, str] | None = None,
        expression: str | None = None,
        in_schema: bool = True,
        returned: bool = True,
        **properties: object,
    ) -> Field:
        """Make a field; `properties` are added to those of the data type."""
        return Field(
            name=name,
            display_name=display_name,
            data_type=self.data_type,
            editable=editable,
            mandatory=mandatory,
            unique=unique,
            description=description,
            properties={**self.properties, **properties},
            custom=custom,
            inverse_of=inverse_of,
            through=through,
            expression=expression,
            in_schema=in_schema,
            returned=returned,
        )


class ListedFieldOf:
    """The constructor of the fields of a data type that name what they may hold.

    `choice("sg_scene_type", "Type", ["Interior"])`: one string of a list, or any if it is empty.
    `entity("project", "Project", ["Project"])`: a link to one row of these types.
    `multi_entity("tags", "Tags", ["Tag"])`: links to any number of rows.
    """

    def __init__(self, data_type: str, listed: str) -> None:
        self._field = FieldOf(data_type)
        self._listed = listed

    def __call__(
        self,
        name: str,
        display_name: str,
        listed: Sequence[str] = (),
        *,
        editable: bool = True,
        mandatory: bool = False,
        custom: bool = False,
        in_schema: bool = True,
        inverse_of: str | None = None,
        through: tuple[str, str, str] | None = None,
    ) -> Field:
        """Make a field; `listed` are the values or the entity types that it may hold."""
        field = self._field(
            name,
            display_name,
            editable=editable,
            mandatory=mandatory,
            custom=custom,
            inverse_of=inverse_of,
            through=through,
            in_schema=in_schema,
        )
        return replace(field, properties={self._listed: list(listed)})


text = FieldOf("text", regex_validation="")
number = FieldOf("number")
float_ = FieldOf("float")
currency = FieldOf("currency")
percent = FieldOf("percent")
duration = FieldOf("duration", summary_default="sum")
timecode = FieldOf("timecode")
footage = FieldOf("footage")
checkbox = FieldOf("checkbox", default_value=False)
date = FieldOf("date")
date_time = FieldOf("date_time")
color = FieldOf("color")
entity_type_name = FieldOf("entity_type")
uuid = FieldOf("uuid")
image = FieldOf("image")
url = FieldOf("url", open_in_new_window=False)
serializable = FieldOf("serializable")
jsonb = FieldOf("jsonb")
password = FieldOf("password")
calculated = FieldOf("calculated")
summary = FieldOf("summary")
pivot_column = FieldOf("pivot_column")
tag_list = FieldOf("tag_list")

choice = ListedFieldOf("list", "valid_values")
entity = ListedFieldOf("entity", "valid_types")
multi_entity = ListedFieldOf("multi_entity", "valid_types")
"""Kept in `_links` unless `inverse_of` or `through` is given."""


def project(*, editable: bool = True) -> Field:
    """The Project that a row belongs to."""
    return entity("project", "Project", ["Project"], editable=editable)


def created_at() -> Field:
    """When the row was made."""
    return date_time("created_at", "Date Created", editable=False)


def stamps() -> list[Field]:
    """Who wrote the row, and when."""
    return [
        created_at(),
        entity("created_by", "Created by", PEOPLE, editable=False),
        date_time("updated_at", "Date Updated", editable=False),
        entity("updated_by", "Updated by", PEOPLE, editable=False),
    ]


def thumbnail(*, filmstrip: bool = True, editable: bool = True) -> list[Field]:
    """The picture of a row. `image_source_entity` is null unless the picture is another row's."""
    fields = [
        image("image", "Thumbnail", editable=editable),
        entity(
            "image_source_entity",
            "Image Source Entity",
            ["Asset", "Episode", "Note", "Playlist", "Sequence", "Shot", "Task", "Version"],
            editable=False,
        ),
    ]
    if filmstrip:
        fields.append(image("filmstrip_image", "Filmstrip Thumbnail", editable=editable))
    return fields


def thousands(number_sql: str) -> str:
    """SQL for a number as text with thousands separators: `1,226`; null for null."""
    return f"iif({number_sql} is null, null, printf('%,d', {number_sql}))"


def notes(far_side: str = "Note.note_links") -> list[Field]:
    """The Notes about a row; the open ones of them; how many those are."""
    path = far_side.partition(".")[2]
    return [
        multi_entity("notes", "Notes", ["Note"], inverse_of=far_side),
        replace(
            multi_entity("open_notes", "Open Notes", ["Note"], editable=False, inverse_of=far_side),
            only_statuses=OPEN_NOTE_STATUSES,
        ),
        summary(
            "open_notes_count",
            "Open Notes Count",
            editable=False,
            expression="json_array_length(t.open_notes)",
            summary_default="record_count",
            summary_field="id",
            summary_value=None,
            query=_about_this_row("Note", path, OPEN_NOTE_STATUSES),
        ),
    ]


def tags() -> Field:
    """The Tags of a row."""
    return multi_entity("tags", "Tags", ["Tag"])


def carbon_copy() -> Field:
    """The people and groups who are told of a row."""
    return multi_entity("addressings_cc", "Cc", CREW)


def common_fields(*, filmstrip: bool = True) -> list[Field]:
    """What most types end with: the Notes and Tags of a row, its picture, and who wrote it when."""
    return [*notes(), tags(), *thumbnail(filmstrip=filmstrip), *stamps()]


def tasks(*steps: tuple[int, str]) -> list[Field]:
    """The Tasks of a row, the template they come from, and a pivot column per pipeline Step."""
    return [
        multi_entity("tasks", "Tasks", ["Task"], inverse_of="Task.entity"),
        entity("task_template", "Task Template", ["TaskTemplate"]),
        *[
            pivot_column(f"step_{step}", display_name, editable=False)
            for step, display_name in [(0, "ALL TASKS"), *steps]
        ],
    ]


def versions() -> Field:
    """The Versions of a row."""
    return multi_entity("sg_versions", "Version <-> Link", ["Version"], inverse_of="Version.entity")


def published_files() -> Field:
    """The PublishedFiles of a row."""
    return multi_entity(
        "sg_published_files",
        "Published File <-> Link",
        ["PublishedFile"],
        inverse_of="PublishedFile.entity",
    )


def cuts() -> Field:
    """The Cuts of a row."""
    return multi_entity("cuts", "Cuts", ["Cut"], inverse_of="Cut.entity")


def define(
    name: str,
    display_name: str,
    identity: str | None,
    *fields: Field | Iterable[Field],
    computed_once: tuple[str, ...] = (),
) -> EntityType:
    """An entity type with these fields, and the two that every type has."""
    own = [
        number("id", "Id", editable=False),
        *chain.from_iterable([part] if isinstance(part, Field) else part for part in fields),
    ]
    named = {field.name: field for field in own}
    named.setdefault("cached_display_name", text("cached_display_name", "Cached Display Name"))
    return EntityType(name, display_name, named, identity, computed_once)


def _about_this_row(entity_type: str, path: str, statuses: Sequence[str]) -> dict[str, object]:
    """The stored query of a summary field, in the spelling of the web interface."""
    here = {"type": "Entity", "id": 0, "name": "Current Entity", "valid": "parent_entity_token"}
    return {
        "entity_type": entity_type,
        "filters": {
            "logical_operator": "and",
            "conditions": [
                {"path": path, "relation": "is", "values": [here]},
                {
                    "logical_operator": "or",
                    "conditions": [
                        {"path": "sg_status_list", "relation": "is", "values": [status]}
                        for status in statuses
                    ],
                },
            ],
        },
    }
