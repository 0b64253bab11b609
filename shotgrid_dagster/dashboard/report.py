"""A project's weekly report: one page that needs nothing but itself.

The pictures are those of the dashboard, drawn as SVG into the page. The same models give the same
page, byte for byte, so that whoever compares two of them sees whether anything has changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import altair as alt
import jinja2
import pyarrow as pa
import vl_convert
from markupsafe import Markup

from shotgrid_dagster.dashboard import pictures, week
from shotgrid_dagster.dashboard.questions import Models

GENERATOR = "shotgrid_dagster production report"
"""Stands in the head of the page: what made it."""

MOST_ROWS = 12
"""Of a list; how many there are beyond it is said."""

PHASES = {
    "done": ("done", "#2f9e6e"),
    "review": ("in review", "#7b61c9"),
    "active": ("in progress", "#4c78a8"),
    "on_hold": ("on hold", "#c0392b"),
    "waiting": ("not started", "#d5dae1"),
    "other": ("other", "#9aa3af"),
}

WIDE, ROW = 1160, 24
"""Of a picture that goes from margin to margin, in units of the other pictures; ROW: a person."""

_IDS = re.compile(r'(?P<before>\bid="|url\(#|href="#)(?P<id>[\w.:-]+)')


@dataclass(frozen=True)
class Drawn:
    """A picture as SVG; None: there is nothing to draw yet."""

    name: str
    title: str
    svg: Markup | None


@dataclass(frozen=True)
class Listed:
    """Some rows of a list, and how many there are in all."""

    rows: list[dict[str, object]]
    total: int

    @property
    def more(self) -> int:
        """How many rows are not shown."""
        return self.total - len(self.rows)


def report_page(models: Models, project: int, name: str) -> str:
    """The report of a project as an HTML page.

    Raises:
        NothingToShow: the models are not built.
    """
    this_week = week.week_of(models)
    numbers = week.numbers(models, project)
    phases = week.phases(models, project)
    return _template().render(
        generator=GENERATOR,
        name=name,
        week=this_week,
        headlines=models.headlines(project),
        numbers=numbers,
        phases=[(*PHASES[phase], tasks) for phase, tasks in phases.items()],
        pictures={drawn.name: drawn for drawn in draw_all(models, project)},
        color=pictures.css_color,
        day=partial(_day, year=this_week.last.year),
        finished=_listed(week.finished(models, project, MOST_ROWS), numbers.finished),
        slipped=_listed(week.slipped(models, project, MOST_ROWS), numbers.slipped),
        late=_listed(week.late(models, project, MOST_ROWS), numbers.late),
        due_next=_listed(week.due_next(models, project, MOST_ROWS), numbers.due_next),
        kicked_back=_listed(week.kicked_back(models, project, MOST_ROWS), numbers.kick_backs),
    )


def draw_all(models: Models, project: int) -> list[Drawn]:
    """The dashboard's pictures of a project."""
    charts: tuple[tuple[str, str, pa.Table, Callable[[pa.Table], alt.Chart]], ...] = (
        (
            "steps",
            "Shots by step and status",
            models.statuses_by_step(project),
            pictures.statuses_by_step,
        ),
        ("burn", "Burn-down", models.burn_down(project), pictures.burn_down),
        (
            "reviews",
            "Review turnaround of versions",
            models.turnaround(project),
            pictures.turnaround,
        ),
        (
            "bids",
            "Bid against logged",
            models.bid_against_logged(project),
            pictures.bid_against_logged,
        ),
        ("load", "Workload against capacity", models.workload(project), _wide_workload),
    )
    return [
        Drawn(name, title, draw(picture(table), name) if table.num_rows else None)
        for name, title, table, picture in charts
    ]


def _wide_workload(table: pa.Table) -> alt.Chart:
    """As wide as the page, and as high as there are people."""
    chart = pictures.workload(table)
    wide: alt.Chart = chart.properties(width=WIDE, height=ROW * len(table["person"].unique()))
    return wide


def draw(chart: alt.Chart, name: str) -> Markup:
    """A chart as SVG, whose ids are its name and a number, each time the same.

    As they are drawn they count on from picture to picture, and are in every picture's way on a
    page with several.
    """
    numbers: dict[str, int] = {}

    def named(match: re.Match[str]) -> str:
        number = numbers.setdefault(match["id"], len(numbers) + 1)
        return f"{match['before']}{name}-{number}"

    with alt.data_transformers.disable_max_rows():
        drawing = vl_convert.vegalite_to_svg(
            in_utc(chart.to_dict()), vl_version=_VEGA_LITE, allowed_base_urls=[]
        )
    return Markup(_IDS.sub(named, drawing))


def in_utc(spec: dict[str, Any]) -> dict[str, Any]:
    """A chart whose days are drawn as UTC has them.

    In the time zone of whatever machine draws it, a day in spring or autumn would be an hour
    shorter or longer.
    """
    rows = [row for dataset in spec.get("datasets", {}).values() for row in dataset]
    for row in rows:
        for name, value in row.items():
            if isinstance(value, str) and _LOCAL.fullmatch(value):
                row[name] = f"{value}Z"
    for name, channel in spec.get("encoding", {}).items():
        for encoding in channel if isinstance(channel, list) else [channel]:
            if "timeUnit" in encoding:
                encoding["timeUnit"] = f"utc{encoding['timeUnit']}"
            elif encoding.get("type") == "temporal" and name == "tooltip":
                encoding |= {"timeUnit": "utcyearmonthdate", "title": encoding["field"]}
            elif encoding.get("type") == "temporal":
                encoding["scale"] = {"type": "utc"}
    return spec


_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+")

_VEGA_LITE = "6.4"
"""The version that altair's charts are written for; see `alt.SCHEMA_VERSION`."""


def _listed(table: pa.Table, total: int) -> Listed:
    return Listed(table.to_pylist(), total)


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": lambda value: f"{value:,.0f}",
        "people": _people,
        "long_day": lambda value: f"{value:%A}, {value.day} {value:%B %Y}",
    }
    return environment.get_template("report.html.jinja")


def _day(value: date, year: int) -> str:
    """`Fri 14 Mar`, with its year where that is not `year`."""
    return f"{value:%a} {value.day} {value:%b}" + (f" {value:%Y}" if value.year != year else "")


def _people(names: str | None) -> str:
    """Names as a list shows them: the first, and how many more there are."""
    if not names:
        return "nobody"
    first, *others = names.split(", ")
    if len(others) < 2:
        return names
    return f"{first} and {len(others)} others"
