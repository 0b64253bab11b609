"""`shotgrid-dagster`: what is done beside Dagster."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import click

from shotgrid_dagster.errors import ShotGridDagsterError


class _Sentences(click.Group):
    """A group whose commands end with the sentence of an error of ours, and exit code 1."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ShotGridDagsterError as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """A copy of a ShotGrid site, kept fresh by Dagster."""
    from shotgrid_dagster.config.toml_files import read_project_files

    read_project_files()  # first: of a slip in them, dlt tells with a traceback


@main.command()
def discover() -> None:
    """Save the site's schema, from which Dagster makes one asset per entity type."""
    from shotgrid_dagster.config.settings import read_settings
    from shotgrid_dagster.site import SiteSchema
    from shotgrid_dagster.site.drift import drift
    from shotgrid_dagster.source.connect import connected
    from shotgrid_dagster.source.site_identity import refuse_other_folder

    settings = read_settings()
    with connected(settings) as site:
        refuse_other_folder(site, settings)
        schema = site.discover(concurrency=settings.concurrency)
    before = None
    # One that cannot be read is replaced.
    with suppress(ValueError):
        before = SiteSchema.load(settings.project.schema_path)
    schema.save(settings.project.schema_path)
    for line in [] if before is None else drift(before, schema):
        click.echo(line)
    fields = sum(len(entity_type.fields) for entity_type in schema.entity_types.values())
    left_out = sorted(name for name in schema.entity_types if not settings.loads(name))
    click.echo(
        f"{len(schema.entity_types)} entity types with {fields:,} fields, saved in "
        f"{_shown(settings.project.schema_path)}."
    )
    if left_out:
        click.echo(f"Not loaded: {', '.join(left_out)}.")


@main.command()
def check() -> None:
    """See whether this project can load its site, and what it would see. Loads nothing.

    Exit code 0: all is well; 1: something would fail.
    """
    from shotgrid_dagster.cli.check import check_site
    from shotgrid_dagster.cli.check_settings import wrong_sections
    from shotgrid_dagster.cli.findings import Level, failures, shown, verdict
    from shotgrid_dagster.config.settings import read_settings

    colours = {Level.OK: "green", Level.NOTE: "yellow", Level.FAILS: "red"}

    def mark(level: Level) -> str:
        return click.style(level.value, fg=colours[level])

    sections = []
    for section in check_site(read_settings(), problems=wrong_sections()):
        sections.append(section)
        click.echo(shown(section, mark))
    click.echo(verdict(sections))
    click.get_current_context().exit(1 if failures(sections) else 0)


@main.command()
def accept_site() -> None:
    """Say that the site of the settings is the one that is held, under a new address.

    A site that tells another id of itself is refused: it is another one.
    """
    from shotgrid_dagster.config.settings import read_settings
    from shotgrid_dagster.source.accept_site import accept_site as accept

    click.echo(accept(read_settings()))


@main.command()
def demo() -> None:
    """Discover the site, materialize every asset, and report. `make demo` calls this."""
    from shotgrid_dagster.cli.check_settings import wrong_sections
    from shotgrid_dagster.cli.demo import LEFT_OUT, materialize_everything
    from shotgrid_dagster.cli.report import next_steps, report
    from shotgrid_dagster.config.project import read_project_file
    from shotgrid_dagster.config.settings import read_settings
    from shotgrid_dagster.defs.build import build_definitions
    from shotgrid_dagster.errors import SettingsError

    started = time.monotonic()
    settings = read_settings()
    for problem in wrong_sections():
        raise SettingsError(problem)
    where = "the sandbox site" if settings.is_sandbox else settings.site_url
    click.echo(f"Reading {where} ...")
    if settings.is_sandbox and not (settings.data_dir / "sandbox").exists():
        click.echo("(the first time, its studio is made up: some seconds)")
    click.get_current_context().invoke(discover)
    project = read_project_file()
    keys = build_definitions(project).resolve_all_asset_keys()
    materialize_everything(project, sum(key.to_user_string() != LEFT_OUT for key in keys))
    database = settings.project.database_path
    click.echo("\n" + report(database, time.monotonic() - started) + "\n")
    click.echo(next_steps())


@main.command("report")
def report_command() -> None:
    """List the loaded tables and their rows."""
    from shotgrid_dagster.cli.report import report
    from shotgrid_dagster.config.project import read_project_file

    click.echo(report(read_project_file().database_path))


@main.group()
def sandbox() -> None:
    """The bundled ShotGrid site, which needs no account."""


@sandbox.command()
@click.option("--port", default=8790, show_default=True, help="Port on 127.0.0.1; 0: any free one.")
@click.option("--size", default="studio", show_default=True, help="Of a site that is made anew.")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the site's database is; the project's own sandbox by default.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="KIND[:VALUE][,OPTION=VALUE]",
    help="A fault that the site has, e.g. latency:0.33 or status:503,path=_search,nth=3,times=2.",
)
@click.option(
    "--policy",
    multiple=True,
    metavar="NAME[=VALUE]",
    help="What nobody measured, e.g. on_retire (it moves updated_at), block=33, head_density=0.7.",
)
def serve(
    port: int,
    size: str,
    data_dir: Path | None,
    faults: tuple[str, ...],
    policy: tuple[str, ...],
) -> None:
    """Serve the sandbox site until Ctrl-C, and say how to point the project at it.

    The key that it prints leaves events in the site's log; it names the one that does not.
    """
    from shotgrid_dagster import sandbox as site
    from shotgrid_dagster.config.project import read_project_file

    folder = data_dir or read_project_file().data_dir / "sandbox"
    site.serve_site(folder, size=size, port=port, faults=faults, policy=policy)


@sandbox.command()
@click.option("--size", default="studio", show_default=True, help="tiny, studio, medium or large.")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the site's database is put; the project's own sandbox by default.",
)
def build(size: str, data_dir: Path | None) -> None:
    """Make the sandbox site, unless it is there, and print its rows."""
    from shotgrid_dagster import sandbox as site

    database = _sandbox_database(data_dir, size)
    started = time.monotonic()
    is_new = site.build(database, size)
    seconds = time.monotonic() - started
    counts = site.row_counts(database)
    for entity_type, rows in counts.items():
        click.echo(f"{rows:>12,}  {entity_type}")
    made = f"made in {seconds:,.0f} s" if is_new else "was there already"
    click.echo(f"\n{_shown(database)}: {sum(counts.values()):,} rows, {made}.")


@sandbox.command()
@click.option("--days", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--size", default="studio", show_default=True, help="Which of the sandbox sites.")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the site's database is; the project's own sandbox by default.",
)
def advance(days: int, size: str, data_dir: Path | None) -> None:
    """Let the studio work on, while the site is served or not. Its clock goes along."""
    from shotgrid_dagster import sandbox as site

    database = _sandbox_database(data_dir, size)
    if not database.exists():
        raise click.ClickException(
            f"There is no site at {_shown(database)}: `shotgrid-dagster sandbox build` makes it."
        )
    progress = site.advance(database, days)
    click.echo(f"The studio has worked on until {progress.now}: {progress.events:,} events.")


def _sandbox_database(data_dir: Path | None, size: str) -> Path:
    """The database of a sandbox site of this size."""
    from shotgrid_dagster.sandbox import SIZES

    if size not in SIZES:
        raise click.BadParameter(f"{size!r} is not one of {', '.join(SIZES)}.")
    if data_dir is None:
        from shotgrid_dagster.config.project import read_project_file

        data_dir = read_project_file().data_dir / "sandbox"
    return data_dir / f"{size}.sqlite"


def _shown(path: Path) -> str:
    """A path as a person in the project's folder would write it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


if __name__ == "__main__":
    main()
