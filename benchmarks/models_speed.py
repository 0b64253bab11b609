"""How long all models take on a loaded warehouse, each with its promises: seconds and memory, JSON.

    python -m benchmarks.models_speed data/sandbox/medium.sqlite

The site is served from the file and loaded into a folder of its own first, which is not timed; the
memory is the process's, the server and the load included.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import duckdb
from pydantic import SecretStr

from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.defs.assets.models import build_beside, swap_in
from shotgrid_dagster.defs.build import MODELS
from shotgrid_dagster.destination.warehouse import DATASET
from shotgrid_dagster.models.model import SCHEMA, base_table, buildable, read_models
from shotgrid_dagster.sandbox.entity_types import SCHEMA as ENTITY_TYPES
from shotgrid_dagster.sandbox.http.server import serve_in_thread
from shotgrid_dagster.site.naming import table_name
from shotgrid_dagster.source.loading.site_tables.site_settings import TABLES
from shotgrid_dagster.source.whole_site import load_site


def measure(database: Path) -> dict[str, object]:
    tables = {table_name(name) for name in ENTITY_TYPES} | set(TABLES)
    models = buildable(read_models(MODELS), tables, tables)
    names = {model.name for model in models}
    read = {base_table(table) for model in models for table in model.reads}
    with tempfile.TemporaryDirectory(prefix="shotgrid-models-") as folder:
        with serve_in_thread(database) as running:
            keys = running.app.state.site.settings
            settings = Settings(
                site_url=running.url,
                client_id=keys["script_name"],
                client_secret=SecretStr(keys["script_key"]),
                data_dir=Path(folder),
                entity_types=tuple(name for name in ENTITY_TYPES if table_name(name) in read),
            )
            failed = load_site(settings).failed
        assert not failed, failed
        with duckdb.connect(str(settings.project.database_path)) as connection:
            rows = {}
            for table in ("tasks", "event_log_entries"):
                counted = connection.execute(f"select count(*) from {DATASET}.{table}").fetchone()
                rows[table] = counted[0] if counted else 0
            seconds = {}
            for model in models:
                started = time.monotonic()
                schemas = {table: SCHEMA if table in names else DATASET for table in model.reads}
                checks = build_beside(connection, model, schemas)
                assert all(check.passed for check in checks), model.name
                swap_in(connection, model.name)
                seconds[model.name] = round(time.monotonic() - started, 2)
    return {
        **rows,
        "seconds": round(sum(seconds.values()), 1),
        "seconds_by_model": dict(sorted(seconds.items(), key=lambda timed: -timed[1])[:8]),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1])), indent=1))
