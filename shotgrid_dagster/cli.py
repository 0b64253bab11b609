"""`shotgrid-dagster`: what is done beside Dagster."""

from __future__ import annotations

import time
from pathlib import Path

import click

EXPECTED_ERRORS = ("SiteError", "SettingsError", "WarehouseError", "NothingLoaded", "DemoFailed")
"""Exceptions whose text is a sentence for the user: printed without a traceback."""


class _Sentences(click.Group):
    """A group whose commands end with the sentence of an expected error, and exit code 1."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Exception as error:
            if any(kind.__name__ in EXPECTED_ERRORS for kind in type(error).__mro__):
                raise click.ClickException(str(error)) from None
            raise


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """A copy of a ShotGrid site, kept fresh by Dagster."""


@main.command()
def discover() -> None:
    """Save the site's schema, from which Dagster makes one asset per entity type."""
    from shotgrid_dagster.source.connect import connected
    from shotgrid_dagster.source.settings import read_settings

    settings = read_settings()
    with connected(settings) as site:
        schema = site.discover(concurrency=settings.concurrency)
    schema.save(settings.project.schema_path)
    fields = sum(len(one.fields) for one in schema.entity_types.values())
    left_out = sorted(name for name in schema.entity_types if not settings.loads(name))
    click.echo(
        f"{len(schema.entity_types)} entity types with {fields:,} fields, saved in "
        f"{_shown(settings.project.schema_path)}."
    )
    if left_out:
        click.echo(f"Not loaded: {', '.join(left_out)}.")


@main.command()
def demo() -> None:
    """Discover the site, materialize every asset, and report. `make demo` calls this."""
    from shotgrid_dagster.definitions import build_definitions
    from shotgrid_dagster.demo import materialize_everything
    from shotgrid_dagster.report import next_steps, report
    from shotgrid_dagster.source.project import read_project_file
    from shotgrid_dagster.source.settings import read_settings

    started = time.monotonic()
    settings = read_settings()
    where = "the sandbox site" if settings.is_sandbox else settings.site_url
    click.echo(f"Reading {where} ...")
    if settings.is_sandbox and not (settings.data_dir / "sandbox").exists():
        click.echo("(the first time, its studio is made up: about half a minute)")
    click.get_current_context().invoke(discover)
    project = read_project_file()
    assets = len(list(build_definitions(project).resolve_all_asset_keys()))
    materialize_everything(project, assets)
    database = settings.project.database_path
    click.echo("\n" + report(database, time.monotonic() - started) + "\n")
    click.echo(next_steps())


@main.command("report")
def report_command() -> None:
    """List the loaded tables and their rows."""
    from shotgrid_dagster.report import report
    from shotgrid_dagster.source.project import read_project_file

    click.echo(report(read_project_file().database_path))


@main.group()
def sandbox() -> None:
    """The bundled ShotGrid site, which needs no account."""


@sandbox.command()
@click.option("--port", default=8790, show_default=True, help="Port on 127.0.0.1; 0: any free one.")
@click.option("--size", type=click.Choice(["tiny", "studio"]), default="studio", show_default=True)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the site's database is; the project's own sandbox by default.",
)
def serve(port: int, size: str, data_dir: Path | None) -> None:
    """Serve the sandbox site until Ctrl-C, and say how to point the project at it."""
    from shotgrid_dagster import sandbox as site
    from shotgrid_dagster.source.project import read_project_file

    folder = data_dir or read_project_file().data_dir / "sandbox"
    with site.start(folder, size=size, port=port) as running:
        click.echo(f"The sandbox site is at {running.url}. Point the project at it:\n")
        click.echo(f"  export SOURCES__SHOTGUN_SOFTWARE_SOURCE__SITE_URL={running.url}")
        click.echo(f"  export SOURCES__SHOTGUN_SOFTWARE_SOURCE__CLIENT_ID={running.client_id}")
        click.echo(
            f"  export SOURCES__SHOTGUN_SOFTWARE_SOURCE__CLIENT_SECRET={running.client_secret}"
        )
        click.echo("\nCtrl-C ends it.")
        running.wait()


def _shown(path: Path) -> str:
    """A path as a person in the project's folder would write it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


if __name__ == "__main__":
    main()
