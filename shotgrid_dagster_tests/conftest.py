"""One sandbox site for all tests that only read it, and a project folder for each test."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# dlt decides on import where its pipelines live: not in the home of whoever runs the tests.
os.environ["DLT_DATA_DIR"] = tempfile.mkdtemp(prefix="shotgrid-tests-")
os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
os.environ.setdefault("RUNTIME__LOG_LEVEL", "ERROR")
os.environ.setdefault("NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID", "true")
os.environ.setdefault("LOAD__TRUNCATE_STAGING_DATASET", "true")

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.sandbox import studio
from shotgrid_dagster.sandbox.faults.faults import Fault
from shotgrid_dagster.sandbox.http.server import serve_in_thread
from shotgrid_dagster.sandbox.store.instants import instant
from shotgrid_dagster.sandbox.store.site_clock import STARTS_AT
from shotgrid_dagster.sandbox.studio.clock import NOW
from shotgrid_dagster.site import Site
from shotgrid_dagster_tests.postgres import running_postgres

ROOT = Path(__file__).parent.parent
atexit.register(shutil.rmtree, os.environ["DLT_DATA_DIR"], ignore_errors=True)


@dataclass(frozen=True)
class SandboxSite:
    """A running sandbox site, and the key to it."""

    url: str
    client_id: str
    client_secret: str
    database: Path
    app: Starlette

    def settings(self, data_dir: Path, **given: Any) -> Settings:
        return Settings(
            site_url=self.url,
            client_id=self.client_id,
            client_secret=SecretStr(self.client_secret),
            data_dir=data_dir,
            # Whatever the constructor takes: it refuses the rest itself.
            **given,
        )

    def client(self, **given: Any) -> Site:
        return Site(self.url, self.client_id, self.client_secret, **given)

    def fail(self, kind: str, path: str = "", **how: Any) -> None:
        """From now on, calls whose path matches fail so; replaces earlier faults."""
        self.app.state.faults.set([Fault(kind, path, **how)])

    def recover(self) -> None:
        self.app.state.faults.clear()

    def edit(self, statement: str, *values: object) -> None:
        """Change the site's database behind its back."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(statement, values)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The connection string of a real Postgres, fresh for a file of tests."""
    with running_postgres() as address:
        yield address


LONGEST = ("test_readme.py", "test_assets.py", "test_deploy.py", "test_daemon.py", "test_ui.py")
"""Files that the processes begin with: behind all others, they would wait for one of them."""

SCRIPT = re.compile(r"test_oracle.py::.*\[(\d+)\]$")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    return ByFile(config, log)


class ByFile(LoadFileScheduling):  # type: ignore[misc]  # xdist comes without types
    """A file's tests are one process's, for what they share; only the oracle's scripts, which
    share nothing and are many, are dealt out by tens."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        script = SCRIPT.search(nodeid)
        return f"{file} {int(script[1]) // 10}" if script else file


@contextmanager
def serving(database: Path, app: Starlette | None = None) -> Iterator[SandboxSite]:
    with serve_in_thread(database, app) as running:
        settings = running.app.state.site.settings
        yield SandboxSite(
            running.url, settings["script_name"], settings["script_key"], database, running.app
        )


@pytest.fixture(scope="session")
def tiny_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a tiny studio. Nobody writes to it.

    Its time is the real one, as that of a studio's own site is: what is said of wrong clocks is
    said against it. `in_studio_time` gives a copy the time that the sandbox has elsewhere.
    """
    path = tmp_path_factory.mktemp("studio") / "tiny.sqlite"
    studio.build(path, size="tiny")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("delete from _site where name = ?", (STARTS_AT,))
    return path


def in_studio_time(database: Path) -> Path:
    """The same site; its clock begins where the rows of the made-up studio end."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("insert into _site values (?, ?)", (STARTS_AT, instant(NOW)))
    return database


@pytest.fixture(scope="session")
def sandbox_site(tiny_database: Path) -> Iterator[SandboxSite]:
    """A site over the tiny studio, for tests that only read: it refuses every write."""
    with serving(tiny_database) as site:
        guard = site.app.state.write_guard
        guard.is_on = True
        yield site
        assert guard.refused == []


@pytest.fixture
def own_site(tiny_database: Path, tmp_path: Path) -> Iterator[SandboxSite]:
    """A site over a copy of the tiny studio, for one test that edits it or makes it fail."""
    path = tmp_path / "site.sqlite"
    with closing(sqlite3.connect(tiny_database)) as there, closing(sqlite3.connect(path)) as here:
        there.backup(here)
    with serving(path) as site:
        yield site
