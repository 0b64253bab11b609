"""From settings to a site that answers: the studio's own, or the bundled sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from shotgrid_dagster import sandbox
from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.site import Site
from shotgrid_dagster.site.http.retry_policy import RetryPolicy


@contextmanager
def connected(settings: Settings, retry_policy: RetryPolicy | None = None) -> Iterator[Site]:
    """The site that the settings name; the sandbox is started, and ended afterwards.

    `retry_policy`: how long a failing request is tried again; by default, as long as a load can
    wait.

    Raises:
        AddressRefused: `site_url` cannot be a site.
    """
    if not settings.is_sandbox:
        key = settings.client_id or "", settings.key
        with closing(_site(settings, settings.site_url, *key, retry_policy)) as site:
            yield site
        return
    folder = settings.data_dir / "sandbox"
    with (
        sandbox.start(folder, size=settings.sandbox_size) as running,
        closing(
            _site(settings, running.url, running.client_id, running.client_secret, retry_policy)
        ) as site,
    ):
        yield site


def _site(
    settings: Settings,
    url: str,
    client_id: str,
    client_secret: str,
    retry_policy: RetryPolicy | None,
) -> Site:
    return Site(
        url,
        client_id,
        client_secret,
        page_size=settings.page_size,
        concurrency=settings.concurrency,
        retry_policy=retry_policy or settings.retry_policy,
    )
