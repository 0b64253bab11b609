"""From settings to a site that answers: the studio's own, or the bundled sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shotgrid_dagster import sandbox
from shotgrid_dagster.site import Site
from shotgrid_dagster.site.transport import Patience
from shotgrid_dagster.source.settings import Settings


@contextmanager
def connected(settings: Settings, patience: Patience | None = None) -> Iterator[Site]:
    """The site that the settings name; the sandbox is started, and ended afterwards.

    `patience` is how long a failing request is tried again; by default, as long as a load can wait.

    Raises:
        AddressRefused: `site_url` cannot be a site.
    """
    if not settings.is_sandbox:
        yield Site(
            settings.site_url,
            settings.client_id or "",
            settings.client_secret or "",
            page_size=settings.page_size,
            patience=patience or settings.patience,
        )
        return
    folder = settings.data_dir / "sandbox"
    with sandbox.start(folder, size=settings.sandbox_size) as running:
        yield Site(
            running.url,
            running.client_id,
            running.client_secret,
            page_size=settings.page_size,
            patience=patience or settings.patience,
        )
