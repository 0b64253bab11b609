"""`make bench`: figures from rows, the table, and one measurement for real."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import figures, table
from benchmarks.__main__ import main
from benchmarks.picture import by_tasks
from benchmarks.process import CommandFailed, measured
from benchmarks.results import Results, notes
from shotgrid_dagster_tests.project import ROOT
from shotgrid_dagster_tests.without_pandas import without_pandas

NAMES_OF_THE_README = {
    "generated_over_ours_20k",
    "generated_over_ours_per_row_200k",
    "ours_over_download_parse_1m",
    "peak_mb_200k",
    "peak_mb_1m",
    "peak_mb_5m",
    "latency_overhead_330ms",
    "no_change_overhead_40_types_330ms",
    "event_to_table_s",
    "import_over_dagster_and_dlt_s",
}

ROWS = [
    {"measurement": "ours", "tasks": 20_000, "rows": 20_000, "wall_s": 4.0, "peak_mb": 300.0},
    {"measurement": "ours", "tasks": 200_000, "rows": 200_000, "wall_s": 10.0, "peak_mb": 400.0}
    | {"extract_s": 6.0, "normalize_s": 0.5, "load_s": 2.0},
    {"measurement": "ours", "tasks": 1_000_000, "rows": 1_000_000, "wall_s": 60, "peak_mb": 450.0},
    {"measurement": "download_parse", "tasks": 1_000_000, "wall_s": 40.0},
    {"measurement": "event_log", "rows": 5_200_000, "wall_s": 200.0, "peak_mb": 480.0},
    {"measurement": "latency", "page_size": 500, "calls": 400, "latency_s": 0.33}
    | {"concurrency": 4, "wall_s": 66.0},
    {"measurement": "no_change", "calls": 120, "latency_s": 0.33, "concurrency": 4, "wall_s": 19.8},
    {"measurement": "event", "wall_s": 20.0},
    {"measurement": "event", "wall_s": 40.0},
    {"measurement": "event", "wall_s": 21.0},
    {"measurement": "import_definitions", "wall_s": 2.4, "import_s": 0.3},
    {"measurement": "import_definitions", "wall_s": 2.9, "import_s": 0.5},
    {"measurement": "import_definitions", "wall_s": 2.5, "import_s": 0.4},
]
GENERATED = {"measurement": "generated", "file_format": "insert_values"}
NEWEST = {"libraries": "newest", "dlt": "1.40", "duckdb": "2.9"}
OURS = {"libraries": "ours", "dlt": "1.31", "duckdb": "1.5"}


def test_figures_are_ratios_of_the_rows_and_have_the_names_that_are_promised() -> None:
    rows = [*ROWS, {**GENERATED, "tasks": 20_000, "rows": 19_000, "wall_s": 60.0}]
    found = figures.figures(rows)
    assert set(found) >= NAMES_OF_THE_README
    assert found["generated_over_ours_20k"] == 15
    assert found["ours_over_download_parse_1m"] == 1.5
    assert found["latency_overhead_330ms"] == 2
    assert found["no_change_overhead_40_types_330ms"] == 2
    assert found["event_to_table_s"] == 21
    assert found["import_over_dagster_and_dlt_s"] == 0.4
    assert found["peak_mb_5m"] == 480
    assert found["dlt_share_200k"] == 0.25


def test_a_generated_pipeline_that_was_not_measured_at_200_000_is_extrapolated_and_said_so() -> (
    None
):
    at_20_000 = {**GENERATED, "tasks": 20_000, "rows": 20_000, "wall_s": 60.0}
    assert figures.extrapolated([*ROWS, at_20_000])
    assert figures.figures([*ROWS, at_20_000])["generated_over_ours_per_row_200k"] == 60
    at_200_000 = {**GENERATED, "tasks": 200_000, "rows": 200_000, "wall_s": 500.0}
    rows = [*ROWS, at_20_000, at_200_000]
    assert not figures.extrapolated(rows)
    assert figures.figures(rows)["generated_over_ours_per_row_200k"] == 50


def test_the_generated_pipeline_counts_with_the_newest_libraries_and_with_ours_beside() -> None:
    at_20_000 = {**GENERATED, "tasks": 20_000, "rows": 20_000}
    newest, same = {**at_20_000, **NEWEST, "wall_s": 60.0}, {**at_20_000, **OURS, "wall_s": 40.0}
    both = figures.figures([*ROWS, newest, same])
    assert both["generated_over_ours_20k"] == 15
    assert both["generated_over_ours_20k_same_duckdb"] == 10
    assert both["generated_over_ours_per_row_200k"] == 60
    assert both["generated_over_ours_per_row_200k_same_duckdb"] == 40
    one = figures.figures([*ROWS, same])
    assert one["generated_over_ours_20k"] == 10, "where there is no newer one"
    assert "generated_over_ours_20k_same_duckdb" not in one


def test_the_notes_name_the_duckdb_of_the_generated_pipeline() -> None:
    theirs = {**GENERATED, **NEWEST, "tasks": 20_000, "run": "a"}
    said = " ".join(notes([theirs, {**theirs, **OURS}]))
    assert "The generated pipeline has dlt 1.40 and DuckDB 2.9" in said
    assert said.count("The generated pipeline has") == 1


def test_the_picture_is_drawn_without_pandas(tmp_path: Path) -> None:
    theirs = {**GENERATED, **NEWEST, "tasks": 20_000, "wall_s": 60.0, "peak_mb": 900.0}
    loads = [{**row, "peak_mb": 300.0} for row in ROWS if "tasks" in row]
    rows, picture = tmp_path / "results.json", tmp_path / "speed.png"
    rows.write_text(json.dumps({"rows": [*loads, *ROWS[4:], theirs, {**theirs, **OURS}]}))
    subprocess.run(
        [sys.executable, "-m", "benchmarks.picture", str(rows), str(picture)],
        cwd=ROOT,
        env={**os.environ, **without_pandas(tmp_path / "hiding")},
        check=True,
    )
    drawn = picture.read_bytes()
    assert drawn.startswith(b"\x89PNG")
    assert int.from_bytes(drawn[16:20], "big") > int.from_bytes(drawn[20:24], "big") > 200


def test_the_picture_has_the_middle_one_of_equal_loads() -> None:
    ours = dict(ROWS[0])
    repeated = [{**ours, "wall_s": seconds} for seconds in (9.0, 2.0, 3.0)]
    (drawn,) = by_tasks(repeated)
    assert (drawn["tasks"], drawn["wall_s"]) == (20_000, 3.0)


def test_what_was_not_measured_has_no_figure() -> None:
    assert figures.figures([]) == {}
    few = [{"measurement": "event_log", "rows": 2_000, "wall_s": 1.0, "peak_mb": 100.0}]
    assert figures.figures(few) == {}, "two thousand rows are no five million"


def test_the_table_says_which_goal_is_missed() -> None:
    text = table.table({"peak_mb_1m": 612.3, "generated_over_ours_20k": 16.04})
    assert "| most memory, 1,000,000 rows | 612 MB | <= 500 MB, missed |" in text
    assert "| 16 | >= 15 |" in text


def test_the_table_of_a_readme_is_replaced_and_its_text_stays() -> None:
    once = table.in_readme(f"before {table.BEGIN}{table.END} after", {"peak_mb_1m": 1.0}, ["So."])
    twice = table.in_readme(once, {"peak_mb_1m": 2.0}, ["So."])
    assert twice.startswith("before ")
    assert twice.endswith(" after")
    assert "| 2 MB |" in twice
    assert "| 1 MB |" not in twice
    with pytest.raises(ValueError, match="has no"):
        table.in_readme("no marks", {}, [])


def test_a_bench_that_breaks_off_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results = Results(path, "tiny", keep=False, names=["ours"])
    results.add("ours", dict(ROWS[1]))
    assert json.loads(path.read_text())["figures"]["peak_mb_200k"] == 400
    later = Results(path, "tiny", keep=True, names=["event"])
    later.add("event", {"measurement": "event", "wall_s": 3.0})
    kept = json.loads(path.read_text())
    assert [item["measurement"] for item in kept["rows"]] == ["ours", "event"]
    again = Results(path, "tiny", keep=True, names=["ours"])
    assert [row["measurement"] for row in again.rows] == ["event"]
    bigger = Results(path, "large", keep=True, names=["ours"])
    assert [row["measurement"] for row in bigger.rows] == ["ours", "event"], "of another size"


def test_a_process_is_measured_with_its_children(tmp_path: Path) -> None:
    child = "x = bytearray(90_000_000); sum(range(2_000_000))"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}]); print('ok')"
    cost = measured([sys.executable, "-c", code], tmp_path)
    assert cost.output == "ok\n"
    assert cost.peak_mb > 85
    assert 0 < cost.cpu_s <= cost.wall_s * 4
    with pytest.raises(CommandFailed, match="no such luck"):
        measured([sys.executable, "-c", "raise SystemExit('no such luck')"], tmp_path)
    with pytest.raises(CommandFailed):
        measured([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, seconds=0.5)


def test_the_bench_loads_a_tiny_site_and_writes_what_it_took(tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    sites = ["--sites", str(tmp_path / "sites")]
    assert main(["--size", "tiny", "--only", "ours", "--out", str(out), *sites]) == 0
    said = json.loads(out.read_text())
    assert set(said) == {"machine", "versions", "figures", "notes", "rows"}
    assert len(said["rows"]) == 3, "chance counts in loads that take seconds"
    for row in said["rows"]:
        assert row["rows"] == row["tasks"] > 100
        assert row["calls"] > 3
        assert row["wall_s"] > 0.5
    assert row["peak_mb"] > 50
    assert 0 < row["load_s"] + row["normalize_s"] < row["wall_s"]


def test_an_unknown_measurement_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "everything"])
    assert "no measurement is called 'everything'" in capsys.readouterr().err
