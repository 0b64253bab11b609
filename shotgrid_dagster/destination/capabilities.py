"""What a dlt destination can do, and how it is reached, asked for once.

dlt resolves a destination's configuration anew each time that it wants to know what the destination
can do, about thirty times a load package, and for each client of it, about twenty times: together a
third of the time that a small package takes (measured on dlt 1.31).
"""

from __future__ import annotations

from typing import Any, TypeVar

from dlt.common.destination import Destination, DestinationCapabilitiesContext
from dlt.common.destination.client import DestinationClientConfiguration
from dlt.common.normalizers.naming import NamingConvention
from dlt.destinations import duckdb
from dlt.destinations.impl.duckdb.configuration import (
    DuckDbClientConfiguration,
    DuckDbCredentials,
)

D = TypeVar("D", bound=Destination[Any, Any])


class DatabaseFile(DuckDbCredentials):
    """The address of a DuckDB file."""

    def __str__(self) -> str:
        """For people. dlt would have SQLAlchemy write it, whose import takes half a second."""
        return f"{self.drivername}:///{self.database}"


def remembered(destination: D) -> D:
    """The same destination; its capabilities are found out once."""
    found: dict[tuple[str | None, bool], DestinationCapabilitiesContext] = {}
    find_out = destination.capabilities

    def capabilities(
        config: DestinationClientConfiguration | None = None, naming: NamingConvention | None = None
    ) -> DestinationCapabilitiesContext:
        asked = None if naming is None else naming.name(), config is None
        if asked not in found:
            found[asked] = find_out(config, naming)
        # dlt writes into what it is given.
        return found[asked].copy()

    # A class of our own would change the name under which dlt knows the destination.
    destination.capabilities = capabilities  # type: ignore[method-assign]  # of this object alone
    if isinstance(destination, duckdb):
        _remember_configuration(destination)
    return destination


def _remember_configuration(destination: duckdb) -> None:
    """Resolve it once for each pipeline. Each client has connections of its own, as ever."""
    found: dict[object, DuckDbClientConfiguration] = {}
    resolve = destination.configuration

    def configuration(
        initial_config: DuckDbClientConfiguration, accept_partial: bool = False
    ) -> DuckDbClientConfiguration:
        if accept_partial or not initial_config:
            return resolve(initial_config, accept_partial)
        asked = type(initial_config), repr(sorted(dict(initial_config).items()))
        if asked not in found:
            found[asked] = resolve(initial_config)
        copy = found[asked].copy()
        if copy.credentials is not None:
            # Resolving has made credentials of dlt's own class.
            copy.credentials.__class__ = DatabaseFile
            copy.credentials.resolve()
        return copy

    # For the same reason as above.
    destination.configuration = configuration  # type: ignore[method-assign]  # of this object alone
