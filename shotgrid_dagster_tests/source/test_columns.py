import pyarrow as pa
import pytest

from shotgrid_dagster.site import EntityType, Field
from shotgrid_dagster.source.tables.columns import layout, why_skipped


def of(*fields: Field) -> EntityType:
    return EntityType("Shot", "Shot", fields)


@pytest.mark.parametrize(
    ("data_type", "expected"),
    [
        ("text", pa.string()),
        ("list", pa.string()),
        ("status_list", pa.string()),
        ("color", pa.string()),
        ("uuid", pa.string()),
        ("entity_type", pa.string()),
        ("image", pa.string()),
        ("footage", pa.string()),
        ("number", pa.int64()),
        ("percent", pa.int64()),
        ("duration", pa.int64()),
        ("timecode", pa.int64()),
        ("float", pa.float64()),
        ("currency", pa.float64()),
        ("checkbox", pa.bool_()),
        ("date", pa.date32()),
        ("date_time", pa.timestamp("us", tz="UTC")),
        ("url", pa.string()),
        ("serializable", pa.string()),
        ("jsonb", pa.string()),
        ("tag_list", pa.string()),
        ("multi_entity", pa.string()),
        ("from_the_future", pa.string()),
    ],
)
def test_every_data_type_has_a_column(data_type: str, expected: pa.DataType) -> None:
    found = layout(of(Field("sg_x", "X", data_type)))
    assert found.arrow_schema.field("sg_x").type == expected


def test_a_link_is_three_columns_and_keeps_both_halves_of_a_polymorphic_target() -> None:
    found = layout(of(Field("entity", "Link", "entity", valid_types=("Shot", "Asset"))))
    assert found.arrow_schema.names[1:4] == ["entity__id", "entity__type", "entity__name"]


def test_only_the_id_must_have_a_value() -> None:
    schema = layout(of(Field("code", "Shot Code", "text"))).arrow_schema
    assert [field.name for field in schema if not field.nullable] == ["id"]


@pytest.mark.parametrize(
    "field",
    [
        Field("step_12", "Anim", "pivot_column"),
        Field("password_proxy", "Password", "password"),
        Field("viewed_by_current_user", "Viewed", "list"),
        Field("reply_content", "Replies", "text"),
        Field("audit_trail", "Audit Trail", "jsonb"),
    ],
)
def test_a_field_that_carries_nothing_is_left_out_with_its_reason(field: Field) -> None:
    found = layout(of(field))
    assert found.field_names == []
    assert found.skipped[0].reason == why_skipped(field) != ""


def test_a_field_that_the_settings_leave_out_is_listed_as_such() -> None:
    found = layout(of(Field("email", "Email", "text", left_out=True)))
    assert [(item.field.name, item.reason) for item in found.skipped] == [
        ("email", "left out by the settings")
    ]


@pytest.mark.parametrize(
    ("renderer", "expected"),
    [("duration", pa.int64()), ("float", pa.float64()), ("text", pa.string()), (None, pa.string())],
)
def test_a_calculated_field_has_the_type_of_its_renderer(
    renderer: str | None, expected: pa.DataType
) -> None:
    field = Field("sg_c", "C", "calculated", properties={"renderer": renderer})
    assert layout(of(field)).arrow_schema.field("sg_c").type == expected


def test_a_column_is_described_by_its_display_name_unit_and_targets() -> None:
    found = layout(
        of(
            Field("duration", "Duration", "duration", description="Working time."),
            Field("entity", "Link", "entity", valid_types=("Shot",)),
        )
    )
    said = {column.name: column.description for column in found.columns}
    assert said["duration"] == "Duration (minutes). Working time."
    assert said["entity__id"] == "Link -> Shot: id"
