"""A project folder as a fresh clone has it, pointed at a served site."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.site import Server

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
PIPELINE = (sys.executable, str(ROOT / "shotgun_software_pipeline.py"))
SECTION = "[sources.shotgun_software_source]"


@dataclass(frozen=True)
class Project:
    """A folder with `.dlt`, `.dagster` and `workspace.yaml`."""

    path: Path
    environment: Mapping[str, str]

    @property
    def database(self) -> Path:
        return self.path / "data" / "shotgun_software.duckdb"


def make_project(
    path: Path, server: Server, entity_types: Sequence[str], page_size: int = 5000
) -> Project:
    """A project that loads these entity types from the site."""
    for name in (".dlt/config.toml", ".dagster/dagster.yaml", "workspace.yaml"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, path / name)
    config = path / ".dlt" / "config.toml"
    # TOML writes a list of such names as Python does.
    settings = {"entity_types": list(entity_types), "page_size": page_size, "site_url": server.url}
    lines = [
        line
        for line in config.read_text().splitlines()
        if line.partition("=")[0].strip() not in settings
    ]
    at = lines.index(SECTION) + 1
    lines[at:at] = [f"{name} = {value!r}" for name, value in settings.items()]
    config.write_text("\n".join(lines) + "\n")
    key = {"client_id": server.client_id, "client_secret": server.client_secret}
    secrets = [SECTION, *(f"{name} = {value!r}" for name, value in key.items())]
    (path / ".dlt" / "secrets.toml").write_text("\n".join(secrets) + "\n")
    environment = {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "DAGSTER_HOME": str(path / ".dagster"),
        "DLT_DATA_DIR": str(path / ".home"),
    }
    return Project(path, environment)
