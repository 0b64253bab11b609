"""`make bench`: run the measurements, and write `results.json`, the table and the picture."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measurements import MEASUREMENTS, Bench
from benchmarks.process import CommandFailed
from benchmarks.project import ROOT
from benchmarks.results import Results
from benchmarks.table import in_readme, table

HERE = Path(__file__).parent

BUILD = """
import sys
from pathlib import Path
from shotgrid_dagster.sandbox import studio
studio.build(Path(sys.argv[1]), sys.argv[2])
"""


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 when a measurement failed; the others are there all the same."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--size", default="medium", help="of the site: tiny, studio, medium, large")
    parser.add_argument(
        "--only",
        default="",
        help=f"a list of measurements, with commas: {', '.join(MEASUREMENTS)}",
    )
    parser.add_argument("--tasks", default="", help="numbers of Tasks to load, with commas")
    parser.add_argument("--keep", action="store_true", help="keep the rows of the others")
    parser.add_argument(
        "--generated-python",
        default=sys.executable,
        help="the interpreter of an environment for the generated pipeline",
    )
    parser.add_argument("--sites", type=Path, default=ROOT / "data" / "sandbox")
    parser.add_argument("--out", type=Path, default=HERE / "results.json")
    parser.add_argument("--readme", type=Path, help="a file whose table is written anew")
    parser.add_argument("--picture", type=Path, help="a PNG to draw")
    given = parser.parse_args(arguments)
    chosen = [name for name in given.only.split(",") if name] or list(MEASUREMENTS)
    for name in chosen:
        if name not in MEASUREMENTS:
            parser.error(f"no measurement is called {name!r}: {', '.join(MEASUREMENTS)}")
    results = Results(given.out, given.size, given.keep, chosen)
    failed = []
    with tempfile.TemporaryDirectory(
        prefix="shotgrid-bench-", ignore_cleanup_errors=True
    ) as folder:
        small = given.size if given.size == "tiny" else "studio"
        bench = Bench(
            given.size,
            site_database(given.sites, given.size),
            site_database(given.sites, small),
            Path(folder),
            [int(task) for task in given.tasks.split(",") if task],
            # Not resolved: a link to it would lose the environment that it is in.
            generated_python=str(Path(given.generated_python).absolute()),
        )
        for name in chosen:
            print(f"{name}: {(MEASUREMENTS[name].__doc__ or '').splitlines()[0]}", flush=True)
            started = time.monotonic()
            try:
                for row in MEASUREMENTS[name](bench):
                    results.add(name, row)
                    print(
                        "  " + ", ".join(f"{key} {value}" for key, value in row.items()), flush=True
                    )
            except CommandFailed as error:
                failed.append(name)
                print(f"  failed: {error}", file=sys.stderr, flush=True)
            print(f"  ({time.monotonic() - started:.0f} s)", flush=True)
    content = results.content()
    print(f"\n{table(content['figures'])}\n")
    print("\n".join(content["notes"]))
    if given.readme:
        text = in_readme(given.readme.read_text(), content["figures"], content["notes"])
        given.readme.write_text(text)
    if given.picture:
        # In a process of its own: what draws is big, and whoever measures stays small.
        draw = [sys.executable, "-m", "benchmarks.picture", str(given.out), str(given.picture)]
        subprocess.run(draw, cwd=ROOT, check=True)
    return 1 if failed else 0


def site_database(folder: Path, size: str) -> Path:
    """The database of the site of that size; made, if it is not there."""
    database = folder / f"{size}.sqlite"
    if not database.exists():
        print(f"making the site {size} ...", flush=True)
        subprocess.run([sys.executable, "-c", BUILD, str(database), size], cwd=ROOT, check=True)
    return database


if __name__ == "__main__":
    sys.exit(main())
