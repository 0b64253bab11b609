"""The sandbox's README names a test for every measured behaviour, or says why there is none."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from shotgrid_dagster import sandbox
from shotgrid_dagster.sandbox.faults.faults import KINDS

README = (Path(sandbox.__file__).parent / "README.md").read_text(encoding="utf-8")
TABLES = README.split("## What was measured", 1)[1]
NAMED = sorted(set(re.findall(r"`(test_\w+)::(test_\w+)`", TABLES)))
HEADS = re.compile(r"\|-|\| a guess|\| behaviour")
ROWS = [line for line in TABLES.splitlines() if line.startswith("|") and not HEADS.match(line)]


@pytest.fixture(scope="module")
def tests() -> set[tuple[str, str]]:
    """(module, function) of every test of the sandbox."""
    return {
        (path.stem, node.name)
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }


def test_every_test_that_is_named_exists(tests: set[tuple[str, str]]) -> None:
    assert len(NAMED) > 150
    assert [name for name in NAMED if name not in tests] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip()[:60])
def test_every_behaviour_has_a_test_or_a_reason(row: str) -> None:
    _, behaviour, held_by, _ = row.split("|")
    assert behaviour.strip()
    assert "::" in held_by or re.match(r" — \w+", held_by)


def test_every_section_is_there() -> None:
    numbers = [int(number) for number in re.findall(r"^### (\d+) ", TABLES, re.MULTILINE)]
    assert numbers == list(range(1, 15))


def test_every_fault_is_listed() -> None:
    assert all(f"`{kind}`" in README for kind in KINDS)
