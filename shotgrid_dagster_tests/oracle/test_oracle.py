"""Random edits, faults and kills; then the tables must be what a naive dump of the site says."""

from pathlib import Path

import pytest

from shotgrid_dagster_tests.oracle.script import CASTS, EDITS, FAULTS, Edit, Load, write_script
from shotgrid_dagster_tests.oracle.stage import Stage

SEEDS = range(12)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_tables_are_the_sites_after_whatever_happened(
    seed: int, tiny_database: Path, tmp_path: Path
) -> None:
    script = write_script(seed)
    assert Stage(script, tiny_database, tmp_path / "stage").play() == [], str(script)


def test_the_scripts_use_every_edit_fault_and_cast() -> None:
    scripts = [write_script(seed) for seed in range(300)]
    steps = [step for script in scripts for step in script.steps]
    loads = [step for step in steps if isinstance(step, Load)]
    edits = [step for step in steps if isinstance(step, Edit)]
    edits += [edit for load in loads for edit in load.during]
    assert {edit.kind for edit in edits} == set(EDITS)
    assert {load.fault for load in loads} == set(range(len(FAULTS)))
    assert {script.cast for script in scripts} == set(CASTS)
    assert any(load.killed_after for load in loads)
    assert {script.stamps_move for script in scripts} == {True, False}


def test_the_same_seed_writes_the_same_script() -> None:
    assert [write_script(seed) for seed in SEEDS] == [write_script(seed) for seed in SEEDS]
