"""How many rows a site holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from shotgrid_dagster.sandbox.entity_types import SCHEMA


def row_counts(database: Path) -> dict[str, int]:
    """The rows of each entity type, retired ones counted too; the most numerous type first."""
    with closing(sqlite3.connect(database)) as connection:
        counts = {
            name: int(
                connection.execute(f'select count(*) from "{entity_type.slug}"').fetchone()[0]
            )
            for name, entity_type in SCHEMA.items()
        }
    return dict(sorted(counts.items(), key=lambda count: -count[1]))
