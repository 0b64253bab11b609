"""The headline figures, from rows. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Row = Mapping[str, object]

NEWEST, OURS = "newest", "ours"
"""Whose libraries the generated pipeline runs with: the newest, or those of this project."""


@dataclass(frozen=True)
class Goal:
    """What a figure is to reach, and what it means to a person."""

    figure: str
    means: str
    at_most: float | None = None
    at_least: float | None = None
    unit: str = ""

    def is_met(self, value: float) -> bool:
        if self.at_most is not None:
            return value <= self.at_most
        return self.at_least is None or value >= self.at_least

    @property
    def shown(self) -> str:
        """The goal as a text, e.g. `<= 1.5`."""
        if self.at_most is not None:
            return f"<= {self.at_most:g}{self.unit}"
        return "" if self.at_least is None else f">= {self.at_least:g}{self.unit}"


GOALS = (
    Goal(
        "generated_over_ours_20k",
        "the generated dlt pipeline over ours, 20,000 Tasks, start-up included",
        at_least=15,
    ),
    Goal(
        "generated_parquet_over_ours_20k",
        'the same with `loader_file_format="parquet"`',
    ),
    Goal(
        "generated_over_ours_20k_same_duckdb",
        "the first one with the same dlt and DuckDB as ours, in place of the newest",
    ),
    Goal("generated_parquet_over_ours_20k_same_duckdb", "that with parquet"),
    Goal("generated_over_ours_20k_cpu", "the first one by CPU seconds of the processes"),
    Goal("generated_parquet_over_ours_20k_cpu", "that with parquet by CPU seconds"),
    Goal(
        "generated_over_ours_per_row_200k",
        "generated over ours per row at 200,000 Tasks",
        at_least=50,
    ),
    Goal("generated_parquet_over_ours_per_row_200k", "the same with parquet"),
    Goal(
        "generated_over_ours_per_row_200k_same_duckdb",
        "the first of these two with the same dlt and DuckDB as ours",
    ),
    Goal("generated_parquet_over_ours_per_row_200k_same_duckdb", "that with parquet"),
    Goal(
        "ours_over_download_parse_200k",
        "ours over download and `orjson.loads` of the same pages, 200,000 Tasks",
    ),
    Goal("ours_over_download_parse_200k_cpu", "the same by CPU seconds"),
    Goal(
        "ours_over_download_parse_1m",
        "ours over download and `orjson.loads` of the same pages, 1,000,000 Tasks",
        at_most=1.25,
    ),
    Goal("ours_over_download_parse_1m_cpu", "the same by CPU seconds"),
    Goal("rows_per_second_200k", "Tasks a second into DuckDB, whole process, 200,000"),
    Goal("rows_per_second_1m", "the same, 1,000,000"),
    Goal("dlt_load_s_20k", "dlt's load step of 20,000 Tasks and of four small tables", unit=" s"),
    Goal("dlt_load_s_200k", "dlt's load step of 200,000 Tasks and the same tables", unit=" s"),
    Goal("dlt_normalize_s_200k", "dlt's normalize step of the same", unit=" s"),
    Goal("dlt_share_200k", "both over the whole process"),
    Goal("peak_mb_200k", "most memory, 200,000 Tasks", at_most=500, unit=" MB"),
    Goal("peak_mb_1m", "most memory, 1,000,000 rows", at_most=500, unit=" MB"),
    Goal("peak_mb_5m", "most memory, 5,000,000 event log entries", at_most=500, unit=" MB"),
    Goal(
        "latency_overhead_330ms",
        "at 330 ms a call, pages of 500: wall over calls x 330 ms / 4",
        at_most=1.2,
    ),
    Goal(
        "latency_overhead_330ms_pages_of_5000",
        "the same with pages of 5,000: fewer calls; more of the time is start, decoding and end",
    ),
    Goal(
        "no_change_overhead_40_types_330ms",
        "nothing changed in 40 entity types, 330 ms a call: wall over its calls x 330 ms / 4",
        at_most=1.5,
    ),
    Goal("no_change_40_types_s", "the same run at 0 ms, seconds", unit=" s"),
    Goal("change_2_percent_200k_s", "2 % of 200,000 Tasks changed: the run, seconds", unit=" s"),
    Goal("change_2_percent_1m_s", "the same of 1,000,000", unit=" s"),
    Goal(
        "event_to_table_s",
        "edit on the site to its row in `published.duckdb`, sensors on",
        at_most=60,
        unit=" s",
    ),
    Goal(
        "import_over_dagster_and_dlt_s",
        "import of the definitions over that of dagster and dlt",
        at_most=0.5,
        unit=" s",
    ),
    Goal("materialize_one_asset_s", "`dagster asset materialize` of one small asset", unit=" s"),
    Goal(
        "models_1m_s", "all models on 1,000,000 Tasks and 5,000,000 entries of the log", unit=" s"
    ),
    Goal("models_1m_peak_mb", "most memory of that, the load before it included", unit=" MB"),
)
"""Every figure, in the order of the table; those without a goal are shown beside the others."""

NAMES = {20_000: "20k", 200_000: "200k", 1_000_000: "1m", 5_000_000: "5m"}


def figures(rows: Sequence[Row]) -> dict[str, float]:
    """Figure -> value, of as many as the rows allow."""
    found: dict[str, float] = {}
    for name, make in _FIGURES.items():
        try:
            found[name] = round(make(rows), 3)
        except KeyError:
            continue
    return {goal.figure: found[goal.figure] for goal in GOALS if goal.figure in found}


def extrapolated(rows: Sequence[Row]) -> bool:
    """Whether the generated pipeline was not measured at 200,000 Tasks."""
    return not _which(rows, "generated", tasks=200_000)


def _number(row: Row, name: str) -> float:
    value = row[name]
    assert isinstance(value, (int, float)), (name, value)
    return float(value)


def _which(rows: Sequence[Row], measurement: str, **facts: object) -> list[Row]:
    return [
        row
        for row in rows
        if row["measurement"] == measurement
        and all(row.get(name) == value for name, value in facts.items())
    ]


def _middle(rows: Sequence[Row], cost: str, measurement: str, **facts: object) -> float:
    """The median of a cost; KeyError when it was not measured."""
    values = [_number(row, cost) for row in _which(rows, measurement, **facts)]
    if not values:
        raise KeyError(measurement)
    return median(values)


def _per_row(rows: Sequence[Row], measurement: str, **facts: object) -> float:
    wall = _middle(rows, "wall_s", measurement, **facts)
    return wall / _middle(rows, "rows", measurement, **facts)


def with_libraries(rows: Sequence[Row], libraries: str) -> list[Row]:
    """The rows of the generated pipeline with the newest libraries, or with those of ours; where
    there is only one kind, it counts as the newest."""
    theirs = _which(rows, "generated")
    kinds = {row.get("libraries") for row in theirs}
    if len(kinds) > 1:
        return [row for row in theirs if row.get("libraries") == libraries]
    return theirs if libraries == NEWEST else []


def _generated(
    file_format: str, cost: str = "wall_s", libraries: str = NEWEST
) -> Callable[[Sequence[Row]], float]:
    def ratio(rows: Sequence[Row]) -> float:
        found = with_libraries(rows, libraries)
        theirs = _middle(found, cost, "generated", tasks=20_000, file_format=file_format)
        return theirs / _middle(rows, cost, "ours", tasks=20_000)

    return ratio


def _generated_per_row(
    file_format: str, libraries: str = NEWEST
) -> Callable[[Sequence[Row]], float]:
    def ratio(rows: Sequence[Row]) -> float:
        found = with_libraries(rows, libraries)
        at = 20_000 if extrapolated(found) else 200_000
        theirs = _per_row(found, "generated", tasks=at, file_format=file_format)
        return theirs / _per_row(rows, "ours", tasks=200_000)

    return ratio


def _over_parse(tasks: int, cost: str = "wall_s") -> Callable[[Sequence[Row]], float]:
    def ratio(rows: Sequence[Row]) -> float:
        limit = _middle(rows, cost, "download_parse", tasks=tasks)
        return _middle(rows, cost, "ours", tasks=tasks) / limit

    return ratio


def _dlt(step: str, tasks: int) -> Callable[[Sequence[Row]], float]:
    return lambda rows: _middle(rows, step, "ours", tasks=tasks)


def _dlt_share(rows: Sequence[Row]) -> float:
    steps = sum(_dlt(step, 200_000)(rows) for step in ("normalize_s", "load_s"))
    return steps / _middle(rows, "wall_s", "ours", tasks=200_000)


def _over_calls(measurement: str, **facts: object) -> Callable[[Sequence[Row]], float]:
    def ratio(rows: Sequence[Row]) -> float:
        def middle(cost: str) -> float:
            return _middle(rows, cost, measurement, **facts)

        calls = middle("calls") * middle("latency_s") / middle("concurrency")
        return middle("wall_s") / calls

    return ratio


def _event_log_peak(rows: Sequence[Row]) -> float:
    big = [row for row in _which(rows, "event_log") if _number(row, "rows") >= 5_000_000]
    return _middle(big, "peak_mb", "event_log")


def _models(cost: str) -> Callable[[Sequence[Row]], float]:
    def of_a_large_site(rows: Sequence[Row]) -> float:
        large = [row for row in _which(rows, "models") if _number(row, "tasks") >= 1_000_000]
        return _middle(large, cost, "models")

    return of_a_large_site


def _change(tasks: int) -> Callable[[Sequence[Row]], float]:
    return lambda rows: _middle(rows, "wall_s", "change", tasks=tasks)


_FIGURES: dict[str, Callable[[Sequence[Row]], float]] = {
    "generated_over_ours_20k": _generated("insert_values"),
    "generated_parquet_over_ours_20k": _generated("parquet"),
    "generated_over_ours_20k_same_duckdb": _generated("insert_values", libraries=OURS),
    "generated_parquet_over_ours_20k_same_duckdb": _generated("parquet", libraries=OURS),
    "generated_over_ours_20k_cpu": _generated("insert_values", "cpu_s"),
    "generated_parquet_over_ours_20k_cpu": _generated("parquet", "cpu_s"),
    "generated_over_ours_per_row_200k": _generated_per_row("insert_values"),
    "generated_parquet_over_ours_per_row_200k": _generated_per_row("parquet"),
    "generated_over_ours_per_row_200k_same_duckdb": _generated_per_row("insert_values", OURS),
    "generated_parquet_over_ours_per_row_200k_same_duckdb": _generated_per_row("parquet", OURS),
    "ours_over_download_parse_200k": _over_parse(200_000),
    "ours_over_download_parse_200k_cpu": _over_parse(200_000, "cpu_s"),
    "ours_over_download_parse_1m": _over_parse(1_000_000),
    "ours_over_download_parse_1m_cpu": _over_parse(1_000_000, "cpu_s"),
    "rows_per_second_200k": lambda rows: 1 / _per_row(rows, "ours", tasks=200_000),
    "rows_per_second_1m": lambda rows: 1 / _per_row(rows, "ours", tasks=1_000_000),
    "dlt_load_s_20k": _dlt("load_s", 20_000),
    "dlt_load_s_200k": _dlt("load_s", 200_000),
    "dlt_normalize_s_200k": _dlt("normalize_s", 200_000),
    "dlt_share_200k": _dlt_share,
    "peak_mb_200k": lambda rows: _middle(rows, "peak_mb", "ours", tasks=200_000),
    "peak_mb_1m": lambda rows: _middle(rows, "peak_mb", "ours", tasks=1_000_000),
    "peak_mb_5m": _event_log_peak,
    "latency_overhead_330ms": _over_calls("latency", page_size=500),
    "latency_overhead_330ms_pages_of_5000": _over_calls("latency", page_size=5_000),
    "no_change_overhead_40_types_330ms": _over_calls("no_change", latency_s=0.33),
    "no_change_40_types_s": lambda rows: _middle(rows, "wall_s", "no_change", latency_s=0.0),
    "change_2_percent_200k_s": _change(200_000),
    "change_2_percent_1m_s": _change(1_000_000),
    "event_to_table_s": lambda rows: _middle(rows, "wall_s", "event"),
    "import_over_dagster_and_dlt_s": lambda rows: _middle(rows, "import_s", "import_definitions"),
    "materialize_one_asset_s": lambda rows: _middle(rows, "wall_s", "materialize_one_asset"),
    "models_1m_s": _models("models_s"),
    "models_1m_peak_mb": _models("models_peak_mb"),
}
