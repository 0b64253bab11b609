"""`make oracle SCRIPTS=50`: play random scripts, and print the smallest part of one that fails."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from shotgrid_dagster.sandbox import studio
from shotgrid_dagster_tests.oracle.playing import play, prepare, smallest
from shotgrid_dagster_tests.oracle.sabotage import SABOTAGES
from shotgrid_dagster_tests.oracle.script import write_script


def main() -> int:
    """Play the scripts; 1 when one of them ended with wrong tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scripts", type=int, default=50)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--sabotage", default="", choices=["", *SABOTAGES])
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    seeds = range(given.first, given.first + given.scripts)
    with tempfile.TemporaryDirectory(prefix="shotgrid-oracle-") as name:
        folder = Path(name)
        database = folder / "studio.sqlite"
        studio.build(database, size="tiny")
        started = time.monotonic()
        with ProcessPoolExecutor(
            given.workers, multiprocessing.get_context("spawn"), prepare, (given.sabotage,)
        ) as processes:
            how = partial(play, studio_database=database, folder=folder, sabotage=given.sabotage)
            for number, wrong in enumerate(processes.map(how, seeds), 1):
                if wrong:
                    processes.shutdown(wait=False, cancel_futures=True)
                    return tell(seeds[number - 1], number, wrong, database, folder, given.sabotage)
                if number % 100 == 0:
                    print(f"{number} scripts in {time.monotonic() - started:.0f} s", flush=True)
        took = time.monotonic() - started
    print(f"{given.scripts} scripts in {took:.0f} s: nothing wrong.")
    return 0


def tell(
    seed: int, number: int, wrong: list[str], database: Path, folder: Path, sabotage: str
) -> int:
    """Print what a script did wrong, and, where nobody meant it to, the smallest part that does."""
    print(f"Script {seed}, number {number}, ended wrong:", *wrong[:10], sep="\n  ", flush=True)
    if not sabotage:
        prepare("")
        script = smallest(write_script(seed), database, folder)
        print("The smallest script that does:", script, sep="\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
