"""The rows as a picture: what many Tasks take whom, and how time and memory grow with the rows.

python -m benchmarks.picture results.json picture.png
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import altair as alt

from benchmarks.figures import NEWEST, with_libraries

Rows = Sequence[dict[str, Any]]

WHO = {
    "generated insert_values": "generated dlt pipeline",
    "generated parquet": "the same with parquet",
    "ours": "shotgrid_dagster",
    "download_parse": "download and orjson.loads",
    "download": "download",
}
COLOURS = ["#b04a3a", "#d9937f", "#1f6f78", "#8a8f98", "#c3c7cd"]
ALL = alt.Scale(domain=list(WHO.values()), range=COLOURS)
MOST_MB = 500
"""The goal for memory."""


def by_tasks(rows: Rows) -> list[dict[str, Any]]:
    """The middle one of equal loads: who, tasks, peak_mb, and of Tasks wall_s."""
    loads = [
        *with_libraries(rows, NEWEST),
        *(row for row in rows if row["measurement"] in ("ours", "download", "download_parse")),
    ]
    equal: defaultdict[tuple[str, int], list[Mapping[str, Any]]] = defaultdict(list)
    for load in loads:
        name = " ".join(filter(None, (load["measurement"], load.get("file_format"))))
        equal[WHO[name], load["tasks"]].append(load)
    found = [
        {
            "who": who,
            "tasks": tasks,
            **{cost: median(load[cost] for load in repeats) for cost in ("wall_s", "peak_mb")},
        }
        for (who, tasks), repeats in equal.items()
    ]
    events = [
        {"who": WHO["ours"], "tasks": row["rows"], "peak_mb": row["peak_mb"]}
        for row in rows
        if row["measurement"] == "event_log"
    ]
    return [*found, *events]


def picture(rows: Rows) -> alt.HConcatChart:
    """Three panels: seconds at one number of Tasks, seconds by Tasks, memory by rows."""
    loads = by_tasks(rows)
    timed = [load for load in loads if "wall_s" in load]
    compared = [load for load in timed if load["who"] == WHO["generated insert_values"]]
    at = max(load["tasks"] for load in compared or timed)
    colour = alt.Color("who:N", scale=ALL, legend=None)
    bars = alt.Chart(alt.InlineData(values=[load for load in timed if load["tasks"] == at])).encode(
        alt.Y("who:N", title=None, sort=list(WHO.values()), axis=alt.Axis(labelLimit=200)),
        alt.X("wall_s:Q", title="seconds, whole process"),
        colour,
    )
    seconds = bars.mark_text(align="left", dx=4, color="#333").encode(
        text=alt.Text("wall_s:Q", format=".3~r"), color=alt.value("#333")
    )
    rows_axis = alt.Axis(format="~s", values=[5_000, 20_000, 200_000, 1_000_000, 5_000_000])
    lines = (
        alt.Chart(alt.InlineData(values=timed))
        .mark_line(point=True)
        .encode(
            alt.X("tasks:Q", title="Tasks", scale=alt.Scale(type="log"), axis=rows_axis),
            alt.Y(
                "wall_s:Q",
                title="seconds",
                scale=alt.Scale(type="log"),
                axis=alt.Axis(values=[0.1, 1, 10, 100, 1_000], format="~r"),
            ),
            colour,
        )
    )
    load_state = (
        alt.Chart(alt.InlineData(values=loads))
        .mark_line(point=True)
        .encode(
            alt.X("tasks:Q", title="rows", scale=alt.Scale(type="log"), axis=rows_axis),
            alt.Y("peak_mb:Q", title="most memory, MB"),
            colour,
        )
    )
    most = alt.Chart(alt.InlineData(values=[{"y": MOST_MB}])).mark_rule(
        strokeDash=[4, 4], color="#555"
    )
    size = {"height": 190}
    panels: alt.HConcatChart = alt.hconcat(
        (bars.mark_bar() + seconds).properties(title=f"{at:,} Tasks", width=230, **size),
        lines.properties(title="Time", width=230, **size),
        (load_state + most.encode(y="y:Q")).properties(title="LoadState", width=230, **size),
        background="white",
    ).configure_view(stroke=None)
    return panels


if __name__ == "__main__":
    source, target = (Path(argument) for argument in sys.argv[1:3])
    picture(json.loads(source.read_text())["rows"]).save(str(target), scale_factor=2)
