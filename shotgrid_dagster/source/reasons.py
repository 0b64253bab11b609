"""Why something was not loaded: one sentence out of a chain of errors."""

from __future__ import annotations

from collections.abc import Iterator

from shotgrid_dagster.destination.errors import DISK_FULL
from shotgrid_dagster.errors import ShotGridDagsterError


def reason(error: BaseException) -> str:
    """The sentence of our own error inside dlt's wrappers, or the first words of a foreign one."""
    chain = list(_chain(error))
    for cause in chain:
        if isinstance(cause, ShotGridDagsterError):
            return str(cause)
    for cause in chain:
        if any(words in str(cause) for words in DISK_FULL):
            return "The disk is full: make room, and run again. The table is as it was."
    said = str(chain[-1]).strip() or type(chain[-1]).__name__
    return said.splitlines()[0]


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what caused it, the first cause last."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
