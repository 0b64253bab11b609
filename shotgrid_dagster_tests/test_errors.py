"""One base for all errors that a user is told: whoever catches, catches that."""

import importlib
import pkgutil

import pytest
from click.testing import CliRunner

import shotgrid_dagster
from shotgrid_dagster.cli.commands import main
from shotgrid_dagster.errors import ShotGridDagsterError

INSIDE = {"TransientError"}
"""Errors that never leave the room that raises them."""


def kinds() -> list[type[Exception]]:
    """The exception classes of the product, the sandbox aside."""
    found: set[type[Exception]] = set()
    for module in pkgutil.walk_packages(shotgrid_dagster.__path__, "shotgrid_dagster."):
        if ".sandbox" in module.name or module.name.endswith(
            ("__main__", ".definitions", ".backfill")
        ):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if (
                isinstance(value, type)
                and issubclass(value, Exception)
                and value.__module__ == module.name
            ):
                found.add(value)
    return sorted(found, key=lambda kind: kind.__name__)


KINDS = kinds()
OURS = [kind for kind in KINDS if issubclass(kind, ShotGridDagsterError)]


def test_every_error_that_reaches_a_user_has_the_one_base() -> None:
    strangers = {kind.__name__ for kind in KINDS if not issubclass(kind, ShotGridDagsterError)}
    assert strangers <= INSIDE
    assert len(KINDS) > 15


def test_what_happened_and_what_to_do_are_told_together_and_known_apart() -> None:
    error = ShotGridDagsterError("The disk is full.", "Make room.")
    assert (str(error), error.what, error.advice) == (
        "The disk is full. Make room.", "The disk is full.", "Make room.",
    )  # fmt: skip
    assert str(ShotGridDagsterError("That was it.")) == "That was it."


@pytest.mark.parametrize("kind", OURS)
def test_a_command_ends_with_the_sentence_of_any_error_of_ours(
    kind: type[ShotGridDagsterError],
) -> None:
    @main.command("fails-for-a-test")
    def fails() -> None:
        raise kind("It is so.", "Do this.")

    try:
        done = CliRunner().invoke(main, ["fails-for-a-test"])
    finally:
        del main.commands["fails-for-a-test"]
    assert (done.exit_code, done.output) == (1, "Error: It is so. Do this.\n")
    assert isinstance(done.exception, SystemExit)
