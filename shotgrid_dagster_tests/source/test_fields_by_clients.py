"""Fields that clients make, change, delete and revive between one load and the next."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from shotgrid_dagster.destination.warehouse import DATASET, Warehouse
from shotgrid_dagster.source.loading.load_result import LoadResult
from shotgrid_dagster.source.whole_site import load_entity_types
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.sandbox.client import Client

FIELDS = "/schema/Shot/fields"
JSON = "application/json"


@dataclass
class Copy:
    site: SandboxSite
    folder: Path
    client: Client

    def load(self) -> LoadResult:
        settings = self.site.settings(self.folder, entity_types=["Shot", "Asset"])
        loaded = load_entity_types(self.site.client(), settings, Warehouse(self.folder))
        assert loaded.failed == {}
        return loaded.loaded["Shot"]

    def make(self, name: str, data_type: str, **more: object) -> str:
        properties = [
            {"property_name": key, "value": value} for key, value in {"name": name, **more}.items()
        ]
        answer = self.client.post(
            FIELDS, {"data_type": data_type, "properties": properties}, JSON
        ).json()
        return str(answer["links"]["self"]).rpartition("/")[2]

    def write(self, **values: object) -> None:
        address = f"{self.client.url}/api/v1/entity/shots/1"
        assert self.client.session.put(address, json=values, timeout=10).status_code == 200

    def value(self, column: str) -> Any:
        with duckdb.connect(str(self.folder / "shotgun_software.duckdb")) as connection:
            connection.execute(f"set search_path = '{DATASET}'")
            row = connection.execute(f'select "{column}" from shots where id = 1').fetchone()
        assert row is not None
        return row[0]


@pytest.fixture
def copy(own_site: SandboxSite, tmp_path: Path) -> Copy:
    return Copy(own_site, tmp_path / "data", Client.signed_in(own_site.url, own_site.app))


def test_a_field_that_a_client_made_is_a_column_at_the_next_load(copy: Copy) -> None:
    copy.load()
    grade, bid = copy.make("Grade", "text"), copy.make("Bid", "number")
    copy.write(**{grade: "warm", bid: 5})
    assert set(copy.load().schema_changes) >= {f"+{grade}", f"+{bid}"}
    assert (copy.value(grade), copy.value(bid)) == ("warm", 5)
    assert copy.load().schema_changes == ()


def test_a_link_that_a_client_made_has_its_columns_and_its_far_side(copy: Copy) -> None:
    copy.load()
    name = copy.make("Hero", "entity", valid_types=["Asset"])
    copy.write(**{name: {"type": "Asset", "id": 1}})
    copy.load()
    assert (copy.value(f"{name}__type"), copy.value(f"{name}__id")) == ("Asset", 1)


def test_a_field_that_a_client_deleted_keeps_its_values_and_goes_on_when_it_is_revived(
    copy: Copy,
) -> None:
    name = copy.make("Grade", "text")
    copy.write(**{name: "warm"})
    copy.load()
    address = f"{copy.client.url}/api/v1{FIELDS}/{name}"
    assert copy.client.session.delete(address, timeout=10).status_code == 204
    assert copy.load().schema_changes == (f"-{name}",)
    assert copy.value(name) == "warm"
    copy.client.session.post(address, json={"revive": True}, timeout=10)
    copy.write(**{name: "cold"})
    assert copy.load().schema_changes == (f"+{name}",)
    assert copy.value(name) == "cold"


def test_a_field_that_a_client_renamed_is_the_same_column(copy: Copy) -> None:
    name = copy.make("Grade", "text")
    copy.write(**{name: "warm"})
    copy.load()
    body = {"properties": [{"property_name": "name", "value": "Look"}]}
    copy.client.session.put(f"{copy.client.url}/api/v1{FIELDS}/{name}", json=body, timeout=10)
    copy.load()
    assert copy.value(name) == "warm"
