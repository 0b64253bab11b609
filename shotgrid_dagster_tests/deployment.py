"""The services of `deploy/docker-compose.yml`, read for a machine without Docker."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from shotgrid_dagster_tests.project import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "docker-compose.yml"

_REFERENCE = re.compile(r"\$(?:(\$)|\{(\w+)(?::(-|\?)([^}]*))?\})")


def read_compose(**given: str) -> dict[str, Any]:
    """The file as Compose understands it, given the values of `deploy/.env`."""

    def resolve(text: str) -> str:
        def value(match: re.Match[str]) -> str:
            dollar, name, how, default = match.groups()
            if dollar:
                return "$"
            if given.get(name):
                return given[name]
            if how != "-":
                raise LookupError(f"{name}: {default}")
            return str(default)

        return _REFERENCE.sub(value, text)

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: walk(child) for key, child in node.items()}
        if isinstance(node, list):
            return [walk(child) for child in node]
        return resolve(node) if isinstance(node, str) else node

    content = walk(yaml.safe_load(COMPOSE.read_text(encoding="utf-8")))
    assert isinstance(content, dict)
    return content


@dataclass(frozen=True)
class Service:
    """One service as a plain process: its own command, its own health check."""

    name: str
    command: list[str]
    healthcheck: list[str]
    environment: dict[str, str]
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def is_healthy(self) -> bool:
        """What Compose would find."""
        return self.probe().returncode == 0

    def probe(self) -> subprocess.CompletedProcess[str]:
        kind, *test = self.healthcheck
        return subprocess.run(
            ["sh", "-c", *test] if kind == "CMD-SHELL" else test,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """The process; it is asked to end with the block, as `docker stop` asks."""
        # A shell's background job ignores SIGINT, and Dagster would copy that to SIGTERM.
        start = ["env", "--default-signal=INT,TERM", *self.command]
        with (
            self.log.open("wb") as out,
            subprocess.Popen(
                start,
                cwd=self.folder,
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            ) as process,
        ):
            try:
                yield process
            finally:
                process.terminate()
                try:
                    process.wait(60)
                finally:
                    process.kill()

    def wait_until_healthy(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.is_healthy():
            said = self.log.read_text(errors="replace")[-4000:]
            assert process.poll() is None, f"{self.name} ended by itself:\n{said}"
            assert time.monotonic() < until, f"{self.name} is not healthy:\n{said}"


def services(
    folder: Path, base: Mapping[str, str], here: Mapping[str, str], **given: str
) -> dict[str, Service]:
    """The services of Dagster, to be started in a project's folder.

    Args:
        folder: stands for the image's working directory.
        base: the environment that the image would have.
        here: what is different on one machine, by the names of the compose file: hosts, ports.
        given: the values of `deploy/.env`.
    """
    found = {}
    for name, service in read_compose(**given)["services"].items():
        own = {key: str(value) for key, value in service["environment"].items()}
        found[name] = Service(
            name,
            service.get("command", []),
            service["healthcheck"]["test"],
            {**base, **own, **{key: value for key, value in here.items() if key in own}},
            folder,
        )
    return found
