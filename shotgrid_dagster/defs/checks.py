"""The checks of every entity asset: written once, with a number each that the UI plots.

Blocking ones stop what is built from the table, the published copy among it; never the load.

What was not looked at is not passed: each check says what it looks at, and fails when that could
not be seen. What the last run has looked at and found good is not looked at again: see `looks`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import dagster as dg

from shotgrid_dagster.defs.looks import NOTHING_SECRET, look_metadata
from shotgrid_dagster.source.audit import Audit, Look
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
    looks: Look | None = None
    """What it is about; None: not what is in the table."""


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
        "Signed addresses, or the script's key: all rows were looked at that were not before.",
    )


CHECKS = (
    Check(
        "count_is_the_sites",
        "The table has as many live and retired rows as the site counts; rows edited since the "
        "read are allowed for.",
        _count,
    ),
    Check(
        "ids_are_unique_and_not_null",
        "Each row has an id of its own.",
        _ids,
        blocking=True,
        looks=Look.IDS,
    ),
    Check(
        "states_add_up",
        f"Each row is {in_words()}, and nothing else.",
        _states,
        blocking=True,
        looks=Look.STATES,
    ),
    Check("schema_is_unchanged", "The columns are those of the load before.", _schema),
    Check(
        NOTHING_SECRET,
        "No signed address of a media file, and not the script's key.",
        _secrets,
        blocking=True,
        looks=Look.SECRETS,
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
        looks=Look.STATUSES,
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
    verdicts = {check: _verdict(check, audit) for check in checks}
    is_good = all(verdict.passed for check, verdict in verdicts.items() if check.blocking)
    results = []
    for check, verdict in verdicts.items():
        metadata = dict(verdict.numbers)
        if check.name == NOTHING_SECRET and is_good and audit.looked and not audit.unlooked:
            metadata |= look_metadata(audit.looked)
        results.append(
            dg.AssetCheckResult(
                check_name=check.name,
                passed=verdict.passed,
                description=None if verdict.passed else verdict.said,
                severity=_severity(verdict),
                metadata=metadata,
            )
        )
    return results


def _verdict(check: Check, audit: Audit) -> Verdict:
    if check.looks is not None and check.looks in audit.unlooked:
        return _not_looked_at(audit.unlooked[check.looks])
    return check.judge(audit)


def _not_looked_at(why: str) -> Verdict:
    """Of what could not be seen: it is not passed, and what it blocks stays blocked."""
    return Verdict(
        {"tables_not_looked_at": 1}, f"This could not be looked at, and so is not passed. {why}"
    )


def nothing_seen(
    key: dg.AssetKey, checks: tuple[Check, ...], why: str
) -> list[dg.AssetCheckResult]:
    """The result of each check where the table, which should be there, is not."""
    verdict = _not_looked_at(why)
    return [
        dg.AssetCheckResult(
            asset_key=key,
            check_name=check.name,
            passed=False,
            description=verdict.said,
            metadata=dict(verdict.numbers),
        )
        for check in checks
    ]


def nothing_to_check(key: dg.AssetKey, checks: tuple[Check, ...]) -> list[dg.AssetCheckResult]:
    """For an entity type that the site does not have: there is no table, and nothing is passed.

    It only warns: what is built from other tables goes on.
    """
    return [
        dg.AssetCheckResult(
            asset_key=key,
            check_name=check.name,
            passed=False,
            severity=dg.AssetCheckSeverity.WARN,
            description="Skipped: the site has no such entity type, so there is no table to check.",
        )
        for check in checks
    ]


def _severity(verdict: Verdict) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.WARN if verdict.only_warns else dg.AssetCheckSeverity.ERROR
