"""A sandbox site whose schema a test changes while it is served, and the tables loaded from it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.destination.warehouse import DATASET, Warehouse
from shotgrid_dagster.sandbox.calls.entity_segments import EntitySegments
from shotgrid_dagster.sandbox.entity_types import SCHEMA
from shotgrid_dagster.sandbox.http.app import create_app
from shotgrid_dagster.sandbox.http.server import serve_in_thread
from shotgrid_dagster.sandbox.store import schema as sandbox
from shotgrid_dagster.source.reading.channel import ORDINARY, LoadMode
from shotgrid_dagster.source.whole_site import SiteLoad, load_entity_types
from shotgrid_dagster_tests.conftest import SandboxSite


@dataclass
class ChangingSite:
    """A site, the folder it is loaded into, and its schema, which may be edited."""

    site: SandboxSite
    folder: Path
    schema: dict[str, sandbox.EntityType]
    given: dict[str, Any] = field(default_factory=dict)

    def put(self, entity_type: str, *fields: sandbox.Field) -> None:
        """Add fields, or replace those of the same name."""
        known = self.schema[entity_type]
        new = {item.name: item for item in fields}
        self._says(replace(known, fields={**known.fields, **new}))

    def change(self, entity_type: str, field_name: str, **changes: Any) -> None:
        """Change what the site says of a field: `data_type`, `display_name`."""
        known = self.schema[entity_type].fields[field_name]
        self.put(entity_type, replace(known, **changes))

    def drop(self, entity_type: str, field_name: str) -> None:
        known = self.schema[entity_type]
        fields = {name: field for name, field in known.fields.items() if name != field_name}
        self._says(replace(known, fields=fields))

    def drop_type(self, entity_type: str) -> None:
        del self.schema[entity_type]
        EntitySegments.__init__(self.site.app.state.site.segments, self.schema)

    def _says(self, entity_type: sandbox.EntityType) -> None:
        self.schema[entity_type.name] = entity_type
        # The site looks types up by the ways that paths spell them, once made.
        EntitySegments.__init__(self.site.app.state.site.segments, self.schema)

    def settings(self, *entity_types: str) -> Settings:
        return self.site.settings(self.folder, entity_types=entity_types, **self.given)

    def load(
        self, *entity_types: str, mode: LoadMode = ORDINARY, destination: str = "duckdb"
    ) -> SiteLoad:
        """Load these types, which must not fail; without the catalog, which takes its time."""
        result = self.try_to_load(*entity_types, mode=mode, destination=destination)
        assert result.failed == {}, result.failed
        return result

    def try_to_load(
        self, *entity_types: str, mode: LoadMode = ORDINARY, destination: str = "duckdb"
    ) -> SiteLoad:
        settings = self.settings(*entity_types)
        client = self.site.client(page_size=settings.page_size)
        return load_entity_types(client, settings, Warehouse(self.folder, destination), mode)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.folder / "shotgun_software.duckdb")) as connection:
            connection.execute(f"set search_path = '{DATASET}'")
            return connection.execute(sql).fetchall()

    def types(self, table: str) -> dict[str, str]:
        """Column -> type in the database."""
        return dict(
            self.rows(
                "select column_name, data_type from information_schema.columns "
                f"where table_schema = '{DATASET}' and table_name = '{table}'"
            )
        )


@contextmanager
def changing(database: Path, folder: Path) -> Iterator[ChangingSite]:
    """A site over a copy of a database."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "site.sqlite"
    with closing(sqlite3.connect(database)) as there, closing(sqlite3.connect(path)) as here:
        there.backup(here)
    schema = dict(SCHEMA)
    app = create_app(path, schema=schema, read_only=True)
    with serve_in_thread(path, app) as running:
        known = app.state.site.settings
        key = known["script_name"], known["script_key"]
        site = SandboxSite(running.url, *key, path, app)
        yield ChangingSite(site, folder / "data", schema)
        assert app.state.write_guard.refused == []
