"""What stands beside the models says the same as they do: README, the shipped file, the YAML."""

from __future__ import annotations

import re

import pytest

from shotgrid_dagster.component import ShotGridComponent
from shotgrid_dagster.config.reading import SECTIONS
from shotgrid_dagster.config.section import Section, what_it_can_be
from shotgrid_dagster.config.table import settings_table
from shotgrid_dagster.config.toml_files import read_toml
from shotgrid_dagster_tests.project import ROOT

EVERY = [(section, name) for section in SECTIONS for name in section.own_settings()]


def test_the_readme_lists_every_setting_with_its_default_and_its_range() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(
        r"<!-- settings: .*?-->\n\n(.*?)\n<!-- end of the settings -->", readme, re.S
    )
    assert shown == settings_table(), "run: python -m shotgrid_dagster.config.table"


@pytest.mark.parametrize(("section", "name"), EVERY)
def test_a_setting_has_a_sentence_and_says_what_it_can_be(
    section: type[Section], name: str
) -> None:
    field = section.model_fields[name]
    assert field.description
    assert field.description.endswith(".")
    assert what_it_can_be(field)
    assert not field.is_required()


def test_a_name_is_a_setting_of_one_section_alone() -> None:
    names = [name for _, name in EVERY]
    assert len(names) == len(set(names))


def test_the_file_ships_with_the_defaults() -> None:
    content = read_toml(ROOT / ".dlt" / "config.toml")
    told = 0
    for section in SECTIONS:
        table = content
        for part in section.SECTION:
            table = table.get(part, {})
        assert section(**table) == section()
        told += len(table)
    assert told >= 20


def test_the_files_of_a_fresh_clone_name_every_setting_but_the_sandboxs() -> None:
    files = (ROOT / ".dlt" / "config.toml", ROOT / ".dlt" / "secrets.toml.example")
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    named = set(re.findall(r"^(?:# )?(\w+) = ", text, re.M))
    assert {name for _, name in EVERY} - named == {"sandbox_size"}


def test_the_components_attributes_are_settings_with_their_sentences() -> None:
    known = {name: section for section, name in EVERY}
    for name, attribute in ShotGridComponent.model_fields.items():
        assert attribute.description == known[name].model_fields[name].description
    schema = ShotGridComponent.get_model_cls().model_json_schema()
    assert list(schema["properties"]) == list(ShotGridComponent.model_fields)
    assert "client_secret" not in schema["properties"]
