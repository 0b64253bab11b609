"""What is measured: one function each, which yields rows as it goes.

A row says what was measured (`measurement`, and where it differs `tasks`, `rows`, `calls`,
`latency_s`, `page_size`, `concurrency`), and what it cost: `wall_s`, `cpu_s`, `peak_mb` of the
whole process, start-up included, and `elsewhere_cpu_s`, what all others used meanwhile.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks import event_to_table
from benchmarks.figures import NEWEST, OURS
from benchmarks.process import Cost, measured
from benchmarks.project import ROOT, Project, make_project
from benchmarks.site import Server, change, count, cut, serving

Row = dict[str, object]

IMPORT = """
import time, dagster, dlt
began = time.perf_counter()
import shotgrid_dagster.definitions
print(time.perf_counter() - began)
"""

LATENCY = 0.33
"""Seconds a call takes on a real site."""

CONCURRENCY = 4
"""Calls at once: the default of `.dlt/config.toml`."""

STEPS = (20_000, 200_000, 1_000_000)
"""Numbers of Tasks that are loaded, as far as the site has them; else all that it has."""

NEARLY = 1.03
"""How many more Tasks a site may have than are asked for; `rows` says how many were loaded."""

GENERATED_STEPS = (5_000, 20_000)

SHORT = 20_000
"""Up to so many Tasks a load is repeated: it takes seconds, in which chance counts. At so many the
generated pipeline runs with our libraries too."""

TYPES = 40
"""Entity types of the run that finds nothing new."""

SHARE = 0.02
"""Of the rows that change."""


@dataclass
class Bench:
    """One run of the bench: which site, and a folder for what it makes."""

    size: str
    database: Path
    """Of the site of that size."""
    small_database: Path
    """Of a studio with a few thousand rows a type, where entity types count and not rows."""
    folder: Path
    chosen: Sequence[int] = ()
    """Numbers of Tasks to load, in place of those of each measurement."""
    repeats: int = 5
    """Of what takes a moment only."""
    short_repeats: int = 3
    """Of loads that take seconds; the middle one counts."""
    generated_python: str = sys.executable
    """The interpreter that the generated pipeline runs with."""
    _cut: dict[int, Path] = field(default_factory=dict)
    _noted: dict[int, Path] = field(default_factory=dict)

    @property
    def tasks(self) -> int:
        return count(self.database)

    def steps(self, of: Sequence[int] = STEPS) -> list[int]:
        """How many Tasks are loaded, smallest first."""
        return [name for name in self.chosen or of if name <= self.tasks] or [self.tasks]

    def site_of(self, tasks: int) -> Path:
        """The database with so many Tasks; one that has a few more is taken as it is."""
        if tasks <= self.tasks < NEARLY * tasks:
            return self.database
        if tasks not in self._cut:
            self._cut[tasks] = cut(self.database, tasks, self.folder / f"tasks-{tasks}.sqlite")
        return self._cut[tasks]

    def loads_of(self, tasks: int) -> range:
        """How often so many Tasks are loaded."""
        return range(self.short_repeats if tasks <= SHORT else 1)

    def new_folder(self, name: str) -> Path:
        """A folder that is not there yet."""
        number = sum(1 for file in self.folder.iterdir() if file.name.startswith(f"{name}-"))
        path = self.folder / f"{name}-{number}"
        path.mkdir()
        return path

    def calls_of(self, tasks: int) -> Path:
        """The calls that loading so many Tasks takes."""
        if tasks not in self._noted:
            with serving(self.site_of(tasks)) as server:
                first_load(self, server, tasks)
        return self._noted[tasks]

    def note(self, tasks: int, calls: Path) -> None:
        self._noted[tasks] = calls


def module(name: str, *arguments: object, python: str = sys.executable) -> list[str]:
    """The command of a module here."""
    return [python, "-m", f"benchmarks.{name}", *(str(argument) for argument in arguments)]


def on_path() -> dict[str, str]:
    return {"PYTHONPATH": str(ROOT)}


def row(measurement: str, cost: Cost, **facts: object) -> Row:
    costs = asdict(cost)
    del costs["output"]
    return {"measurement": measurement, **facts, **costs}


def load(project: Project) -> Cost:
    """One run of the pipeline; the calls that it sent are in `calls.json` of the project, the
    seconds in dlt's steps in `steps.json`."""
    command = module("load", "calls.json", "steps.json")
    return measured(command, project.path, {**project.environment, **on_path()})


def first_load(bench: Bench, server: Server, tasks: int, page_size: int = 5000) -> tuple[Cost, Row]:
    """All Tasks into a new database; gives the `rows` and the `calls` too, and the seconds in dlt's
    steps, of which `extract_s` waits for the site."""
    project = make_project(bench.new_folder("ours"), server, ["Task"], page_size)
    server.count_calls_anew()
    cost = load(project)
    facts: Row = {"rows": loaded_rows(cost, "tasks"), "calls": server.calls()}
    if page_size == 5000:
        bench.note(tasks, project.path / "calls.json")
    steps = json.loads((project.path / "steps.json").read_text())
    return cost, facts | {f"{name}_s": round(seconds, 2) for name, seconds in steps.items()}


def loaded_rows(cost: Cost, table: str) -> int:
    """The rows of a table, from what the pipeline printed."""
    (counted,) = [line for line in cost.output.splitlines() if line.startswith(f"{table}: ")]
    return int(counted.split()[1])


def key_file(folder: Path, server: Server) -> Path:
    """The site's address and key, for the processes that are not ours."""
    key = {
        "address": server.address,
        "client_id": server.client_id,
        "client_secret": server.client_secret,
    }
    path = folder / "site.json"
    path.write_text(json.dumps(key))
    return path


# -- the measurements


def generated(bench: Bench) -> Iterator[Row]:
    """The pipeline that dlt's tooling generates, as it comes and with parquet."""
    steps = [(tasks, bench.generated_python) for tasks in bench.steps(GENERATED_STEPS)]
    if bench.generated_python != sys.executable:
        steps.append((min(steps[-1][0], SHORT), sys.executable))
    for tasks, python in steps:
        for file_format in ("insert_values", "parquet"):
            for _ in bench.loads_of(tasks):
                yield generated_load(bench, tasks, file_format, python)


def generated_load(bench: Bench, tasks: int, file_format: str, python: str) -> Row:
    """One run of the generated pipeline; `libraries` says whose dlt and DuckDB it had."""
    with serving(bench.site_of(tasks)) as server:
        folder = bench.new_folder("generated")
        given = [key_file(folder, server), *(["parquet"] if file_format == "parquet" else [])]
        environment = {
            **on_path(),
            "DLT_DATA_DIR": str(folder / ".home"),
            "RUNTIME__DLTHUB_TELEMETRY": "false",
        }
        cost = measured(module("generated", *given, python=python), folder, environment)
        printed = json.loads(cost.output.splitlines()[-1])
        calls = server.calls()
    libraries = OURS if python == sys.executable else NEWEST
    facts = {"libraries": libraries, "file_format": file_format, "tasks": tasks, "calls": calls}
    return row("generated", cost, **facts, **printed)


def limits(bench: Bench) -> Iterator[Row]:
    """The pages that ours asks for, one after the other: only read, and read and parsed."""
    for tasks in bench.steps():
        calls = bench.calls_of(tasks)
        for parse in (False, True):
            with serving(bench.site_of(tasks)) as server:
                folder = bench.new_folder("limit")
                more = ["--parse"] if parse else []
                command = module("replay", key_file(folder, server), calls, *more)
                cost = measured(command, folder, on_path())
            printed = json.loads(cost.output)
            name = "download_parse" if parse else "download"
            yield row(name, cost, tasks=tasks, **printed)


def ours(bench: Bench) -> Iterator[Row]:
    """All Tasks through dlt into a new DuckDB file."""
    for tasks in bench.steps():
        for _ in bench.loads_of(tasks):
            with serving(bench.site_of(tasks)) as server:
                cost, facts = first_load(bench, server, tasks)
                yield row("ours", cost, tasks=tasks, **facts)


def event_log(bench: Bench) -> Iterator[Row]:
    """The whole event log, which is five times as long as the Tasks: how flat the memory stays."""
    with serving(bench.database) as server:
        server.count_calls_anew()
        project = make_project(bench.new_folder("events"), server, ["EventLogEntry"])
        cost = load(project)
        rows = loaded_rows(cost, "event_log_entries")
        yield row("event_log", cost, rows=rows, calls=server.calls())


def latency(bench: Bench) -> Iterator[Row]:
    """Up to 200,000 Tasks from a site that takes 0.33 s a call, in pages of 5,000 and of 500."""
    tasks = bench.steps(STEPS[:2])[-1]
    for page_size in (5_000, 500):
        with serving(bench.site_of(tasks)) as server:
            server.answer_after(LATENCY)
            cost, facts = first_load(bench, server, tasks, page_size)
            yield row(
                "latency",
                cost,
                tasks=tasks,
                **facts,
                page_size=page_size,
                latency_s=LATENCY,
                concurrency=CONCURRENCY,
            )


def no_change(bench: Bench) -> Iterator[Row]:
    """40 entity types, of which nothing changed, and the calls of that run by themselves."""
    with serving(bench.small_database) as server:
        project = make_project(bench.new_folder("types"), server, entity_types(bench)[:TYPES])
        first = load(project)
        yield row("types_first_load", first, types=len(entity_types(bench)[:TYPES]))
        # The second run reads what changed around the first one, once.
        load(project)
        site = key_file(project.path, server)
        for seconds in (0.0, LATENCY):
            server.answer_after(seconds)
            server.count_calls_anew()
            cost = load(project)
            facts = {
                "types": len(entity_types(bench)[:TYPES]),
                "calls": server.calls(),
                "latency_s": seconds,
                "concurrency": CONCURRENCY,
            }
            yield row("no_change", cost, **facts)
            command = module("replay", site, "calls.json", "--at-once", CONCURRENCY)
            yield row("no_change_bare", measured(command, project.path, on_path()), **facts)


def entity_types(bench: Bench) -> list[str]:
    """Those that are loaded unless the settings say otherwise, the event log among the first."""
    listing = "from shotgrid_dagster.sandbox.entity_types import SCHEMA\n"
    listing += "from shotgrid_dagster.config.project import NOT_LOADED\n"
    listing += (
        "print(*sorted(set(SCHEMA) - set(NOT_LOADED), key=lambda name: name != 'EventLogEntry'))"
    )
    printed = measured([sys.executable, "-c", listing], bench.folder, on_path())
    return printed.output.split()


def changed(bench: Bench) -> Iterator[Row]:
    """2 % of the Tasks changed since the load."""
    tasks = bench.steps()[-1]
    database = bench.folder / "changing.sqlite"
    shutil.copy(bench.site_of(tasks), database)
    with serving(database) as server:
        project = make_project(bench.new_folder("changing"), server, ["Task"])
        load(project)
        time.sleep(1.0)  # stamps are whole seconds
        rows = change(database, SHARE)
        server.count_calls_anew()
        cost = load(project)
        yield row("change", cost, tasks=tasks, rows=rows, calls=server.calls())
    database.unlink()


def event(bench: Bench) -> Iterator[Row]:
    """From an edit on the site to its row in the table, with the sensor on."""
    database = bench.folder / "edited.sqlite"
    with (
        closing(sqlite3.connect(bench.small_database)) as there,
        closing(sqlite3.connect(database)) as here,
    ):
        there.backup(here)
    with serving(database) as server:
        types = ["EventLogEntry", "Project", "Shot", "Version"]
        project = make_project(bench.new_folder("sensor"), server, types)
        for seconds in event_to_table.seconds_of_edits(project, database, edits=3):
            yield {"measurement": "event", "wall_s": round(seconds, 2)}


def start_up(bench: Bench) -> Iterator[Row]:
    """Importing the definitions, and materializing one small asset, each in its own process."""
    with serving(bench.small_database) as server:
        project = make_project(bench.new_folder("start"), server, entity_types(bench)[:TYPES])
        environment = {**project.environment, **on_path()}
        measured(["shotgrid-dagster", "discover"], project.path, environment)
        for _ in range(bench.repeats):
            cost = measured([sys.executable, "-c", IMPORT], project.path, environment)
            yield row("import_definitions", cost, import_s=round(float(cost.output), 3))
        asset = ["dagster", "asset", "materialize", "-m", "shotgrid_dagster.definitions"]
        for _ in range(2):
            cost = measured([*asset, "--select", "shotgrid/projects"], project.path, environment)
            yield row("materialize_one_asset", cost)


def models(bench: Bench) -> Iterator[Row]:
    """All models on a loaded site, each with its promises; `wall_s` has the load in it, too."""
    environment = {**on_path(), "DLT_DATA_DIR": str(bench.new_folder("models") / ".home")}
    cost = measured(module("models_speed", bench.database), bench.folder, environment)
    printed = json.loads(cost.output)
    yield row(
        "models",
        cost,
        tasks=printed["tasks"],
        rows=printed["event_log_entries"],
        models_s=printed["seconds"],
        models_peak_mb=printed["peak_megabytes"],
    )


MEASUREMENTS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "start_up": start_up,
    "ours": ours,
    "limits": limits,
    "generated": generated,
    "event_log": event_log,
    "latency": latency,
    "no_change": no_change,
    "change": changed,
    "event": event,
    "models": models,
}
"""Name -> measurement, in the order in which they run: those that compare, one after the other."""
