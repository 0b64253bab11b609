from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from shotgrid_dagster.cli import commands as cli
from shotgrid_dagster.sandbox.__main__ import main
from shotgrid_dagster.sandbox.faults.fault_text import fault_from_text
from shotgrid_dagster.sandbox.faults.faults import Fault
from shotgrid_dagster_tests.conftest import in_studio_time


@contextmanager
def serving(data_dir: Path, *options: str) -> Iterator[str]:
    """What a site prints when it is served from the command line, until the first empty line."""
    command = [sys.executable, "-m", "shotgrid_dagster.sandbox", "--data-dir", str(data_dir)]
    process = subprocess.Popen(
        [*command, "--size", "tiny", *options], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield "".join(iter(process.stdout.readline, "Ctrl-C ends it.\n"))
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        process.stdout.close()


def test_a_served_site_says_how_the_project_reaches_it_and_ends_with_ctrl_c(
    tiny_database: Path,
) -> None:
    with serving(tiny_database.parent) as text:
        said = dict(line.split()[1].split("=", 1) for line in text.splitlines() if "export" in line)
        start = "SOURCES__SHOTGUN_SOFTWARE_SOURCE__"
        form = {
            "grant_type": "client_credentials",
            "client_id": said[f"{start}CLIENT_ID"],
            "client_secret": said[f"{start}CLIENT_SECRET"],
        }
        address = said[f"{start}SITE_URL"] + "/api/v1/auth/access_token"
        assert requests.post(address, data=form, timeout=10).status_code == 200


def edited(url: str, script: str, key: str) -> list[str]:
    """The events that are left by an edit with this key."""
    form = {"grant_type": "client_credentials", "client_id": script, "client_secret": key}
    token = requests.post(f"{url}/api/v1/auth/access_token", data=form, timeout=10).json()
    headers = {"Authorization": f"Bearer {token['access_token']}"}

    def newest() -> tuple[int, str]:
        address = f"{url}/api/v1/entity/event_log_entries?sort=-id&page[size]=1&fields=event_type"
        (row,) = requests.get(address, headers=headers, timeout=10).json()["data"]
        return row["id"], row["attributes"]["event_type"]

    before, _ = newest()
    answer = requests.put(
        f"{url}/api/v1/entity/shots/1", json={"description": script}, headers=headers, timeout=10
    )
    assert answer.status_code == 200, answer.text
    after, event_type = newest()
    return [event_type] * (after - before)


def test_the_key_that_is_printed_leaves_events_and_the_silent_one_is_named(
    tiny_database: Path, tmp_path: Path
) -> None:
    in_studio_time(Path(shutil.copy(tiny_database, tmp_path / "tiny.sqlite")))
    with serving(tmp_path) as text:
        start = "SOURCES__SHOTGUN_SOFTWARE_SOURCE__"
        said = dict(line.split()[1].split("=", 1) for line in text.splitlines() if "export" in line)
        url = said[f"{start}SITE_URL"]
        printed = said[f"{start}CLIENT_ID"], said[f"{start}CLIENT_SECRET"]
        assert edited(url, *printed) == ["Shotgun_Shot_Change"]
        silent = re.search(r"leaves no events, .*\n(\S+) \(key (\S+)\)", text)
        assert silent is not None
        assert edited(url, silent[1], silent[2]) == []
    assert re.search(r"it is 2026-06-01 09:0\d:\d\d UTC there", text)


def test_faults_are_given_on_the_command_line(tiny_database: Path) -> None:
    with serving(
        tiny_database.parent, "--fault", "status:503,path=v1$,times=1", "--fault", "latency:0.01"
    ) as text:
        url = text.split("is at ")[1].split(". ")[0]
        statuses = [requests.get(f"{url}/api/v1", timeout=10).status_code for _ in range(2)]
    assert statuses == [503, 200]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("latency:0.33", Fault("latency", seconds=0.33)),
        ("reset", Fault("reset")),
        ("hang:5,times=1", Fault("hang", seconds=5.0, times=1)),
        (
            "status:503,path=_search,nth=3,times=2",
            Fault("status", "_search", nth=3, times=2, status=503),
        ),
        ("status:429,retry_after=2", Fault("status", status=429, retry_after="2")),
        ("latency,seconds_per_row=0.001", Fault("latency", seconds_per_row=0.001)),
    ],
)
def test_a_fault_in_words(text: str, fault: Fault) -> None:
    assert fault_from_text(text) == fault


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("fire", "no fault is called 'fire'"),
        ("reset:1", "'reset' takes no value"),
        ("status:often", "status is not a number: 'often'"),
        ("status:503,when=now", "'when=now' is not one of path=, method=, nth="),
        ("status:503,path=(", "path is no regular expression"),
    ],
)
def test_a_fault_that_is_misspelt_is_refused_in_a_sentence(
    text: str, problem: str, tmp_path: Path
) -> None:
    answer = CliRunner().invoke(main, ["--data-dir", str(tmp_path), "--fault", text])
    assert answer.exit_code == 2
    assert problem in answer.output
    assert not list(tmp_path.iterdir())


def test_other_machines_are_let_in_only_in_so_many_words(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["--data-dir", str(tmp_path), "--host", "0.0.0.0"])
    assert answer.exit_code == 2
    assert "add --allow-other-hosts" in answer.output


def test_an_unknown_size_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["--data-dir", str(tmp_path), "--size", "vast"])
    assert answer.exit_code == 2
    assert "'vast' is not one of tiny, studio" in answer.output


def test_the_project_command_serves_the_same_site(tiny_database: Path) -> None:
    command = ["sandbox", "serve", "--size", "tiny", "--data-dir", str(tiny_database.parent)]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = CliRunner().invoke(cli.main, [*command, "--port", str(port)])
    assert answer.exit_code == 1
    assert f"127.0.0.1:{port} cannot be used: Address already in use" in answer.output
