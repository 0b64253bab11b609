"""`make demo`: discover the site, materialize every asset through Dagster's command, report."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from shotgrid_dagster.config.project import ProjectFile, project_dir
from shotgrid_dagster.errors import ShotGridDagsterError

# The pages of the dashboards take some seconds each, and `make dashboard` shows the same at once.
LEFT_OUT = "publish/dashboard_pages"
SELECTION = f'* and not key:"{LEFT_OUT}"'
COMMAND = ("asset", "materialize", "-m", "shotgrid_dagster.definitions", "--select", SELECTION)

_LINE = re.compile(
    r" - (?P<level>INFO|WARNING|ERROR|CRITICAL) - .* - (?P<step>\w+) - (?P<said>.+)$"
)
_PROGRESS = re.compile(r"^\w+: [\d,]+ (rows|pages?)")
_FAILURE = re.compile(r"Failure: (.+)$")


class DemoFailed(ShotGridDagsterError):
    """`dagster asset materialize` did not end well."""


def dagster_home(folder: Path) -> Path:
    """The folder of Dagster's state in a project."""
    return folder / ".dagster"


def made_home(folder: Path) -> Path:
    """The same, made if it is not there: with our `dagster.yaml`, where nobody has one.

    Somebody who has the package alone has neither.
    """
    home = dagster_home(folder)
    home.mkdir(exist_ok=True)
    if not (home / "dagster.yaml").exists():
        (home / "dagster.yaml").write_bytes(Path(__file__).with_name("dagster.yaml").read_bytes())
    return home


def materialize_everything(project: ProjectFile, assets: int) -> None:
    """Run `dagster asset materialize` for all assets but one, and show a line for each.

    Raises:
        DemoFailed: with the sentences of what failed.
    """
    folder = project_dir()
    home = made_home(folder)
    environment = {"DAGSTER_HOME": str(home.absolute()), **os.environ}
    command = [str(Path(sys.executable).with_name("dagster")), *COMMAND]
    print(f"$ {' '.join(['dagster', *COMMAND[:-1]])} '{SELECTION}'\n", flush=True)
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        failures, tail = show_progress(process.stdout, assets)
    if process.returncode:
        said = "\n".join(failures) or "".join(tail)
        raise DemoFailed(f"{said}\n\ndagster ended with exit code {process.returncode}.")


def show_progress(output: Iterable[str], assets: int) -> tuple[list[str], list[str]]:
    """Print a numbered line for each finished asset; gives the failures and the last lines."""
    failures: list[str] = []
    tail: list[str] = []
    width = len(str(assets))
    started = time.monotonic()
    done = 0
    for line in output:
        tail = [*tail[-40:], line]
        if match := _LINE.search(line.rstrip()):
            said = match["said"]
            if match["level"] == "INFO" and _PROGRESS.match(said):
                done += 1
                elapsed = time.monotonic() - started
                print(f"[{done:>{width}}/{assets}] {elapsed:5.1f} s  {said}", flush=True)
            elif match["level"] in ("WARNING",) and "Supersession" not in said:
                print(f"          {said}", flush=True)
        elif (failure := _FAILURE.search(line.rstrip())) and failure[1] not in failures:
            failures.append(failure[1])
            print(f"FAILED    {failure[1]}", flush=True)
    return failures, tail
