"""A site that several readers share, none of whom knows whether it is the last."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from shotgrid_dagster.config.settings import Settings
from shotgrid_dagster.site import Site
from shotgrid_dagster.source.connect import connected

IDLE_SECONDS = 5.0
"""So long after a reading the site stays connected: the next one may begin at once."""


class SharedSite:
    """The site of the settings, connected while somebody reads, and for some seconds more.

    dlt reads the resources of a source in turns, one after the other, in threads, again, or not at
    all, and tells nobody which is the last. So the first reading connects, and the site is closed
    when nobody has read for IDLE_SECONDS, when nothing refers to this any longer, or when the
    process ends. A reading after that connects anew. The bundled sandbox is a process, which begins
    and ends with the connection.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._site: Site | None = None
        self._readings = 0
        self._connection = ExitStack()
        # A reading may be ended by the garbage collector, while this very thread holds the lock.
        self._lock = threading.RLock()
        self._timer: threading.Timer | None = None
        weakref.finalize(self, self._connection.close)

    @contextmanager
    def reading(self) -> Iterator[Site]:
        """The site, for one reading; several may go on at once, in any threads.

        Raises:
            AddressRefused: `site_url` cannot be a site.
            SandboxDidNotStart: the bundled site did not start.
        """
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            if self._site is None:
                self._site = self._connection.enter_context(connected(self._settings))
            self._readings += 1
            site = self._site
        try:
            yield site
        finally:
            with self._lock:
                self._readings -= 1
                if not self._readings:
                    self._timer = threading.Timer(IDLE_SECONDS, self._close_unless_read)
                    self._timer.daemon = True
                    self._timer.start()

    def _close_unless_read(self) -> None:
        with self._lock:
            if not self._readings:
                self._site = None
                self._connection.close()
