"""The readers' copy, for BI tools and notebooks: made from what is loaded and built."""

import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from shotgrid_dagster.config.project import ProjectFile
from shotgrid_dagster.config.schedules import ScheduleSettings
from shotgrid_dagster.config.settings import read_settings
from shotgrid_dagster.defs.looks import evaluation_in
from shotgrid_dagster.defs.policies import RETRIES
from shotgrid_dagster.defs.resources import WarehouseResource
from shotgrid_dagster.destination.warehouse import DATASET, DUCKDB
from shotgrid_dagster.errors import ShotGridDagsterError
from shotgrid_dagster.models.model import SCHEMA
from shotgrid_dagster.site import SiteSchema
from shotgrid_dagster.source.publishing.orphans import Orphans
from shotgrid_dagster.source.publishing.published import PUBLISHED, NotPublished, Published, publish
from shotgrid_dagster.source.site_identity import refuse_other_address

PUBLISH_KEY = dg.AssetKey(["publish", "warehouse"])

LINK_TARGETS = "link_targets_exist"

ONE_BY_ONE = 15
"""Columns with orphans that are listed."""

_condition: Any = dg.AutomationCondition
"""The types of Dagster's own conditions do not combine."""


def when_something_new(hours: ScheduleSettings) -> Any:  # noqa: ANN401  # see `_condition`
    """When to publish: soon after a change, but changes that come every few seconds together.

    Copying takes a while. Not `eager`, which would wait for ever for an entity type that the site
    does not have.
    """
    often_enough = _condition.cron_tick_passed(hours.publish, hours.time_zone)
    return (
        _condition.any_deps_updated().since_last_handled()
        & often_enough.since_last_handled()
        & ~_condition.any_deps_in_progress()
        & ~_condition.in_progress()
    )


def publish_asset(
    project: ProjectFile,
    upstream: Collection[dg.AssetKey],
    blocking: Collection[dg.AssetCheckKey],
    hours: ScheduleSettings | None = None,
) -> dg.AssetsDefinition:
    """The asset `publish/warehouse`.

    Args:
        project: where the copy is put.
        upstream: the entity assets and the models.
        blocking: the checks that must not be failing.
        hours: how often it may run by itself.
    """
    link_targets = dg.AssetCheckSpec(
        LINK_TARGETS,
        asset=PUBLISH_KEY,
        description="What a live row links to is in the table of its entity type.",
    )

    @dg.asset(
        key=PUBLISH_KEY,
        group_name="publish",
        kinds={"duckdb"},
        description=_DESCRIPTION,
        deps=sorted(upstream),
        retry_policy=RETRIES,
        automation_condition=when_something_new(hours or ScheduleSettings()),
        output_required=False,
        # Where there is no copy, nothing is looked at, and so nothing is passed.
        check_specs=[link_targets] if project.destination == DUCKDB else [],
    )
    def publish_warehouse(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        started = time.monotonic()
        opened = warehouse.open(f"run {context.run_id[:8]}")
        if not opened.is_duckdb:
            said = (
                f"Nothing to publish: {opened.destination} is a server or files, which readers "
                "open while it is loaded. The copy is for the DuckDB file."
            )
            context.log.info(said)
            return
        try:
            _refuse_another_site(Path(warehouse.data_dir))
            _refuse_failing(context.instance, blocking)
            # Read anew: `discover` may have run since the definitions were loaded.
            schema = SiteSchema.load(project.schema_path)
            known = schema.entity_types.values() if schema else ()
            done = publish(opened, list(known), (DATASET, SCHEMA))
        except ShotGridDagsterError as error:
            raise dg.Failure(f"Nothing was published. {error}", allow_retries=False) from None
        seconds = time.monotonic() - started
        context.log.info(f"published: {done.rows} rows in {done.tables} tables, {seconds:.1f} s")
        if not known:
            context.log.info(
                "Without a saved schema there are no views with display names: run "
                "`shotgrid-dagster discover`."
            )
        yield dg.MaterializeResult(
            metadata=_metadata(done, seconds), check_results=[_link_targets(done.orphans)]
        )

    return publish_warehouse


_DESCRIPTION = f"""
`{PUBLISHED}`: what dashboards, BI tools and notebooks open. It holds the loaded tables, the models,
and the schema `site`: a view for each entity type, with its live rows and the names that people see
on the site.

It is swapped in whole, after the blocking checks of all tables have passed. Who has the old copy
open goes on reading the old one; nobody waits for the loader, nor the loader for them. DuckDB 1.0
and later open it.

```sql
select "Shot Code", "Status", "Sequence" from site."Shots" where "Project" = 'My Show'
```
""".strip()


def _refuse_another_site(data_dir: Path) -> None:
    """The site that the project is set to must be the one whose rows are published.

    It is not asked: its address must do.

    Raises:
        AnotherSite: it is another one.
    """
    try:
        settings = read_settings(data_dir=data_dir)
    except ShotGridDagsterError:
        return  # of a project that cannot load, what was loaded is published all the same
    if "site_url" in settings.model_fields_set:
        refuse_other_address(settings)


def _refuse_failing(instance: dg.DagsterInstance, blocking: Collection[dg.AssetCheckKey]) -> None:
    """Whichever run it was in: the last word of each blocking check counts.

    Raises:
        NotPublished: one of them says that its table is broken.
    """
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(blocking))
    failing: list[str] = []
    for key, record in records.items():
        evaluation = evaluation_in(record.event)
        if (
            evaluation
            and not evaluation.passed
            and (evaluation.severity is dg.AssetCheckSeverity.ERROR)
        ):
            failing.append(f"{key.name} of {key.asset_key.to_user_string()}")
    if failing:
        raise NotPublished(
            f"A blocking check fails: {', '.join(sorted(failing))}. Readers keep the copy that "
            "they have. Mend the table (a full refresh loads every row anew), then publish again."
        )


def _link_targets(orphans: Orphans) -> dg.AssetCheckResult:
    columns: Sequence[tuple[str, str, int]] = orphans.by_column[:ONE_BY_ONE]
    listed = "\n".join(f"| `{place}` | {type_} | {links:,} |" for place, type_, links in columns)
    metadata: dict[str, int | dg.MarkdownMetadataValue] = {
        "orphans": orphans.count,
        "links": orphans.links,
    }
    if listed:
        metadata["where"] = dg.MetadataValue.md(f"| link | to | orphans |\n|-|-|-|\n{listed}")
    return dg.AssetCheckResult(
        check_name=LINK_TARGETS,
        passed=orphans.count == 0,
        severity=dg.AssetCheckSeverity.WARN,
        description=None
        if orphans.count == 0
        else "The script may not see the targets, or they were loaded at another time.",
        metadata=metadata,
    )


def _metadata(done: Published, seconds: float) -> dict[str, int | float]:
    return {
        "dagster/row_count": done.rows,
        "tables": done.tables,
        "views_with_display_names": done.site_views,
        "megabytes": round(done.bytes / 1e6, 1),
        "seconds_locked": round(done.seconds_locked, 3),
        "seconds": round(seconds, 3),
    }
