"""Random edits, faults and kills; then the tables must be what a naive dump of the site says."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from shotgrid_dagster_tests.oracle.playing import play, prepare
from shotgrid_dagster_tests.oracle.sabotage import SABOTAGES
from shotgrid_dagster_tests.oracle.script import (
    CASTS,
    EDITS,
    FAULTS,
    STAGES,
    Edit,
    Load,
    write_script,
)
from shotgrid_dagster_tests.oracle.stage import Stage

SEEDS = range(200)

FOUND_BY = {
    "offset paging": (14,),
    "no overlap": (6,),
    "newest event id": (514, 528, 379, 514, 528),
    "no retired pass": (0,),
    "no census": (1,),
    "newest stamp": (6,),
}
"""Scripts that each sabotage ends wrong with. Entries that come late do so by the clock: whether a
load is between them is not the same each time."""


@pytest.mark.parametrize("seed", SEEDS)
def test_the_tables_are_the_sites_after_whatever_happened(
    seed: int, tiny_database: Path, tmp_path: Path
) -> None:
    script = write_script(seed)
    assert Stage(script, tiny_database, tmp_path / "stage").play() == [], str(script)


@pytest.mark.parametrize("sabotage", SABOTAGES)
def test_an_extractor_that_is_broken_on_purpose_is_found_out(
    sabotage: str, tiny_database: Path, tmp_path: Path
) -> None:
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawned, prepare, (sabotage,)) as process:
        how = partial(play, studio_database=tiny_database, sabotage=sabotage)
        tries = enumerate(FOUND_BY[sabotage])
        assert any(
            process.submit(how, seed, folder=tmp_path / str(number)).result()
            for number, seed in tries
        )


def test_the_scripts_use_every_edit_fault_kill_and_cast() -> None:
    scripts = [write_script(seed) for seed in SEEDS]
    steps = [step for script in scripts for step in script.steps]
    loads = [step for step in steps if isinstance(step, Load)]
    edits = [step for step in steps if isinstance(step, Edit)]
    edits += [edit for load in loads for _, edit in load.during]
    assert {edit.kind for edit in edits} == set(EDITS)
    assert {load.fault for load in loads} == set(range(len(FAULTS)))
    assert {load.kill.stage for load in loads if load.kill} == set(STAGES)
    assert {script.cast for script in scripts} == set(CASTS)
    assert {script.loaded for script in scripts} >= {(name,) for cast in CASTS for name in cast}
    for knob in ("stamps_move", "events_late", "scripted", "ends_full"):
        assert {getattr(script, knob) for script in scripts} == {True, False}


def test_the_same_seed_writes_the_same_script() -> None:
    assert [write_script(seed) for seed in SEEDS] == [write_script(seed) for seed in SEEDS]
