"""A project folder of its own for one test, as somebody's fresh clone would be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class ProjectFolder:
    """A folder with `.dlt`, `.dagster` and the scripts; its sandbox is a tiny studio."""

    path: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "DAGSTER_HOME": str(self.path / ".dagster"),
            "DLT_DATA_DIR": str(self.path / ".home"),
        }

    def run(
        self,
        command: str,
        expect: int | None = 0,
        timeout: float = 240,
        environment: Mapping[str, str] | None = None,
    ) -> str:
        """Run a shell command there; gives what it printed on both channels."""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.path,
            env={**self.environment, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=timeout,
        )
        if expect is not None:
            assert done.returncode == expect, f"{command}\n{done.stdout}"
        return done.stdout

    def set(self, name: str, value: str) -> None:
        """Write a setting into `.dlt/config.toml`; `value` is TOML."""
        config = self.path / ".dlt" / "config.toml"
        lines = [
            line for line in config.read_text().splitlines() if not line.startswith(f"{name} =")
        ]
        at = lines.index("[sources.shotgun_software_source]") + 1
        config.write_text("\n".join([*lines[:at], f"{name} = {value}", *lines[at:]]) + "\n")


def make_project(path: Path) -> ProjectFolder:
    """A project folder at `path`."""
    for name in (".dlt/config.toml", ".dlt/secrets.toml.example", ".dagster/dagster.yaml"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, path / name)
    for name in ("workspace.yaml", "shotgun_software_pipeline.py"):
        shutil.copy(ROOT / name, path / name)
    project = ProjectFolder(path)
    project.set("sandbox_size", '"tiny"')
    return project
