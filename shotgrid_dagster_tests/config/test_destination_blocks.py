"""The lines that a destination needs: the file of a fresh clone, the sentences and dlt agree."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from shotgrid_dagster.config.toml_files import read_toml
from shotgrid_dagster.destination.blocks import BLOCKS, lines_for
from shotgrid_dagster_tests.project import ROOT

EXAMPLE = ROOT / ".dlt" / "secrets.toml.example"

RESOLVES = """
import json, sys
from dlt.common.destination import Destination
from dlt.common.configuration.exceptions import ConfigFieldMissingException
from dlt.common.exceptions import MissingDependencyException

missing = {}
for name in sys.argv[1:]:
    destination = Destination.from_reference(name)
    config = destination.spec()
    if hasattr(config, "_bind_dataset_name"):
        config._bind_dataset_name("data", "data")
    try:
        destination.configuration(config)
        missing[name] = ""
    except MissingDependencyException as error:
        # Its values are turned into objects of a package that is not here, once all are there.
        lacks = isinstance(error.__context__, ConfigFieldMissingException)
        missing[name] = str(error.__context__) if lacks else ""
    except ConfigFieldMissingException as error:
        missing[name] = str(error)
print(json.dumps(missing))
"""


def in_the_example(name: str) -> str:
    """The lines of a destination there, without the marks of a comment."""
    chunks = re.split(r"^# -- (\w+).*$", EXAMPLE.read_text(encoding="utf-8"), flags=re.M)
    blocks = dict(zip(chunks[1::2], chunks[2::2], strict=True))
    lines = blocks[name].strip().splitlines()
    return "\n".join(line.removeprefix("# ") for line in lines)


def missing(folder: Path, secrets: str) -> dict[str, str]:
    """Destination -> what dlt's own configuration lacks with these secrets; empty: nothing."""
    (folder / ".dlt").mkdir()
    (folder / ".dlt" / "secrets.toml").write_text(secrets, encoding="utf-8")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DESTINATION", "CREDENTIALS", "AWS_", "GOOGLE_", "DLT_"))
    }
    done = subprocess.run(
        [sys.executable, "-c", RESOLVES, *BLOCKS],
        cwd=folder,
        env={**environment, "DLT_DATA_DIR": str(folder / "dlt")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    lacking: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return lacking


def test_each_block_of_the_example_is_all_that_dlt_needs(tmp_path: Path) -> None:
    blocks = "\n".join(in_the_example(name) for name in BLOCKS)
    assert missing(tmp_path, blocks) == dict.fromkeys(BLOCKS, "")


def test_without_the_blocks_dlt_lacks_something_of_all_but_duckdb(tmp_path: Path) -> None:
    lacking = missing(tmp_path, "")
    assert {name for name, what in lacking.items() if not what} <= {"duckdb", "ducklake"}


@pytest.mark.parametrize("name", BLOCKS)
def test_the_example_and_the_sentences_have_the_same_lines(name: str) -> None:
    assert in_the_example(name) == BLOCKS[name].strip()


def test_the_example_is_toml_with_and_without_the_blocks(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    blocks = "\n".join(in_the_example(name) for name in BLOCKS)
    (tmp_path / "both.toml").write_text(f"{text}\n{blocks}\n", encoding="utf-8")
    assert list(read_toml(EXAMPLE)) == ["sources"]
    assert set(read_toml(tmp_path / "both.toml")["destination"]) == set(BLOCKS)


def test_a_named_destination_gets_the_lines_of_its_type() -> None:
    assert lines_for("postgres", "studio").startswith("[destination.studio.credentials]\nhost")
    assert lines_for("nosuch", "nosuch") == ""
