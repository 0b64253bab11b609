"""What `deploy/` starts: the file is good, and the same services run as plain processes."""

import fnmatch
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
import yaml

from shotgrid_dagster.config.project import read_project_file
from shotgrid_dagster.sandbox.writes.editing import Editor
from shotgrid_dagster_tests.deployment import COMPOSE, DEPLOY, Service, read_compose, services
from shotgrid_dagster_tests.postgres import binaries, running_postgres
from shotgrid_dagster_tests.project import BIN, ROOT, ProjectFolder, make_project
from shotgrid_dagster_tests.test_daemon import value
from shotgrid_dagster_tests.webserver import Ui

PASSWORD = {"DAGSTER_POSTGRES_PASSWORD": "not-a-secret"}


# -- the files


def test_the_compose_file_is_what_the_compose_specification_allows(tmp_path: Path) -> None:
    check = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec"]
    good = subprocess.run([*check, str(COMPOSE)], capture_output=True, text=True, timeout=60)
    assert good.returncode == 0, good.stdout + good.stderr
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(COMPOSE.read_text().replace("healthcheck:", "health_check:"))
    refused = subprocess.run([*check, str(wrong)], capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1
    assert "health_check" in refused.stdout


def compose_command() -> list[str] | None:
    """Docker Compose from version 2 on, which reads the file without an engine."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            version = [*command, "version", "--short"]
            done = subprocess.run(version, capture_output=True, text=True, timeout=60)
            if done.returncode == 0 and not done.stdout.startswith("1."):
                return command
    return None


@pytest.mark.skipif(compose_command() is None, reason="Docker Compose is not installed")
def test_compose_itself_accepts_the_file(tmp_path: Path) -> None:
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    command = [*(compose_command() or []), "--file", str(tmp_path / "deploy" / COMPOSE.name)]
    environment = tmp_path / "deploy" / ".env"
    environment.write_text("")
    refused = subprocess.run([*command, "config"], capture_output=True, text=True, timeout=60)
    assert refused.returncode != 0
    assert "DAGSTER_POSTGRES_PASSWORD" in refused.stderr
    environment.write_text("DAGSTER_POSTGRES_PASSWORD=not-a-secret\n")
    done = subprocess.run([*command, "config"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    ours = read_compose(**PASSWORD)["services"]
    theirs = yaml.safe_load(done.stdout.replace("$$", "$"))["services"]
    for name, service in ours.items():
        assert theirs[name]["healthcheck"]["test"] == service["healthcheck"]["test"]
        assert theirs[name].get("command", []) == service.get("command", [])
        assert service["environment"].items() <= theirs[name]["environment"].items()


def test_without_a_password_nothing_starts() -> None:
    with pytest.raises(LookupError, match="DAGSTER_POSTGRES_PASSWORD: set it in deploy/.env"):
        read_compose()


def test_every_service_is_watched_pinned_and_without_dockers_socket() -> None:
    content = read_compose(**PASSWORD)
    assert "docker.sock" not in COMPOSE.read_text()
    (version,) = (
        line.split('"')[1]
        for line in (ROOT / "pyproject.toml").read_text().splitlines()
        if line.startswith("version = ")
    )
    for name, service in content["services"].items():
        assert service["healthcheck"]["test"], name
        assert service["restart"] == "unless-stopped"
        assert not service.get("privileged")
        assert re.fullmatch(r"\w+:\d+\.\d+(\.\d+)?(-\w+)?", service["image"]), service["image"]
        if "build" in service:
            assert service["image"] == f"shotgrid_dagster:{version}"
            assert service["cap_drop"] == ["ALL"]
        for mount in service.get("volumes", []):
            assert mount.split(":")[0] in content["volumes"]
        for needed in service.get("depends_on", {}):
            assert needed in content["services"]


def test_only_the_webserver_is_published_and_only_on_loopback() -> None:
    published = {
        name: service["ports"]
        for name, service in read_compose(**PASSWORD)["services"].items()
        if "ports" in service
    }
    assert published == {"webserver": ["127.0.0.1:3000:3000"]}


def test_the_key_to_the_site_reaches_the_code_server_alone_and_no_image() -> None:
    readers = [
        name
        for name, service in read_compose(**PASSWORD)["services"].items()
        if ".env" in service.get("env_file", [])
    ]
    assert readers == ["code"]
    sent = allowed_in_the_build()
    assert ".dlt/config.toml" in sent
    assert not any("secrets" in path or path.startswith("deploy/.env") for path in sent)


def allowed_in_the_build() -> list[str]:
    """The paths that the ignore file lets through."""
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    return [rule.removeprefix("!") for rule in rules if rule.startswith("!")]


def test_what_the_image_is_built_from_exists_and_is_sent_to_the_build() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    copied = [
        path
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.M)
        for path in line.split()[:-1]
    ]
    assert len(copied) >= 6
    sent = allowed_in_the_build()
    for path in copied:
        assert (ROOT / path).exists(), path
        assert any(fnmatch.fnmatch(path, rule) for rule in sent), path
    assert dockerfile.rstrip().endswith("USER studio")
    assert re.findall(r"^FROM python:\d+\.\d+\.\d+-", dockerfile, re.M)


def test_the_image_puts_the_data_on_the_volume(tmp_path: Path) -> None:
    (line,) = re.findall(r"^RUN (sed .*\n.*)$", (DEPLOY / "Dockerfile").read_text(), re.M)
    project = make_project(tmp_path)
    project.run(line)
    assert read_project_file(tmp_path).data_dir == Path("/data")
    assert "data:/data" in read_compose(**PASSWORD)["services"]["code"]["volumes"]


# -- the services

WITHIN = 120.0
"""Seconds for a tick, its place in the queue, and the run, on a busy machine."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def deployed(project: ProjectFolder, postgres: str) -> dict[str, Service]:
    """The services on this machine's loopback; the files of `deploy/` are the real ones."""
    (project.path / "deploy").symlink_to(DEPLOY)
    home = project.path / "dagster"
    home.mkdir()
    (home / "dagster.yaml").symlink_to(DEPLOY / "dagster.yaml")
    server = urlsplit(postgres)
    folder = binaries()
    base = {
        **project.environment,
        "PATH": f"{project.environment['PATH']}:{folder}",
        "DAGSTER_HOME": str(home),
        "PGHOST": str(server.hostname),
        "PGPORT": str(server.port),
    }
    here = {
        "POSTGRES_USER": str(server.username),
        "POSTGRES_DB": server.path.strip("/"),
        "DAGSTER_POSTGRES_HOST": str(server.hostname),
        "DAGSTER_POSTGRES_PORT": str(server.port),
        "DAGSTER_POSTGRES_USER": str(server.username),
        "DAGSTER_POSTGRES_DB": server.path.strip("/"),
        "DAGSTER_COMPUTE_LOGS": str(home / "logs"),
        "SHOTGRID_CODE_HOST": "127.0.0.1",
        "DAGSTER_GRPC_HOST": "127.0.0.1",
        "DAGSTER_GRPC_PORT": str(free_port()),
        "DAGSTER_WEBSERVER_HOST": "127.0.0.1",
        "DAGSTER_WEBSERVER_PORT": str(free_port()),
    }
    return services(project.path, base, here, **PASSWORD)


@contextmanager
def started(service: Service) -> Iterator[subprocess.Popen[bytes]]:
    """The process of a service, when its own health check says that it is well."""
    with service.running() as process:
        service.wait_until_healthy(process, 60)
        yield process


def as_if_switched_on(seconds_ago: float, postgres: str) -> None:
    """Date the switch of a schedule back, so that nobody waits for the next full minute.

    The daemon, which does not run yet, finds the tick that it missed.
    """

    def earlier(match: re.Match[str]) -> str:
        return f"{match[1]}{float(match[2]) - seconds_ago}"

    with psycopg2.connect(postgres) as connection, connection.cursor() as cursor:
        cursor.execute("select id, instigator_body from instigators")
        for id_, body in cursor.fetchall():
            body = re.sub(r'("start_timestamp": )([\d.]+)', earlier, body)
            cursor.execute("update instigators set instigator_body = %s where id = %s", [body, id_])


def step_failures(postgres: str) -> str:
    """What Dagster noted of the steps that failed."""
    with psycopg2.connect(postgres) as connection, connection.cursor() as cursor:
        cursor.execute("select event from event_logs where dagster_event_type = 'STEP_FAILURE'")
        return "\n".join(event[:4000] for (event,) in cursor.fetchall())


def wait_for(what: str, is_so: Callable[[], bool], set_: dict[str, Service]) -> None:
    until = time.monotonic() + WITHIN
    while not is_so():
        if time.monotonic() > until:
            logs = [item.log.read_text()[-3000:] for item in set_.values() if item.log.exists()]
            raise AssertionError(f"{what}: not within {WITHIN} s\n" + "\n".join(logs))
        time.sleep(0.5)


@pytest.mark.timeout(280)
@pytest.mark.skipif(binaries() is None, reason="Postgres is not installed")
def test_a_schedule_ticks_a_sensor_fires_and_their_runs_land_with_the_state_in_postgres(
    tmp_path: Path, tiny_database: Path
) -> None:
    project = make_project(tmp_path / "project")
    project.set("entity_types", '["Shot", "Project", "EventLogEntry"]')
    config = project.path / ".dlt" / "config.toml"
    every_minute = config.read_text().replace(
        'incremental = "*/15 * * * *"', 'incremental = "* * * * *"'
    )
    assert every_minute != config.read_text()
    config.write_text(every_minute)
    site = project.path / "data" / "sandbox" / "tiny.sqlite"
    site.parent.mkdir(parents=True)
    shutil.copy(tiny_database, site)
    database = project.path / "data" / "shotgun_software.duckdb"
    # The server trusts everybody on loopback: what a wrong password does is not tried here.
    with running_postgres() as postgres:
        set_ = deployed(project, postgres)
        assert set_["postgres"].is_healthy()
        assert not set_["code"].is_healthy()
        with started(set_["code"]) as code, started(set_["webserver"]):
            ui = Ui(f"http://127.0.0.1:{set_['webserver'].environment['DAGSTER_WEBSERVER_PORT']}")
            ui.switch_on("schedule", "every_15_minutes")
            as_if_switched_on(61, postgres)
            ui.switch_on("sensor", "site_changes")
            with started(set_["daemon"]):

                def looked() -> bool:
                    return "watching begins" in str(ui.last_tick("site_changes").get("skipReason"))

                def succeeded(tag: str, name: str) -> bool:
                    return "SUCCESS" in ui.runs(tag, name)

                wait_for("the sensor's first look", looked, set_)
                Editor(site).update("Shot", 1, description="edited in a deployment")
                for tag, name in (
                    ("dagster/schedule_name", "every_15_minutes"),
                    ("dagster/sensor_name", "site_changes"),
                ):
                    wait_for(name, partial(succeeded, tag, name), set_)
                states = ui.runs("dagster/schedule_name", "every_15_minutes")
                assert "FAILURE" not in states, step_failures(postgres)
                # A code server that is asked to stop lets its runs end.
                under_way = ui.launch("refresh_everything")
                wait_for("a run", lambda: ui.state(under_way) == "STARTED", set_)
                code.terminate()
                code.wait(60)
                assert ui.state(under_way) == "SUCCESS"
        found = value(database, "select description from shotgun_software_data.shots where id = 1")
        assert found == "edited in a deployment"
        with psycopg2.connect(postgres) as connection, connection.cursor() as cursor:
            cursor.execute("select count(*) from runs where status = 'SUCCESS'")
            assert (cursor.fetchone() or (0,))[0] >= 2
            cursor.execute(
                "select count(*) from event_logs where dagster_event_type = %s",
                ["ASSET_MATERIALIZATION"],
            )
            assert (cursor.fetchone() or (0,))[0] >= 3
    assert list((project.path / "dagster" / "logs").rglob("*.err"))
    assert not (project.path / "dagster" / "storage").exists()
