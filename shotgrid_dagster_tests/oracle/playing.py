"""Plays one script after the other in a process, and finds the smallest part of one that fails."""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import replace
from pathlib import Path

from shotgrid_dagster_tests.oracle.sabotage import SABOTAGES
from shotgrid_dagster_tests.oracle.script import Load, Script, write_script
from shotgrid_dagster_tests.oracle.stage import Stage

TRIES_TO_SHRINK = 25


def smallest(script: Script, database: Path, folder: Path) -> Script:
    """The script without the steps that it fails without."""
    tries = TRIES_TO_SHRINK
    position = 0
    while position < len(script.steps) and tries:
        tries -= 1
        step = script.steps[position]
        shorter = [*script.steps[:position], *script.steps[position + 1 :]]
        if isinstance(step, Load) and step.during:
            shorter.insert(position, replace(step, during=step.during[1:]))
        elif isinstance(step, Load) and (step.fault or step.kill or step.census):
            shorter.insert(position, Load())
        candidate = replace(script, steps=tuple(shorter))
        if Stage(candidate, database, folder / f"shrink-{tries}").play():
            script = candidate
        else:
            position += 1
    return script


def prepare(sabotage: str) -> None:
    """Make a process ready to play scripts."""
    logging.disable(logging.CRITICAL)
    # What a site says of connections that it broke on purpose, and what breaks in them.
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # until the process ends
    if sabotage:
        SABOTAGES[sabotage]()


def play(seed: int, studio_database: Path, folder: Path, sabotage: str) -> list[str]:
    """What is wrong after the script of a seed."""
    return Stage(write_script(seed), studio_database, folder / str(seed), sabotage).play()
