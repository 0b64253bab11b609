"""The dashboard's charts: a table of `questions` in, a chart out."""

from __future__ import annotations

import re
from typing import Any

import altair as alt
import pyarrow as pa

# The workload of many people has more squares than altair draws unasked.
alt.data_transformers.disable_max_rows()

WIDTH, HEIGHT = 520, 250
NEUTRAL = "#b8bec8"
"""Of a status that has no colour on the site."""
MONTHS = alt.Axis(format="%b %Y", tickCount=8, labelOverlap="greedy", labelSeparation=14)
OPEN, DONE, CAPACITY, OVER = "#d9822b", "#2f9e6e", "#4c78a8", "#c0392b"
_RGB = re.compile(r"\s*\d{1,3}\s*(,\s*\d{1,3}\s*){2}")


def css_color(bg_color: object) -> str:
    """The site's `r,g,b` as a page writes it."""
    is_color = isinstance(bg_color, str) and _RGB.fullmatch(bg_color)
    return f"rgb({bg_color})" if is_color else NEUTRAL


def statuses_by_step(table: pa.Table) -> alt.Chart:
    """Bars of tasks by step, in the studio's own status colours and the order of the pipeline."""
    first: dict[str, dict[str, Any]] = {}
    for row in table.to_pylist():
        first.setdefault(row["status"], row)
    statuses = sorted(first, key=lambda status: (first[status]["phase_order"], status))
    colors = alt.Scale(
        domain=statuses, range=[css_color(first[status]["color"]) for status in statuses]
    )
    return _titled(
        alt.Chart(table)
        .mark_bar()
        .encode(
            y=alt.Y("step:N", sort=alt.SortField("step_order"), title=None),
            x=alt.X("tasks:Q", title="tasks of shots"),
            color=alt.Color("status:N", scale=colors, title=None, sort=statuses),
            order=alt.Order("phase_order:Q"),
            tooltip=["step", "status", "tasks"],
        ),
        "Shots by step and status",
    )


def burn_down(table: pa.Table) -> alt.Chart:
    """Open and done tasks day by day, on top of each other: together, all that counted."""
    long = pa.concat_tables(
        pa.table(
            {
                "day": table["day"],
                "which": pa.array([which] * table.num_rows, pa.string()),
                "tasks": table[f"tasks_{which}"],
            }
        )
        for which in ("open", "done")
    )
    scale = alt.Scale(domain=["open", "done"], range=[OPEN, DONE])
    return _titled(
        alt.Chart(long)
        .mark_area(opacity=0.85)
        .encode(
            x=alt.X("day:T", title=None, axis=MONTHS),
            y=alt.Y("tasks:Q", title="tasks"),
            color=alt.Color("which:N", scale=scale, title=None),
            order=alt.Order("which:N", sort="ascending"),
            tooltip=["day", "which", "tasks"],
        ),
        "Burn-down",
    )


def turnaround(table: pa.Table) -> alt.Chart:
    """How many working days half of the versions waited for an answer, by week of the answer."""
    return _titled(
        alt.Chart(table)
        .mark_bar(color=CAPACITY)
        .encode(
            x=alt.X("week:T", title="week of the answer", axis=MONTHS),
            y=alt.Y("working_days:Q", title="working days, median"),
            tooltip=["week", "versions", alt.Tooltip("working_days", format=".1f")],
        ),
        "Review turnaround of versions",
    )


def workload(table: pa.Table) -> alt.Chart:
    """Load over capacity, a square a person and week; white is nothing, red is too much."""
    shades = ["#f4f6f8", "#9fc5b0", "#f2c14e", OVER]
    scale = alt.Scale(domain=[0, 0.8, 1.0, 1.5], range=shades, clamp=True)
    legend = alt.Legend(format="%", gradientLength=220)
    return _titled(
        alt.Chart(table)
        .mark_rect(stroke="white")
        .encode(
            x=alt.X("yearmonthdate(week):O", title="week", axis=alt.Axis(format="%d %b")),
            y=alt.Y("person:N", title=None),
            color=alt.Color("load_ratio:Q", scale=scale, title="load", legend=legend),
            tooltip=[
                "person",
                "week",
                alt.Tooltip("load_ratio", format=".0%"),
                alt.Tooltip("assigned_hours", format=".1f"),
                alt.Tooltip("capacity_hours", format=".1f"),
            ],
        ),
        "Workload against capacity",
        height=420,
    )


def bid_against_logged(table: pa.Table) -> alt.Chart:
    """Two bars a step: hours bid, and hours logged on tasks that have a bid."""
    scale = alt.Scale(domain=["Bid", "Logged"], range=[CAPACITY, OPEN])
    return _titled(
        alt.Chart(table)
        .mark_bar()
        .encode(
            y=alt.Y("step:N", title=None, sort="-x"),
            x=alt.X("hours:Q", title="hours"),
            yOffset="kind:N",
            color=alt.Color("kind:N", scale=scale, title=None),
            tooltip=["step", "kind", alt.Tooltip("hours", format=",.0f")],
        ),
        "Bid against logged",
    )


def _titled(chart: alt.Chart, title: str, height: int = HEIGHT) -> alt.Chart:
    titled: alt.Chart = (
        chart.properties(
            title=alt.TitleParams(title, anchor="start", fontSize=18, offset=8),
            width=WIDTH,
            height=height,
            # drawn as SVG: sharp on a wall, and each bar can be read by a screen reader
            usermeta={"embedOptions": {"renderer": "svg", "actions": False}},
        )
        .configure_view(strokeOpacity=0)
        .configure_axis(
            labelFontSize=13,
            titleFontSize=13,
            titleFontWeight="normal",
            grid=False,
            labelLimit=150,
            labelSeparation=12,
        )
        .configure_legend(
            orient="top",
            labelFontSize=13,
            titleFontSize=13,
            direction="horizontal",
            columnPadding=18,
        )
    )
    return titled
