"""A typed, complete and fresh copy of a whole ShotGrid site, as a Dagster project.

`build_definitions`, `ShotGridComponent` and `Site` are here too. Each is imported when it is asked
for: who only reads a site needs neither Dagster nor dlt, and an import of the package nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shotgrid_dagster.component import ShotGridComponent
    from shotgrid_dagster.defs.build import build_definitions
    from shotgrid_dagster.site import Site

__all__ = ["ShotGridComponent", "Site", "build_definitions"]

_MODULES = {
    "ShotGridComponent": "shotgrid_dagster.component",
    "Site": "shotgrid_dagster.site",
    "build_definitions": "shotgrid_dagster.defs.build",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(_MODULES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
