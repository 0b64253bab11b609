"""What `_summarize` groups by: the SQL of a group's key, and how the key is shown."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from shotgrid_dagster.sandbox.query.json_text import quoted
from shotgrid_dagster.sandbox.query.summary_values import NUMBERS, UNSUMMARIZED
from shotgrid_dagster.sandbox.store.schema import Field

MINUTES_A_DAY = 480
"""Of work: the site's `hours_per_day` is 8."""
STEPS = {
    "tens": 10,
    "hundreds": 100,
    "thousands": 1000,
    "tensofthousands": 10_000,
    "hundredsofthousands": 100_000,
    "millions": 1_000_000,
}
GROUPING_TYPES = (
    "exact", *STEPS, "day", "week", "month", "quarter", "year", "clustered_date", "oneday",
    "fivedays", "entitytype", "firstletter",
)  # fmt: skip


def is_groupable(grouping_type: str, data_type: str) -> bool:
    """Whether rows can be grouped so by a field of that type: steps are steps of numbers."""
    return data_type in NUMBERS if grouping_type in STEPS else data_type not in UNSUMMARIZED


def group_key(grouping_type: str, data_type: str, value: str, now: datetime) -> str:
    """SQL for the key of a row's group; null: the row has no value.

    Numbers are grouped by the lower end of their step, dates by the first day of the week (a
    Monday) or of the five days, by `2026-03`, `2026-Q1` or `2026`.
    """
    if grouping_type in STEPS:
        step = STEPS[grouping_type]
        return f"cast(floor_to({value}, {step}) as integer)"
    if grouping_type == "entitytype":
        return f"json_extract({value}, '$.type')"
    if grouping_type == "firstletter":
        shown = f"json_extract({value}, '$.name')" if data_type == "entity" else value
        return f"upper(substr({shown}, 1, 1))"
    return {
        "exact": f"nullif({value}, '[]')" if data_type == "multi_entity" else value,
        "day": f"substr({value}, 1, 10)",
        "oneday": f"substr({value}, 1, 10)",
        "fivedays": f"date(floor_to(julianday(substr({value}, 1, 10)) - 0.5, 5) + 0.5)",
        "week": f"date(substr({value}, 1, 10), 'weekday 0', '-6 days')",
        "month": f"substr({value}, 1, 7)",
        "quarter": f"substr({value}, 1, 4) || '-Q' || ((substr({value}, 6, 2) + 2) / 3)",
        "year": f"substr({value}, 1, 4)",
        "clustered_date": _clustered(value, now),
    }[grouping_type]


def shown(grouping_type: str, field: Field, key: object) -> tuple[str, object]:
    """(`group_name`, `group_value`) of a group.

    A calculated number is told with six decimals, as text; one of minutes is called by its days.
    """
    data_type = field.data_type
    if grouping_type in STEPS and isinstance(key, int):
        return f"{key}-{key + STEPS[grouping_type] - 1}", key
    if grouping_type == "exact" and data_type == "checkbox":
        return ("[X]", True) if key else ("[ ]", False)
    if key is None:
        return "", None
    if data_type == "calculated" and isinstance(key, (int, float)):
        is_duration = field.properties.get("renderer") == "duration"
        name = f"{key / MINUTES_A_DAY:g} days" if is_duration else f"{key:g}"
        return name, f"{key:.6f}"
    if grouping_type == "exact" and data_type in ("entity", "multi_entity"):
        stored = json.loads(str(key))
        links = [{**link, "valid": "valid"} for link in stored] if data_type != "entity" else []
        if links:
            return ", ".join(str(link["name"]) for link in links), links
        return str(stored["name"]), {**stored, "valid": "valid"}
    return str(key), key


def _clustered(value: str, now: datetime) -> str:
    """`Past`, `Yesterday`, `Today`, `Tomorrow`, `Future`."""
    day = f"substr({value}, 1, 10)"
    days = [quoted((now + timedelta(days=offset)).strftime("%Y-%m-%d")) for offset in (-1, 0, 1)]
    return (
        f"case when {value} is null then null when {day} < {days[0]} then 'Past'"
        f" when {day} = {days[0]} then 'Yesterday' when {day} = {days[1]} then 'Today'"
        f" when {day} = {days[2]} then 'Tomorrow' else 'Future' end"
    )
