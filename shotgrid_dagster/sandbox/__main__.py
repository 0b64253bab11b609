"""`python -m shotgrid_dagster.sandbox`: serve the sandbox site."""

from __future__ import annotations

from pathlib import Path

import click

from shotgrid_dagster.sandbox.faults.faults import KINDS
from shotgrid_dagster.sandbox.http.serving import serve_site


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--size", default="studio", show_default=True, help="Of a site that is made anew.")
@click.option("--port", default=0, show_default=True, help="0: any that is free.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--allow-other-hosts", is_flag=True, help="Needed for a host that is not loopback.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="KIND[:VALUE][,OPTION=VALUE]",
    help=f"KIND is {', '.join(KINDS)}. E.g. status:503,path=_search,nth=3,times=2; latency:0.33.",
)
@click.option(
    "--policy",
    multiple=True,
    metavar="NAME[=VALUE]",
    help="What nobody measured, e.g. on_retire (it moves updated_at), block=33, head_density=0.7.",
)
@click.option("--json-line", is_flag=True, help="Print one line of JSON instead of instructions.")
@click.option("--until-stdin-closes", is_flag=True, help="End when stdin is closed.")
def main(
    data_dir: Path,
    size: str,
    port: int,
    host: str,
    allow_other_hosts: bool,
    faults: tuple[str, ...],
    policy: tuple[str, ...],
    json_line: bool,
    until_stdin_closes: bool,
) -> None:
    """Serve the site in DATA_DIR, made if it is not there, until Ctrl-C."""
    serve_site(
        data_dir,
        size=size,
        port=port,
        host=host,
        allow_other_hosts=allow_other_hosts,
        faults=faults,
        policy=policy,
        json_line=json_line,
        until_stdin_closes=until_stdin_closes,
    )


if __name__ == "__main__":
    main()
