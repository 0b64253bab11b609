"""A studio for tests that read its rows, and a small site for those that call the API."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from shotgrid_dagster.sandbox.http.server import SiteInThread, serve_in_thread
from shotgrid_dagster.sandbox.studio import build
from shotgrid_dagster_tests.conftest import SandboxSite
from shotgrid_dagster_tests.sandbox import small_site
from shotgrid_dagster_tests.sandbox.client import Client
from shotgrid_dagster_tests.sandbox.writer import Writer, reset, writing


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    yield from _built(tmp_path_factory.mktemp("tiny"), "tiny")


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    yield from _built(tmp_path_factory.mktemp("studio"), "studio")


def _built(folder: Path, size: str) -> Iterator[sqlite3.Connection]:
    build(folder / "site.db", size)
    connection = sqlite3.connect(folder / "site.db")
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small site. Nobody writes to it."""
    path = tmp_path_factory.mktemp("small") / "small.sqlite"
    small_site.build(path)
    return path


@pytest.fixture(scope="session")
def small(database: Path) -> Iterator[SiteInThread]:
    with serve_in_thread(database) as site:
        yield site


@pytest.fixture(scope="module")
def shared_client(small: SiteInThread) -> Client:
    """For one file of tests: a token lives for ten minutes, and all of them may take longer."""
    return Client.signed_in(small.url, small.app)


@pytest.fixture
def client(shared_client: Client) -> Iterator[Client]:
    """A signed-in client of the small site, which has no faults left when the test ends."""
    yield shared_client
    shared_client.app.state.faults.clear()


@pytest.fixture(scope="module")
def tiny_client(sandbox_site: SandboxSite) -> Client:
    """A signed-in client of a tiny studio. Nobody writes to it."""
    return Client.signed_in(sandbox_site.url, sandbox_site.app)


@pytest.fixture(scope="module")
def shared_writer(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    path = tmp_path_factory.mktemp("written") / "written.sqlite"
    shutil.copy(database, path)
    with writing(path) as own:
        yield own


@pytest.fixture
def writer(shared_writer: Writer, database: Path) -> Writer:
    """A client that writes to the small site, which is as new."""
    reset(shared_writer, database)
    return shared_writer
