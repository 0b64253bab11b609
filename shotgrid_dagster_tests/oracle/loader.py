"""One load: in this process, or in one of its own that kills itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlt.load import Load as DltLoad
from dlt.pipeline.pipeline import Pipeline

from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.site import Site
from shotgrid_dagster.site.http.retry_policy import RetryPolicy
from shotgrid_dagster.source.loading import type_load
from shotgrid_dagster.source.loading.packages import package_rows
from shotgrid_dagster.source.reading.channel import LoadMode
from shotgrid_dagster.source.whole_site import load_entity_types
from shotgrid_dagster_tests.oracle.sabotage import SABOTAGES
from shotgrid_dagster_tests.oracle.script import Kill

RETRY_POLICY = RetryPolicy(tries=5, first_tries=5, first_wait=0.01, longest_wait=0.1)


@dataclass(frozen=True)
class Order:
    """What is to be loaded, and how."""

    settings: Settings
    mode: LoadMode
    package_rows: int
    sabotage: str = ""
    kill: Kill | None = None


def load(order: Order) -> dict[str, str]:
    """Load the chosen entity types; gives those that failed, and why."""
    settings = order.settings
    site = Site(
        settings.site_url,
        settings.client_id or "",
        settings.key,
        page_size=settings.page_size,
        concurrency=settings.concurrency,
        retry_policy=RETRY_POLICY,
    )
    warehouse = Warehouse(Path(settings.data_dir))
    with closing(site), _packages_of(order.package_rows):
        return load_entity_types(site, settings, warehouse, order.mode).failed


@contextmanager
def _packages_of(rows: int) -> Iterator[None]:
    """Packages as small as a script wants them, and as they were for the tests after it."""
    ordinary = package_rows.PACKAGE_ROWS, type_load.ROWS_TO_WAIT_FOR, type_load.FEW_ROWS
    package_rows.PACKAGE_ROWS = rows
    type_load.ROWS_TO_WAIT_FOR = min(rows, type_load.ROWS_TO_WAIT_FOR)
    type_load.FEW_ROWS = min(rows, type_load.FEW_ROWS)
    try:
        yield
    finally:
        package_rows.PACKAGE_ROWS, type_load.ROWS_TO_WAIT_FOR, type_load.FEW_ROWS = ordinary


def load_and_die(order: Order) -> None:
    """The same in a process of its own, which kills itself at a stage, if it comes to it."""
    if order.sabotage:
        SABOTAGES[order.sabotage]()
    if order.kill is not None and order.kill.stage in _PLACES:
        owner, step, after = _PLACES[order.kill.stage]
        _die_at(owner, step, order.kill.nth, after=after)
    os._exit(1 if load(order) else 0)


_PLACES: dict[str, tuple[type, str, bool]] = {
    "extracted": (Pipeline, "extract", True),
    "normalized": (Pipeline, "normalize", True),
    # The rows are in the staging table, and were not merged.
    "in the load": (DltLoad, "create_followup_jobs", False),
    # The rows are in the table; dlt counts a package, and with it the state, as loaded later.
    "before the state": (DltLoad, "complete_package", False),
    "loaded": (Pipeline, "load", True),
}


def _die_at(owner: type, step: str, nth: int, *, after: bool) -> None:
    ordinary: Callable[..., Any] = getattr(owner, step)
    seen = 0

    def fatal(*arguments: Any, **given: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == nth and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        done = ordinary(*arguments, **given)
        if seen == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    setattr(owner, step, fatal)
