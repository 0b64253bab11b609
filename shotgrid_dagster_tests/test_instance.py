"""Dagster's own settings: where they stand, and what they hold for dead runs."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from shotgrid_dagster.cli.demo import made_home
from shotgrid_dagster_tests.project import ROOT

SHIPPED = ROOT / ".dagster" / "dagster.yaml"


def test_a_folder_with_the_package_alone_gets_the_same_instance_as_a_clone(tmp_path: Path) -> None:
    home = made_home(tmp_path)
    assert (home / "dagster.yaml").read_bytes() == SHIPPED.read_bytes()
    instance = dg.DagsterInstance.from_config(str(home))
    assert instance.run_monitoring_enabled
    assert instance.run_monitoring_max_runtime_seconds == 6 * 3600
    assert instance.run_monitoring_start_timeout_seconds == 180
    assert not instance.telemetry_enabled


def test_an_instance_of_ones_own_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / ".dagster").mkdir()
    (tmp_path / ".dagster" / "dagster.yaml").write_text("telemetry:\n  enabled: true\n")
    assert (made_home(tmp_path) / "dagster.yaml").read_text().startswith("telemetry:")


@pytest.mark.parametrize("path", [SHIPPED, ROOT / "deploy" / "dagster.yaml"])
def test_runs_are_monitored_wherever_the_project_sets_up_an_instance(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    at = lines.index("run_monitoring:")
    assert lines[at + 1] == "  enabled: true"
