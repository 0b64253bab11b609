"""`python -m shotgrid_dagster.sandbox`: serve the sandbox site on the loopback interface."""

from __future__ import annotations

from pathlib import Path

import click

from shotgrid_dagster.sandbox.server import serve


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path), required=True)
@click.option("--size", default="studio", show_default=True, help="Of a site that is made anew.")
@click.option("--port", default=0, show_default=True, help="0: any that is free.")
@click.option("--until-stdin-closes", is_flag=True, help="End when stdin is closed.")
def main(data_dir: Path, size: str, port: int, until_stdin_closes: bool) -> None:
    """Serve the site in DATA_DIR, made if it is not there. Prints one JSON line when ready."""
    from shotgrid_dagster.sandbox import studio

    database = data_dir / f"{size}.sqlite"
    studio.build(database, size=size)
    serve(database, port=port, until_stdin_closes=until_stdin_closes, announce=click.echo)


if __name__ == "__main__":
    main()
