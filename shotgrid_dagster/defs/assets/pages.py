"""Pages for people, made from the readers' copy: a report and a dashboard of each project.

They are made in the morning, or by hand; not with each load, because nobody reads a report every
quarter of an hour.
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg

from shotgrid_dagster.config.project import ProjectFile
from shotgrid_dagster.config.reports import ReportSettings
from shotgrid_dagster.dashboard.folder import PageFolder, page_name
from shotgrid_dagster.dashboard.questions import READS, Models
from shotgrid_dagster.defs.assets.publish import PUBLISH_KEY
from shotgrid_dagster.defs.policies import EVERY_MORNING, RETRIES
from shotgrid_dagster.defs.resources import ShotGridResource, WarehouseResource
from shotgrid_dagster.errors import ShotGridDagsterError
from shotgrid_dagster.site.errors import SiteUnavailable
from shotgrid_dagster.site.request_stats import RequestStats
from shotgrid_dagster.site.uploads import replace_file
from shotgrid_dagster.source.publishing.published import PUBLISHED

GROUP = "pages"

REPORT_KEY = dg.AssetKey(["publish", "production_report"])
DASHBOARDS_KEY = dg.AssetKey(["publish", "dashboard_pages"])

REPORTS = "reports"
DASHBOARDS = "dashboards"
"""The folders in the data folder."""

DISPLAY_NAME = "Production report.html"
"""What a report is called on the site: the same each week, so that the next one replaces it."""


def page_assets(
    project: ProjectFile, models: Collection[str], reporting: ReportSettings
) -> list[dg.AssetsDefinition]:
    """The assets of the pages; none where models are left out that they ask."""
    if not READS.issubset(models):
        return []
    return [report_asset(project, reporting), dashboard_asset(project)]


def report_asset(project: ProjectFile, reporting: ReportSettings) -> dg.AssetsDefinition:
    """The asset `publish/production_report`."""

    @dg.asset(
        key=REPORT_KEY,
        group_name=GROUP,
        kinds={"html"},
        description=_REPORT,
        deps=[PUBLISH_KEY],
        retry_policy=RETRIES,
        freshness_policy=EVERY_MORNING,
        output_required=False,
    )
    def make_reports(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource, shotgrid: ShotGridResource
    ) -> Iterator[dg.MaterializeResult[None]]:
        started = time.monotonic()
        if (models := _published(context, warehouse, project)) is None:
            return
        with _failing_in_a_sentence("No report was made"):
            reports = write_reports(models, project.data_dir / REPORTS)
        context.log.info(
            f"production_report: {_pages(len(reports.files))}, {reports.bytes:,} bytes"
        )
        metadata = _metadata(reports)
        if reporting.upload:
            sent = send_reports(reports.files, shotgrid)
            metadata |= {"uploaded": sent.uploaded, "requests": sent.stats.requests}
            if sent.refused:
                raise dg.Failure(
                    f"{len(sent.refused)} of {len(reports.files)} reports did not get to the site; "
                    f"all are in the data folder. {next(iter(sent.refused.values()))}",
                    metadata=metadata,
                    allow_retries=sent.may_pass,
                )
        seconds = round(time.monotonic() - started, 3)
        yield dg.MaterializeResult(metadata={**metadata, "seconds": seconds})

    return make_reports


def dashboard_asset(project: ProjectFile) -> dg.AssetsDefinition:
    """The asset `publish/dashboard_pages`."""

    @dg.asset(
        key=DASHBOARDS_KEY,
        group_name=GROUP,
        kinds={"html"},
        description=_DASHBOARDS,
        deps=[PUBLISH_KEY],
        retry_policy=RETRIES,
        freshness_policy=EVERY_MORNING,
        output_required=False,
    )
    def make_dashboard_pages(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource
    ) -> Iterator[dg.MaterializeResult[None]]:
        from shotgrid_dagster.dashboard.static import export_all

        started = time.monotonic()
        if (models := _published(context, warehouse, project)) is None:
            return
        with _failing_in_a_sentence("Not all dashboards were made"):
            done = export_all(models, project.data_dir / DASHBOARDS)
        context.log.info(
            f"dashboard_pages: {_pages(len(done.made) + len(done.unchanged))}, {len(done.made)} new"
        )
        yield dg.MaterializeResult(
            metadata={
                "pages": len(done.made) + len(done.unchanged),
                "pages_made": len(done.made),
                "pages_removed": len(done.removed),
                "seconds": round(time.monotonic() - started, 3),
            }
        )

    return make_dashboard_pages


_REPORT = f"""
A page for each running project, in `{REPORTS}/` of the data folder: the week's numbers, the
dashboard's pictures, what is late, due, slipped, finished and kicked back. It needs nothing but
itself: open it, print it, send it.

With `upload = true` in section `[report]` of `.dlt/config.toml` it is also put on its Project on
the site, as *{DISPLAY_NAME}*. The new one is fetched back and compared before the earlier one, if
this script put it there, is deleted. A report that has not changed is not sent again.
""".strip()

_DASHBOARDS = f"""
The dashboard as a page for each running project, in `{DASHBOARDS}/` of the data folder, for any web
server of the studio. Only the pages of projects whose numbers have changed are made anew, at some
seconds each.
""".strip()


@dataclass(frozen=True)
class Reports:
    """The reports in their folder, by project."""

    files: dict[int, Path]
    headlines: dict[str, dict[str, float | None]]
    """By the project's name."""
    removed: list[str]

    @property
    def bytes(self) -> int:
        """The size of all pages together, in bytes."""
        return sum(file.stat().st_size for file in self.files.values())


def write_reports(models: Models, folder: Path) -> Reports:
    """Write a page for each running project, and remove those of others.

    Raises:
        NothingToShow: the models are not built.
        OSError: a page cannot be written.
    """
    # Draws with altair and vl-convert, which take a while to import.
    from shotgrid_dagster.dashboard.report import GENERATOR, report_page

    pages = PageFolder(folder, f'content="{GENERATOR}"')
    files, headlines = {}, {}
    with models.held() as held:
        for name, project in held.projects().items():
            page = report_page(held, project, name)
            files[project] = pages.write(page_name(project, name), page)
            headlines[name] = held.headlines(project)
    removed = pages.remove_all_but([file.name for file in files.values()])
    return Reports(files, headlines, removed)


@dataclass
class Sent:
    """What became of the reports on the site."""

    uploaded: int = 0
    """Those that the site did not hold yet."""
    refused: dict[int, str] = field(default_factory=dict)
    """Project -> why its report did not get there."""
    may_pass: bool = False
    stats: RequestStats = field(default_factory=RequestStats)


def send_reports(files: Mapping[int, Path], shotgrid: ShotGridResource) -> Sent:
    """Put each report on its project, in place of the one before; one that fails stops no other."""
    sent = Sent()
    try:
        with shotgrid.writing() as site:
            counted = site.counting(sent.stats)
            for project, file in files.items():
                try:
                    done = replace_file(counted, project, file, DISPLAY_NAME)
                    sent.uploaded += done.is_new
                except ShotGridDagsterError as error:
                    sent.refused[project] = str(error)
                    sent.may_pass |= isinstance(error, SiteUnavailable)
    except ShotGridDagsterError as error:
        sent.refused = {project: str(error) for project in files}
    return sent


def _published(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource, project: ProjectFile
) -> Models | None:
    """The readers' copy; None: this destination has none."""
    opened = warehouse.open(f"run {context.run_id[:8]}")
    if not opened.is_duckdb:
        context.log.info(
            f"No pages: they are made from {PUBLISHED}, which {opened.destination} has not."
        )
        return None
    database = project.data_dir / PUBLISHED
    if not database.exists():
        raise dg.Failure(
            f"There is no {PUBLISHED} yet: materialize {PUBLISH_KEY.to_user_string()} first.",
            allow_retries=False,
        )
    return Models(database)


@contextmanager
def _failing_in_a_sentence(what: str) -> Iterator[None]:
    try:
        yield
    except ShotGridDagsterError as error:
        raise dg.Failure(f"{what}. {error}", allow_retries=False) from None
    except OSError as error:
        raise dg.Failure(
            f"{what}. A page cannot be written: {error.strerror}. Is the data folder full, or "
            "somebody else's?",
            allow_retries=False,
        ) from None


def _pages(many: int) -> str:
    return "1 page" if many == 1 else f"{many} pages"


_COLUMNS: Sequence[tuple[str, str]] = (
    ("shots", "shots"),
    ("shots done", "shots_done"),
    ("tasks", "tasks"),
    ("tasks done", "tasks_done"),
    ("late", "tasks_late"),
    ("slipped this week", "slipped_lately"),
)


def _metadata(reports: Reports) -> dict[str, int | float | dg.MarkdownMetadataValue]:
    lines = [
        f"| project | {' | '.join(title for title, _ in _COLUMNS)} |",
        f"|-|{'-:|' * len(_COLUMNS)}",
    ]
    for name, numbers in reports.headlines.items():
        shown = (f"{numbers[key] or 0:,.0f}" for _, key in _COLUMNS)
        lines.append(f"| {name.replace('|', '&#124;')} | {' | '.join(shown)} |")
    return {
        "projects": dg.MetadataValue.md("\n".join(lines)),
        "pages": len(reports.files),
        "pages_removed": len(reports.removed),
        "bytes": reports.bytes,
        "uploaded": 0,
        "requests": 0,
    }
