from pathlib import Path

import pytest

from shotgrid_dagster.site import EntityType, Field, SiteSchema
from shotgrid_dagster.site.schema import entity_types_from, fields_from

SCHEMA = SiteSchema(
    "https://studio.example",
    {
        "CustomEntity07": EntityType(
            "CustomEntity07",
            "Lens Grid 🎥",
            (Field("sg_lens", "Lens", "entity", valid_types=("Asset",), properties={"x": [1]}),),
        )
    },
)


def test_a_saved_schema_reads_back_the_same(tmp_path: Path) -> None:
    path = tmp_path / "data" / "schema.json"
    SCHEMA.save(path)
    assert SiteSchema.load(path) == SCHEMA
    assert [file.name for file in path.parent.iterdir()] == ["schema.json"]


def test_no_saved_schema_is_none(tmp_path: Path) -> None:
    assert SiteSchema.load(tmp_path / "schema.json") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 99}', '{"format": 1}'])
def test_a_file_that_is_no_schema_says_so_and_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / "schema.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="is not a saved ShotGrid schema.*discover"):
        SiteSchema.load(path)


def test_display_names_lose_the_spaces_that_people_left_at_their_end() -> None:
    (entity_type,) = entity_types_from({"CustomEntity01": {"name": {"value": "Client Brief "}}})
    assert entity_type.display_name == "Client Brief"


def test_fields_come_in_the_same_order_however_the_site_lists_them() -> None:
    one = {"name": {"value": "A"}, "data_type": {"value": "text"}, "properties": {}}
    there = fields_from({"b": one, "a": one})
    back = fields_from({"a": one, "b": one})
    assert there == back
    assert [field.name for field in there] == ["a", "b"]
