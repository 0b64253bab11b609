"""A studio that has been working for years: the rows of the sandbox site.

The same seed makes the same rows, to the byte. Nothing is downloaded, nothing is random.
"""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

from shotgrid_dagster.sandbox.store import database as store
from shotgrid_dagster.sandbox.studio.size import SIZES, Size


def build(path: Path, size: str | Size = "studio", seed: int = 1, shows: int | None = None) -> bool:
    """Make the site's database at `path`, unless there is one.

    `size` is a name in `SIZES`, or a size of one's own; `shows` overrules how many shows that
    means. Whoever asks while another process makes the same site waits for it.

    Returns True if this call made it.
    """
    name, chosen = (size, SIZES[size]) if isinstance(size, str) else ("other", size)
    if shows is not None:
        chosen = replace(chosen, shows=shows)

    def fill_it(connection: sqlite3.Connection) -> None:
        # Only a new site pays for it: to serve one that is there must be quick.
        from shotgrid_dagster.sandbox.studio.filling import fill

        fill(connection, chosen, name, seed)

    return store.create(path, fill_it)
