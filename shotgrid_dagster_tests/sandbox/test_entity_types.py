"""What the definitions promise to whoever reads the schema."""

from __future__ import annotations

import sqlite3

import pytest

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.store import database as store
from shotgrid_dagster.sandbox.store.schema import Field

DATA_TYPES = {
    "text", "number", "float", "percent", "currency", "duration", "timecode", "footage",
    "checkbox", "date", "date_time", "list", "status_list", "color", "entity_type", "uuid",
    "entity", "multi_entity", "image", "url", "serializable", "jsonb", "password", "calculated",
    "summary", "pivot_column", "tag_list",
}  # fmt: skip

FIELDS = [
    (entity_type.name, field)
    for entity_type in SCHEMA.values()
    for field in entity_type.fields.values()
]


def test_every_data_type_is_used() -> None:
    assert {field.data_type for _, field in FIELDS} == DATA_TYPES


def test_the_slugs_are_those_of_the_api() -> None:
    slugs = {entity_type.name: entity_type.slug for entity_type in SCHEMA.values()}
    assert slugs["CustomEntity01"] == "custom_entity01s"
    assert slugs["Asset_linked_projects_Connection"] == "asset_linked_projects_connections"
    assert slugs["TaskDependency"] == "task_dependencies"
    assert len(set(slugs.values())) == len(SCHEMA) >= 40


def test_every_type_has_an_id_and_a_display_name() -> None:
    for entity_type in SCHEMA.values():
        assert {"id", "cached_display_name"} <= entity_type.fields.keys()
        assert entity_type.identity is None or entity_type.identity in entity_type.fields


def test_links_point_to_types_that_exist() -> None:
    for name, field in FIELDS:
        assert set(field.valid_types) <= SCHEMA.keys(), f"{name}.{field.name}"


def test_a_far_side_has_a_near_side_that_points_back() -> None:
    for name, field in FIELDS:
        if field.inverse_of:
            owner, near = field.inverse_of.split(".")
            assert name in SCHEMA[owner].fields[near].valid_types or near == "tasks", field
            assert field.valid_types in ((owner,), ()), field
        if field.through:
            connection, here, there = field.through
            assert SCHEMA[connection].fields[here].valid_types == (name,)
            assert SCHEMA[connection].fields[there].valid_types == field.valid_types


@pytest.mark.parametrize(
    ("entity_type", "stamps"),
    [
        ("Shot", {"created_at", "created_by", "updated_at", "updated_by"}),
        ("Reply", {"created_at"}),
        ("EventLogEntry", {"created_at"}),
        ("PageSetting", {"created_at"}),
        ("Icon", set()),
        ("PermissionRuleSet", set()),
        ("TaskDependency", set()),
        ("PublishedFileDependency", set()),
        ("PlaylistVersionConnection", set()),
        ("AssetShotConnection", set()),
    ],
)
def test_only_types_with_stamps_have_them(entity_type: str, stamps: set[str]) -> None:
    named = {"created_at", "created_by", "updated_at", "updated_by"}
    assert named & SCHEMA[entity_type].fields.keys() == stamps


def test_some_fields_are_read_but_not_described_and_one_is_described_but_not_read() -> None:
    hidden = {f"{name}.{field.name}" for name, field in FIELDS if not field.in_schema}
    assert hidden == {
        "Note.read_by_current_user",
        "Cut.platform_id",
        "Cut.platform_revision_id",
    }
    silent = {f"{name}.{field.name}" for name, field in FIELDS if not field.returned}
    assert silent == {"EventLogEntry.audit_trail"}


def test_status_fields_name_their_values() -> None:
    for name, field in FIELDS:
        if field.data_type == "status_list":
            valid = field.properties["valid_values"]
            labels = field.properties["display_values"]
            assert isinstance(valid, list)
            assert isinstance(labels, dict)
            assert list(labels) == valid, f"{name}.{field.name}"
            assert field.properties["default_value"] in [None, *valid]


def test_a_custom_type_is_named_as_people_type_names() -> None:
    assert SCHEMA["CustomEntity01"].display_name == "Client Brief "


def test_every_computed_value_is_sql_that_runs() -> None:
    connection = sqlite3.connect(":memory:")
    store.create_tables(connection, SCHEMA)
    for name, field in FIELDS:
        if field.expression:
            connection.execute(f'select {field.expression} from "{SCHEMA[name].slug}" t')


def test_pivot_columns_follow_the_steps() -> None:
    assert _display("Shot", "step_0") == "ALL TASKS"
    assert _display("Shot", "step_5") == "Comp"


def _display(entity_type: str, field: str) -> str:
    found: Field = SCHEMA[entity_type].fields[field]
    return found.display_name
