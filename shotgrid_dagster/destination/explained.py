"""Why a destination cannot be used, as a sentence with the lines to add."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dlt.common.configuration.exceptions import (
    ConfigFieldMissingException,
    FieldLookupTraces,
    LookupTraces,
)
from dlt.common.destination.exceptions import SqlClientNotAvailable
from dlt.common.exceptions import DltException, MissingDependencyException

from shotgrid_dagster.config.toml_files import SECRETS
from shotgrid_dagster.destination.blocks import BLOCKS, lines_for
from shotgrid_dagster.errors import ShotGridDagsterError, WarehouseError


@contextmanager
def explained(name: str, destination_type: str, secrets: Sequence[str] = ()) -> Iterator[None]:
    """What goes wrong inside, while the destination is opened, is a sentence.

    Args:
        name: of the destination in the settings.
        destination_type: dlt's, as in `postgres`.
        secrets: what no sentence may show.

    Raises:
        WarehouseError: with what is missing and the lines to add, or what the other side said.
    """
    try:
        yield
    except ShotGridDagsterError:
        raise
    except Exception as error:
        raise WarehouseError(_why(error, name, destination_type, secrets)) from error


def _why(error: Exception, name: str, destination_type: str, secrets: Sequence[str]) -> str:
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, MissingDependencyException):
            packages = " ".join(f'"{package}"' for package in cause.dependencies)
            return (
                f"The destination {name} needs a package that is not installed: run "
                f"`pip install {packages}`."
            )
    for cause in causes:
        if isinstance(cause, SqlClientNotAvailable):
            return (
                f"The destination {name} takes no SQL, which a load needs: choose one such as "
                f"{', '.join(BLOCKS)}."
            )
        if isinstance(cause, ConfigFieldMissingException):
            return _missing(list(_fields(cause.traces)), name, destination_type)
    # The driver's own words are in the first cause: dlt's wrappers only say that there is one.
    said = str(causes[-1]).strip() or type(causes[-1]).__name__
    said = said.splitlines()[0].rstrip(".")
    for secret in secrets:
        said = said.replace(secret, "***")
    return (
        f"The destination {name} cannot be used: {said}. Check [destination.{name}] and what "
        f"is below it in .dlt/{SECRETS}, and that this machine reaches the server."
    )


def _missing(paths: Sequence[tuple[str, ...]], name: str, destination_type: str) -> str:
    """The sentence about fields that are not set, and below it the lines to add."""
    *most, last = dict.fromkeys(path[-1] for path in paths)
    listed = f"{', '.join(most)} and {last} are" if most else f"{last} is"
    lines = lines_for(destination_type, name) or "\n".join(_lines(paths, name))
    lines = "\n".join(f"    {line}" for line in lines.splitlines())
    return (
        f"The destination {name} is not set up, {listed} not set: add these lines to "
        f".dlt/{SECRETS}, with your own values.\n{lines}"
    )


def _lines(paths: Sequence[tuple[str, ...]], name: str) -> Iterator[str]:
    """TOML for fields of a destination that has no block."""
    section = None
    for path in sorted(dict.fromkeys(paths), key=lambda path: path[:-1]):
        if path[:-1] != section:
            section = path[:-1]
            yield f"[{'.'.join(('destination', name, *section))}]"
        yield f'{path[-1]} = "..."'


def _fields(traces: FieldLookupTraces) -> Iterator[tuple[str, ...]]:
    """The paths of the missing fields; of several ways to give credentials, those of the first."""
    for field, tried in traces.items():
        inner = next((trace for trace in tried if isinstance(trace, LookupTraces)), None)
        if inner is None:
            yield (field,)
        else:
            yield from ((field, *path) for path in _fields(inner.traces))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it comes from, the first cause last; behind dlt's wrappers, what it met."""
    while error is not None:
        yield error
        error = error.__cause__ or (error.__context__ if isinstance(error, DltException) else None)
