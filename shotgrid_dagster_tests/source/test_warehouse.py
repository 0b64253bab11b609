"""One writer at a time, databases that cannot be used, and loads that are killed."""

import os
import re
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from shotgrid_dagster.destination.duckdb_file import why_unusable
from shotgrid_dagster.destination.warehouse import Warehouse
from shotgrid_dagster.errors import WarehouseError
from shotgrid_dagster.source.loading.load_result import LoadResult
from shotgrid_dagster.source.whole_site import load_site
from shotgrid_dagster_tests.conftest import SandboxSite


def test_whoever_comes_second_waits_and_is_told_for_whom(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = Warehouse(tmp_path, who="run one"), Warehouse(tmp_path, who="run two")
    order: list[str] = []

    def later() -> None:
        with second.writing() as waited:
            order.append("two")
            assert waited > 1

    with first.writing():
        thread = threading.Thread(target=later)
        thread.start()
        time.sleep(1.5)
        order.append("one")
    thread.join()
    assert order == ["one", "two"]
    assert "run two waits to write: run one (process" in caplog.text


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from shotgrid_dagster.destination.warehouse import Warehouse\n"
        "with Warehouse(Path(sys.argv[1])).writing():\n"
        "    print('held', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        os.kill(holder.pid, signal.SIGKILL)
    with Warehouse(tmp_path).writing() as waited:
        assert waited < 1


def test_a_file_that_is_no_database_is_said_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "shotgun_software.duckdb"
    path.write_text("these are notes, not a database\n" * 1000)
    before = path.read_bytes()
    with pytest.raises(WarehouseError, match="is not a DuckDB database: move it away"):
        Warehouse(tmp_path).check()
    assert path.read_bytes() == before


def header_checksum(header: bytes) -> int:
    """As DuckDB computes it over the block behind it."""
    found = 5381
    for (word,) in struct.iter_unpack("<Q", header):
        found ^= (word * 0xBF58476D1CE4E5B9) % 2**64
    return found


def test_a_database_of_a_newer_duckdb_is_said_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "shotgun_software.duckdb"
    duckdb.connect(str(path)).close()
    content = bytearray(path.read_bytes())
    version = content.index(b"DUCK") + 4
    content[version : version + 8] = struct.pack("<Q", 200)
    content[:8] = struct.pack("<Q", header_checksum(bytes(content[8:4096])))
    path.write_bytes(content)
    with pytest.raises(WarehouseError, match="another version of DuckDB.*move it away"):
        Warehouse(tmp_path).check()
    assert path.read_bytes() == content


def test_a_damaged_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "shotgun_software.duckdb"
    duckdb.connect(str(path)).close()
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(WarehouseError, match="is damaged"):
        Warehouse(tmp_path).check()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("IO Error: Could not write all bytes: No space left on device", "The disk is full"),
        ("IO Error: Could not set lock on file: Conflicting lock is held in python", "is open in"),
        ("something else\nwith details", "cannot be opened: something else"),
    ],
)
def test_what_duckdb_says_becomes_a_sentence(said: str, sentence: str) -> None:
    assert sentence in why_unusable(Path("x.duckdb"), Exception(said))


@contextmanager
def holding(path: Path, seconds: float) -> Iterator[None]:
    """Another program that has a database open, for some time."""
    code = (
        "import sys, time, duckdb\n"
        "connection = duckdb.connect(sys.argv[1]); print('open', flush=True)\n"
        "time.sleep(float(sys.argv[2]))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path), str(seconds)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        yield
        holder.kill()


def test_a_database_that_another_program_has_open_is_said(tmp_path: Path) -> None:
    with holding(tmp_path / "shotgun_software.duckdb", seconds=60):
        on_progress: list[str] = []
        with pytest.raises(WarehouseError, match="is open in another program"):
            Warehouse(tmp_path, on_progress=on_progress.append, reader_patience=0.3).check()
        assert "another program has shotgun_software.duckdb open" in on_progress[0]


def test_a_program_that_looks_into_the_database_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    on_progress: list[str] = []
    with holding(tmp_path / "shotgun_software.duckdb", seconds=0.5):
        Warehouse(tmp_path, on_progress=on_progress.append).check()
    assert len(on_progress) == 1


def test_the_second_of_two_runs_waits_says_for_whom_and_finds_nothing_to_do(
    own_site: SandboxSite, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = own_site.settings(tmp_path / "data", entity_types=("Shot", "Project"))
    own_site.fail("latency", "Shot/_search", seconds=2.5)
    first: dict[str, LoadResult] = {}
    thread = threading.Thread(target=lambda: first.update(load_site(settings).loaded))
    thread.start()
    asked = own_site.app.state.requests
    while not any(what.endswith("Shot/_search") for what in list(asked)):
        time.sleep(0.01)
    own_site.recover()
    second = load_site(settings).loaded
    thread.join()
    assert [item.rows_loaded > 0 for item in first.values()] == [True, True]
    assert [item.rows_loaded for item in second.values()] == [0, 0]
    assert re.search(r"process \d+ waits to load: process \d+ .* is loading", caplog.text)


def test_two_loads_at_once_both_end_well_and_nothing_is_doubled(
    sandbox_site: SandboxSite, tmp_path: Path
) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from shotgrid_dagster.config.settings import Settings\n"
        "from shotgrid_dagster.source.whole_site import load_site\n"
        "result = load_site(Settings(site_url=sys.argv[1], client_id=sys.argv[2],\n"
        "    client_secret=sys.argv[3], data_dir=Path(sys.argv[4]),\n"
        "    entity_types=('Shot', 'Task', 'Project')))\n"
        "sys.exit(str(result.failed) if result.failed else 0)\n"
    )
    key = [sandbox_site.url, sandbox_site.client_id, sandbox_site.client_secret]
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, *key, str(tmp_path)], stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for run in runs:
        _, said = run.communicate(timeout=120)
        assert run.returncode == 0, said
    settings = sandbox_site.settings(tmp_path, entity_types=("Shot", "Task", "Project"))
    third = load_site(settings)
    client = sandbox_site.client()
    for entity_type, result in third.loaded.items():
        assert result.rows_loaded == 0
        assert result.rows["live"] == client.count(entity_type)
