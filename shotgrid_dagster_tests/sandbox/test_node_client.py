"""A client that others wrote: `shotgun-nodejs` from npm, unmodified, against the sandbox site."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster_tests.conftest import serving
from shotgrid_dagster_tests.sandbox.client import Client

PACKAGE = "shotgun-nodejs@4.2.0"
SCRIPT = Path(__file__).with_name("node_client.js")
SHOW = 6
UNREACHABLE = (
    "_CERT",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "ENETUNREACH",
)


@pytest.fixture(scope="module")
def packages(request: pytest.FixtureRequest) -> Path:
    """The folder of the installed package, which pytest's cache keeps."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node or npm is not installed")
    assert request.config.cache is not None
    folder = request.config.cache.mkdir(PACKAGE.replace("@", "-"))
    if not (folder / "node_modules" / "shotgun-nodejs").exists():
        command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), PACKAGE]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if done.returncode and any(word in done.stderr for word in UNREACHABLE):
            pytest.skip("the npm registry cannot be reached")
        assert done.returncode == 0, done.stderr
    return folder / "node_modules"


@pytest.fixture(scope="module")
def site(
    tiny_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Client, list[str]]]:
    """A site of its own, and the arguments that the script reaches it with."""
    path = tmp_path_factory.mktemp("node") / "site.sqlite"
    with closing(sqlite3.connect(tiny_database)) as there, closing(sqlite3.connect(path)) as here:
        there.backup(here)
    with serving(path) as running:
        client = Client.signed_in(running.url, running.app)
        yield client, [running.url, running.client_id, running.client_secret, str(SHOW)]


@pytest.fixture(scope="module")
def before(site: tuple[Client, list[str]]) -> list[int]:
    """The show's Shots before the script has run."""
    return site[0].ids("shots", [["project.Project.id", "is", SHOW]])


@pytest.fixture(scope="module")
def said(packages: Path, site: tuple[Client, list[str]], before: list[int]) -> dict[str, Any]:
    """What the script got."""
    done = subprocess.run(
        ["node", str(SCRIPT), *site[1]],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "NODE_PATH": str(packages)},
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_it_signs_in_with_credentials_in_the_query_string(said: dict[str, Any]) -> None:
    assert (said["token"]["token_type"], said["token"]["expires_in"]) == ("Bearer", 600)
    assert "Can't authenticate script" in said["badKey"]


def test_it_walks_all_pages_until_one_is_empty(said: dict[str, Any], before: list[int]) -> None:
    assert said["shots"]["ids"] == before
    assert said["shots"]["pages"] == -(-len(before) // 5)
    assert said["newestFirst"] == before[:-4:-1]
    assert said["retired"] > 0


def test_it_searches_in_both_syntaxes(said: dict[str, Any], before: list[int]) -> None:
    assert [row["id"] for row in said["array"]] == before
    assert said["array"] == said["hash"]
    assert set(said["array"][0]["relationships"]) == {"sg_sequence"}
    assert "API read() Shot.sg_nope doesn't exist." in said["badFilter"]


def test_it_creates_updates_and_reads(said: dict[str, Any]) -> None:
    assert said["created"]["attributes"]["code"] == "node_010"
    assert said["updated"]["attributes"]["sg_status_list"] == "ip"
    assert said["read"]["attributes"]["code"] == "node_010"
    assert said["read"]["relationships"]["project"]["data"]["id"] == SHOW


def test_it_deletes_and_revives(said: dict[str, Any]) -> None:
    row_id = said["created"]["id"]
    assert said["deleted"] is True
    assert f"Shot: {row_id} not found" in said["gone"]
    assert said["revived"] == {"type": "Shot", "id": row_id}
    assert said["again"]["attributes"] == {"code": "node_010", "sg_status_list": "ip"}


def test_it_sends_a_batch(said: dict[str, Any], site: tuple[Client, list[str]]) -> None:
    created, updated, deleted = said["batch"]
    assert created["data"]["attributes"]["code"] == "node_020"
    assert updated["data"]["attributes"]["code"] == "node_015"
    assert deleted["did_delete"] is True
    assert site[0].get(f"/entity/shots/{deleted['id']}").status_code == 404


def test_it_uploads_a_thumbnail_and_a_file(said: dict[str, Any]) -> None:
    assert said["attachments"] == ["pixel.png"]
    assert said["bytes"] is True


def test_it_reads_the_schema_and_the_preferences(said: dict[str, Any]) -> None:
    assert said["types"] == list(SCHEMA)
    assert set(said["type"]) == {"name", "visible"}
    assert said["fields"]["code"]["data_type"]["value"] == "text"
    assert said["preferences"] == {"hours_per_day": 8}


def test_it_makes_changes_deletes_and_revives_a_field(said: dict[str, Any]) -> None:
    assert said["fieldMade"]["name"]["value"] == "Node Grade"
    assert said["fieldChanged"]["name"]["value"] == "Node Look"
    assert "there is a retired field with the same field_name" in said["fieldTaken"]
    assert said["fieldsAfter"]["sg_node_grade"] == said["fieldChanged"]
