"""An embedded ShotGrid site: a studio's data in SQLite, behind the REST API of a real site.

`start(data_dir)` runs it as a process beside this one, `python -m shotgrid_dagster.sandbox` on
its own. `build` makes its database, `advance` lets the studio work on, `serve_site` serves it in
this process. The rest of the package needs no more than these names, which are loaded when they
are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shotgrid_dagster.sandbox.http.server import RunningSandbox, SandboxDidNotStart, start
    from shotgrid_dagster.sandbox.http.serving import serve_site
    from shotgrid_dagster.sandbox.studio import build
    from shotgrid_dagster.sandbox.studio.row_counts import row_counts
    from shotgrid_dagster.sandbox.studio.size import SIZES
    from shotgrid_dagster.sandbox.workdays.days import Progress, advance

__all__ = [
    "SIZES",
    "Progress",
    "RunningSandbox",
    "SandboxDidNotStart",
    "advance",
    "build",
    "row_counts",
    "serve_site",
    "start",
]

_MODULES = {
    "SIZES": "studio.size",
    "Progress": "workdays.days",
    "RunningSandbox": "http.server",
    "SandboxDidNotStart": "http.server",
    "advance": "workdays.days",
    "build": "studio",
    "row_counts": "studio.row_counts",
    "serve_site": "http.serving",
    "start": "http.server",
}


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Load what is asked for: a command that needs no site pays for none."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
