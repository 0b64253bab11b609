from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from shotgrid_dagster import sandbox


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


def is_gone(url: str) -> bool:
    for _ in range(100):
        try:
            requests.get(f"{url}/api/v1", timeout=1)
        except requests.ConnectionError:
            return True
        time.sleep(0.05)
    return False


def test_start_makes_the_site_and_answers(data_dir: Path) -> None:
    with sandbox.start(data_dir, "tiny") as running:
        form = {
            "grant_type": "client_credentials",
            "client_id": running.client_id,
            "client_secret": running.client_secret,
        }
        answer = requests.post(f"{running.url}/api/v1/auth/access_token", data=form, timeout=10)
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        shots = requests.get(f"{running.url}/api/v1/entity/shots", headers=headers, timeout=10)
        assert shots.json()["data"]
    assert is_gone(running.url)


STARTER = """
import sys, time
from pathlib import Path
from shotgrid_dagster import sandbox
print(sandbox.start(Path(sys.argv[1]), "tiny").url, flush=True)
time.sleep(60)
"""


def test_the_site_ends_with_its_parent_even_when_that_is_killed(data_dir: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(data_dir)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    url = parent.stdout.readline().strip()
    assert requests.get(f"{url}/api/v1", timeout=10).status_code == 200
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert is_gone(url)


def test_a_site_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "tiny.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(sandbox.SandboxDidNotStart, match="file is not a database"):
        sandbox.start(tmp_path, "tiny")


def test_importing_the_sandbox_imports_nothing_heavy() -> None:
    code = (
        "import json, sys, shotgrid_dagster.sandbox;"
        "print(json.dumps([name for name in"
        " ('starlette', 'uvicorn', 'jwt', 'sqlite3', 'anyio') if name in sys.modules]))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert json.loads(output) == []


@pytest.mark.parametrize("name", sandbox.__all__)
def test_the_package_has_what_it_offers(name: str) -> None:
    assert getattr(sandbox, name) is not None


def test_the_package_offers_nothing_else() -> None:
    name = "nothing_of_the_kind"
    with pytest.raises(AttributeError, match=name):
        getattr(sandbox, name)
