"""`make oracle SCRIPTS=50`: play random scripts, and print the smallest part of one that fails."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from shotgrid_dagster.sandbox import studio
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


def main() -> int:
    """Play the scripts; 1 when one of them ended with wrong tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scripts", type=int, default=50)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--sabotage", default="", help="break the extractor on purpose")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="shotgrid-oracle-"))
    database = folder / "studio.sqlite"
    studio.build(database, size="tiny")
    if given.sabotage:
        SABOTAGES[given.sabotage]()
    started = time.monotonic()
    for seed in range(given.first, given.first + given.scripts):
        script = write_script(seed)
        wrong = Stage(script, database, folder / str(seed), given.sabotage).play()
        if wrong:
            print(f"wrong after {seed - given.first + 1} scripts:", *wrong[:10], sep="\n  ")
            if not given.sabotage:
                print(smallest(script, database, folder))
            return 1
    print(f"{given.scripts} scripts in {time.monotonic() - started:.0f} s: nothing wrong.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
