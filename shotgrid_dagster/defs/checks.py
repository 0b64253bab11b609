"""The checks of every entity asset: written once, with a number each that the UI plots.

Blocking ones stop what is built from the table, the published copy among it; never the load.
"""

from collections.abc import Callable
from dataclasses import dataclass

import dagster as dg

from shotgrid_dagster.source.audit import Audit
from shotgrid_dagster.source.tables.row_state import in_words

Number = int | str


@dataclass(frozen=True)
class Verdict:
    """What a check says of one table."""

    numbers: dict[str, Number]
    """The first one is what the check is about: 0 is good."""
    said: str = ""
    only_warns: bool = False

    @property
    def passed(self) -> bool:
        """Whether the promise is kept: the first of the numbers, which counts faults, is 0."""
        return next(iter(self.numbers.values())) == 0


@dataclass(frozen=True)
class Check:
    """One promise about every table."""

    name: str
    promise: str
    judge: Callable[[Audit], Verdict]
    blocking: bool = False


def _count(audit: Audit) -> Verdict:
    counted = audit.counted
    if audit.not_counted:
        said = f"The rows are loaded, but were not held against the site. {audit.not_counted}"
        return Verdict({"rows_not_compared": sum(audit.rows.values())}, said, only_warns=True)
    if counted is None:
        return Verdict(
            {"rows_of_difference": 0},
            "The whole type was read just now, and was what the table holds already.",
        )
    numbers: dict[str, Number] = {
        "rows_of_difference": max(0, audit.difference - counted.touched),
        "live_on_the_site": counted.live,
        "retired_on_the_site": counted.retired,
        "edited_meanwhile": counted.touched,
    }
    if audit.channel == "window":
        said = (
            "A window does not see what was erased, hidden or retired without a stamp or an event: "
            "the next census does."
        )
    else:
        said = "So many rows more or fewer are on the site, beyond those edited since the read."
    return Verdict(numbers, said, only_warns=audit.channel == "window")


def _ids(audit: Audit) -> Verdict:
    return Verdict(
        {"rows_that_break_it": audit.rows_without_id + audit.rows_of_double_ids},
        f"{audit.rows_without_id} rows without an id, {audit.rows_of_double_ids} with one that "
        "another row has.",
    )


def _states(audit: Audit) -> Verdict:
    return Verdict(
        {"rows_that_break_it": audit.rows_in_no_state}, f"Found: {', '.join(audit.odd_states)}."
    )


def _schema(audit: Audit) -> Verdict:
    changes = ", ".join(audit.schema_changes)
    return Verdict({"columns_changed": len(audit.schema_changes)}, changes, only_warns=True)


def _secrets(audit: Audit) -> Verdict:
    return Verdict(
        {"rows_with_secrets": audit.rows_with_secrets},
        "Signed addresses, or the script's key: the rows that this load brought were looked at.",
    )


CHECKS = (
    Check(
        "count_is_the_sites",
        "The table has as many live and retired rows as the site counts; rows edited since the "
        "read are allowed for.",
        _count,
    ),
    Check("ids_are_unique_and_not_null", "Each row has an id of its own.", _ids, blocking=True),
    Check(
        "states_add_up",
        f"Each row is {in_words()}, and nothing else.",
        _states,
        blocking=True,
    ),
    Check("schema_is_unchanged", "The columns are those of the load before.", _schema),
    Check(
        "nothing_secret",
        "No signed address of a media file, and not the script's key.",
        _secrets,
        blocking=True,
    ),
)


def _status_intervals(audit: Audit) -> Verdict:
    return Verdict(
        {"breaks": audit.breaks, "status_changes": audit.status_changes},
        "A change that does not begin with the status that the one before ended with: somebody "
        "wrote in between and left no entry. Rows with new entries were looked at.",
        only_warns=True,
    )


EVENT_LOG_CHECKS = (
    Check(
        "status_intervals_join",
        "Of each row, a status ends where the next one begins: no overlap, no hole.",
        _status_intervals,
    ),
)
"""What the event log promises beyond that."""


def checks_of(is_event_log: bool) -> tuple[Check, ...]:
    """The promises about a table: those about every table, and the event log's own."""
    return (*CHECKS, *EVENT_LOG_CHECKS) if is_event_log else CHECKS


def check_specs(key: dg.AssetKey, checks: tuple[Check, ...]) -> list[dg.AssetCheckSpec]:
    """The checks of an asset, as Dagster lists them."""
    return [
        dg.AssetCheckSpec(check.name, asset=key, description=check.promise, blocking=check.blocking)
        for check in checks
    ]


def check_results(audit: Audit, checks: tuple[Check, ...]) -> list[dg.AssetCheckResult]:
    """The result of each check, judged by one audit of the table."""
    results = []
    for check in checks:
        verdict = check.judge(audit)
        results.append(
            dg.AssetCheckResult(
                check_name=check.name,
                passed=verdict.passed,
                description=None if verdict.passed else verdict.said,
                severity=_severity(verdict),
                metadata=dict(verdict.numbers),
            )
        )
    return results


def nothing_to_check(key: dg.AssetKey, checks: tuple[Check, ...]) -> list[dg.AssetCheckResult]:
    """For an entity type that the site does not have: there is no table."""
    return [
        dg.AssetCheckResult(
            asset_key=key,
            check_name=check.name,
            passed=True,
            description="The site has no such entity type: there is no table to check.",
        )
        for check in checks
    ]


def _severity(verdict: Verdict) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.WARN if verdict.only_warns else dg.AssetCheckSeverity.ERROR
