"""SQL for the summaries of `_summarize`: what one number says about many rows."""

from __future__ import annotations

from shotgrid_dagster.sandbox.query.bindings import Bindings

NUMBERS = frozenset({"number", "float", "currency", "percent", "duration", "timecode"})
MOMENTS = frozenset({"date", "date_time"})
STATUSES = frozenset({"status_list", "list"})
CHECKBOX = frozenset({"checkbox"})
UNSUMMARIZED = frozenset({"image", "url", "serializable", "jsonb", "password", "summary"})
FINAL = "fin"

_TYPES: dict[str, frozenset[str] | None] = {
    "record_count": None,
    "count": None,
    "sum": NUMBERS,
    "maximum": NUMBERS | MOMENTS,
    "minimum": NUMBERS | MOMENTS,
    "average": NUMBERS,
    "earliest": MOMENTS,
    "latest": MOMENTS,
    "percentage": NUMBERS | CHECKBOX,
    "status_percentage": STATUSES,
    "status_percentage_as_float": STATUSES,
    "status_list": STATUSES,
    "checked": CHECKBOX,
    "unchecked": CHECKBOX,
}
"""Summary type -> the data types that it says something about; None: all."""

SUMMARY_TYPES = tuple(_TYPES)


def is_summarized(data_type: str, summary_type: str) -> bool:
    """False: the summary is left out of the answer, without a word."""
    taken = _TYPES[summary_type]
    return data_type not in UNSUMMARIZED and (taken is None or data_type in taken)


def summary_sql(
    data_type: str, summary_type: str, value: str, of_interest: str | None, bindings: Bindings
) -> str:
    """The aggregate over `value`.

    `of_interest`: the status whose share `status_percentage` gives; `fin` unless it is said.
    A `status_list` is the one status that all rows share, `ip` when they differ, null without any.
    """
    present = f"{value} <> '[]'" if data_type == "multi_entity" else f"{value} is not null"
    if summary_type.startswith("status_percentage"):
        share = f"avg(100.0 * ({value} is {bindings.value(of_interest or FINAL)}))"
        return share if summary_type.endswith("float") else f"cast(round({share}) as integer)"
    return {
        "record_count": "count(*)",
        "count": f"coalesce(sum({present}), 0)",
        "sum": f"coalesce(sum({value}), 0)",
        "maximum": f"max({value})",
        "latest": f"max({value})",
        "minimum": f"min({value})",
        "earliest": f"min({value})",
        "average": f"avg({value})",
        "percentage": f"avg({'100.0 * ' if data_type == 'checkbox' else ''}{value})",
        "status_list": f"iif(count(distinct {value}) > 1, 'ip', max({value}))",
        "checked": f"coalesce(sum({value}), 0)",
        "unchecked": f"coalesce(sum(not {value}), 0)",
    }[summary_type]
