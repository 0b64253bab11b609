from dataclasses import replace

from shotgrid_dagster.site import EntityType, Field, SiteSchema
from shotgrid_dagster.site.drift import drift
from shotgrid_dagster_tests.conftest import SandboxSite


def schema(*types: EntityType) -> SiteSchema:
    return SiteSchema("https://studio.example", {type_.name: type_ for type_ in types})


SHOT = EntityType("Shot", "Shot", (Field("code", "Name", "text"), Field("sg_x", "X", "number")))


def test_every_kind_of_drift_is_a_line() -> None:
    after = EntityType(
        "Shot", "Plan", (Field("code", "Name", "list"), Field("sg_y", "Y", "date"))
    )  # fmt: skip
    lines = drift(schema(SHOT, EntityType("Gone", "Gone")), schema(after, EntityType("New", "New")))
    assert lines == [
        "+ New (New)",
        "- Gone: its table stays",
        "~ Shot is called Plan now",
        "! Shot.code is list now, and was text: its column keeps its type",
        "+ Shot.sg_y (Y, date)",
        "- Shot.sg_x: its column and values stay",
    ]
    renamed = replace(SHOT, fields=(replace(SHOT.fields[0], display_name="Code"), SHOT.fields[1]))
    assert drift(schema(SHOT), schema(renamed)) == ["~ Shot.code is called Code now"]


def test_a_site_that_did_not_change_has_no_drift_and_the_same_order_each_time(
    sandbox_site: SandboxSite,
) -> None:
    first, second = (sandbox_site.client().discover() for _ in range(2))
    assert drift(first, second) == []
    assert list(first.entity_types) == list(second.entity_types)
    assert repr(first) == repr(second)
