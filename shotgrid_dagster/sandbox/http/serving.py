"""Serving the site from a command line: options that are checked, and what is printed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from shotgrid_dagster.sandbox.faults.fault_text import fault_from_text
from shotgrid_dagster.sandbox.faults.faults import LOOPBACK, Fault
from shotgrid_dagster.sandbox.http.server import Ready, SandboxDidNotStart, serve

VARIABLES = "SOURCES__SHOTGUN_SOFTWARE_SOURCE__"


def serve_site(
    data_dir: Path,
    *,
    size: str,
    port: int,
    host: str = LOOPBACK[0],
    allow_other_hosts: bool = False,
    faults: Sequence[str] = (),
    policy: Sequence[str] = (),
    json_line: bool = False,
    until_stdin_closes: bool = False,
) -> None:
    """Serve the site in `data_dir`, made if it is not there, until the process is told to stop.

    Raises click's errors: a wrong option, a port that is taken.
    """
    from shotgrid_dagster.sandbox.studio import build
    from shotgrid_dagster.sandbox.studio.size import SIZES
    from shotgrid_dagster.sandbox.writes.policy import policy_from_text

    if size not in SIZES:
        raise click.BadParameter(f"{size!r} is not one of {', '.join(SIZES)}.")
    if host not in LOOPBACK and not allow_other_hosts:
        raise click.BadParameter(
            f"{host} can be reached from other machines, and the site's key is no secret:"
            " if that is meant, add --allow-other-hosts."
        )
    injected = [_fault(text) for text in faults]
    try:
        chosen = policy_from_text(policy)
    except ValueError as problem:
        raise click.BadParameter(f"{problem}.") from None
    database = data_dir / f"{size}.sqlite"
    build(database, size=size)
    try:
        serve(
            database,
            host=host,
            port=port,
            faults=injected,
            policy=chosen,
            until_stdin_closes=until_stdin_closes,
            announce=_print_json if json_line else _print_instructions,
        )
    except SandboxDidNotStart as problem:
        raise click.ClickException(str(problem)) from None


def _fault(text: str) -> Fault:
    try:
        return fault_from_text(text)
    except ValueError as problem:
        raise click.BadParameter(f"{text!r}: {problem}.") from None


def _print_json(ready: Ready) -> None:
    click.echo(json.dumps(asdict(ready)))


def _print_instructions(ready: Ready) -> None:
    click.echo(f"The sandbox site is at {ready.url}. Point the project at it:\n")
    click.echo(f"  export {VARIABLES}SITE_URL={ready.url}")
    click.echo(f"  export {VARIABLES}CLIENT_ID={ready.logged_client_id or ready.client_id}")
    secret = ready.logged_client_secret or ready.client_secret
    click.echo(f"  export {VARIABLES}CLIENT_SECRET={secret}\n")
    silent = f"{ready.client_id} (key {ready.client_secret})"
    if ready.logged_client_id:
        click.echo("What this script edits is in the event log: the sensor site_changes sees it at")
        click.echo("its next look. A script that leaves no events, as most do on real sites, is")
        click.echo(f"{silent}:")
        click.echo("its edits are found too, but some minutes later.")
    else:
        click.echo(f"The script {silent}")
        click.echo("leaves no events: the sensor site_changes finds its edits some minutes later.")
    click.echo(f"\nThe site has the studio's time, which runs on: it is {ready.now} UTC there.")
    click.echo("\nCtrl-C ends it.")
